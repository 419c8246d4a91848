// Nodes: ShowText|pysssss, StringFunction|pysssss, MathExpression|pysssss, ConstrainImage|pysssss

internal import Problems
internal import Foundation
internal import Pictures
internal import Tensors
internal import WorkflowEngine

// Nodes of ComfyUI-Custom-Scripts.

/// Shows texts and passes them on.
struct ShowText: Node {
    static let type = "ShowText|pysssss"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let texts = try inputs.all("text", as: String.self)
        return NodeOutputs([.list(texts)], texts: texts)
    }
}

/// Joins texts, or replaces a part of one.
struct StringFunction: Node {
    static let type = "StringFunction|pysssss"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let tidies = try inputs.string("tidy_tags") == "yes"
        // The window writes "undefined" where nothing was typed.
        func text(_ name: String) throws -> String {
            let text = try inputs.string(name, default: "")
            return text == "undefined" ? "" : text
        }
        let (a, b, c) = (try text("text_a"), try text("text_b"), try text("text_c"))
        var result: String
        if try inputs.string("action") == "append" {
            result = [a, b, c].filter { !$0.isEmpty }.joined(separator: tidies ? ", " : "")
        } else if b.count > 1, b.hasPrefix("/"), b.hasSuffix("/") {
            let pattern = try Self.pattern(String(b.dropFirst().dropLast()))
            result = pattern.stringByReplacingMatches(
                in: a, range: NSRange(a.startIndex..., in: a), withTemplate: Self.template(c))
        } else {
            result = b.isEmpty ? a : a.replacing(b, with: c)
        }
        if tidies {
            for (found, wanted) in [("  ", " "), (" ,", ","), (",,", ","), (",,", ",")] {
                result = result.replacing(found, with: wanted)
            }
        }
        return NodeOutputs([.value(result)], texts: [result])
    }

    private static func pattern(_ text: String) throws -> NSRegularExpression {
        do {
            return try NSRegularExpression(pattern: text)
        } catch {
            throw NodeError(.badValue, input: "text_b", "\"\(text.prefix(80))\" is no regular expression")
        }
    }

    /// Python's `\1` as Foundation's `$1`.
    private static func template(_ text: String) -> String {
        text.replacing("$", with: "\\$").replacing(#/\\(\d)/#) { "$\($0.1)" }
    }
}

/// Computes a formula of numbers and sizes.
struct MathExpression: Node {
    static let type = "MathExpression|pysssss"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let value = try inputs.evaluate("expression", missing: nil)
        guard let whole = Int64(exactly: value.rounded(.towardZero)) else {
            throw NodeError(.badValue, input: "expression", "the result \(value) is no whole number that fits")
        }
        return NodeOutputs([.value(whole), .value(value)], texts: [value == Double(whole) ? "\(whole)" : "\(value)"])
    }
}

/// Brings pictures between two sizes; proportions stay.
struct ConstrainImage: Node {
    static let type = "ConstrainImage|pysssss"
    /// The product of two such sides is a number of pixels that 63 bits hold.
    private static let largestSide = 1 << 24

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let images = try inputs.image("images")
        let (largestWidth, largestHeight) = (try inputs.int("max_width"), try inputs.int("max_height"))
        let (leastWidth, leastHeight) = (try inputs.int("min_width"), try inputs.int("min_height"))
        let crops = try inputs.string("crop_if_required") == "yes"
        let proportion = Double(images.width) / Double(images.height)
        for (name, size) in [
            ("max_width", largestWidth), ("max_height", largestHeight), ("min_width", leastWidth), ("min_height", leastHeight),
        ]
        where !(0...Self.largestSide).contains(size) {
            throw NodeError(.badValue, input: name, "\(size) is no side of a picture", hint: "0 to \(Self.largestSide) pixels")
        }
        guard images.width > 0, images.height > 0 else { throw NodeError(.badValue, input: "images", "the pictures have no pixels") }
        var width = min(max(images.width, leastWidth), largestWidth)
        var height = min(max(images.height, leastHeight), largestHeight)
        // The side that goes farther gives way, but not below its least size; with cropping the other follows it then, and what is
        // too large is cut off.
        if height == 0 || Double(width) / Double(height) > proportion {
            width = max(Int(Double(height) * proportion), leastWidth)
            if crops { height = Int(Double(images.height) / (Double(images.width) / Double(max(width, 1)))) }
        } else {
            height = max(Int(Double(width) / proportion), leastHeight)
            if crops { width = Int(Double(images.width) / (Double(images.height) / Double(max(height, 1)))) }
        }
        (width, height) = (max(width, 1), max(height, 1))
        try checkMemory(for: [images.batch, height, width, images.channels])
        var resized = try images.withChannels(3).resized(width: width, height: height, by: .lanczos)
        if crops {
            let (innerWidth, innerHeight) = (min(width, max(largestWidth, 1)), min(height, max(largestHeight, 1)))
            resized = resized.cropped(
                x: (width - innerWidth) / 2, y: (height - innerHeight) / 2, width: innerWidth, height: innerHeight)
        }
        return NodeOutputs([.list((0..<resized.batch).map { Image(resized.pixels.item($0)) })])
    }
}

extension NodeInputs {
    /// The value of the formula in an input, over the inputs `a`, `b` and `c`.
    ///
    /// - Parameter missing: what an input that isn't linked stands for; `nil` refuses formulas that name it.
    func evaluate(_ input: String, missing: ExpressionValue?) throws -> Double {
        var names: [String: ExpressionValue] = [:]
        for name in ["a", "b", "c"] {
            guard let value = self[name] else {
                names[name] = missing
                continue
            }
            names[name] = ExpressionValue(value)
        }
        do {
            return try Expression.evaluate(try string(input), names: names).double
        } catch let error as ExpressionError {
            throw NodeError(.badValue, input: input, error.reason)
        }
    }
}
