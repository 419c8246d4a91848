// Nodes: UnetLoaderGGUF, UnetLoaderGGUFAdvanced, CLIPLoaderGGUF, DualCLIPLoaderGGUF

internal import WorkflowEngine

// Every loader reads GGUF here; these have the inputs that saved workflows give them.

/// A denoising network from a GGUF file.
struct UnetLoaderGGUF: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try UNETLoader().run(inputs, in: context) }
}

/// The same with types for quantised weights and for patches, which have no effect: weights are kept as the file has them.
struct UnetLoaderGGUFAdvanced: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        for name in ["dequant_dtype", "patch_dtype"] {
            let type = try inputs.choice(name)
            if !["default", "target", "float32"].contains(type) {
                context.warn("\(name) \(type) is left aside: weights are kept as the file has them, and all is computed in float32")
            }
        }
        return try UNETLoader().run(inputs, in: context)
    }
}

/// A text encoder from a GGUF file.
struct CLIPLoaderGGUF: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try CLIPLoader().run(inputs, in: context) }
}

/// Two text encoders from GGUF files.
struct DualCLIPLoaderGGUF: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try DualCLIPLoader().run(inputs, in: context) }
}
