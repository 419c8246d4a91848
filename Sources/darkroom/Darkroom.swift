import ArgumentParser
import Foundation
import Problems
import Session
import Synchronization
import Workflows

/// The command-line program: each command parses, calls the library modules and prints.
///
/// stdout carries results, stderr progress and diagnostics. Exit codes: 0 done, 1 a node failed, 2 the workflow or the
/// call is wrong, 3 a model or input file is missing, 4 there is no memory (a node says so, or `MemoryShortage`), 130 interrupted.
@main
struct Darkroom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkroom",
        abstract: "Runs Stable Diffusion workflows on the processor.",
        discussion: """
            A workflow is a YAML file, a JSON file saved by ComfyUI (either form), or a picture that carries one.
            """,
        version: Version.number,
        subcommands: [
            RunCommand.self, WatchCommand.self, ValidateCommand.self, ExplainCommand.self, ConvertCommand.self, GraphCommand.self,
            LockCommand.self, NodesCommand.self,
            ModelsCommand.self, CacheCommand.self, VersionCommand.self, WorkerCommand.self,
        ])

    static func main() async {
        // A file that may not grow further is a failed write like a full disk, no reason to die.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try Self.checkOutput()
        } catch let failure as Failure {
            if let message = failure.message { Terminal.error.write(message + "\n") }
            Glibc.exit(failure.code.rawValue)
        } catch let problem as any Problem {
            let failure = Failure(problem)
            Terminal.error.write((failure.message ?? "") + "\n")
            Glibc.exit(failure.code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code.isSuccess {
                Terminal.output.write(message + "\n")
                ParameterHelp(CommandLine.arguments)?.show()
                do { try checkOutput() } catch {
                    Terminal.error.write((error.message ?? "") + "\n")
                    Glibc.exit(error.code.rawValue)
                }
                Glibc.exit(0)
            }
            if !message.isEmpty { Terminal.error.write(message + "\n") }
            // A wrong call is the caller's mistake like a wrong workflow; the parser has a code of its own for it.
            Glibc.exit(code == .validationFailure ? ExitStatus.wrongInput.rawValue : code.rawValue)
        }
    }

    /// - Throws: `Failure` when something that was to be written to stdout, or to a log, is lost.
    private static func checkOutput() throws(Failure) {
        if let loss = Terminal.loss.withLock({ $0 }) { throw Failure(.nodeFailed, "error: \(loss)") }
    }
}

/// What the program tells its caller by its exit code.
enum ExitStatus: Int32 {
    case done = 0, nodeFailed = 1, wrongInput = 2, missingFile = 3, noMemory = 4, interrupted = 130

    init(_ category: ProblemCategory) { self = ExitStatus(rawValue: category.exitCode) ?? .nodeFailed }

    /// What a command ends with that found these problems.
    init(_ diagnostics: [Diagnostic]) { self = ExitStatus(rawValue: diagnostics.exitCode) ?? .wrongInput }
}

/// Ends the program with a code, and a message if it hasn't been told yet.
struct Failure: Error {
    let code: ExitStatus
    let message: String?

    init(_ code: ExitStatus, _ message: String? = nil) {
        self.code = code
        self.message = message
    }

    /// The problem's text, with the code of its category.
    init(_ problem: some Problem) {
        code = ExitStatus(problem.category)
        let diagnostics = (problem as? SessionError)?.diagnostics ?? []
        message =
            diagnostics.isEmpty ? "error: \(problem.report)" : diagnostics.map { $0.rendered(quoting: []) }.joined(separator: "\n")
    }
}

/// The program's own number.
enum Version {
    static let number = "0.1.0"
}
