/// Where a problem is: in a file, in a document, in a model. All parts are optional.
public struct ProblemLocation: Sendable, Equatable {
    /// Path or name of a file.
    public var file: String?
    /// Line and column of a text, counted from 1.
    public var line: Int?, column: Int?
    /// Offset of a byte, counted from 0.
    public var offset: UInt64?
    /// Full name of a tensor in a model file.
    public var tensor: String?
    /// What it is about where that is no file: a kind of network, a recipe.
    public var subject: String?
    /// Name and type of a node, and one of its inputs.
    public var node: String?, nodeType: String?, input: String?
    /// Which element of a list, counted from 0.
    public var element: Int?

    public init(
        file: String? = nil, line: Int? = nil, column: Int? = nil, offset: UInt64? = nil, tensor: String? = nil, subject: String? = nil,
        node: String? = nil, nodeType: String? = nil, input: String? = nil, element: Int? = nil
    ) {
        self.file = file
        (self.line, self.column) = (line, column)
        self.offset = offset
        self.tensor = tensor
        self.subject = subject
        (self.node, self.nodeType, self.input) = (node, nodeType, input)
        self.element = element
    }
}

extension ProblemLocation: CustomStringConvertible {
    /// `flow.yaml:12:5`, `model.safetensors, tensor a.weight, byte 812`, `node "sampled" (KSampler), element 2`; empty where nothing is known.
    ///
    /// The input isn't part of it: sentences about an input name it.
    public var description: String {
        var parts: [String] = []
        if file != nil || line != nil {
            parts.append(([file] + [line, column].map { $0.map(String.init) }).compactMap(\.self).joined(separator: ":"))
        }
        if let subject { parts.append(subject) }
        if let node { parts.append("node \"\(node)\"" + (nodeType.map { " (\($0))" } ?? "")) }
        if let element { parts.append("element \(element)") }
        if let tensor { parts.append("tensor \(tensor)") }
        if let offset { parts.append("byte \(offset)") }
        return parts.joined(separator: ", ")
    }
}
