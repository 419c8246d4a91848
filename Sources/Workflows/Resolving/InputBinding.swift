// Binding one node's inputs: what is written against what the specification wants.

internal import Problems
internal import Formats

extension GraphResolution {
    /// The inputs of a node that are present and right, in the order of the specification.
    mutating func bindInputs(of index: Int) -> [ResolvedGraph.Input] {
        let node = workflow.nodes[index]
        guard let spec = specs[index] else {
            // Of an unknown node only the links are known; they keep its ancestors "needed".
            return node.inputs.compactMap { input in
                guard case .link(.slot(let name, let slot)) = input.value, let source = indices[name] else { return nil }
                return .init(name: input.name, binding: .link(.init(node: source, output: slot)))
            }
        }
        var bound: [ResolvedGraph.Input] = []
        bound.reserveCapacity(spec.inputs.count)
        for input in spec.inputs {
            if let written = node.input(input.name), !isAbsent(written.value, for: input) {
                if let binding = bind(written, to: input, of: index) {
                    bound.append(.init(name: input.name, binding: binding, isLazy: input.isLazy))
                }
            } else if !input.isOptional {
                if let value = fallback(for: input) {
                    bound.append(.init(name: input.name, binding: .literal(value), isLazy: input.isLazy))
                } else {
                    reportMissing(input, of: index)
                }
            }
        }
        for written in node.inputs where spec.input(written.name) == nil {
            reportUnknown(written, of: index, spec: spec)
        }
        return bound
    }

    /// Nothing written for a socket is the same as not writing it; a widget's null has a meaning in the API form.
    private func isAbsent(_ value: WorkflowDocument.Value, for input: InputSpec) -> Bool {
        guard case .null = value else { return false }
        return workflow.form == .yaml || !input.isWidget
    }

    /// The declared default, in our own form. The API form must spell everything out, as in ComfyUI.
    private func fallback(for input: InputSpec) -> Scalar? {
        guard workflow.form == .yaml, input.isWidget else { return nil }
        switch input.kind {
        case .integer(let spec): return spec.default.map { .integer($0) }
        case .float(let spec): return spec.default.map { .float($0) }
        case .string(let spec): return spec.default.map { .string($0) }
        case .boolean(let fallback): return fallback.map { .boolean($0) }
        case .choice(let spec): return (spec.default ?? spec.choices.first).map { .string($0) }
        case .file(let spec): return spec.default.map { .string($0) }
        case .socket: return nil
        }
    }

    private mutating func reportMissing(_ input: InputSpec, of index: Int) {
        let node = workflow.nodes[index]
        let what: String =
            switch input.kind {
            case .socket(let type): "a link to \(type)"
            case .file(let spec): "a file of \(spec.folder)"
            default: "\(input.portType)"
            }
        var help = hintsLeft > 0 ? sourceSuggestion(for: input, of: index) : nil
        if help == nil, case .file(let spec) = input.kind {
            let names = resolver.files.names(in: spec.folder)
            if !names.isEmpty { help = "there are: \(names.prefix(6).joined(separator: ", "))\(names.count > 6 ? ", …" : "")" }
        }
        report(
            .error, .missingInput, "\(node.name).\(input.name) is missing; \(node.type) needs \(what)", node: index,
            input: input.name, at: node.position, hint: help ?? DiagnosticCode.missingInput.hint)
    }

    /// The only output in the workflow that would fit a socket.
    private mutating func sourceSuggestion(for input: InputSpec, of index: Int) -> String? {
        guard case .socket(let type) = input.kind, !type.isWildcard else { return nil }
        hintsLeft -= 1
        var found: (node: Int, output: OutputSpec)?
        for (other, spec) in specs.enumerated() where other != index {
            for output in spec?.outputs ?? [] where type.accepts(output.type) && !output.type.isWildcard {
                if found != nil { return nil }
                found = (other, output)
            }
        }
        guard let found else { return "nothing in the workflow gives \(type)" }
        let name = workflow.nodes[found.node].name
        return workflow.form == .yaml
            ? "add \(input.name): \(name).\(found.output.name)"
            : "node \"\(name)\" gives \(type)"
    }

    private mutating func reportUnknown(_ written: WorkflowDocument.Input, of index: Int, spec: NodeSpec) {
        let node = workflow.nodes[index]
        let strict = workflow.form == .yaml || written.isOverride
        let near = hint(written.name, spec.inputs.map(\.name), called: "inputs")
        report(
            strict ? .error : .warning, strict ? .unknownInput : .ignoredInput,
            strict
                ? "\(spec.type) has no input \"\(written.name)\""
                : "\(spec.type) has no input \"\(written.name)\"; it is ignored",
            node: index, input: written.name, at: written.namePosition ?? node.position, hint: near)
    }

    // MARK: One input

