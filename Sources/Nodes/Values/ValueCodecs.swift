internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Values of this domain as they survive the process. Models have no codec: their files are the stored form.
enum ValueCodecs {
    static func codec(for typeName: String) -> (any ValueCodec)? { byType[typeName] }

    private static let byType: [String: any ValueCodec] = [
        "IMAGE": Codec<Image>("IMAGE") { value in
            StoredValue(tensors: [StoredTensor("pixels", value.pixels)])
        } decode: { stored in
            Image(try stored.demanded("pixels", rank: 4))
        },
        "MASK": Codec<Mask>("MASK") { value in
            StoredValue(tensors: [StoredTensor("values", value.values)])
        } decode: { stored in
            Mask(try stored.demanded("values", rank: 3))
        },
        "LATENT": Codec<Latent>("LATENT") { value in
            var stored = StoredValue(tensors: [StoredTensor("samples", value.samples)])
            if let mask = value.noiseMask { stored.tensors.append(StoredTensor("noise_mask", mask)) }
            if let places = value.batchIndex {
                stored.fields["batch_index"] = places.map(String.init).joined(separator: " ")
            }
            return stored
        } decode: { stored in
            let places: [Int]? = try stored.fields["batch_index"].map { text in
                try text.split(separator: " ").map { try $0.number() as Int }
            }
            return Latent(
                samples: try stored.demanded("samples", rank: 4), noiseMask: try stored.optional("noise_mask"),
                batchIndex: places)
        },
        "SIGMAS": Codec<Sigmas>("SIGMAS") { value in
            StoredValue(tensors: [StoredTensor("sigmas", Tensor(value.values))])
        } decode: { stored in
            Sigmas(try stored.demanded("sigmas", rank: 1).floats)
        },
        "CLIP_VISION_OUTPUT": Codec<VisionOutput>("CLIP_VISION_OUTPUT") { value in
            StoredValue(tensors: [
                StoredTensor("last_hidden", value.lastHidden), StoredTensor("penultimate_hidden", value.penultimateHidden),
                StoredTensor("embedding", value.embedding),
            ])
        } decode: { stored in
            VisionOutput(
                lastHidden: try stored.demanded("last_hidden", rank: 3),
                penultimateHidden: try stored.demanded("penultimate_hidden", rank: 3),
                embedding: try stored.demanded("embedding", rank: 2))
        },
        "CONDITIONING": Codec<Conditioning>("CONDITIONING", encode: encode, decode: decode),
    ]

    // MARK: Conditioning

    /// Entry `i` has its arrays and fields under `i.`. One with ControlNets, hooks or GLIGEN isn't stored: it holds models.
    private static func encode(_ value: Conditioning) -> StoredValue? {
        guard value.entries.allSatisfy({ $0.controls.isEmpty && $0.hooks.isEmpty && $0.grounding == nil }) else { return nil }
        var stored = StoredValue(fields: ["count": String(value.entries.count)])
        for (index, entry) in value.entries.enumerated() {
            let arrays = [
                ("embedding", entry.embedding), ("pooled", entry.pooled), ("mask", entry.mask),
                ("inpainting.latent", entry.inpainting?.latent), ("inpainting.mask", entry.inpainting?.mask),
            ]
            for case (let name, let tensor?) in arrays { stored.tensors.append(StoredTensor("\(index).\(name)", tensor)) }
            var fields = [
                "strength": "\(entry.strength)", "mask_strength": "\(entry.maskStrength)",
                "mask_sets_area": "\(entry.maskSetsArea)", "is_default": "\(entry.isDefault)",
                "other_side": "\(entry.controlsApplyToOtherSide)",
            ]
            switch entry.area {
            case .cells(let height, let width, let y, let x)?: fields["cells"] = "\(height) \(width) \(y) \(x)"
            case .shares(let height, let width, let y, let x)?: fields["shares"] = "\(height) \(width) \(y) \(x)"
            case nil: break
            }
            if let range = entry.timestepRange { fields["range"] = "\(range.start) \(range.end)" }
            for (name, text) in fields { stored.fields["\(index).\(name)"] = text }
        }
        return stored
    }

