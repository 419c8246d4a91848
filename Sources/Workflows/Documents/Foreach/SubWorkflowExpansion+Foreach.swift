// Writing a repeated node out: an element each, and what gathers their results.

internal import Problems
internal import Formats

extension SubWorkflowExpansion {
    /// Adds the elements of a repeated node, unless that was done already for one that walks its results.
    mutating func addElements(of node: WorkflowDocument.Node, _ level: Level) {
        guard let foreach = node.foreach, begun.insert(level.scope + node.name).inserted else { return }
        inProgress.insert(level.scope + node.name)
        defer { inProgress.remove(level.scope + node.name) }
        let outputs = outputNames(of: node, level)
        guard let columns = columns(of: foreach, node, level), let count = columns.first?.elements.count else {
            // What needs its results is as wrong as it is, and not for a reason of its own.
            for name in outputs.isEmpty ? [node.name] : outputs.map({ "\(node.name).\($0)" }) {
                gather(name, Foreach.NodeType.list, [], node, level, isBroken: true)
            }
            alias(outputs, of: node, level)
            return
        }
        for index in 0..<count {
            var element = node
            element.foreach = nil
            element.name = "\(node.name)[\(index + 1)]"
            element.title = node.title.map { "\($0) [\(index + 1)]" }
            for column in columns {
                element.inputs.append(
                    .init(
                        name: column.input.name, namePosition: column.input.namePosition,
                        value: value(column.elements[index], for: column, element: element.name, level),
                        valuePosition: column.input.valuePosition))
            }
            for setting in takeSettings(of: element.name, level) { element.inputs.set(setting) }
            add(element, level)
        }
        elementCounts[level.scope + node.name] = count
        for output in outputs {
            gather(output, of: node, (1...max(count, 1)).map { "\(node.name)[\($0)].\(output)" }, as: foreach.collecting, level)
        }
        alias(outputs, of: node, level)
    }

    // MARK: Elements

    /// One walked input with its elements and what they are for.
    struct Column {
        var input: WorkflowDocument.Input
        var elements: [ForeachElement]
        var target: ForeachTarget
    }

    /// Every walked input with its elements, all equally long; `nil` after reporting what is wrong.
    private mutating func columns(of foreach: Foreach, _ node: WorkflowDocument.Node, _ level: Level) -> [Column]? {
        let source = ForeachSource(files: files, folder: level.inner.folder)
        var columns: [Column] = []
        var isRight = true
        if let table = foreach.table {
            do throws(ForeachProblem) {
                for (name, elements) in try source.table(table) {
                    let input = WorkflowDocument.Input(
                        name: name, namePosition: foreach.position, value: table, valuePosition: foreach.position)
                    guard let target = target(of: input, node, level) else {
                        isRight = false
                        continue
                    }
                    columns.append(Column(input: input, elements: elements, target: target))
                }
            } catch {
                report(error, at: foreach.position, node: node, input: nil, level)
                return nil
            }
            workflow.walkedPaths += source.paths(of: table, target: nil)
        }
        for input in foreach.inputs {
            guard let target = target(of: input, node, level) else {
                isRight = false
                continue
            }
            do throws(ForeachProblem) {
                var elements = try linkedElements(input, level)
                if elements == nil { elements = try source.elements(input.value, for: target) }
                columns.append(Column(input: input, elements: elements ?? [], target: target))
            } catch {
                report(error, at: input.valuePosition, node: node, input: input.name, level)
                isRight = false
            }
            workflow.walkedPaths += source.paths(of: input.value, target: target)
        }
        for column in columns where node.inputs.contains(where: { $0.name == column.input.name }) {
            report(
                .duplicateKey, "\"\(column.input.name)\" is both given and walked by foreach", at: level.shifted(column.input.namePosition),
                node: level.scope + node.name, input: column.input.name)
            isRight = false
        }
        if let first = columns.first, let other = columns.first(where: { $0.elements.count != first.elements.count }) {
            report(
                .unevenForeach,
                "foreach walks its inputs in step, but \"\(first.input.name)\" has \(first.elements.count) elements and \"\(other.input.name)\" \(other.elements.count)",
                at: level.shifted(other.input.valuePosition), node: level.scope + node.name, input: other.input.name)
            isRight = false
        }
        return isRight && !columns.isEmpty ? columns : nil
    }

    private mutating func report(
        _ problem: ForeachProblem, at place: SourcePosition?, node: WorkflowDocument.Node, input: String?, _ level: Level
    ) {
        report(
            problem.code, "\(node.name)\(input.map { ".\($0)" } ?? ""): \(problem.reason)", at: level.shifted(place),
            node: level.scope + node.name, input: input, hint: problem.hint)
        // What follows from another problem is no problem of its own.
        if problem.code == .brokenUpstream { diagnostics[diagnostics.count - 1].severity = .note }
    }

