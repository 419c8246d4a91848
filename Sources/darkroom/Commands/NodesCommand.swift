import ArgumentParser
import Nodes
import Workflows

struct NodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Shows the node reference: all types, or one of them.")

    @Argument(help: ArgumentHelp("A type, by its canonical name or an alias.", valueName: "type"))
    var type: String?

    @Flag(help: "Print the whole reference as Markdown.")
    var markdown = false

    func run() throws {
        let reference = NodeReference()
        if markdown { return Terminal.output.write(reference.page) }
        guard let type else { return Terminal.output.write(reference.list) }
        guard let spec = NodeCatalog.standard.spec(type) else {
            let nearest = NodeCatalog.standard.nearest(to: type).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.wrongInput, "error: there is no node type \"\(type)\"\(nearest)")
        }
        Terminal.output.write(reference.entry(spec))
    }
}
