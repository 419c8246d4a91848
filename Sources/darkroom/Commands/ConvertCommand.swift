internal import Workflows
public import ArgumentParser
public import Session
import WorkflowEngine

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes a workflow in another form.",
        discussion: """
            yaml: our own form; api: what ComfyUI's server takes; ui: what its window opens. What a form can't say is left out and \
            reported. Model files needn't be there.
            """)

    @Argument(help: ArgumentHelp("A workflow in any form; - reads standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The form to write (by the name of the output file if there is one, else yaml).", valueName: "yaml|api|ui"))
    var to: WorkflowForm?

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write; standard output without it.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Folders") var folders: FolderOptions

    func run() throws {
        let session = folders.session
        let form = to ?? output.flatMap(WorkflowForm.init(fileName:)) ?? .yaml
        let conversion = try session.convert(WorkflowSource(argument: file), to: form)
        conversion.refusal.show(quoting: conversion.files, leastSeverity: .note)
        guard let content = conversion.content else { throw Failure(.wrongInput) }
        conversion.diagnostics.show(quoting: conversion.files)
        guard let output else { return Terminal.output.write(content.text) }
        for path in try session.write(content, to: output) { Terminal.output.line(path) }
    }
}

extension WorkflowForm: ExpressibleByArgument {}
