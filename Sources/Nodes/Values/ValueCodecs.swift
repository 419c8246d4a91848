internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Values of this domain as they survive the process. Models have no codec: their files are the stored form.
enum ValueCodecs {
    static func codec(for typeName: String) -> (any ValueCodec)? { byType[typeName] }

    private static let byType: [String: any ValueCodec] = [
        "IMAGE": Codec<Image>("IMAGE") { value in
            StoredValue(tensors: [StoredTensor("pixels", float32: value.pixels)])
        } decode: { stored in
            Image(try stored.demanded("pixels", rank: 4))
        },
        "MASK": Codec<Mask>("MASK") { value in
            StoredValue(tensors: [StoredTensor("values", float32: value.values)])
        } decode: { stored in
            Mask(try stored.demanded("values", rank: 3))
        },
        "LATENT": Codec<Latent>("LATENT") { value in
            var stored = StoredValue(tensors: [StoredTensor("samples", float32: value.samples)])
            if let mask = value.noiseMask { stored.tensors.append(StoredTensor("noise_mask", float32: mask)) }
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
            StoredValue(tensors: [StoredTensor("sigmas", float32: Tensor(value.values))])
        } decode: { stored in
            Sigmas(try stored.demanded("sigmas", rank: 1).floats)
        },
        "CLIP_VISION_OUTPUT": Codec<VisionOutput>("CLIP_VISION_OUTPUT") { value in
            StoredValue(tensors: [
                StoredTensor("last_hidden", float32: value.lastHidden),
                StoredTensor("penultimate_hidden", float32: value.penultimateHidden),
                StoredTensor("embedding", float32: value.embedding),
            ])
        } decode: { stored in
            VisionOutput(
                lastHidden: try stored.demanded("last_hidden", rank: 3),
                penultimateHidden: try stored.demanded("penultimate_hidden", rank: 3),
                embedding: try stored.demanded("embedding", rank: 2))
        },
        "CONDITIONING": Codec<Conditioning>("CONDITIONING", encode: ConditioningCodec.encode, decode: ConditioningCodec.decode),
    ]
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
