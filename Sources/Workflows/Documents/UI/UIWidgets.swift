internal import Formats

/// The widgets of a node type in the order in which a saved workflow stores their values.
struct UIWidgets {
    /// What an entry of `widgets_values` is.
    enum Entry {
        case input(InputSpec)
        /// "control after generate" behind a seed, and the filter behind a controlled choice.
        case control(of: String)
        case filter
        case upload
        /// What window versions before 1.16 stored for an input that only a link can give.
        case dummy
    }

    let spec: NodeSpec
    var files: any FileCatalog = AnyFileCatalog()

    /// Inputs that are widgets, in stored order.
    var inputs: [InputSpec] { spec.inputs.filter(\.isWidget) }

    /// The values of the widgets, with the defaults where the file has none.
    func values(from stored: SourceTree?) -> [(input: InputSpec, value: SourceTree)] {
        let found = assigned(stored)
        return inputs.map { input in
            (input, found.inputs[input.name].map { Self.windowText($0, for: input) } ?? `default`(of: input))
        }
    }

    /// What is stored for an input, or for the control entry behind a seed; `nil` when the file has nothing.
    func storedValue(_ name: String, in stored: SourceTree?) -> SourceTree? {
        let found = assigned(stored)
        if name == "control_after_generate" { return found.control }
        return found.inputs[name] ?? inputs.first { $0.name == name }.map(`default`(of:))
    }

    /// How values move on after a run, by input.
    func controls(in stored: SourceTree?) -> [String: AfterGenerate] { assigned(stored).controls }

    /// Every entry of a full list.
    var fullLayout: [Entry] { layout(.full) }

    /// How many entries a full list has.
    var storedCount: Int { fullLayout.count }

    private enum Layout { case full, withoutControls, withDummies }

    private func layout(_ kind: Layout) -> [Entry] {
        var entries: [Entry] = []
        for input in spec.inputs {
            if !input.isWidget {
                if kind == .withDummies, input.isSocketOnly {
                    entries += Self.controlCount(input) > 0 ? [.dummy, .dummy] : [.dummy]
                }
                continue
            }
            entries.append(.input(input))
            if kind == .withoutControls { continue }
            switch Self.controlCount(input) {
            case 1: entries.append(.control(of: input.name))
            case 2: entries += [.control(of: input.name), .filter]
            default: break
            }
        }
        let uploads = spec.inputs.contains { input in
            if case .file(let file) = input.kind { return file.upload && !input.isOptional }
            return false
        }
        if uploads { entries.append(.upload) }
        return entries
    }

    /// Entries behind an input's own: any INT called seed has one, asked for or not.
    private static func controlCount(_ input: InputSpec) -> Int {
        switch input.kind {
        case .integer(let integer):
            integer.controlAfterGenerate ?? (input.name == "seed" || input.name == "noise_seed") ? 1 : 0
        case .choice(let choice): choice.controlAfterGenerate == true ? 2 : 0
        default: 0
        }
    }

    /// What a list of stored values says.
    private struct Assigned {
        var inputs: [String: SourceTree] = [:]
        /// The first control entry as it is stored.
        var control: SourceTree?
        var controls: [String: AfterGenerate] = [:]
    }

    private func assigned(_ stored: SourceTree?) -> Assigned {
        var values = Assigned()
        if let entries = stored?.entries {
            // Some packs store by name; so does nobody in core, but the meaning is plain.
            for entry in entries { values.inputs[entry.key] = entry.value }
            values.control = values.inputs["control_after_generate"]
            let controlled = spec.inputs.first { $0.isWidget && Self.controlCount($0) > 0 }
            if let controlled { values.controls[controlled.name] = AfterGenerate(stored: values.control) }
            return values
        }
        guard let elements = stored?.elements else { return values }
        assign(elements, to: layout(of: elements), &values)
        return values
    }

    /// The layout that a list of stored values has.
    func layout(of elements: [SourceTree]) -> [Entry] {
        let full = layout(.full)
        let bare = layout(.withoutControls)
        let dummies = layout(.withDummies)
        if elements.count == dummies.count, dummies.count > full.count { return dummies }
        if elements.count == bare.count, bare.count < full.count, !looksControlled(elements, full) { return bare }
        return full
    }

    private func assign(_ elements: [SourceTree], to entries: [Entry], _ values: inout Assigned) {
        for (index, (entry, element)) in zip(entries, elements).enumerated() {
            switch entry {
            case .input(let input): values.inputs[input.name] = element
            case .control(let input):
                values.control = values.control ?? element
                var filter: SourceTree?
                if entries.indices.contains(index + 1), case .filter = entries[index + 1], elements.indices.contains(index + 1) {
                    filter = elements[index + 1]
                }
                values.controls[input] = AfterGenerate(stored: element, filter: filter)
            case .filter, .upload, .dummy: break
            }
        }
    }

