// Nodes: PrimitiveInt, PrimitiveFloat, PrimitiveString, PrimitiveStringMultiline, PrimitiveBoolean

internal import WorkflowEngine

/// Gives a whole number.
struct PrimitiveInt: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.integer("value"))
    }
}

/// Gives a number.
struct PrimitiveFloat: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.double("value"))
    }
}

/// Gives a text.
struct PrimitiveString: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.string("value"))
    }
}

/// Gives a text of several lines.
struct PrimitiveStringMultiline: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.string("value"))
    }
}

/// Gives yes or no.
struct PrimitiveBoolean: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.boolean("value"))
    }
}
