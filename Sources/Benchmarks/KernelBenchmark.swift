import ArgumentParser
import Tensors

/// Times single operations at the sizes that a step of SD1.5 at 512×512 and a VAE decode are made of.
struct KernelBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Times single operations at the sizes of SD1.5.")

    @OptionGroup var machine: MachineOptions
    @Option(help: "Seconds for each.") var seconds = 0.3
    @Option(help: "Only those whose line contains this.") var only: String?

    func run() async throws {
        try machine.apply()
        print(machine.description)
        let operations = Operations()
        for (rows, n, k) in [
            (8192, 320, 320), (8192, 960, 320), (8192, 320, 1280), (2048, 640, 640), (2048, 640, 2560), (512, 1280, 1280),
            (512, 1280, 5120), (128, 1280, 1280), (154, 640, 768), (2, 1280, 1280),
        ] {
            try time("linear \(rows)x\(n)x\(k)", 2 * Double(rows * n * k)) {
                let x = Self.filled([rows, k]), weights = LinearWeights(weight: Self.filled([n, k]), bias: Self.filled([n]))
                return { _ = try operations.linear(x, weights) }
            }
        }
        for (rows, n, k) in [(8192, 1280, 320), (2048, 2560, 640), (512, 5120, 1280)] {
            try time("linear with GEGLU \(rows)x\(n)x\(k)", 4 * Double(rows * n * k)) {
                let x = Self.filled([rows, k])
                let weights = GEGLUWeights(weight: Self.filled([2 * n, k]), bias: Self.filled([2 * n]))
                return { _ = try operations.geglu(x, weights) }
            }
        }
        for (batch, side, inputs, outputs, stride) in [
            (2, 64, 320, 320, 1), (2, 64, 960, 320, 1), (2, 32, 640, 640, 1), (2, 32, 1920, 640, 1), (2, 16, 1280, 1280, 1),
            (2, 16, 2560, 1280, 1), (2, 8, 1280, 1280, 1), (2, 64, 320, 320, 2), (1, 128, 512, 512, 1), (1, 256, 256, 256, 1),
            (1, 512, 128, 128, 1), (1, 512, 128, 3, 1),
        ] {
            let pixels = batch * (side / stride) * (side / stride)
            try time(
                "convolution 3x3 \(batch)x\(side)x\(side) \(inputs)->\(outputs) stride \(stride)",
                18 * Double(pixels * inputs * outputs)
            ) {
                let x = Self.filled([batch, side, side, inputs])
                let weights = ConvolutionWeights(
                    weight: Self.filled([outputs, inputs, 3, 3]), bias: Self.filled([outputs]), stride: stride, padding: Padding(1))
                return { _ = try operations.convolution(x, weights) }
            }
        }
        for (batch, heads, size, queries, keys) in [
            (2, 8, 40, 4096, 4096), (2, 8, 80, 1024, 1024), (2, 8, 160, 256, 256), (2, 8, 160, 64, 64), (2, 8, 40, 4096, 77),
            (2, 8, 80, 1024, 77), (1, 1, 512, 4096, 4096),
        ] {
            try time(
                "attention \(batch)x\(heads)x\(size), \(queries) to \(keys)", 4 * Double(batch * heads * size * queries * keys)
            ) {
                let q = Self.filled([batch, queries, heads * size]), k = Self.filled([batch, keys, heads * size])
                let (query, key) = (TokenColumns(q), TokenColumns(k))
                return { _ = try operations.attention(query: query, key: key, value: key, heads: heads) }
            }
        }
        for (rows, n, k) in [(1280, 1280, 1280), (320, 2880, 128), (4096, 1024, 640), (10240, 1280, 16)] {
            for (name, transposed) in [
                ("a·b", TransposedOperands()), ("aᵀ·b", .first), ("a·bᵀ", .second), ("aᵀ·bᵀ", [.first, .second]),
            ] {
                try time("product \(name) \(rows)x\(n)x\(k)", 2 * Double(rows * n * k)) {
                    let a = Self.filled(transposed.contains(.first) ? [k, rows] : [rows, k])
                    let b = Self.filled(transposed.contains(.second) ? [n, k] : [k, n])
                    return { _ = try operations.product(a, b, transposing: transposed) }
                }
            }
        }
        for (batch, side, channels) in [(2, 64, 320), (2, 64, 960), (1, 512, 128)] {
            try time("group norm with SiLU \(batch)x\(side)x\(side)x\(channels)", nil) {
                let x = Self.filled([batch, side, side, channels])
                let weights = NormWeights(weight: Self.filled([channels]), bias: Self.filled([channels]))
                return { _ = try operations.groupNorm(x, weights, epsilon: 1e-5, silu: true) }
            }
        }
    }

    /// Repeats an operation for some time and prints its best run.
    ///
    /// - Parameter operations: of one run; `nil` prints no rate.
    private func time(_ title: String, _ operations: Double?, _ prepare: () -> () throws -> Void) throws {
        if let only, !title.contains(only) { return }
        let body = prepare()
        try body()
        var measurement = Measurement()
        repeat { try measurement.run(body) } while measurement.wall.reduce(0, +) < seconds
        let rate = operations.map { right(decimal($0 / measurement.bestWall / 1e9, 0), 7) + " GFLOP/s" } ?? ""
        print("\(left(title, 52))\(right(decimal(measurement.bestWall * 1000, 2), 9)) ms\(rate)")
    }

    /// Numbers that no kernel can take a short cut on.
    private static func filled(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape) { out in
            var state: UInt32 = 1
            for index in 0..<out.count {
                state = state &* 1_664_525 &+ 1_013_904_223
                out[index] = Float(Int32(bitPattern: state)) * 0x1p-31
            }
        }
    }
}
