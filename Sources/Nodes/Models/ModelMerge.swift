// Nodes: ModelMergeSimple, ModelMergeSubtract, ModelMergeAdd, ModelMergeBlocks, ModelMergeSD1, ModelMergeSD2, ModelMergeSDXL,
// CLIPMergeSimple, CLIPMergeSubtract, CLIPMergeAdd

internal import Diffusion
internal import WorkflowEngine

// Merges are patches of the first model: nothing is computed before a sampler wants the weights.

/// Mixes two models by weight.
struct ModelMergeSimple: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.mergedModel(.init(ratio: try inputs.double("ratio")))
    }
}

/// Subtracts one model from another.
struct ModelMergeSubtract: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let multiplier = try inputs.float("multiplier")
        return try inputs.mergedModel(.init(own: multiplier, other: -multiplier))
    }
}

/// Adds the weights of a model, usually a difference, to another.
struct ModelMergeAdd: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.mergedModel(.init(own: 1, other: 1))
    }
}

/// Mixes two models with a share each for input, middle and output blocks.
struct ModelMergeBlocks: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try inputs.modelMergedByBlock() }
}

/// Mixes two SD 1.x models with a share for every block.
struct ModelMergeSD1: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try inputs.modelMergedByBlock() }
}

/// Mixes two SD 2.x models with a share for every block.
struct ModelMergeSD2: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try inputs.modelMergedByBlock() }
}

/// Mixes two SDXL models with a share for every block.
struct ModelMergeSDXL: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try inputs.modelMergedByBlock() }
}

/// Mixes two text encoders by weight.
struct CLIPMergeSimple: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.mergedTextEncoder(.init(ratio: try inputs.double("ratio")))
    }
}

/// Subtracts one text encoder from another.
struct CLIPMergeSubtract: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let multiplier = try inputs.float("multiplier")
        return try inputs.mergedTextEncoder(.init(own: multiplier, other: -multiplier))
    }
}

/// Adds the weights of a text encoder, usually a difference, to another.
struct CLIPMergeAdd: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.mergedTextEncoder(.init(own: 1, other: 1))
    }
}

extension NodeInputs {
    fileprivate func mergedModel(
        _ rest: MergePatch.Factors, blocks: [(prefix: String, factors: MergePatch.Factors)] = []
    ) throws -> NodeOutputs {
        let other = try model("model2").patchedContent()
        return .of(try model("model1").patched(try MergePatch(with: [other], blocks: blocks, rest: rest)))
    }

    /// Shares by block: the name of an input is the beginning of the names that it counts for. Whatever none fits has the
    /// share of the first input.
    fileprivate func modelMergedByBlock() throws -> NodeOutputs {
        let blocks = try names.filter { $0 != "model1" && $0 != "model2" }.map { name in
            (prefix: name, factors: MergePatch.Factors(ratio: try double(name)))
        }
        return try mergedModel(blocks.first?.factors ?? .init(own: 1, other: 0), blocks: blocks)
    }

    fileprivate func mergedTextEncoder(_ factors: MergePatch.Factors) throws -> NodeOutputs {
        let others = try textEncoder("clip2").patchedContents()
        return .of(try textEncoder("clip1").patched(try MergePatch(with: others, rest: factors)))
    }
}
