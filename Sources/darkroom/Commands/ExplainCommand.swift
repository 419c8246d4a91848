import ArgumentParser
import Foundation
import Session
import WorkflowEngine

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says what running a workflow would compute, what it would reuse, and why.",
        discussion: "Nothing is computed, and no model is opened.")

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup(title: "Results that are known already") var caching: CacheOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let session = Session(
            SessionConfiguration(
                program: Version.number, environment: .ofThisProcess, folders: workflow.folders.rules, cache: caching.rules))
        let opened = try workflow.open(in: session)
        opened.diagnostics.show(quoting: opened.files)
        let status = ExitStatus(opened.diagnostics)
        if opened.unknown.isEmpty, opened.graph == nil { throw Failure(status == .done ? .wrongInput : status) }
        let plan = try session.plan(opened)
        Terminal.output.write(json ? plan.jsonText + "\n" : Self.text(plan))
        if status != .done { throw Failure(status) }
    }

    /// A line a node, in the order of the document, and a sum.
    private static func text(_ plan: ExecutionPlan) -> String {
        let names = plan.nodes.map { $0.label.title == $0.label.type ? $0.label.title : "\($0.label.title) (\($0.label.type))" }
        let width = names.map(\.count).max() ?? 0
        var text = ""
        for (node, name) in zip(plan.nodes, names) {
            let padding = String(repeating: " ", count: width - name.count)
            let verb: String
            switch node.action {
            case .reuse: verb = "reuse"
            case .run: verb = "run  "
            case .runUnlessSame: verb = "run? "
            }
            let seconds = node.seconds.map { ", \(RunDisplay.seconds($0)) the last time" } ?? ""
            text += "\(name)\(padding)  \(verb)  \(node.action.text)\(seconds)\n"
        }
        return text + summary(plan) + "\n"
    }

    private static func summary(_ plan: ExecutionPlan) -> String {
        let counts = plan.counts
        let estimate = plan.estimate
        var parts = ["\(counts.reused) reused", "\(counts.run) to run"]
        if counts.perhaps > 0 { parts.append("\(counts.perhaps) perhaps") }
        if estimate.possible > 0 {
            let certain = RunDisplay.seconds(estimate.certain)
            let possible = RunDisplay.seconds(estimate.possible)
            parts.append(certain == possible ? "about \(certain)" : "about \(certain) to \(possible)")
        }
        if estimate.unknown > 0 { parts.append("\(estimate.unknown) of unknown duration") }
        return parts.joined(separator: ", ")
    }
}
