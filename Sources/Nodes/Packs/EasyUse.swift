internal import WorkflowEngine

// What stands in the loops that people make with Easy-Use. The loop nodes themselves are written out before the run.

struct EasyInt: Node {
    static let type = "easy int"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.integer("value")) }
}

struct EasyFloat: Node {
    static let type = "easy float"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.double("value")) }
}

struct EasyString: Node {
    static let type = "easy string"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.string("value")) }
}

/// Arithmetic on whole numbers with Python's rounding: division and remainder towards minus infinity.
struct EasyMathInt: Node {
    static let type = "easy mathInt"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let a = try inputs.integer("a"), b = try inputs.integer("b")
        let operation = try inputs.string("operation")
        if b == 0, operation == "divide" || operation == "modulo" { throw NodeError(.badValue, input: "b", "\(a) can't be divided by 0") }
        let (result, overflow): (Int64, Bool) =
            switch operation {
            case "add": a.addingReportingOverflow(b)
            case "subtract": a.subtractingReportingOverflow(b)
            case "multiply": a.multipliedReportingOverflow(by: b)
            case "divide": Self.floored(a, b)
            case "modulo": (Self.remainder(a, b), false)
            case "power": try Self.power(a, b)
            default: throw NodeError(.badValue, input: "operation", "\"\(operation)\" is no operation")
            }
        guard !overflow else { throw NodeError(.badValue, input: "operation", "the result has more than 64 bits") }
        return .of(result)
    }

    private static func floored(_ a: Int64, _ b: Int64) -> (Int64, Bool) {
        let (quotient, overflow) = a.dividedReportingOverflow(by: b)
        if overflow { return (quotient, true) }
        return (quotient - (remainderIsOff(a, b) ? 1 : 0), false)
    }

    private static func remainder(_ a: Int64, _ b: Int64) -> Int64 {
        let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
        return remainderIsOff(a, b) ? rest + b : rest
    }

    private static func remainderIsOff(_ a: Int64, _ b: Int64) -> Bool {
        let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
        return rest != 0 && (rest < 0) != (b < 0)
    }

    private static func power(_ a: Int64, _ b: Int64) throws -> (Int64, Bool) {
        guard b >= 0 else { throw NodeError(.badValue, input: "b", "\(a) to the power of \(b) is no whole number") }
        if a == 0 || a == 1 { return (b == 0 ? 1 : a, false) }
        if a == -1 { return (b % 2 == 0 ? 1 : -1, false) }
        var result: Int64 = 1
        for _ in 0..<min(b, 64) {
            let (product, overflow) = result.multipliedReportingOverflow(by: a)
            if overflow { return (0, true) }
            result = product
        }
        return (result, b > 64)
    }
}

/// Compares two numbers or two texts.
struct EasyCompare: Node {
    static let type = "easy compare"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let order = try ImpactCompare.order(inputs)
        switch try inputs.string("comparison") {
        case "a == b": return .of(order == 0)
        case "a != b": return .of(order != 0)
        case "a < b": return .of(order < 0)
        case "a > b": return .of(order > 0)
        case "a <= b": return .of(order <= 0)
        case "a >= b": return .of(order >= 0)
        case let other: throw NodeError(.badValue, input: "comparison", "\"\(other)\" is no comparison")
        }
    }
}

/// Passes on one of two inputs; only that one is computed.
struct EasyIfElse: Node {
    static let type = "easy ifElse"

    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] {
        [try inputs.boolean("boolean") ? "on_true" : "on_false"]
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(inputs[try inputs.boolean("boolean") ? "on_true" : "on_false"] ?? AbsentValue())
    }
}

/// Gathers what the rounds of a loop give: pictures, latents and masks as a batch, numbers and texts as a list. In the first round
/// there is only one of the two.
struct EasyBatchAnything: Node {
    static let type = "easy batchAnything"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let values = ["any_1", "any_2"].compactMap { inputs[$0] }.filter { !($0 is AbsentValue) }
        if values.count < 2 { return .of(values.first ?? AbsentValue()) }
        if let batch = try Batch.joining(values, input: "any_2") { return .of(batch) }
        return .of(ValueList(values.flatMap { ($0 as? ValueList)?.elements ?? [$0] }))
    }
}
