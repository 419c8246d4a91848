import ArgumentParser
import Foundation
import GoldenSupport

/// Compares what Darkroom computes with reference values, case by case.
@main
struct GoldenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden", abstract: "Compares with reference values and prints a table.")

    @Argument(help: ArgumentHelp("Folder of reference values: index.json, cases/, input/, models/.", valueName: "dir"))
    var folder: String

    @Option(help: "Only these groups (may be given several times).")
    var group: [String] = []

    @Option(name: .customLong("case"), help: "Only cases whose name contains this.")
    var caseName: String?

    @Option(help: ArgumentHelp("Where the synthetic models are; made there when missing.", valueName: "dir"))
    var models = ".build/golden-models"

    @Flag(help: "Name every case, not just those that fail.")
    var verbose = false

    func run() async throws {
        let set = try GoldenSet(folder: URL(fileURLWithPath: folder))
        let runner = try GoldenRunner(set: set, models: URL(fileURLWithPath: models))
        for name in group where !set.groups.contains(where: { $0.group == name }) {
            throw ValidationError("there is no group \(name); there are \(set.groups.map(\.group).joined(separator: ", "))")
        }
        var report = GoldenReport()
        for part in set.groups where group.isEmpty || group.contains(part.group) {
            try await runner.run(part, where: { name in caseName.map { name.contains($0) } ?? true }) { result in
                report.add(result)
                print(result)
            }
        }
        print("\n\(report.table)\n")
        for (name, count) in report.missing { print("skipped \(count) for want of \(name)") }
        for name in report.staleExceptions { print("\(name) passes, though it stands among the exceptions: remove its entry") }
        print(report.summary)
        if report.failed > 0 || !report.staleExceptions.isEmpty { throw ExitCode(1) }
    }

    private func print(_ result: GoldenResult) {
        let name = "\(result.group)/\(result.name)"
        switch result.outcome {
        case .passed where verbose: Swift.print("passed \(name)")
        case .skipped(let missing) where verbose: Swift.print("skipped \(name): no \(missing)")
        case .failed(let reasons):
            Swift.print("FAILED \(name)\(result.chaotic ? " (chaotic)" : "")")
            for reason in reasons.prefix(6) { Swift.print("       \(reason)") }
            if reasons.count > 6 { Swift.print("       and \(reasons.count - 6) more") }
            if let cause = result.exception { Swift.print("       on purpose: \(cause)") }
        default: break
        }
        fflush(nil)
    }

    private func print(_ text: String) { Swift.print(text) }
}
