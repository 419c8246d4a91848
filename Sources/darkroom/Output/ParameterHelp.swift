import Foundation
import Nodes
import Workflows

/// What `darkroom run FILE --help` adds to the help of `run`: the parameters of that file.
struct ParameterHelp {
    private let file: String
    private let document: WorkflowDocument

    /// - Parameter arguments: the whole command line; nil unless it asks for help on a file that is a workflow.
    init?(_ arguments: [String]) {
        guard arguments.dropFirst().first.map({ ["run", "watch", "explain"].contains($0) }) == true,
            let file = arguments.dropFirst(2).first(where: { !$0.hasPrefix("-") && FileManager.default.fileExists(atPath: $0) }),
            let document = DocumentReader(catalog: .standard).read(path: file).document
        else { return nil }
        self.file = file
        self.document = document
    }

    func show() {
        var text = "PARAMETERS OF \(file):"
        if let title = document.title { text += " \(title)" }
        text += "\n"
        if let summary = document.summary { text += "  \(summary)\n" }
        let width = document.parameters.map(\.name.count).max() ?? 0
        for parameter in document.parameters {
            let padding = String(repeating: " ", count: width - parameter.name.count)
            let value = parameter.value.map { "default \($0.excerpt)" } ?? "must be given"
            let facts = [parameter.type.map { "\($0)" }, value].compactMap { $0 }.joined(separator: ", ")
            text += "  --set \(parameter.name)=…\(padding)  \(parameter.summary.map { "\($0) (\(facts))" } ?? facts)\n"
        }
        if document.parameters.isEmpty { text += "  none; --set node.input=value sets any input of a node\n" }
        Terminal.output.write("\n" + text)
    }
}
