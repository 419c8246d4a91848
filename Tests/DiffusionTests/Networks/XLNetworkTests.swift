import Problems
import Checkpoints
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// A network of SDXL's plan in small: no attention on the first level, matrices as projections, heads of 64, an extra vector.
@Suite("U-Net of SDXL's plan")
struct XLNetworkTests {
    /// Shapes by name, block after block.
    struct Plan {
        var shapes: [String: [Int]] = [:]
        let time = 128, context = 32, label = 24

        mutating func norm(_ name: String, _ channels: Int) {
            shapes[name + ".weight"] = [channels]
            shapes[name + ".bias"] = [channels]
        }
        mutating func linear(_ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = true) {
            shapes[name + ".weight"] = [outputs, inputs]
            if bias { shapes[name + ".bias"] = [outputs] }
        }
        mutating func convolution(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 3) {
            shapes[name + ".weight"] = [outputs, inputs, kernel, kernel]
            shapes[name + ".bias"] = [outputs]
        }
        mutating func residual(_ name: String, _ inputs: Int, _ outputs: Int) {
            norm(name + ".in_layers.0", inputs)
            convolution(name + ".in_layers.2", inputs, outputs)
            linear(name + ".emb_layers.1", time, outputs)
            norm(name + ".out_layers.0", outputs)
            convolution(name + ".out_layers.3", outputs, outputs)
            if inputs != outputs { convolution(name + ".skip_connection", inputs, outputs, kernel: 1) }
        }
        mutating func transformer(_ name: String, _ channels: Int, depth: Int) {
            norm(name + ".norm", channels)
            linear(name + ".proj_in", channels, channels)
            linear(name + ".proj_out", channels, channels)
            for index in 0..<depth {
                let block = "\(name).transformer_blocks.\(index)"
                for number in 1...3 { norm("\(block).norm\(number)", channels) }
                for (attention, width) in [("attn1", channels), ("attn2", context)] {
                    linear("\(block).\(attention).to_q", channels, channels, bias: false)
                    linear("\(block).\(attention).to_k", width, channels, bias: false)
                    linear("\(block).\(attention).to_v", width, channels, bias: false)
                    linear("\(block).\(attention).to_out.0", channels, channels)
                }
                linear("\(block).ff.net.0.proj", channels, 8 * channels)
                linear("\(block).ff.net.2", 4 * channels, channels)
            }
        }

        init() {
            linear("time_embed.0", 64, time)
            linear("time_embed.2", time, time)
            linear("label_emb.0.0", label, time)
            linear("label_emb.0.2", time, time)
            convolution("input_blocks.0.0", 4, 64)
            residual("input_blocks.1.0", 64, 64)
            convolution("input_blocks.2.0.op", 64, 64)
            residual("input_blocks.3.0", 64, 128)
            transformer("input_blocks.3.1", 128, depth: 2)
            residual("middle_block.0", 128, 128)
            transformer("middle_block.1", 128, depth: 2)
            residual("middle_block.2", 128, 128)
            residual("output_blocks.0.0", 256, 128)
            transformer("output_blocks.0.1", 128, depth: 2)
            residual("output_blocks.1.0", 192, 128)
            transformer("output_blocks.1.1", 128, depth: 2)
            convolution("output_blocks.1.2.conv", 128, 128)
            residual("output_blocks.2.0", 192, 64)
            residual("output_blocks.3.0", 128, 64)
            norm("out.0", 64)
            convolution("out.2", 64, 4)
        }
    }

    static func network() throws -> UNet {
        let model = try Model(Checkpoint(MemorySource(shapes: Plan().shapes)))
        #expect(model.family == .sdxl)
        return try model.network(store: WeightStore(budget: 1 << 30))
    }

    static func call(label: Tensor?) -> NetworkCall {
        NetworkCall(
            x: Tensor(repeating: 0.3, shape: [1, 4, 6, 5]), timesteps: [321], context: Tensor(repeating: 0.1, shape: [1, 9, 32]),
            label: label, sigma: 1, sides: [.positive])
    }

    @Test("computes, and looks at the extra vector")
    func label() throws {
        let network = try Self.network()
        let first = try network.predict(Self.call(label: .zeros([1, 24])))
        #expect(first.shape == [1, 4, 6, 5])
        #expect(first.firstNotFinite == nil)
        let second = try network.predict(Self.call(label: Tensor(repeating: 1, shape: [1, 24])))
        #expect(!second.hasSameBits(as: first))
    }

    @Test("asks for the extra vector when it is missing or of another width")
    func missingLabel() throws {
        let network = try Self.network()
        for label in [nil, Tensor.zeros([1, 25])] {
            let error = #expect(throws: NetworkError.self) { try network.predict(Self.call(label: label)) }
            #expect(error?.reason.contains("an extra vector of width 24") == true)
        }
    }
}
