/// The pairs of nodes with which packs write a loop of so many rounds.
struct LoopKind {
    var start: String
    var end: String
    /// Input of the start that says how many rounds there are.
    var count: String
    /// Input of the end that names the start.
    var flow: String
    /// Whether the start's number counts down from the number of rounds instead of up from 0.
    var countsDown: Bool

    static let all = [
        LoopKind(start: "easy forLoopStart", end: "easy forLoopEnd", count: "total", flow: "flow", countsDown: false),
        LoopKind(start: "ForLoopOpen", end: "ForLoopClose", count: "remaining", flow: "flow_control", countsDown: true),
    ]

    /// Name of the input with a carried value, counted from 1, at both ends. The start gives them from its third output on, the end
    /// from its first.
    static func carried(_ number: Int) -> String { "initial_value\(number)" }

    /// Node types that give a written number.
    static let constants: Set<String> = ["PrimitiveInt", "INTConstant", "ImpactInt", "easy int"]
}
