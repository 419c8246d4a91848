// Nodes: RegexMatch, RegexExtract, RegexReplace

internal import Foundation
internal import WorkflowEngine

/// A regular expression in Python's spelling.
struct PythonPattern {
    let expression: NSRegularExpression

    /// - Throws: when the pattern isn't one.
    init(_ inputs: NodeInputs) throws {
        var options: NSRegularExpression.Options = []
        if try inputs.boolean("case_insensitive", default: true) { options.insert(.caseInsensitive) }
        if try inputs.boolean("multiline", default: false) { options.insert(.anchorsMatchLines) }
        if try inputs.boolean("dotall", default: false) { options.insert(.dotMatchesLineSeparators) }
        // Named groups are the one common spelling that differs.
        let pattern = try inputs.string("regex_pattern")
            .replacing("(?P<", with: "(?<")
            .replacing(#/\(\?P=(\w+)\)/#) { "\\k<\($0.1)>" }
            .replacing(#/\\Z/#) { _ in "\\z" }
        expression = try NSRegularExpression(pattern: pattern, options: options)
    }

    func matches(in text: String) -> [NSTextCheckingResult] {
        expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
    }

    func firstMatch(in text: String) -> NSTextCheckingResult? {
        expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
    }

    var groups: Int { expression.numberOfCaptureGroups }
}

extension NSTextCheckingResult {
    /// What a group matched; empty where it took no part.
    fileprivate func group(_ number: Int, in text: String) -> String {
        Range(range(at: number), in: text).map { String(text[$0]) } ?? ""
    }
}

/// Says whether a regular expression is found in a text; a pattern that isn't one is found nowhere.
struct RegexMatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("string")
        guard let pattern = try? PythonPattern(inputs) else {
            context.warn("\"\(try inputs.string("regex_pattern").prefix(80))\" is no regular expression")
            return .of(false)
        }
        return .of(pattern.firstMatch(in: text) != nil)
    }
}

/// Takes out of a text what a regular expression finds; nothing if the pattern isn't one.
struct RegexExtract: Node {
    enum Mode: String, CaseIterable {
        case firstMatch = "First Match", allMatches = "All Matches", firstGroup = "First Group", allGroups = "All Groups"
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("string")
        guard let pattern = try? PythonPattern(inputs) else {
            context.warn("\"\(try inputs.string("regex_pattern").prefix(80))\" is no regular expression")
            return .of("")
        }
        let group = try inputs.int("group_index", default: 1)
        switch try inputs.choice("mode", of: Mode.self) {
        case .firstMatch:
            return .of(pattern.firstMatch(in: text)?.group(0, in: text) ?? "")
        case .allMatches:
            // With groups in the pattern the first group stands for the match.
            let number = pattern.groups == 0 ? 0 : 1
            return .of(pattern.matches(in: text).map { $0.group(number, in: text) }.joined(separator: "\n"))
        case .firstGroup:
            guard group <= pattern.groups else { return .of("") }
            return .of(pattern.firstMatch(in: text)?.group(group, in: text) ?? "")
        case .allGroups:
            guard group <= pattern.groups else { return .of("") }
            return .of(pattern.matches(in: text).map { $0.group(group, in: text) }.joined(separator: "\n"))
        }
    }
}

/// Replaces what a regular expression finds; `\1`, `\g<1>` and `\g<name>` stand for groups.
struct RegexReplace: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("string")
        let template = Array(try inputs.string("replace"))
        let pattern: PythonPattern
        do {
            pattern = try PythonPattern(inputs)
        } catch {
            throw NodeError(
                .badValue, input: "regex_pattern",
                "\"\(try inputs.string("regex_pattern").prefix(80))\" is no regular expression")
        }
        let limit = try inputs.int("count", default: 0)
        let matches = pattern.matches(in: text)
        var result = ""
        var end = text.startIndex
        for match in limit > 0 ? matches.prefix(limit) : matches[...] {
            guard let range = Range(match.range, in: text) else { continue }
            result += text[end..<range.lowerBound]
            result += try filled(template, match, text)
            end = range.upperBound
        }
        return .of(result + text[end...])
    }

    private func filled(_ template: [Character], _ match: NSTextCheckingResult, _ text: String) throws -> String {
        var result = ""
        var index = 0
        while index < template.count {
            guard template[index] == "\\", index + 1 < template.count else {
                result.append(template[index])
                index += 1
                continue
            }
            let next = template[index + 1]
            index += 2
            if next.isASCII, next.isNumber {
                var digits = String(next)
                if index < template.count, template[index].isASCII, template[index].isNumber {
                    digits.append(template[index])
                    index += 1
                }
                result += try group(digits, match, text)
            } else if next == "g", index < template.count, template[index] == "<",
                let close = template[index...].firstIndex(of: ">")
            {
                result += try group(String(template[(index + 1)..<close]), match, text)
                index = close + 1
            } else {
                let control: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r", "\\": "\\"]
                result += control[next].map { String($0) } ?? "\\\(next)"
            }
        }
        return result
    }

    private func group(_ name: String, _ match: NSTextCheckingResult, _ text: String) throws -> String {
        if let number = Int(name) {
            guard number < match.numberOfRanges else {
                throw NodeError(.badValue, input: "replace", "the pattern has no group \(number)")
            }
            return match.group(number, in: text)
        }
        return Range(match.range(withName: name), in: text).map { String(text[$0]) } ?? ""
    }
}
