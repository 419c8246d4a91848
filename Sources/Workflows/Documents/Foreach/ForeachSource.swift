internal import Files
internal import Problems

/// One thing that a repeated node is run for.
enum ForeachElement: Equatable {
    case value(WorkflowDocument.Value)
    /// A file by the name that inputs know it by.
    case file(String)
}

/// What is wrong with what a `foreach` walks.
typealias ForeachProblem = PlainProblem<DiagnosticCode>

/// What a walked input takes.
struct ForeachTarget {
    /// Where the files that it names lie.
    var folder = "input"
    /// It takes links, not values.
    var takesLink = false
    /// A picture can be linked to it.
    var takesImage = false

    init() {}

    init(_ input: InputSpec) {
        switch input.kind {
        case .file(let file): folder = file.folder
        case .socket(let type):
            takesLink = true
            takesImage = type.accepts(PortType("IMAGE"))
        default: break
        }
    }

    /// A parameter of a called workflow: names of files are those of the first node that the parameter reaches unchanged.
    init(_ parameter: WorkflowDocument.Parameter, of called: WorkflowDocument, catalog: NodeCatalog?) {
        takesLink = parameter.takesLink
        takesImage = takesLink && (parameter.type?.accepts(PortType("IMAGE")) ?? true)
        if !takesLink, let catalog { folder = Self.folder(of: parameter.name, in: called, catalog: catalog) ?? folder }
    }

    private static func folder(of parameter: String, in called: WorkflowDocument, catalog: NodeCatalog) -> String? {
        for node in called.nodes {
            for input in node.inputs {
                guard case .string(let text) = input.value, text == "${\(parameter)}" else { continue }
                if let call = node.call {
                    if let found = called.called[call.file].flatMap({ folder(of: input.name, in: $0, catalog: catalog) }) { return found }
                } else if case .file(let file)? = catalog.spec(node.type, in: called.form)?.input(input.name)?.kind {
                    return file.folder
                }
            }
        }
        return nil
    }
}

/// Finds out what the values of a `foreach` are: lists, ranges, patterns, folders, files of values.
struct ForeachSource {
    let files: any FileCatalog
    /// Where the workflow lies; files of values lie beside it.
    let folder: String?

    private static let maximumElements = 10_000

    /// The elements that are written for one input.
    func elements(_ value: WorkflowDocument.Value, for target: ForeachTarget) throws(ForeachProblem) -> [ForeachElement] {
        let found: [ForeachElement]
        switch value {
        case .list(let values): found = values.map { .value($0) }
        case .string(let text) where text.hasPrefix("@"):
            let path = String(text.dropFirst())
            found = TableText.values(try self.text(of: path), isTable: TableText.isTable(path)).map { .value($0) }
        case .string(let text):
            if let range = try range(text) {
                found = range.map { .value($0) }
            } else {
                found = try names(text, in: target).map { .file($0) }
            }
        default:
            throw ForeachProblem(code: .emptyForeach, reason: "\(value.excerpt) can't be walked")
        }
        if found.isEmpty { throw ForeachProblem(code: .emptyForeach, reason: "\(value.excerpt) has no elements") }
        return try bounded(found)
    }

    /// The columns of a table: a file whose first row names them, or a list of maps with the same keys.
    func table(_ value: WorkflowDocument.Value) throws(ForeachProblem) -> [(name: String, elements: [ForeachElement])] {
        switch value {
        case .string(let text) where text.hasPrefix("@"): return try columns(ofFile: String(text.dropFirst()))
        case .list(let rows):
            var columns: [(name: String, elements: [ForeachElement])] = []
            for (number, row) in rows.enumerated() {
                guard case .map(let members) = row else {
                    throw ForeachProblem(
                        code: .wrongShape, reason: "element \(number + 1) is \(row.excerpt), not a map of inputs",
                        hint: "name what is walked: foreach: {input: [a, b]}")
                }
                if number == 0 { columns = members.map { ($0.key, []) } }
                guard members.count == columns.count else {
                    throw ForeachProblem(
                        code: .unevenForeach, reason: "element \(number + 1) has \(members.count) inputs, the first \(columns.count)",
                        hint: "give every element the same inputs")
                }
                for index in columns.indices {
                    guard let member = members.first(where: { $0.key == columns[index].name }) else {
                        throw ForeachProblem(
                            code: .unevenForeach, reason: "element \(number + 1) has no \"\(columns[index].name)\", the first has",
                            hint: "give every element the same inputs")
                    }
                    columns[index].elements.append(.value(member.value))
                }
            }
            if columns.isEmpty { throw ForeachProblem(code: .emptyForeach, reason: "the list has no elements") }
            for column in columns { _ = try bounded(column.elements) }
            return columns
        default:
            throw ForeachProblem(
                code: .wrongShape, reason: "\(value.excerpt) doesn't say which inputs are walked",
                hint: "write foreach: {input: values}, or foreach: \"@table.csv\" with the inputs' names in its first row")
        }
    }

    /// Folders and files whose change may change the elements.
    func paths(of value: WorkflowDocument.Value, target: ForeachTarget?) -> [String] {
        guard case .string(let text) = value else { return [] }
        if text.hasPrefix("@") {
            guard let folder, let path = try? NearbyFile.path(of: String(text.dropFirst()), beside: folder) else { return [] }
            return [path]
        }
        guard let target else { return [] }
        let fixed = text.prefix { !"*?[".contains($0) }
        let inner = FilePattern.isPattern(text) ? fixed.lastIndex(of: "/").map { fixed[..<$0] } ?? "" : fixed
        return files.places(of: target.folder).map { inner.isEmpty ? $0 : "\($0)/\(inner)" }
    }

