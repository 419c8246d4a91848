internal import Formats

/// Several runs of one workflow, between which seeds and other values move on.
///
/// Which values: in a workflow that ComfyUI's window saved, those whose "control after generate" says so. In the other forms, seeds
/// count up unless the file says something else (`control_after_generate`). Seeds of rgthree-comfy that are −1, −2 or −3 say it
/// themselves, in every form. What a run really used is in its graph, and so in the
/// pictures that it writes.
public struct Repetition: Sendable {
    /// One value that moves, and the inputs that have it.
    private struct Value: Sendable {
        var label: String
        var kind: InputSpec.Kind
        var control: AfterGenerate
        var current: WorkflowDocument.Value
        var positions: Set<SourcePosition> = []
    }

    private var values: [String: Value] = [:]
    private var order: [String] = []
    /// Which value an input of the graph has, by `node` and input.
    private var keys: [String: [String: String]] = [:]

    /// - Parameters:
    ///   - graph: what the first run computes.
    ///   - workflow: what it was resolved from.
    ///   - mode: what all seeds do, whatever the file says; `nil` leaves it to the file.
    public init(_ graph: ResolvedGraph, of workflow: ExpandedWorkflow, mode: AfterGenerate.Mode? = nil) {
        let written = Dictionary(workflow.nodes.map { ($0.name, $0) }) { first, _ in first }
        let feeders = Self.seedFeeders(graph)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs {
                guard case .literal(let literal) = input.binding, let spec = node.spec.input(input.name),
                    let current = Self.written(literal, spec.kind)
                else { continue }
                let source = written[node.name]?.input(input.name)
                let isSeed = Self.isSeed(spec) || (feeders.contains(index) && Self.hasControl(spec))
                var control = source?.control
                if control == nil, isSeed, workflow.form != .ui { control = AfterGenerate(.increment) }
                let drawn = Self.drawn(literal, spec)
                if let drawn { control = AfterGenerate(drawn) }
                if let mode, isSeed { control = AfterGenerate(mode, group: control?.group) }
                guard var control, control.mode != .fixed else { continue }
                // Without a say of their own, seeds that are equal stay equal.
                if control.group == nil, workflow.form != .ui, isSeed { control.group = "equal \(current.excerpt)" }
                let key = control.group ?? "\(node.name)\n\(input.name)"
                keys[node.name, default: [:]][input.name] = key
                if values[key] == nil {
                    values[key] = Value(label: "\(node.title).\(input.name)", kind: spec.kind, control: control, current: current)
                    if drawn != nil, case .integer(var range) = spec.kind {
                        // The node takes such a number for 1; it goes on from there, and never below 0 to where the next of them stand.
                        range.min = .signed(0)
                        values[key]?.kind = .integer(range)
                        values[key]?.current = .number("1")
                    }
                    order.append(key)
                }
                if let position = source?.valuePosition { values[key]?.positions.insert(position) }
            }
        }
    }

    /// Nothing moves: all runs are the same.
    public var isFixed: Bool { values.isEmpty }

    /// What moves, as it is now: `sampled.seed=8`.
    public var label: String { settings.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") }

    /// The values as they are now, as assignments: of a parameter where that says all, else of every input that has the value.
    ///
    /// - Parameter document: the file that the workflow came from.
    public func assignments(in document: WorkflowDocument) -> [Assignment] {
        var result: [Assignment] = []
        for key in order {
            guard let value = values[key] else { continue }
            let places = keys.flatMap { node, inputs in inputs.filter { $0.value == key }.map { (node: node, input: $0.key) } }
            var parameters: Set<String> = []
            for place in places {
                let written = document.nodes.first { $0.name == place.node }?.input(place.input)?.value
                if case .string(let text)? = written, text.hasPrefix("${"), text.hasSuffix("}") {
                    parameters.insert(String(text.dropFirst(2).dropLast()))
                }
            }
            if let parameter = parameters.first, parameters.count == 1, document.mentions(of: parameter) == places.count {
                result.append(Assignment(target: parameter, value: value.current))
            } else {
                result += places.map { "\($0.node).\($0.input)" }.sorted().map { Assignment(target: $0, value: value.current) }
            }
        }
        return result
    }

    /// The same in parts.
    public var settings: [(name: String, value: String)] {
        order.compactMap { values[$0] }.map { ($0.label, Sweep.written($0.current)) }
    }

    /// Moves every value on.
    ///
    /// - Parameter generator: where drawn numbers come from.
    public mutating func advance(using generator: inout some RandomNumberGenerator) {
        for key in order {
            guard let value = values[key] else { continue }
            switch (value.kind, value.current) {
            case (.integer(let spec), .number(let text)):
                guard let number = IntegerLiteral(text) else { continue }
                values[key]?.current = .number(value.control.next(number, spec, using: &generator).description)
            case (.choice(let spec), .string(let text)):
                values[key]?.current = .string(value.control.next(text, among: spec.choices, using: &generator))
            default: continue
            }
        }
    }

    /// A graph of the same workflow with the values as they are now.
    public func applied(to graph: ResolvedGraph) -> ResolvedGraph {
        var graph = graph
        for index in graph.nodes.indices {
            guard let inputs = keys[graph.nodes[index].name] else { continue }
            for place in graph.nodes[index].inputs.indices {
                guard let value = inputs[graph.nodes[index].inputs[place].name].flatMap({ values[$0]?.current }),
                    case .literal = graph.nodes[index].inputs[place].binding
                else { continue }
                switch value {
                case .number(let text):
                    if let number = IntegerLiteral(text) { graph.nodes[index].inputs[place].binding = .literal(.integer(number)) }
                case .string(let text): graph.nodes[index].inputs[place].binding = .literal(.string(text))
                default: break
                }
            }
        }
        return graph
    }

    /// The text of a saved workflow with the values as they are now, so that a picture opens with what made it.
    public func applied(toText text: String) -> String {
        var edits: [(position: SourcePosition, text: String)] = []
        for value in values.values {
            var json = JSONText()
            switch value.current {
            case .number(let text): json.raw(text)
            case .string(let text): json.string(text)
            default: continue
            }
            // Positions in other texts don't occur: a saved workflow is one file.
            edits += value.positions.filter { $0.file == 0 && $0.line > 0 }.map { ($0, json.text) }
        }
        return JSONScalarEdit.replacing(edits, in: text)
    }

    // MARK: What moves

    /// Nodes whose value goes straight into a seed.
    private static func seedFeeders(_ graph: ResolvedGraph) -> Set<Int> {
        var feeders = Set<Int>()
        for node in graph.nodes {
            for input in node.inputs {
                if case .link(let source) = input.binding, let spec = node.spec.input(input.name), isSeed(spec) {
                    feeders.insert(source.node)
                }
            }
        }
        return feeders
    }

    private static func isSeed(_ input: InputSpec) -> Bool {
        guard case .integer = input.kind else { return false }
        return input.name == "seed" || input.name == "noise_seed"
    }

    /// How a seed moves on whose number says so itself: −1 is another one every time, −2 one more, −3 one less than last time. Facts:
    /// the seed node of rgthree-comfy.
    private static func drawn(_ literal: Scalar, _ input: InputSpec) -> AfterGenerate.Mode? {
        guard isSeed(input), case .integer(let spec) = input.kind, spec.min.map({ $0 < .signed(0) }) ?? true,
            case .integer(let value) = literal
        else { return nil }
        return switch value {
        case .signed(-1): .randomize
        case .signed(-2): .increment
        case .signed(-3): .decrement
        default: nil
        }
    }

    private static func hasControl(_ input: InputSpec) -> Bool {
        if case .integer(let spec) = input.kind { return spec.controlAfterGenerate == true }
        return false
    }

    private static func written(_ literal: Scalar, _ kind: InputSpec.Kind) -> WorkflowDocument.Value? {
        switch (kind, literal) {
        case (.integer, .integer(let value)): .number(value.description)
        case (.choice, .string(let value)): .string(value)
        default: nil
        }
    }
}

extension WorkflowDocument {
    /// How many inputs say `${parameter}`.
    fileprivate func mentions(of parameter: String) -> Int {
        nodes.reduce(0) { count, node in
            count + (node.inputs + (node.foreach?.inputs ?? [])).count { $0.value.says("${\(parameter)}") }
        }
    }
}

extension WorkflowDocument.Value {
    /// Whether a text in it contains another.
    fileprivate func says(_ text: String) -> Bool {
        switch self {
        case .string(let whole), .link(.reference(let whole)): whole.contains(text)
        case .list(let elements): elements.contains { $0.says(text) }
        case .map(let members): members.contains { $0.value.says(text) }
        default: false
        }
    }
}