    private mutating func bind(
        _ written: WorkflowDocument.Input, to input: InputSpec, of index: Int
    ) -> ResolvedGraph.Binding? {
        switch written.value {
        case .link(let link):
            return boundLink(link, to: input, of: index, at: written.valuePosition)
        case .string(let text) where workflow.form == .yaml && !input.isWidget:
            return boundLink(.reference(text), to: input, of: index, at: written.valuePosition)
        case .number(let text)
        where workflow.form == .yaml && !input.isWidget && indices[text] != nil
            && !takesNumbers(input):
            // Nodes may be called 3: unquoted, that reads as a number.
            return boundLink(.reference(text), to: input, of: index, at: written.valuePosition)
        default:
            return literal(written, for: input, of: index)
        }
    }

    private func takesNumbers(_ input: InputSpec) -> Bool {
        input.portType.accepts(PortType("INT,FLOAT"))
    }

    private mutating func boundLink(
        _ link: WorkflowDocument.Link, to input: InputSpec, of index: Int, at place: SourcePosition?
    ) -> ResolvedGraph.Binding? {
        source(link, wanted: input.portType, named: input.name, of: index, input: input.name, at: place).map { .link($0) }
    }

    private mutating func literal(
        _ written: WorkflowDocument.Input, for input: InputSpec, of index: Int
    ) -> ResolvedGraph.Binding? {
        do {
            let conversion = LiteralConversion(form: workflow.form, checksRanges: resolver.checksRanges)
            let value = try conversion.value(written.value, for: input.kind)
            if let departure = conversion.departure(of: written.value, as: value, for: input.kind) {
                report(
                    .warning, .valueConverted, "\(workflow.nodes[index].name).\(input.name): \(departure)", node: index,
                    input: input.name, at: written.valuePosition ?? workflow.nodes[index].position,
                    hint: DiagnosticCode.valueConverted.hint)
            }
            if case .file(let spec) = input.kind, case .string(let name) = value {
                return file(name, spec, written, input: input, of: index)
            }
            if input.name == Self.outputName, case .string(let prefix) = value, let refusal = resolver.files.refusal(ofOutput: prefix) {
                report(
                    .error, .badOutputName, "\(workflow.nodes[index].name).\(input.name): \(refusal)", node: index, input: input.name,
                    at: written.valuePosition ?? workflow.nodes[index].position, hint: DiagnosticCode.badOutputName.hint)
                return nil
            }
            return .literal(value)
        } catch {
            report(
                .error, error.code, "\(workflow.nodes[index].name).\(input.name): \(error.reason)", node: index,
                input: input.name, at: written.valuePosition ?? workflow.nodes[index].position,
                hint: error.hint)
            return nil
        }
    }

    // MARK: Files

    /// What savers call the beginning of their files' names.
    private static let outputName = "filename_prefix"

    /// A file that is there; written as on Windows, or found once in a sub-folder, it is taken with a warning.
    private mutating func file(
        _ name: String, _ spec: InputSpec.FileSpec, _ written: WorkflowDocument.Input, input: InputSpec, of index: Int
    ) -> ResolvedGraph.Binding? {
        let files = resolver.files
        if spec.choices.contains(name) || files.contains(name, in: spec.folder) { return .literal(.string(name)) }
        let place = written.valuePosition ?? workflow.nodes[index].position
        let slashed = String(name.map { $0 == "\\" ? "/" : $0 })
        if slashed != name, files.contains(slashed, in: spec.folder) { return .literal(.string(slashed)) }
        let names = files.names(in: spec.folder)
        let base = slashed.split(separator: "/").last.map(String.init) ?? slashed
        let sameBase = names.filter { $0 == base || $0.hasSuffix("/" + base) }
        if sameBase.count == 1, !isPathEscape(slashed) {
            report(
                .warning, .missingFile, "\(spec.folder) has no \"\(name)\"; \"\(sameBase[0])\" is taken", node: index,
                input: input.name, at: place)
            return .literal(.string(sameBase[0]))
        }
        let meant = files.folder(meantBy: name, in: spec.folder)
        let candidates = meant == spec.folder ? names + spec.choices : files.names(in: meant)
        var help: String? = files.remark(onMissing: name, in: meant) ?? hint(name, candidates, called: "there are")
        let places = files.places(of: meant)
        if !places.isEmpty {
            let searched = "searched: \(places.prefix(4).joined(separator: ", "))"
            help = help.map { "\($0) (\(searched))" } ?? searched
        }
        report(
            .error, .missingFile, "\(workflow.nodes[index].name).\(input.name): no file \"\(name)\" in \(meant)",
            node: index, input: input.name, at: place, hint: help ?? DiagnosticCode.missingFile.hint)
        return nil
    }

    private func isPathEscape(_ name: String) -> Bool {
        name.hasPrefix("/") || name.split(separator: "/").contains("..")
    }
}