    /// Links to each element of another repeated node's result; `nil` when the text names no such node.
    private mutating func linkedElements(_ input: WorkflowDocument.Input, _ level: Level) throws(ForeachProblem) -> [ForeachElement]? {
        guard let text = input.value.referenceText else { return nil }
        func repeated(_ name: String) -> WorkflowDocument.Node? {
            level.inner.nodes.first { $0.name == name && $0.foreach != nil }
        }
        let stem = text.lastIndex(of: ".").map { String(text[..<$0]) } ?? text
        guard let other = repeated(text) ?? repeated(stem) else { return nil }
        addElements(of: other, level)
        guard let count = elementCounts[level.scope + other.name] else {
            guard inProgress.contains(level.scope + other.name) else {
                throw ForeachProblem(code: .brokenUpstream, reason: "\"\(other.name)\" can't be walked: it isn't right itself")
            }
            throw ForeachProblem(code: .cycle, reason: "\"\(other.name)\" can't be walked here, for it walks this node's results")
        }
        let output = text.dropFirst(other.name.count)
        return (1...count).map { .value(.link(.reference("\(other.name)[\($0)]\(output)"))) }
    }

    /// What an input of a repeated node takes; `nil` after reporting that there is none of this name.
    private mutating func target(of input: WorkflowDocument.Input, _ node: WorkflowDocument.Node, _ level: Level) -> ForeachTarget? {
        guard let call = node.call else {
            guard let spec = catalog?.spec(node.type)?.input(input.name) else { return ForeachTarget() }
            return ForeachTarget(spec)
        }
        // A file that couldn't be read has been reported.
        guard let called = level.inner.called[call.file] else { return nil }
        guard let parameter = called.parameters.first(where: { $0.name == input.name }) else {
            reportUnknownParameter(input, of: call, called, at: level.shifted(input.namePosition), node: level.scope + node.name)
            return nil
        }
        return ForeachTarget(parameter, of: called, catalog: catalog)
    }

    /// An element as the repeated node gets it. A file for a socket that takes pictures is loaded by a node of its own.
    private mutating func value(
        _ element: ForeachElement, for column: Column, element name: String, _ level: Level
    ) -> WorkflowDocument.Value {
        switch element {
        case .file(let file):
            return column.target.takesLink ? loaded(file, column, element: name, level) : .string(file)
        case .value(.string(let text)) where column.target.takesImage && !isNode(text, in: level) && files.contains(text, in: "input"):
            return loaded(text, column, element: name, level)
        case .value(let value): return value
        }
    }

    private func isNode(_ reference: String, in level: Level) -> Bool {
        let stem = reference.lastIndex(of: ".").map { String(reference[..<$0]) }
        return level.inner.nodes.contains { $0.name == reference || $0.name == stem }
    }

    private mutating func loaded(_ file: String, _ column: Column, element: String, _ level: Level) -> WorkflowDocument.Value {
        let name = "\(element):\(column.input.name)"
        var loader = WorkflowDocument.Node(name: name, position: column.input.valuePosition, type: Foreach.NodeType.loadImage)
        loader.inputs = [
            .init(name: "image", namePosition: column.input.namePosition, value: .string(file), valuePosition: column.input.valuePosition)
        ]
        for setting in takeSettings(of: name, level) { loader.inputs.set(setting) }
        add(loader, level)
        return .link(.reference(name + ".0"))
    }

    // MARK: Results

    /// What a repeated node gives, by name; empty for one that only writes, or that isn't known.
    private func outputNames(of node: WorkflowDocument.Node, _ level: Level) -> [String] {
        if let call = node.call { return level.inner.called[call.file]?.outputs.map(\.name) ?? [] }
        return catalog?.spec(node.type)?.outputs.map(\.name) ?? []
    }

    /// One node that gives an output of all elements: a list, or a batch of it.
    private mutating func gather(
        _ output: String, of node: WorkflowDocument.Node, _ elements: [String], as collecting: Foreach.Collecting, _ level: Level
    ) {
        let name = "\(node.name).\(output)"
        let list = collecting == .list ? name : name + "/list"
        var links = elements
        var round = 1
        while links.count > Foreach.NodeType.listInputs {
            let groups = stride(from: 0, to: links.count, by: Foreach.NodeType.listInputs).map { start in
                Array(links[start..<min(start + Foreach.NodeType.listInputs, links.count)])
            }
            links = groups.enumerated().map { number, group in
                let part = "\(name)/part\(round).\(number + 1)"
                gather(part, Foreach.NodeType.list, group, node, level)
                return part
            }
            round += 1
        }
        gather(list, Foreach.NodeType.list, links, node, level)
        guard collecting == .batch else { return }
        var batch = WorkflowDocument.Node(name: name, position: node.position, type: Foreach.NodeType.batch)
        batch.inputs = [.init(name: "list", value: .link(.reference(list)), valuePosition: node.foreach?.position)]
        add(batch, level)
    }

    private mutating func gather(
        _ name: String, _ type: String, _ links: [String], _ node: WorkflowDocument.Node, _ level: Level, isBroken: Bool = false
    ) {
        var list = WorkflowDocument.Node(name: name, position: node.position, type: type)
        list.inputs = links.enumerated().map { number, link in
            .init(name: "item\(number + 1)", value: .link(.reference(link)), valuePosition: node.position)
        }
        add(list, level, isBroken: isBroken)
    }

    /// Other spellings of the results: the node alone where it has one, an output by its number or in other letters.
    private mutating func alias(_ outputs: [String], of node: WorkflowDocument.Node, _ level: Level) {
        let whole = level.scope + node.name
        if outputs.count == 1 { workflow.outputAliases[whole] = "\(whole).\(outputs[0])" }
        for (number, output) in outputs.enumerated() {
            for spelling in ["\(number)", output.lowercased()] where !outputs.contains(spelling) {
                workflow.outputAliases["\(whole).\(spelling)"] = "\(whole).\(output)"
            }
        }
    }
}
