internal import Diffusion
internal import Tensors
internal import WorkflowEngine

extension SamplingRecord {
    /// A walk that is kept at a run's resume point, now and then.
    init(_ point: ResumePoint) {
        self.init(earlier: point.stored().flatMap(SamplingTape.init(stored:)) ?? SamplingTape()) { tape, moment in
            if moment == .cancelled || point.isDue { point.store(tape.stored) }
        }
    }
}

extension SamplingTape {
    /// Up to three arrays per call, named by its number, and those of the memory.
    var stored: StoredValue {
        var arrays: [StoredTensor] = []
        for (number, call) in calls.enumerated() {
            arrays.append(StoredTensor("\(number).denoised", call.denoised))
            if let unconditional = call.unconditional { arrays.append(StoredTensor("\(number).unconditional", unconditional)) }
            if let words = call.generator {
                let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
                arrays.append(StoredTensor("\(number).generator", Tensor(bytes: bytes, shape: [bytes.count], dtype: .uint8)))
            }
        }
        for (name, tensor) in memory.tensors.sorted(by: { $0.key < $1.key }) { arrays.append(StoredTensor("memory/" + name, tensor)) }
        return StoredValue(fields: ["kind": Self.kind, "calls": String(calls.count)], tensors: arrays)
    }

    /// Another one for every change of what is stored: a tape of another kind is not understood.
    private static let kind = "sampling with memory"

    /// `nil` when the stored form isn't a whole tape.
    init?(stored: StoredValue) {
        guard stored.fields["kind"] == Self.kind, let count = stored.fields["calls"].flatMap(Int.init), count >= 0 else {
            return nil
        }
        self.init()
        for number in 0..<count {
            guard let denoised = stored.tensor("\(number).denoised").flatMap(Tensor.init(stored:)), denoised.dtype == .float32
            else { return nil }
            let state = stored.tensor("\(number).generator").flatMap(Tensor.init(stored:))?.withBytes { bytes in
                (0..<bytes.count / 4).map { word in
                    (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[word * 4 + $1]) << ($1 * 8) }
                }
            }
            calls.append(
                Call(
                    denoised: denoised,
                    unconditional: stored.tensor("\(number).unconditional").flatMap(Tensor.init(stored:)), generator: state))
        }
        for stored in stored.tensors where stored.name.hasPrefix("memory/") {
            guard let tensor = Tensor(stored: stored), tensor.dtype == .float32 else { return nil }
            memory.tensors[String(stored.name.dropFirst("memory/".count))] = tensor
        }
    }
}

extension StoredTensor {
    fileprivate init(_ name: String, _ tensor: Tensor) {
        self.init(
            name: name, dtype: tensor.dtype == .float32 ? "F32" : "U8", shape: tensor.shape, byteCount: tensor.byteCount
        ) { body in try tensor.withBytes { bytes in try body(bytes) } }
    }
}

extension Tensor {
    /// `nil` for element types that a tape doesn't have, or a length that doesn't fit.
    fileprivate init?(stored: StoredTensor) {
        let dtype: DType
        switch stored.dtype {
        case "F32": dtype = .float32
        case "U8": dtype = .uint8
        default: return nil
        }
        var copy: [UInt8]?
        try? stored.withBytes { copy = Array($0) }
        guard let copy, stored.shape.allSatisfy({ $0 >= 0 }), copy.count == stored.shape.reduce(1, *) * dtype.size else {
            return nil
        }
        self.init(bytes: copy, shape: stored.shape, dtype: dtype)
    }
}
