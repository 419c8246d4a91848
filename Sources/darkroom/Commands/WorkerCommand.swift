import ArgumentParser
import Foundation
import Session

/// What a session starts to have something computed in a process of its own. Of no use to people.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Computes for another process of Darkroom.", shouldDisplay: false)

    @Argument(help: "The process that started this one.")
    var parent: Int32

    func run() throws {
        let status = WorkerMain.run(program: Version.number, parent: parent)
        if status == 2 {
            Terminal.error.write("error: this is started by Darkroom itself, for `run --isolated`\n")
        }
        // Nothing is tidied up: other threads may still be at work.
        _exit(status)
    }
}