    private static func decode(_ stored: StoredValue) throws -> Conditioning {
        let count: Int = try stored.field("count").number()
        guard (0...10_000).contains(count) else { throw CodecError("\(count) entries") }
        return Conditioning(
            try (0..<count).map { index in
                var entry = Conditioning.Entry(
                    embedding: try stored.demanded("\(index).embedding", rank: 3), pooled: try stored.optional("\(index).pooled"))
                entry.mask = try stored.optional("\(index).mask")
                entry.strength = try stored.field("\(index).strength").number()
                entry.maskStrength = try stored.field("\(index).mask_strength").number()
                entry.maskSetsArea = try stored.field("\(index).mask_sets_area") == "true"
                entry.isDefault = try stored.field("\(index).is_default") == "true"
                entry.controlsApplyToOtherSide = try stored.field("\(index).other_side") == "true"
                if let cells: [Int] = try stored.numbers("\(index).cells", count: 4) {
                    entry.area = .cells(height: cells[0], width: cells[1], y: cells[2], x: cells[3])
                } else if let shares: [Double] = try stored.numbers("\(index).shares", count: 4) {
                    entry.area = .shares(height: shares[0], width: shares[1], y: shares[2], x: shares[3])
                }
                if let range: [Double] = try stored.numbers("\(index).range", count: 2) {
                    entry.timestepRange = ScheduleRange(start: range[0], end: range[1])
                }
                if let latent = try stored.optional("\(index).inpainting.latent"),
                    let mask = try stored.optional("\(index).inpainting.mask")
                {
                    entry.inpainting = .init(latent: latent, mask: mask)
                }
                return entry
            })
    }
}

/// A codec for one concrete type.
private struct Codec<Value: WorkflowValue>: ValueCodec {
    let typeName: String
    private let encodeValue: @Sendable (Value) -> StoredValue?
    private let decodeValue: @Sendable (StoredValue) throws -> Value

    init(
        _ typeName: String, encode: @escaping @Sendable (Value) -> StoredValue?,
        decode: @escaping @Sendable (StoredValue) throws -> Value
    ) {
        self.typeName = typeName
        encodeValue = encode
        decodeValue = decode
    }

    func encode(_ value: any WorkflowValue) -> StoredValue? { (value as? Value).flatMap(encodeValue) }
    func decode(_ stored: StoredValue) throws -> any WorkflowValue { try decodeValue(stored) }
}

/// A stored value that isn't what its codec writes. The entry is dropped and computed again.
private struct CodecError: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension StoredTensor {
    fileprivate init(_ name: String, _ tensor: Tensor) {
        let tensor = tensor.float32()
        self.init(name: name, dtype: "F32", shape: tensor.shape, byteCount: tensor.byteCount) { body in
            try tensor.withBytes(body)
        }
    }
}

extension StoredValue {
    fileprivate func optional(_ name: String) throws -> Tensor? {
        guard let stored = tensor(name) else { return nil }
        guard stored.dtype == "F32", stored.shape.allSatisfy({ $0 >= 0 }),
            stored.shape.reduce(4, { $0.multipliedReportingOverflow(by: $1).partialValue }) == stored.byteCount
        else { throw CodecError("\(name): \(stored.dtype) \(stored.shape)") }
        var bytes: [UInt8] = []
        try stored.withBytes { bytes = Array($0) }
        guard bytes.count == stored.byteCount else { throw CodecError("\(name): \(bytes.count) bytes") }
        return Tensor(bytes: bytes, shape: stored.shape, dtype: .float32)
    }

    fileprivate func demanded(_ name: String, rank: Int) throws -> Tensor {
        guard let tensor = try optional(name), tensor.rank == rank else { throw CodecError("no \(name) of rank \(rank)") }
        return tensor
    }

    fileprivate func field(_ name: String) throws -> String {
        guard let text = fields[name] else { throw CodecError("no \(name)") }
        return text
    }

    /// Numbers separated by blanks; nil if the field isn't there.
    fileprivate func numbers<Number: LosslessStringConvertible>(_ name: String, count: Int) throws -> [Number]? {
        guard let text = fields[name] else { return nil }
        let numbers: [Number] = try text.split(separator: " ").map { try $0.number() as Number }
        guard numbers.count == count else { throw CodecError("\(name): \(text)") }
        return numbers
    }
}

extension StringProtocol {
    fileprivate func number<Number: LosslessStringConvertible>() throws -> Number {
        guard let number = Number(String(self)) else { throw CodecError("\(self) is no number") }
        return number
    }
}
