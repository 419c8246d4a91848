// Nodes: Any Switch (rgthree), ReroutePrimitive|pysssss, Seed (rgthree), ImpactSwitch, ImpactConditionalBranch, ImpactCompare, ImpactLogicalOperators

internal import WorkflowEngine

// Nodes of packs that people install into ComfyUI: rgthree-comfy and the Impact Pack.

/// Passes on the first input that holds something.
struct AnySwitch: Node {
    static let type = "Any Switch (rgthree)"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        for name in inputs.names.sorted() {
            guard let value = inputs[name], !(value is AbsentValue) else { continue }
            return NodeOutputs([.value(value)])
        }
        return NodeOutputs([.absent])
    }
}

/// Passes on what goes in. Saved workflows are followed through it; the API form has it as a node.
struct ReroutePrimitive: Node {
    static let type = "ReroutePrimitive|pysssss"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        NodeOutputs([inputs["value"].map { .value($0) } ?? .absent])
    }
}

/// Gives a seed. The negative ones that mean "another one every time" give the same one every time.
struct RgthreeSeed: Node {
    static let type = "Seed (rgthree)"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let seed = try inputs.integer("seed")
        guard (-3 ... -1).contains(seed) else { return .of(seed) }
        context.warn("seed \(seed) asks for another seed every time; 1 is used, so that the result can be had again")
        return .of(Int64(1))
    }
}

/// Passes on the input with a number.
struct ImpactSwitch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let selected = try inputs.integer("select")
        let name = "input\(selected)"
        let value: NodeOutput = inputs[name].map { .value($0) } ?? .absent
        return NodeOutputs([value, .value(name), .value(selected)])
    }

    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] {
        let name = "input\(try inputs.integer("select"))"
        return lazy.contains(name) ? [name] : []
    }
}

/// Passes on one of two values.
struct ImpactConditionalBranch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let name = try inputs.boolean("cond") ? "tt_value" : "ff_value"
        return NodeOutputs([inputs[name].map { .value($0) } ?? .absent])
    }

    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] {
        [try inputs.boolean("cond") ? "tt_value" : "ff_value"]
    }
}

/// Compares two values: numbers by size, texts by code points.
struct ImpactCompare: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation = try inputs.string("cmp")
        switch operation {
        case "tt": return .of(true)
        case "ff": return .of(false)
        default: break
        }
        let order = try Self.order(inputs)
        switch operation {
        case "a = b": return .of(order == 0)
        case "a <> b": return .of(order != 0)
        case "a > b": return .of(order > 0)
        case "a < b": return .of(order < 0)
        case "a >= b": return .of(order >= 0)
        case "a <= b": return .of(order <= 0)
        default: throw NodeError(.badValue, input: "cmp", "\"\(operation)\" is no comparison")
        }
    }

    private static func order(_ inputs: NodeInputs) throws -> Int {
        if let a = inputs["a"] as? String, let b = inputs["b"] as? String {
            let (x, y) = (a.unicodeScalars.map(\.value), b.unicodeScalars.map(\.value))
            return x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1
        }
        func number(_ name: String) throws -> Double {
            guard let value = inputs[name] else { throw NodeInputError(input: name, expected: "a number", found: nil) }
            guard let number = try ExpressionValue(value)?.double else {
                throw NodeError(.wrongType, input: name, "\(value.typeName) has no order; two numbers or two texts do")
            }
            return number
        }
        let (a, b) = (try number("a"), try number("b"))
        return a == b ? 0 : a < b ? -1 : 1
    }
}

/// Combines two switches.
struct ImpactLogicalOperators: Node {
    enum Operator: String, CaseIterable { case and, or, xor }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (a, b) = (try inputs.boolean("bool_a"), try inputs.boolean("bool_b"))
        switch try inputs.choice("operator", of: Operator.self) {
        case .and: return .of(a && b)
        case .or: return .of(a || b)
        case .xor: return .of(a != b)
        }
    }
}
