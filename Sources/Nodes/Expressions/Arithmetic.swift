internal import Problems
internal import Foundation

/// Python's arithmetic: whole numbers stay whole, `/` gives a fraction, `//` and `%` round downwards.
enum Arithmetic {
    static func binary(
        _ name: String, _ a: ExpressionValue, _ b: ExpressionValue
    ) throws(ExpressionError) -> ExpressionValue {
        if case .integer(let a) = a, case .integer(let b) = b, let whole = try integers(name, a, b) { return whole }
        let (x, y) = (try a.double, try b.double)
        switch name {
        case "+": return .float(x + y)
        case "-": return .float(x - y)
        case "*": return .float(x * y)
        case "**": return .float(pow(x, y))
        case "/", "//", "%":
            guard y != 0 else { throw ExpressionError("division by zero") }
            if name == "/" { return .float(x / y) }
            let quotient = (x / y).rounded(.down)
            return .float(name == "//" ? quotient : x - quotient * y)
        case "<": return .truth(x < y)
        case ">": return .truth(x > y)
        case "<=": return .truth(x <= y)
        case ">=": return .truth(x >= y)
        case "==": return .truth(x == y)
        case "!=": return .truth(x != y)
        default: throw ExpressionError("\(name) takes whole numbers")
        }
    }

    /// `nil` where the result isn't a whole number that fits: then the fractions decide.
    private static func integers(_ name: String, _ a: Int, _ b: Int) throws(ExpressionError) -> ExpressionValue? {
        func checked(_ result: (Int, overflow: Bool)) -> ExpressionValue? { result.overflow ? nil : .integer(result.0) }
        switch name {
        case "+": return checked(a.addingReportingOverflow(b))
        case "-": return checked(a.subtractingReportingOverflow(b))
        case "*": return checked(a.multipliedReportingOverflow(by: b))
        case "//", "%":
            guard b != 0 else { throw ExpressionError("division by zero") }
            guard b != -1 else { return name == "%" ? .integer(0) : checked((0).subtractingReportingOverflow(a)) }
            let remainder = (a % b + b) % b
            return .integer(name == "%" ? remainder : (a - remainder) / b)
        case "**":
            guard b >= 0 else { return nil }
            var result = 1
            for _ in 0..<min(b, 64) {
                let (product, overflow) = result.multipliedReportingOverflow(by: a)
                if overflow { return nil }
                result = product
            }
            return b <= 64 || (-1...1).contains(a) ? .integer(b > 64 && a == -1 && b % 2 == 1 ? -1 : result) : nil
        case "&": return .integer(a & b)
        case "|": return .integer(a | b)
        case "^": return .integer(a ^ b)
        case "<<", ">>":
            guard (0...62).contains(b) else { throw ExpressionError("a shift by \(b) places") }
            return .integer(name == "<<" ? a << b : a >> b)
        default: return nil
        }
    }

    /// The functions that expressions know.
    static func call(_ name: String, _ arguments: [ExpressionValue]) throws(ExpressionError) -> ExpressionValue {
        func one() throws(ExpressionError) -> Double {
            guard arguments.count == 1 else { throw ExpressionError("\(name) takes one value, not \(arguments.count)") }
            return try arguments[0].double
        }
        func whole(_ value: Double) throws(ExpressionError) -> ExpressionValue {
            guard let integer = Int(exactly: value) else { throw ExpressionError("\(name) of \(value) is no whole number") }
            return .integer(integer)
        }
        switch name {
        case "round":
            guard (1...2).contains(arguments.count) else { throw ExpressionError("round takes one or two values") }
            let value = try arguments[0].double
            guard arguments.count == 2 else { return try whole(value.rounded(.toNearestOrEven)) }
            let digits = try arguments[1].double
            guard digits >= 0, digits <= 300 else {
                let scale = pow(10, digits)
                return .float((value * scale).rounded(.toNearestOrEven) / scale)
            }
            // By the exact decimal value, as Python does: multiplying first would round twice.
            return .float(Double(String(format: "%.\(Int(digits))f", value)) ?? value)
        case "ceil": return try whole(one().rounded(.up))
        case "floor": return try whole(one().rounded(.down))
        case "int": return try whole(one().rounded(.towardZero))
        case "float": return .float(try one())
        case "sqrt":
            let value = try one()
            guard value >= 0 else { throw ExpressionError("sqrt of \(value)") }
            return .float(value.squareRoot())
        case "abs":
            if case .integer(let value)? = arguments.first, arguments.count == 1, value != .min { return .integer(abs(value)) }
            return .float(abs(try one()))
        case "min", "max":
            let values = flattened(arguments)
            guard var best = values.first else { throw ExpressionError("\(name) of nothing") }
            for value in values.dropFirst() {
                let (x, y) = (try value.double, try best.double)
                if name == "min" ? x < y : x > y { best = value }
            }
            return best
        case "sum":
            var total = ExpressionValue.integer(0)
            for value in flattened(arguments) { total = try binary("+", total, value) }
            return total
        case "len":
            guard arguments.count == 1 else { throw ExpressionError("len takes one value, not \(arguments.count)") }
            if case .list(let list) = arguments[0] { return .integer(list.count) }
            if case .sized(_, _, let list) = arguments[0] { return .integer(list.count) }
            throw ExpressionError("len of a number")
        case "iif":
            guard arguments.count == 3 else { throw ExpressionError("iif takes a condition and two values") }
            return try arguments[0].isTrue ? arguments[1] : arguments[2]
        case "randomint", "randomchoice":
            throw ExpressionError("\(name) gives another result every time, which Darkroom's results never do; use a seed")
        default: throw ExpressionError("there is no function \(name)")
        }
    }

    private static func flattened(_ values: [ExpressionValue]) -> [ExpressionValue] {
        values.flatMap { value -> [ExpressionValue] in
            switch value {
            case .list(let list), .sized(_, _, let list): list.map { .integer($0) }
            default: [value]
            }
        }
    }
}
