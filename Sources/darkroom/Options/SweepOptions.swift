import Problems
import ArgumentParser
import Foundation
import Session
import Workflows

/// What is varied over several runs.
struct SweepOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Runs the workflow for each of several values: a list, a range with both ends, or the first column of a file. "
                + "Given several times, every combination runs; what the points share runs once.",
            valueName: "name=a,b | name=1..8 | name=5..9/0.5 | name=@file.csv"))
    var sweep: [String] = []

    @Flag(help: "Takes several sweeps side by side: first with first, second with second.")
    var zip = false

    @Flag(help: "Skips points of a sweep whose results are there already.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Where the sheet of all pictures of a sweep is written (sweep_00001_.png in the output folder).", valueName: "file"))
    var sheet: String?

    /// The sweep of the command line, else the workflow's own; `nil` for a single run.
    ///
    /// - Throws: `Failure`.
    func sweep(of document: WorkflowDocument?) throws -> Sweep? {
        do throws(SweepError) {
            guard !sweep.isEmpty else { return try document?.ownSweep(zip ? .pairs : .grid) }
            var axes: [SweepAxis] = []
            for text in sweep { axes.append(try SweepAxis(text)) }
            return try Sweep(axes, zip ? .pairs : .grid)
        } catch {
            throw Failure(error)
        }
    }
}

extension SweepOptions {
    /// Options of a sweep say nothing without one.
    ///
    /// - Throws: `Failure` naming those that were given.
    func refuseWithoutSweep() throws(Failure) {
        let given = [("--zip", zip), ("--resume", resume), ("--sheet", sheet != nil)].filter(\.1).map(\.0)
        guard let first = given.first else { return }
        throw Failure(
            .wrongInput,
            "error: \(given.joined(separator: " and ")) \(given.count == 1 ? "belongs" : "belong") to a sweep, and there is none\n    hint: add --sweep name=values, or leave \(first) out"
        )
    }

    /// Trouble with the sheet's file is told before anything is computed.
    ///
    /// - Throws: `Failure`.
    func checkSheet() throws(Failure) {
        guard let sheet else { return }
        guard sheet.lowercased().hasSuffix(".png") else {
            throw Failure(.wrongInput, "error: --sheet takes the name of a PNG file, not \"\(sheet)\"\n    hint: end it with .png")
        }
        let folder = URL(fileURLWithPath: sheet).deletingLastPathComponent().path
        guard access(folder, W_OK | X_OK) == 0 else {
            throw Failure(.nodeFailed, "error: the sheet \(sheet) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    /// What the sweep does beside running its points.
    var settings: SweepSettings { SweepSettings(skipsFinished: resume, sheet: sheet) }
}
