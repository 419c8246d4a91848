// Nodes: ImpactInt, ImpactFloat, INTConstant, Seed Everywhere, FloatConstant, StringConstant, StringConstantMultiline, JoinStrings,
// Text Multiline, Text Concatenate

internal import WorkflowEngine

// Plain values of the Impact Pack, KJNodes and the WAS Node Suite.

struct ImpactInt: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.integer("value")) }
}

struct ImpactFloat: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.double("value")) }
}

struct INTConstant: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        // Seeds go beyond 63 bits.
        .of(try inputs.wholeNumber("value").value)
    }
}

/// The seed that cg-use-everywhere sends to all inputs called seed.
struct SeedEverywhere: Node {
    static let type = "Seed Everywhere"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.wholeNumber("seed").value)
    }
}

struct FloatConstant: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.double("value")) }
}

struct StringConstant: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(try inputs.string("string")) }
}

/// Gives a text of several lines, as one line if wanted.
struct StringConstantMultiline: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("string")
        guard try inputs.boolean("strip_newlines") else { return .of(text) }
        return .of(String(text.unicodeScalars.filter { $0 != "\n" }.map(Character.init)))
    }
}

/// Joins two texts.
struct JoinStrings: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.string("string1") + inputs.string("delimiter") + inputs.string("string2"))
    }
}

/// Gives a text without its comment lines.
struct TextMultiline: Node {
    static let type = "Text Multiline"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let lines = try inputs.string("text").split(separator: "\n", omittingEmptySubsequences: false)
        return .of(lines.filter { !($0.drop { $0.isWhitespace }).hasPrefix("#") }.joined(separator: "\n"))
    }
}

/// Joins texts that aren't empty.
struct TextConcatenate: Node {
    static let type = "Text Concatenate"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let cleans = try inputs.string("clean_whitespace") == "true"
        var texts: [String] = []
        for name in ["text_a", "text_b", "text_c", "text_d"] where inputs.has(name) {
            var text = try inputs.string(name)[...]
            if cleans {
                text = text.drop { $0.isWhitespace }
                while text.last?.isWhitespace == true { text.removeLast() }
            }
            if !text.isEmpty { texts.append(String(text)) }
        }
        // A line end can't be typed into the field: its escape stands for it.
        return .of(texts.joined(separator: try inputs.string("delimiter").replacing("\\n", with: "\n")))
    }
}
