internal import Cancellations
internal import Problems
internal import Workflows

/// One node with everything it gets: calls the implementation as often as lists ask for, ComfyUI's way.
///
/// Without `input_is_list`, the longest input decides how often; shorter ones repeat their last element. With it, the
/// node is called once and gets whole lists. Outputs marked as lists are concatenated over the calls, others collected.
struct NodeCall {
    var spec: NodeSpec
    var implementation: any NodeImplementation
    /// Present inputs in the order of the specification.
    var inputs: [(name: String, elements: [any WorkflowValue])]
    /// Whether numbers must lie in the range a person may choose.
    var checksRanges = true

    /// What a call gave: per output its elements.
    struct Outcome {
        var values: [[any WorkflowValue]]
        var files: [OutputFile] = []
        var texts: [String] = []
        /// Messages of blockers that stopped a call.
        var blockedMessages: [String] = []
    }

    /// The specification and the implementation disagree, or lists don't fit together.
    typealias ShapeError = PlainProblem<ShapeErrorCode>

    enum ShapeErrorCode: String, OnlyProblemCode {
        case shapesDiffer = "node-shapes-differ"
        static var only: Self { .shapesDiffer }

        var category: ProblemCategory { .wrongInput }
        var meaning: String { "Lists don't fit together, or a node gave what its specification doesn't have." }
        var hint: String { "Look at the node that the list comes from." }
    }

    /// An error with the element of the list at which it happened.
    struct ElementError: Error {
        var index: Int?
        var cause: any Error
    }

    /// How often the implementation is called.
    func callCount() throws(ElementError) -> Int {
        if spec.inputIsList || inputs.isEmpty { return 1 }
        let longest = inputs.lazy.map(\.elements.count).max() ?? 0
        if longest > 0, let empty = inputs.first(where: { $0.elements.isEmpty }) {
            throw ElementError(cause: ShapeError("input \"\(empty.name)\" got an empty list"))
        }
        return longest
    }

    /// The inputs of one call, checked: the only way by which values reach an implementation.
    ///
    /// - Throws: `InputValueError` for a scalar that isn't what the specification says, wherever it came from.
    func arguments(_ index: Int) throws(InputValueError) -> NodeInputs {
        var entries: [(name: String, values: [any WorkflowValue])] = []
        entries.reserveCapacity(inputs.count)
        for input in inputs {
            let kind = spec.input(input.name)?.kind
            if spec.inputIsList {
                var elements: [any WorkflowValue] = []
                elements.reserveCapacity(input.elements.count)
                for (place, element) in input.elements.enumerated() {
                    elements.append(
                        try checked(element, kind, input: input.name, element: input.elements.count > 1 ? place : nil))
                }
                entries.append((input.name, elements))
            } else {
                let place = min(index, input.elements.count - 1)
                // Where the element is the call's own, the failure says which it was.
                let element = place != index && input.elements.count > 1 ? place : nil
                entries.append((input.name, [try checked(input.elements[place], kind, input: input.name, element: element)]))
            }
        }
        return NodeInputs(entries: entries)
    }

    /// A value as the specification has it. What isn't a scalar is checked by whoever asks for it by its type.
    private func checked(
        _ value: any WorkflowValue, _ kind: InputSpec.Kind?, input: String, element: Int?
    ) throws(InputValueError) -> any WorkflowValue {
        guard let kind else { return value }
        guard let scalar = Scalar(value) else {
            if case .socket = kind { return value }
            if value is AbsentValue || value is BlockedValue { return value }
            throw InputValueError(
                input: input, element: element, detail: "\(value.typeName) came, it takes \(kind.wanted)",
                hint: "link an output of that type")
        }
        do {
            return try kind.checked(scalar, checksRanges: checksRanges).value
        } catch {
            throw InputValueError(input: input, element: element, detail: error.reason, hint: error.hint)
        }
    }

    /// - Parameter cancellation: current while the implementation runs.
    func run(
        stoppedBy cancellation: Cancellation, context: (_ index: Int, _ count: Int) -> RunContext
    ) throws(ElementError) -> Outcome {
        let count = try callCount()
        var outcome = Outcome(values: Array(repeating: [], count: spec.outputs.count))
        for index in 0..<count {
            do {
                let arguments = try arguments(index)
                if let blocker = blocker(in: arguments) {
                    if let message = blocker.message { outcome.blockedMessages.append(message) }
                    for slot in outcome.values.indices { outcome.values[slot].append(BlockedValue()) }
                    continue
                }
                let context = context(index, count)
                let outputs = try cancellation.whileCurrent {
                    try Cancellation.check()
                    return try implementation.run(arguments, in: context)
                }
                try collect(outputs, into: &outcome)
            } catch {
                throw ElementError(index: count > 1 ? index : nil, cause: error)
            }
        }
        return outcome
    }

    private func blocker(in arguments: NodeInputs) -> BlockedValue? {
        for name in arguments.names {
            for value in arguments.list(name) {
                if let blocked = value as? BlockedValue { return blocked }
            }
        }
        return nil
    }

    private func collect(_ outputs: NodeOutputs, into outcome: inout Outcome) throws {
        guard outputs.values.count == spec.outputs.count else {
            throw ShapeError(
                "gave \(outputs.values.count) outputs where its specification has \(spec.outputs.count)")
        }
        for (slot, output) in outputs.values.enumerated() {
            switch output {
            case .value(let value): outcome.values[slot].append(value)
            case .absent: outcome.values[slot].append(AbsentValue())
            case .blocked(let message): outcome.values[slot].append(BlockedValue(message: message))
            case .list(let values):
                guard spec.outputs[slot].isList else {
                    throw ShapeError("gave a list for \"\(spec.outputs[slot].name)\", which is none")
                }
                outcome.values[slot] += values
            }
        }
        outcome.files += outputs.files
        outcome.texts += outputs.texts
    }
}
