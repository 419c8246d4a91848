// Nodes: CLIPTextEncodeSDXL, CLIPTextEncodeSDXLRefiner

internal import Diffusion
internal import WorkflowEngine

/// Encodes a text for each of SDXL's text models, with the sizes to imitate.
struct CLIPTextEncodeSDXL: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let encoder = try inputs.textEncoder("clip")
        guard encoder.models.count == 2 else {
            throw NodeError(
                .unsupported, input: "clip", "this text encoder takes one text, not one for each of two text models",
                hint: "for models other than SDXL use CLIPTextEncode, for its refiner CLIPTextEncodeSDXLRefiner")
        }
        var sizes = SizeConditioning(width: try inputs.int("width"), height: try inputs.int("height"))
        (sizes.cropWidth, sizes.cropHeight) = (try inputs.int("crop_w"), try inputs.int("crop_h"))
        (sizes.targetWidth, sizes.targetHeight) = (try inputs.int("target_width"), try inputs.int("target_height"))
        let encoded = try encoder.encode(
            [inputs.string("text_l"), inputs.string("text_g")], fillsUp: true,
            embeddings: EmbeddingFolder(models: context.services.models), warn: context.warn)
        return .of(encoded.changed { $0.sizes = sizes })
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        let folder = EmbeddingFolder(models: services.models)
        return try ["text_l", "text_g"].flatMap { name in
            try (inputs[name] as? String).map { try folder.contents(of: $0, in: services) } ?? []
        }
    }
}

/// Encodes a text for SDXL's refiner, with the size to imitate and how much people should like the picture.
struct CLIPTextEncodeSDXLRefiner: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var sizes = SizeConditioning(width: try inputs.int("width"), height: try inputs.int("height"))
        sizes.aestheticScore = try inputs.double("ascore")
        let encoded = try inputs.textEncoder("clip").encode(
            inputs.string("text"), embeddings: EmbeddingFolder(models: context.services.models), warn: context.warn)
        return .of(encoded.changed { $0.sizes = sizes })
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try CLIPTextEncode().externalContents(inputs, in: services)
    }
}
