// Nodes: CombineHooks2, CombineHooks4, CombineHooks8

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Puts sets of hooks together. The sockets are called `hooks_A`, `hooks_B` and so on.
private func combined(_ inputs: NodeInputs, count: Int) throws -> NodeOutputs {
    let sets = try "ABCDEFGH".prefix(count).map { try inputs.hooks("hooks_\($0)") }
    return .of(sets.reduce(ConditioningHooks()) { $0.adding($1) })
}

/// Puts two sets of hooks together.
struct CombineHooks2: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 2) }
}

/// Puts up to four sets of hooks together.
struct CombineHooks4: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 4) }
}

/// Puts up to eight sets of hooks together.
struct CombineHooks8: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 8) }
}
