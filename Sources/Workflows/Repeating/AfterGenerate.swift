internal import Formats

/// How a value moves on after a run: ComfyUI's "control after generate".
public struct AfterGenerate: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable {
        case fixed, increment, decrement, randomize
        /// For choices: after the last comes the first.
        case incrementWrap = "increment-wrap"
    }

    public var mode: Mode
    /// Inputs with the same group are one value: a parameter, or a primitive that feeds several. `nil` for a value of its own.
    public var group: String?
    /// For choices: a part of the names that come into question.
    public var filter: String?

    public init(_ mode: Mode, group: String? = nil, filter: String? = nil) {
        self.mode = mode
        self.group = group
        self.filter = filter
    }

    /// As a saved workflow stores it: a word, or in old files a switch for "randomize".
    init?(stored: SourceTree?, filter: SourceTree? = nil) {
        switch stored?.content {
        case .boolean(let flag): self.init(flag ? .randomize : .fixed)
        case .string(let word):
            guard let mode = Mode(rawValue: word) else { return nil }
            self.init(mode, filter: filter?.string.flatMap { $0.isEmpty ? nil : $0 })
        default: return nil
        }
    }
}

extension AfterGenerate {
    /// The next value of a number.
    ///
    /// Numbers step by the input's step and stop at its ends. Drawn ones lie within ±2⁵⁰ as in ComfyUI's window, whose numbers have
    /// no more digits.
    func next(_ value: IntegerLiteral, _ spec: InputSpec.IntegerSpec, using generator: inout some RandomNumberGenerator) -> IntegerLiteral {
        let step = Int64(max(spec.step ?? 1, 1))
        let least = spec.min ?? IntegerLiteral(Int64.min), most = spec.max ?? IntegerLiteral(UInt64.max)
        switch mode {
        case .fixed: return value
        case .increment, .incrementWrap:
            let next = value.advanced(by: step)
            return next.map { min(max($0, least), most) } ?? most
        case .decrement:
            let next = value.advanced(by: -step)
            return next.map { min(max($0, least), most) } ?? least
        case .randomize:
            let limit: Int64 = 1 << 50
            let low = max(least, IntegerLiteral(-limit)), high = min(most, IntegerLiteral(limit))
            guard case .signed(let first) = low, case .signed(let last) = high, last > first else { return value }
            let count = (last - first) / step
            guard count > 0 else { return value }
            return IntegerLiteral(first + Int64.random(in: 0..<count, using: &generator) * step)
        }
    }

    /// The next of a few texts; the value itself when it isn't among them.
    func next(_ value: String, among choices: [String], using generator: inout some RandomNumberGenerator) -> String {
        var choices = choices
        if let filter, !filter.hasPrefix("/") {
            let part = filter.lowercased()
            choices = choices.filter { $0.lowercased().contains(part) }
        }
        guard !choices.isEmpty else { return value }
        let place = choices.firstIndex(of: value)
        switch mode {
        case .fixed: return value
        case .increment: return choices[min((place ?? -1) + 1, choices.count - 1)]
        case .incrementWrap: return choices[((place ?? -1) + 1) % choices.count]
        case .decrement: return choices[max((place ?? 1) - 1, 0)]
        case .randomize: return choices[Int.random(in: choices.indices, using: &generator)]
        }
    }
}

extension IntegerLiteral {
    /// `nil` past the largest or least number.
    func advanced(by step: Int64) -> IntegerLiteral? {
        switch self {
        case .signed(let value):
            let (sum, overflow) = value.addingReportingOverflow(step)
            if !overflow { return .signed(sum) }
            return step > 0 ? IntegerLiteral(UInt64(value) + UInt64(step)) : nil
        case .unsigned(let value):
            if step >= 0 {
                let (sum, overflow) = value.addingReportingOverflow(UInt64(step))
                return overflow ? nil : IntegerLiteral(sum)
            }
            return IntegerLiteral(value - step.magnitude)
        }
    }
}
