// Nodes: Context (rgthree), Context Big (rgthree), Context Switch (rgthree), Context Switch Big (rgthree), Context Merge (rgthree),
// Context Merge Big (rgthree), ToBasicPipe, FromBasicPipe, FromBasicPipe_v2

internal import WorkflowEngine

// Bundles of rgthree-comfy and of the Impact Pack.

/// The fields of rgthree's contexts, in the order of their sockets.
private enum ContextFields {
    static let small = ["model", "clip", "vae", "positive", "negative", "latent", "images", "seed"]
    static let big =
        small + [
            "steps", "step_refiner", "cfg", "ckpt_name", "sampler", "scheduler", "clip_width", "clip_height", "text_pos_g",
            "text_pos_l", "text_neg_g", "text_neg_l", "mask", "control_net",
        ]

    /// A base context with what is linked put over it.
    static func filled(_ names: [String], _ inputs: NodeInputs) throws -> NodeOutputs {
        var bundle = try inputs.optional("base_ctx", as: ValueBundle.self) ?? ValueBundle(type: "RGTHREE_CONTEXT")
        for name in names {
            if let value = inputs[name], !(value is AbsentValue) { bundle[name] = value }
        }
        return outputs(bundle, names)
    }

    static func first(_ names: [String], _ inputs: NodeInputs) throws -> NodeOutputs {
        let bundle = try all(inputs).first { !$0.isEmpty } ?? ValueBundle(type: "RGTHREE_CONTEXT")
        return outputs(bundle, names)
    }

    /// Fields that several contexts have come from the last of them.
    static func merged(_ names: [String], _ inputs: NodeInputs) throws -> NodeOutputs {
        var bundle = ValueBundle(type: "RGTHREE_CONTEXT")
        for context in try all(inputs) {
            for (name, value) in context.entries { bundle[name] = value }
        }
        return outputs(bundle, names)
    }

    private static func all(_ inputs: NodeInputs) throws -> [ValueBundle] {
        try (1...5).compactMap { number in
            let name = "ctx_0\(number)"
            return inputs[name] is AbsentValue ? nil : try inputs.optional(name, as: ValueBundle.self)
        }
    }

    private static func outputs(_ bundle: ValueBundle, _ names: [String]) -> NodeOutputs {
        NodeOutputs([.value(bundle)] + bundle.outputs(names))
    }
}

struct Context: Node {
    static let type = "Context (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.filled(ContextFields.small, inputs)
    }
}

struct ContextBig: Node {
    static let type = "Context Big (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.filled(ContextFields.big, inputs)
    }
}

struct ContextSwitch: Node {
    static let type = "Context Switch (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.first(ContextFields.small, inputs)
    }
}

struct ContextSwitchBig: Node {
    static let type = "Context Switch Big (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.first(ContextFields.big, inputs)
    }
}

struct ContextMerge: Node {
    static let type = "Context Merge (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.merged(ContextFields.small, inputs)
    }
}

struct ContextMergeBig: Node {
    static let type = "Context Merge Big (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ContextFields.merged(ContextFields.big, inputs)
    }
}

/// Bundles a model, its parts and two prompts.
struct ToBasicPipe: Node {
    static let fields = ["model", "clip", "vae", "positive", "negative"]

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var bundle = ValueBundle(type: "BASIC_PIPE")
        for name in Self.fields { bundle[name] = inputs[name] }
        return .of(bundle)
    }
}

/// Takes a bundle apart.
struct FromBasicPipe: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        NodeOutputs(try inputs.value("basic_pipe", as: ValueBundle.self).outputs(ToBasicPipe.fields))
    }
}

/// Takes a bundle apart and passes it on.
struct FromBasicPipe2: Node {
    static let type = "FromBasicPipe_v2"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let bundle: ValueBundle = try inputs.value("basic_pipe")
        return NodeOutputs([.value(bundle)] + bundle.outputs(ToBasicPipe.fields))
    }
}
