internal import Problems
internal import Tensors

/// A half of an autoencoder at work on pictures of one size: the way was chosen, the weights are there or will be read.
struct VAECoder {
    private let network: VAENetwork
    private let plan: VAEPlan
    private let options: VAEOptions
    /// For messages.
    private let place: String
    /// All layers, unless each is read when it is its turn.
    private let layers: [VAELayer]?

    /// Chooses the way, and drops weights that stand in it.
    ///
    /// - Parameters:
    ///   - size: of what comes in.
    ///   - result: bytes of the whole result.
    ///   - task: what is done, for messages: "decoding 512×512 pixels".
    /// - Throws: `NetworkError.notEnoughMemory` when no way fits.
    init(_ network: VAENetwork, size: PictureSize, result: Int, task: String, place: String, options: VAEOptions) throws {
        self.network = network
        self.options = options
        self.place = place
        plan = try options.plan ?? Self.plan(network, size, result: result, task: task, place: place, options)
        if case .bands(_, _, keepsWeights: false) = plan {
            layers = nil
        } else {
            layers = try network.steps.map { try $0.load() }
        }
    }

    private static func plan(
        _ network: VAENetwork, _ size: PictureSize, result: Int, task: String, place: String, _ options: VAEOptions
    ) throws -> VAEPlan {
        guard let limit = options.memoryLimit else { return .whole }
        let store = options.store
        // What is alive and can't be dropped: results, and networks that somebody has in use.
        let others = max(0, TensorMemory.liveBytes - store.byteCount) + MemoryBudget.overhead
        guard let plan = network.plan(size, bytes: limit - others, result: result) else {
            let least = (others + network.leastBytes(size, result: result)) >> 20 + 1
            throw NetworkError(
                .notEnoughMemory, in: place, reason: "\(task) needs at least \(least) MiB, \(limit >> 20) MiB are allowed",
                hint: "allow more (--memory \(least)M), or choose a smaller picture")
        }
        let weights = network.steps.reduce(0) { $0 + $1.weightBytes }
        switch plan {
        case .whole:
            let needed = network.wholeBytes(size) + 2 * result
            // What sampling kept for its next step has other sizes.
            if needed > 1 << 26 { TensorMemory.trim() }
            let left = limit - others - needed
            if store.byteCount + weights > left { store.shrink(to: max(0, left - weights)) }
        case .bands:
            TensorMemory.trim()
            store.shrink(to: 0)
        }
        return plan
    }

    /// How many times `progress` is told of one picture.
    private var parts: Int { if case .bands = plan { network.steps.count } else { 1 } }

    /// Results of the pictures of a batch, one after the other: a batch needs no more memory than a single picture, and its results.
    ///
    /// - Parameters:
    ///   - batch: `[batch, height, width, channels]`.
    ///   - channels: of the result.
    ///   - finish: what is done to the network's results, pixel by pixel.
    func results(of batch: Tensor, channels: Int, _ finish: (Tensor) throws -> Tensor) throws -> Tensor {
        let count = batch.shape[0], total = count * parts
        let size = network.output(of: PictureSize(height: batch.shape[1], width: batch.shape[2]))
        func picture(_ index: Int) throws -> BandedPicture {
            try result(of: batch.item(index)) { try options.progress(index * parts + $0, total) }
        }
        if count == 1, case .whole = plan { return try finish(picture(0).rows(0..<size.height)) }
        return try Tensor(shape: [count, size.height, size.width, channels]) { out in
            let row = size.width * channels
            for index in 0..<count {
                let picture = try picture(index)
                for first in stride(from: 0, to: size.height, by: 64) {
                    let rows = first..<min(size.height, first + 64)
                    try finish(picture.rows(rows)).withFloats { values in
                        let start = (index * size.height + first) * row
                        _ = UnsafeMutableBufferPointer(rebasing: out[start..<start + values.count]).initialize(from: values)
                    }
                }
            }
        }
    }

    /// The result of a tile.
    func result(ofTile tile: Tensor) throws -> Tensor {
        let picture = try result(of: tile) { _ in }
        return try picture.rows(0..<picture.height)
    }

    /// - Parameter done: told how many of the picture's parts are done.
    private func result(of x: Tensor, done: (Int) throws -> Void) throws -> BandedPicture {
        switch plan {
        case .whole:
            var h = try network.prepare(x, network.operations)
            for layer in layers ?? [] { h = try layer(consume h, network.operations) }
            try done(1)
            return BandedPicture(h)
        case .bands(let bands, let pictures, let keepsWeights):
            do {
                // Every band takes the same blocks; giving their pages back between them would only cost time.
                return try TensorMemory.keeping(bands) {
                    try banded(x, bands: bands, BandedPicture.Room(pictures), keepsWeights: keepsWeights, done: done)
                }
            } catch let error as SpillError {
                throw NetworkError(.notEnoughRoom, in: place, reason: error.reason, hint: error.hint)
            }
        }
    }

    private func banded(
        _ x: Tensor, bands: Int, _ room: BandedPicture.Room, keepsWeights: Bool, done: (Int) throws -> Void
    ) throws -> BandedPicture {
        let coding = BandedCoding(bytes: bands, room: room, operations: network.operations)
        var picture = try prepared(x, room)
        for (index, step) in network.steps.enumerated() {
            let gathers = index + 1 < network.steps.count && network.steps[index + 1].normsInput
            let layer = try layers?[index] ?? step.load()
            picture = try coding(layer, picture, step: step, gathers: gathers)
            try done(index + 1)
            if !keepsWeights { options.store.shrink(to: 0) }
        }
        return picture
    }

    /// What the first step sees, made band by band.
    private func prepared(_ x: Tensor, _ room: BandedPicture.Room) throws -> BandedPicture {
        let picture = try BandedPicture(height: x.shape[1], width: x.shape[2], channels: x.shape[3], room: room)
        let source = BandedPicture(x)
        for first in stride(from: 0, to: picture.height, by: 64) {
            let rows = try source.rows(first..<min(picture.height, first + 64))
            try picture.write(network.prepare(rows, network.operations), at: first)
        }
        return picture
    }
}
