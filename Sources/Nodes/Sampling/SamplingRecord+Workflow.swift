package import Diffusion
internal import Formats
internal import Problems
internal import Tensors
package import WorkflowEngine

extension SamplingRecord {
    /// A walk that is kept at a run's resume point, now and then.
    ///
    /// - Parameter warn: told when there is a state of an earlier run that can't be used; the walk begins anew then.
    init(_ point: ResumePoint, warn: (String) -> Void) {
        var earlier = SamplingTape()
        do { earlier = try point.stored().map { try SamplingTape(stored: $0) } ?? earlier } catch {
            warn("an interrupted sampling begins anew: \(error)")
        }
        self.init(earlier: earlier) { tape, moment in
            if moment == .cancelled || point.isDue { point.store(tape.stored) }
        }
    }
}

extension SamplingTape {
    /// Up to three arrays per call, named by its number, and those of the memory.
    var stored: StoredValue {
        var arrays: [StoredTensor] = []
        for (number, call) in calls.enumerated() {
            arrays.append(StoredTensor("\(number).denoised", float32: call.denoised))
            if let unconditional = call.unconditional { arrays.append(StoredTensor("\(number).unconditional", float32: unconditional)) }
            if let words = call.generator {
                let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
                arrays.append(StoredTensor("\(number).generator", bytes: bytes))
            }
        }
        for (name, tensor) in memory.tensors.sorted(by: { $0.key < $1.key }) {
            arrays.append(StoredTensor("memory/" + name, float32: tensor))
        }
        return StoredValue(fields: ["kind": Self.kind, "calls": String(calls.count)], tensors: arrays)
    }

    /// Another one for every change of what is stored: a tape of another kind is not understood.
    private static let kind = "sampling with memory"

    /// - Throws: `CodecError` when the stored form isn't a whole tape.
    package init(stored: StoredValue) throws {
        guard stored.fields["kind"] == Self.kind, let count = stored.fields["calls"].flatMap(Int.init), count >= 0 else {
            throw CodecError("this is no tape of this program's")
        }
        self.init()
        for number in 0..<count {
            guard let denoised = try stored.optional("\(number).denoised") else { throw CodecError("call \(number) is missing") }
            let state = try stored.tensor("\(number).generator").map { try Tensor($0) }?.withBytes { bytes in
                (0..<bytes.count / 4).map { word in
                    (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[word * 4 + $1]) << ($1 * 8) }
                }
            }
            calls.append(
                Call(denoised: denoised, unconditional: try stored.optional("\(number).unconditional"), generator: state))
        }
        for stored in stored.tensors where stored.name.hasPrefix("memory/") {
            let tensor = try Tensor(stored)
            guard tensor.dtype == .float32 else { throw CodecError("\(stored.name): \(stored.dtype.rawValue)") }
            memory.tensors[String(stored.name.dropFirst("memory/".count))] = tensor
        }
    }
}