    // MARK: Kinds

    private func bounded(_ elements: [ForeachElement]) throws(ForeachProblem) -> [ForeachElement] {
        guard elements.count <= Self.maximumElements else {
            throw ForeachProblem(
                code: .tooManyValues, reason: "\(elements.count) elements; \(Self.maximumElements) are the limit",
                hint: "walk fewer at a time")
        }
        return elements
    }

    private func range(_ text: String) throws(ForeachProblem) -> [WorkflowDocument.Value]? {
        do throws(SweepError) {
            return try SweepAxis.range(text)
        } catch {
            throw ForeachProblem(code: .emptyForeach, reason: error.reason)
        }
    }

    private func columns(ofFile path: String) throws(ForeachProblem) -> [(name: String, elements: [ForeachElement])] {
        let rows = TableText.rows(try text(of: path))
        guard let header = rows.first, rows.count > 1 else {
            throw ForeachProblem(
                code: .emptyForeach, reason: "\(path) has no rows below a first one that names the inputs",
                hint: "to walk its lines for one input, write foreach: {input: \"@\(path)\"}")
        }
        for (number, row) in rows.enumerated() where row.count != header.count {
            throw ForeachProblem(
                code: .unevenForeach, reason: "row \(number + 1) of \(path) has \(row.count) cells, the first has \(header.count)",
                hint: "put texts with commas into double quotes")
        }
        let body = try bounded(rows.dropFirst().map { .value(TableText.value($0[0])) })
        return header.indices.map { index in
            (header[index].text, index == 0 ? body : rows.dropFirst().map { .value(TableText.value($0[index])) })
        }
    }

    private func text(of path: String) throws(ForeachProblem) -> String {
        guard let folder else {
            throw ForeachProblem(
                code: .unreadableFile, reason: "a workflow that isn't a file has nothing beside it", hint: "save it as a file")
        }
        let real: String
        do throws(ConfinedPath.Refusal) {
            real = try NearbyFile.path(of: path, beside: folder)
        } catch {
            switch error {
            case .missing:
                throw ForeachProblem(
                    code: .missingFile, reason: "there is no file \(path) in \(folder)", hint: "it lies beside the workflow, or below")
            default:
                throw ForeachProblem(
                    code: .unreadableFile, reason: "\(path) leads out of the workflow's folder",
                    hint: "values lie in a file beside the workflow, or in a folder below it")
            }
        }
        do throws(SweepError) {
            return try TableText.read(real)
        } catch {
            throw ForeachProblem(code: .unreadableFile, reason: error.reason)
        }
    }

    /// The files that a pattern or a folder means, in the order in which a person counts.
    private func names(_ text: String, in target: ForeachTarget) throws(ForeachProblem) -> [String] {
        guard !target.takesLink || target.takesImage else {
            throw ForeachProblem(
                code: .badLink, reason: "\"\(WorkflowDocument.Value.shortened(text))\" names files, but only links can be walked here",
                hint: "write a list of links: [first, second.OUTPUT]")
        }
        var pattern = text, suffix = "", place = target.folder
        if target.folder == "input" {
            // As ComfyUI's browser marks what lies elsewhere.
            for mark in ["input", "output"] where text.hasSuffix(" [\(mark)]") {
                (place, suffix) = (mark, mark == "output" ? " [output]" : "")
                pattern = String(text.dropLast(mark.count + 3))
            }
        }
        let all = files.names(in: place)
        let found: [String]
        if FilePattern.isPattern(pattern) {
            let pattern = FilePattern(pattern)
            found = all.filter(pattern.matches)
        } else {
            let prefix = pattern == "." || pattern == "./" ? "" : pattern.hasSuffix("/") ? pattern : pattern + "/"
            found = all.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") && Self.isMeant($0) }
        }
        guard !found.isEmpty else { throw nothing(text, pattern: pattern, all: all, place: place) }
        return found.sorted(by: NaturalOrder.precedes).map { $0 + suffix }
    }

    /// Whether a file of a whole folder is among what is walked: not hidden, and no text about the others.
    private static func isMeant(_ name: String) -> Bool {
        let base = name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name[...]
        let texts = [".txt", ".csv", ".json", ".yaml", ".yml", ".md"]
        return !base.hasPrefix(".") && !texts.contains { base.lowercased().hasSuffix($0) }
    }

    private func nothing(_ text: String, pattern: String, all: [String], place: String) -> ForeachProblem {
        let where_ = files.places(of: place).prefix(4).joined(separator: ", ")
        let folder =
            "the \(place == "input" || place == "output" ? "\(place) folder" : "folder of \(place)")\(where_.isEmpty ? "" : " (\(where_))")"
        let short = WorkflowDocument.Value.shortened(text)
        if !FilePattern.isPattern(pattern), !pattern.hasSuffix("/") {
            return ForeachProblem(
                code: .emptyForeach, reason: "\"\(short)\" is neither a list nor a range, a pattern, or a folder in \(folder)",
                hint: "write [\(short)] for one value, 1..8 for a range, \"photos/*.png\" for files, \"@prompts.txt\" for lines of a file")
        }
        let some = all.sorted(by: NaturalOrder.precedes).prefix(5).joined(separator: ", ")
        return ForeachProblem(
            code: .missingFile, reason: "no file in \(folder) matches \"\(short)\"",
            hint: all.isEmpty ? "that folder is empty; --input-dir names another" : "there are: \(some)\(all.count > 5 ? ", …" : "")")
    }
}
