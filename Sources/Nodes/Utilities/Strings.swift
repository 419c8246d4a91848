// Nodes: StringConcatenate, StringSubstring, StringLength, CaseConverter, StringTrim, StringReplace, StringContains, StringCompare

internal import WorkflowEngine

// Texts are taken code point by code point, as Python does: a letter and its accent may be two.

/// Joins two texts.
struct StringConcatenate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.string("string_a") + inputs.string("delimiter") + inputs.string("string_b"))
    }
}

/// Cuts out a part; negative places count from the end.
struct StringSubstring: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let scalars = Array(try inputs.string("string").unicodeScalars)
        func place(_ index: Int) -> Int {
            index < 0 ? max(0, index < -scalars.count ? 0 : scalars.count + index) : min(index, scalars.count)
        }
        let start = place(try inputs.int("start"))
        let end = max(start, place(try inputs.int("end")))
        return .of(String(scalars[start..<end]))
    }
}

/// Counts code points.
struct StringLength: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Int64(try inputs.string("string").unicodeScalars.count))
    }
}

/// Changes the case of a text.
struct CaseConverter: Node {
    enum Mode: String, CaseIterable {
        case upper = "UPPERCASE", lower = "lowercase", capitalize = "Capitalize", title = "Title Case"
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("string")
        switch try inputs.choice("mode", of: Mode.self) {
        case .upper: return .of(text.uppercased())
        case .lower: return .of(text.lowercased())
        case .capitalize:
            guard let first = text.unicodeScalars.first else { return .of(text) }
            let rest = String(String.UnicodeScalarView(text.unicodeScalars.dropFirst()))
            return .of(first.properties.titlecaseMapping + rest.lowercased())
        case .title:
            // A letter after anything that has no case begins a word, an apostrophe included.
            var result = ""
            var insideWord = false
            for scalar in text.unicodeScalars {
                let properties = scalar.properties
                result += insideWord ? properties.lowercaseMapping : properties.titlecaseMapping
                insideWord = properties.isCased
            }
            return .of(result)
        }
    }
}

/// Removes blanks, tabs and line ends at the ends of a text.
struct StringTrim: Node {
    enum Mode: String, CaseIterable { case both = "Both", left = "Left", right = "Right" }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var scalars = Array(try inputs.string("string").unicodeScalars)[...]
        let mode = try inputs.choice("mode", of: Mode.self)
        if mode != .right { scalars = scalars.drop { $0.properties.isWhitespace } }
        if mode != .left { while scalars.last?.properties.isWhitespace == true { scalars.removeLast() } }
        return .of(String(scalars))
    }
}

/// Replaces a part of a text wherever it occurs.
struct StringReplace: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = Array(try inputs.string("string").unicodeScalars)
        let wanted = Array(try inputs.string("find").unicodeScalars)
        let replacement = Array(try inputs.string("replace").unicodeScalars)
        guard !wanted.isEmpty else {
            // The empty text is found before every code point and at the end.
            return .of(String((text.flatMap { replacement + [$0] } + replacement)[...]))
        }
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            if text[index...].starts(with: wanted) {
                result += replacement
                index += wanted.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return .of(String(result[...]))
    }
}

/// Says whether a text contains another.
struct StringContains: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sensitive = try inputs.boolean("case_sensitive", default: true)
        let text = Array(folded(try inputs.string("string"), sensitive))
        let part = Array(folded(try inputs.string("substring"), sensitive))
        let places = text.count < part.count ? 0..<0 : 0..<(text.count - part.count + 1)
        return .of(places.contains { text[$0...].starts(with: part) })
    }
}

/// Compares two texts.
struct StringCompare: Node {
    enum Mode: String, CaseIterable { case startsWith = "Starts With", endsWith = "Ends With", equal = "Equal" }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sensitive = try inputs.boolean("case_sensitive", default: true)
        let a = Array(folded(try inputs.string("string_a"), sensitive))
        let b = Array(folded(try inputs.string("string_b"), sensitive))
        switch try inputs.choice("mode", of: Mode.self) {
        case .equal: return .of(a == b)
        case .startsWith: return .of(a.starts(with: b))
        case .endsWith: return .of(a.reversed().starts(with: b.reversed()))
        }
    }
}

private func folded(_ text: String, _ caseSensitive: Bool) -> String.UnicodeScalarView {
    (caseSensitive ? text : text.lowercased()).unicodeScalars
}

extension String {
    fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
