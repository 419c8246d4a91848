import Problems
import Testing

@testable import Nodes

@Suite("Formulas") struct ExpressionTests {
    @Test(
        "Python's arithmetic and order of operations",
        arguments: [
            ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ** 3 ** 2", 512), ("-2 ** 2", -4), ("7 // 2", 3), ("-7 // 2", -4),
            ("-7 % 3", 2), ("7 / 2", 3.5), ("2 ** -1", 0.5), ("1 << 4 | 3", 19), ("6 & 3 ^ 1", 3), ("~5", -6),
            ("1 < 2 < 3", 1), ("3 > 2 > 2", 0), ("not 0 and 1", 1), ("0 or not 1", 0), ("round(2.5)", 2), ("round(2.345, 2)", 2.35),
            ("round(2.675, 2)", 2.67),
            ("ceil(1.2) + floor(-1.2)", 0), ("min(3, 1, 2)", 1), ("max(1, 2.5)", 2.5), ("iif(1 > 2, 10, 20)", 20), ("sqrt(16)", 4),
            ("int(-2.7)", -2), ("1e3", 1000), (".5 + 1.", 1.5), ("1\n+\n1", 2), ("9223372036854775807 + 1", 9_223_372_036_854_775_808),
            ("a.width // 8", 64), ("a[0] + a[-1]", 4), ("b * 2", 5), ("len(a)", 4), ("sum(a)", 900), ("--1", 1), ("abs(-3)", 3),
        ] as [(String, Double)])
    func values(text: String, expected: Double) throws {
        let names: [String: ExpressionValue] = [
            "a": .sized(width: 512, height: 384, dimensions: [1, 384, 512, 3]), "b": .float(2.5),
        ]
        #expect(abs(try Expression.evaluate(text, names: names).double - expected) < 1e-9)
    }

    @Test(
        "what has no value is refused with a reason",
        arguments: [
            "", "1 +", "(1", "1 2", "x", "1 / 0", "1 // 0", "1 % 0", "a.width", "1[0]", "2 $ 3", "1.2.3", "foo(1)", "round()", "sqrt(-1)",
            "randomint(1, 2)", "1 << 99", "1.5 & 1", String(repeating: "(", count: 500), String(repeating: "-", count: 500) + "1",
        ])
    func refusals(text: String) {
        #expect(throws: ExpressionError.self) { try Expression.evaluate(text, names: [:]) }
    }
}
