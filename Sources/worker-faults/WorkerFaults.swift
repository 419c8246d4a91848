import ArgumentParser
import Foundation
import Session

/// Kills the process that computes, again and again, under a queue of small jobs, and checks what becomes of them.
///
/// Every job must end once. One that is done must have one picture, with the bytes that it has when nobody kills anything; one that
/// failed must say that its process was killed, and must be done when it is submitted again. Nothing else may lie in the output folder.
@main
struct WorkerFaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker-faults", abstract: "Kills workers under a queue of jobs.")

    @Option(help: "Jobs in the queue.")
    var jobs = 500

    @Option(help: "How often the worker is killed.")
    var kills = 200

    @Option(help: "How often a run is begun again when its worker died in the middle.")
    var retries = 0

    @Option(help: "Start of the random moments; drawn and printed without it.")
    var seed: UInt64?

    @Option(help: "The program that computes; darkroom beside this one without it.")
    var program: String?

    @Option(help: "A models folder with the embedded model: one job in ten samples with it. Without it none does.")
    var models: String?

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let seed = seed ?? UInt64.random(in: 0..<1_000_000)
        let folder = FileManager.default.temporaryDirectory.appending(path: "worker-faults-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bench = FaultBench(
            folder: folder, program: program ?? Self.neighbour, models: models.map { URL(fileURLWithPath: $0).path }, retries: retries,
            jobs: jobs)
        print("seed \(seed), \(jobs) jobs, \(kills) kills, \(retries) retries")

        var start = ContinuousClock.now
        let undisturbed = try await bench.round("undisturbed", numbers: Array(0..<jobs), killer: nil)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let expected = try bench.pictures(undisturbed)
        guard expected.count == jobs else { throw FaultError("only \(expected.count) of \(jobs) jobs are done when nobody kills") }

        start = .now
        let killer = Killer(seed: seed, kills: kills, longest: 1.6 * seconds / Double(max(kills, 1)))
        var left = Array(0..<jobs), rounds = 0, failures = 0, pictures = 0
        var doubled: Set<Int> = []
        while !left.isEmpty || killer.left > 0 {
            // All is done before all was killed: all again, into another folder and with nothing known.
            if left.isEmpty {
                try bench.startAfresh()
                left = Array(0..<jobs)
            }
            rounds += 1
            let outcomes = try await bench.round("killed", numbers: left, killer: killer)
            try bench.check(outcomes, against: expected)
            let failed = outcomes.filter { $0.report.end != .done }.map(\.number)
            failures += failed.count
            pictures += outcomes.count - failed.count
            doubled.formUnion(try bench.doubled("killed", against: expected))
            left = failed
            if rounds > 100 { throw FaultError("jobs fail for ever: \(failed)") }
        }
        guard failures <= kills else { throw FaultError("\(failures) jobs failed by \(kills) kills") }
        // Killed between the writing of a picture and the note of it, a job finds it again.
        guard doubled.isEmpty else {
            throw FaultError("pictures doubled: \(doubled)")
        }
        let took = String(format: "%.1f", (ContinuousClock.now - start) / .seconds(1))
        print(
            "\(killer.killed) killed in \(took) s (undisturbed \(String(format: "%.1f", seconds)) s): \(pictures) jobs done and right, "
                + "\(failures) failed of it and were right when submitted again, \(killer.resumed) samplings went on, "
                + "\(doubled.count) pictures written twice; none lost, none ended twice")
    }

    private static var neighbour: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "darkroom").path
    }
}

/// What was found wrong.
struct FaultError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