    /// What "control after generate" can say.
    static let controlWords: Set<String> = ["fixed", "increment", "decrement", "randomize", "increment-wrap"]

    /// Whether what stands behind the first seed can be a control entry: a word of that kind, a switch or nothing.
    private func looksControlled(_ elements: [SourceTree], _ entries: [Entry]) -> Bool {
        for (entry, element) in zip(entries, elements) {
            guard case .control = entry else { continue }
            switch element.content {
            case .boolean, .null: return true
            case .string(let text): return Self.controlWords.contains(text)
            default: return false
            }
        }
        return true
    }

    /// A multi-line text lives in a text box of the window: whatever is stored becomes text, line ends become LF.
    static func windowText(_ value: SourceTree, for input: InputSpec) -> SourceTree {
        guard case .string(let spec) = input.kind, spec.multiline else { return value }
        return SourceTree(content: .string(text(of: value)), position: value.position)
    }

    private static func text(of value: SourceTree) -> String {
        switch value.content {
        case .null: ""
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let literal): JavaScriptNumber.text(literal)
        case .string(let text): withLineFeeds(text)
        case .sequence(let elements): elements.map(text(of:)).joined(separator: ",")
        case .mapping: "[object Object]"
        }
    }

    private static func withLineFeeds(_ text: String) -> String {
        guard text.utf8.contains(13) else { return text }
        var result = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r": result.append("\n")
            case "\n" where afterReturn: break
            default: result.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        return String(result)
    }

    func `default`(of input: InputSpec) -> SourceTree {
        let content: SourceTree.Content =
            switch input.kind {
            case .integer(let integer): .number(integer.default?.description ?? "0")
            case .float(let float): .number(JavaScriptNumber.text(float.default ?? 0))
            case .string(let string): .string(string.default ?? "")
            case .boolean(let value): .boolean(value ?? false)
            case .choice(let choice): .string(choice.default ?? choice.choices.first ?? "")
            case .file(let file): .string(file.default ?? file.choices.first ?? files.names(in: file.folder).first ?? "")
            case .socket: .null
            }
        return SourceTree(content: content, position: SourcePosition(line: 0, column: 0))
    }
}

extension UIWidgets {
    /// A primitive's value as the window puts it into a number widget: clamped, and rounded to the widget's step.
    static func number(_ value: SourceTree, for input: InputSpec) -> SourceTree {
        func made(_ content: SourceTree.Content) -> SourceTree { SourceTree(content: content, position: value.position) }
        switch input.kind {
        case .integer(let spec):
            if case .number(let literal) = value.content, let whole = IntegerLiteral(literal), spec.step ?? 1 == 1 {
                // Whole numbers keep all their digits.
                var number = whole
                if let low = spec.min, number < low { number = low }
                if let high = spec.max, number > high { number = high }
                return made(.number(number.description))
            }
            let step = Double(spec.step ?? 1)
            let low = spec.min.flatMap { Double($0.description) } ?? 0, high = spec.max.flatMap { Double($0.description) } ?? 2048
            let rounded = (javaScriptNumber(value) / step + 0.5).rounded(.down) * step
            return made(.number(JavaScriptNumber.text(max(low, min(high, rounded)))))
        case .float(let spec):
            let step = spec.step ?? 0.5
            let limited = max(spec.min ?? 0, min(spec.max ?? 2048, javaScriptNumber(value)))
            // Rounded to the step's decimal places, halves away from zero as shown.
            var scale = 1.0
            while scale < 1e7, abs(step * scale - (step * scale).rounded()) > 1e-9 { scale *= 10 }
            return made(.number(JavaScriptNumber.text((limited * scale).rounded(.toNearestOrAwayFromZero) / scale)))
        case .string(let spec) where spec.multiline: return windowText(value, for: input)
        case .string:
            if case .number(let literal) = value.content { return made(.string(JavaScriptNumber.text(literal))) }
            return value
        default: return value
        }
    }

    private static func javaScriptNumber(_ value: SourceTree) -> Double {
        switch value.content {
        case .number(let literal): Double(literal) ?? 0
        case .string(let text): Double(text) ?? 0
        case .boolean(let flag): flag ? 1 : 0
        case .null, .sequence, .mapping: 0
        }
    }
}
