internal import Descriptions
internal import Diffusion
internal import WorkflowEngine

/// Looks for numbers that are none in what nodes give, and says so where they arise.
///
/// ComfyUI goes on with NaN and saves a black or white picture; so do we, but the first node that gives one is named, with the weights that
/// it comes from. A look takes as long as reading the values once, far less than their digest; what a value is made of is looked at only
/// when the value is bad.
enum NumberCheck {
    static func look(at outputs: NodeOutputs, madeOf inputs: NodeInputs, in context: RunContext) {
        // What writes files says what is in them, even when the node that made it was reused.
        if outputs.values.isEmpty {
            if let found = firstNotFinite(inputs) {
                context.warn("what is shown or saved holds numbers that are none (\(found.symbol)): they have no colour")
            }
            return
        }
        let bad = outputs.values.lazy.compactMap { output in
            elements(output).lazy.compactMap { value in firstNotFinite(value).map { (value.typeName, $0) } }.first
        }.first
        // What came in bad was told of where it arose.
        guard let (type, found) = bad, firstNotFinite(inputs) == nil else { return }
        context.warn("\(type) holds numbers that are none (\(found.symbol), in \(found.place)): \(cause(inputs))")
    }

    /// Why a node gives such numbers when none came in.
    private static func cause(_ inputs: NodeInputs) -> String {
        for name in inputs.names {
            for value in inputs.list(name) {
                guard let weight = (value as? any Described)?.firstNotFiniteWeight() else { continue }
                return
                    "\(weight.file ?? "a model file") has \(weight.symbol) numbers in \(weight.place). The file is damaged or its training went "
                    + "wrong; use another"
            }
        }
        return "they grew too large while it was computed, or a number was divided by zero"
    }

    private static func elements(_ output: NodeOutput) -> [any WorkflowValue] {
        switch output {
        case .value(let value): [value]
        case .list(let values): values
        case .absent, .blocked: []
        }
    }

    private static func firstNotFinite(_ inputs: NodeInputs) -> NotANumber? {
        for name in inputs.names {
            for value in inputs.list(name) {
                if let found = firstNotFinite(value) { return found }
            }
        }
        return nil
    }

    private static func firstNotFinite(_ value: any WorkflowValue) -> NotANumber? {
        // Recipes hold no numbers.
        value is any WeightsValue ? nil : (value as? any Described)?.firstNotFinite()
    }
}
