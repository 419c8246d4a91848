import ArgumentParser
import Foundation
import Session

extension SessionEnvironment {
    /// This process's variables and working folder.
    static var ofThisProcess: SessionEnvironment {
        SessionEnvironment(
            variables: ProcessInfo.processInfo.environment, workingFolder: FileManager.default.currentDirectoryPath)
    }
}

extension WorkflowSource {
    /// As it is named on the command line: a path, or `-` for standard input.
    init(argument: String) {
        self = argument == "-" ? .stream(path: "/dev/stdin", name: "standard input") : .file(argument)
    }
}
