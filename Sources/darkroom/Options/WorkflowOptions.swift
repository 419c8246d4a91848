import ArgumentParser
import Foundation
import Session
import Workflows

/// A workflow file, what is set in it from outside, and the folders it is seen with.
struct WorkflowOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A workflow: YAML, JSON saved by ComfyUI, or a picture that carries one; - reads standard input.", valueName: "file"))
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Sets a parameter of the workflow, or an input of a node; may be given several times.",
            valueName: "name=value | node.input=value"))
    var set: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Start of the choices among {a|b} in prompts saved by ComfyUI's window.", valueName: "number"))
    var choiceSeed: UInt64 = 0

    @Flag(help: "Leave nodes out that Darkroom doesn't have, and do what doesn't need them.")
    var skipUnknown = false

    @Flag(help: "Take every warning for an error: what isn't done just as it was asked isn't done at all.")
    var strict = false

    @OptionGroup(title: "Folders") var folders: FolderOptions

    /// The values of `--set`.
    ///
    /// - Throws: `Failure` for one that isn't an assignment.
    func assignments() throws -> [Assignment] {
        try set.map { text in
            guard let assignment = Assignment(text) else {
                throw Failure(.wrongInput, "error: --set takes name=value or node.input=value, not \"\(text)\"")
            }
            return assignment
        }
    }

    var source: WorkflowSource { WorkflowSource(argument: file) }

    /// What was set from outside.
    ///
    /// - Throws: `Failure` for a `--set` that isn't an assignment.
    func settings() throws -> WorkflowSettings {
        var settings = WorkflowSettings()
        (settings.assignments, settings.choiceSeed, settings.skipsUnknown) = (try assignments(), choiceSeed, skipUnknown)
        settings.isStrict = strict
        return settings
    }

    /// Reads the workflow and resolves it against the nodes and files that are there.
    func open(in session: Session) throws -> Workflow { try session.open(source, settings: try settings()) }
}
