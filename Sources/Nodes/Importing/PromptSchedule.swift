/// A prompt of Automatic1111 that changes while it is sampled: `[a:b:0.5]`, `[a:0.5]`, `[a::0.5]`, `[a|b]`.
///
/// Its rule, with steps counted from 0: a text stands until the step that its boundary names *included*, for boundaries count from 1 there;
/// the alternatives of `[a|b]` take turns in the same count. So 0.5 of 4 steps changes after the third one.
struct PromptSchedule: Equatable {
    /// A text and the step at which it begins.
    struct Phase: Equatable {
        var from: Int
        var text: String
    }

    /// The first begins at 0; equal neighbours are one.
    private(set) var phases: [Phase] = []

    /// - Parameter isSecondPass: numbers below 1 and whole numbers speak of the first pass; behind it, they are over.
    init(_ prompt: String, steps: Int, isSecondPass: Bool = false) {
        var reading = Reading(steps: steps, isSecondPass: isSecondPass)
        let text = Array(prompt)
        _ = reading.text(of: text, at: 1)
        var from = 0
        for end in reading.ends.sorted() where from < steps {
            let text = reading.text(of: text, at: end)
            if phases.last?.text != text { phases.append(Phase(from: from, text: text)) }
            from = end + 1
        }
    }

    /// The text that stands for most of the steps.
    func longest(of steps: Int) -> String {
        var lengths: [(text: String, count: Int)] = []
        for (index, phase) in phases.enumerated() {
            let count = (index + 1 < phases.count ? phases[index + 1].from : steps) - phase.from
            if let place = lengths.firstIndex(where: { $0.text == phase.text }) {
                lengths[place].count += count
            } else {
                lengths.append((phase.text, count))
            }
        }
        var best = lengths.first
        for length in lengths where length.count > best?.count ?? 0 { best = length }
        return best?.text ?? ""
    }
}

extension PromptSchedule {
    /// Follows the brackets of a prompt.
    private struct Reading {
        let steps: Int
        let isSecondPass: Bool
        /// The last steps of the texts, counted as there.
        var ends: Set<Int>

        init(steps: Int, isSecondPass: Bool) {
            (self.steps, self.isSecondPass) = (steps, isSecondPass)
            ends = [steps]
        }

        mutating func text(of text: [Character], at step: Int) -> String {
            var result = ""
            var position = 0
            while position < text.count {
                if text[position] == "\\", position + 1 < text.count {
                    result += String(text[position...position + 1])
                    position += 2
                } else if text[position] == "[", let close = Self.closing(text, position) {
                    result += bracket(Array(text[(position + 1)..<close]), at: step)
                    position = close + 1
                } else {
                    result.append(text[position])
                    position += 1
                }
            }
            return result
        }

        private mutating func bracket(_ content: [Character], at step: Int) -> String {
            let alternatives = Self.parts(of: content, at: "|")
            if alternatives.count > 1 {
                // More than anybody samples are no schedule.
                ends.formUnion(1...max(1, min(steps, 1000)))
                let texts = alternatives.map { text(of: $0, at: step) }
                return texts[(step - 1) % texts.count]
            }
            let parts = Self.parts(of: content, at: ":")
            guard (2...3).contains(parts.count), let boundary = boundary(String(parts[parts.count - 1])) else {
                return "[" + text(of: content, at: step) + "]"
            }
            if boundary >= 1 { ends.insert(boundary) }
            let (before, after): ([Character], [Character]) = parts.count == 3 ? (parts[0], parts[1]) : ([], parts[0])
            // Both are followed, for their own boundaries.
            let texts = (text(of: before, at: step), text(of: after, at: step))
            return step <= boundary ? texts.0 : texts.1
        }

        /// The last step of what stands before: a number with a point is a share of the steps.
        private func boundary(_ written: String) -> Int? {
            let number = GenerationParameters.trimmed(written)
            guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }), let when = Double(number),
                abs(when) < 1e6
            else { return nil }
            if isSecondPass { return number.contains(".") ? min(steps, Int((when - 1) * Double(steps))) : 0 }
            return min(steps, Int(number.contains(".") ? when * Double(steps) : when))
        }

        private static func closing(_ text: [Character], _ open: Int) -> Int? {
            var depth = 0
            var position = open
            while position < text.count {
                switch text[position] {
                case "\\": position += 1
                case "[": depth += 1
                case "]":
                    depth -= 1
                    if depth == 0 { return position }
                default: break
                }
                position += 1
            }
            return nil
        }

        /// Parts at a separator that stands in no bracket.
        private static func parts(of text: [Character], at separator: Character) -> [[Character]] {
            var result: [[Character]] = [[]]
            var depth = 0
            for (position, character) in text.enumerated() {
                let isEscaped = position > 0 && text[position - 1] == "\\"
                if !isEscaped, character == "(" || character == "[" { depth += 1 }
                if !isEscaped, character == ")" || character == "]" { depth -= 1 }
                if character == separator, depth == 0, !isEscaped { result.append([]) } else { result[result.count - 1].append(character) }
            }
            return result
        }
    }
}
