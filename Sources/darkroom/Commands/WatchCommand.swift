import ArgumentParser
import Foundation
import Nodes
import WorkflowEngine

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Runs a workflow, and again whenever its file or a file that it loads is saved.",
        discussion: "Only what changed is computed; models stay loaded between runs. Ctrl-C ends it.")

    @OptionGroup var run: RunCommand

    func run() async throws {
        run.compute.apply()
        let cache = run.caching.cache
        let log = try run.compute.events.map { try EventLog(path: $0) }
        while true {
            let loaded = try? run.workflow.load()
            let files = WatchedFiles(run.workflow.file, loaded)
            if let loaded {
                loaded.report()
                if !loaded.unknown.isEmpty {
                    Terminal.error.write(loaded.unknown.refusal + "\n")
                } else if let graph = loaded.graph {
                    let engine = Engine(library: loaded.library, cache: cache)
                    var options = RunOptions(workflow: run.workflow.identity)
                    options.uiText = loaded.document?.uiText
                    options.wantsPreviews = run.previewing.isWanted
                    options.resumeInterval = run.compute.resumeInterval
                    if try await run.runOnce(engine, graph, options, log: log).isInterrupted { throw Failure(.interrupted) }
                }
            } else {
                Terminal.error.write("error: \(run.workflow.file) can't be read\n")
            }
            Terminal.error.write(Terminal.error.paint("waiting for \(files.count) files to change, Ctrl-C ends", .faint) + "\n")
            guard await Self.change(of: files) else { return }
        }
    }

    /// Waits for a change.
    ///
    /// - Returns: false if somebody pressed Ctrl-C first.
    private static func change(of files: WatchedFiles) async -> Bool {
        let interruption = Interruption {}
        while !interruption.happened {
            // Looking costs microseconds; a person doesn't notice a fifth of a second.
            try? await Task.sleep(for: .milliseconds(200))
            guard files.haveChanged else { continue }
            // Editors save in several steps; the file is read when it has come to rest.
            try? await Task.sleep(for: .milliseconds(100))
            return true
        }
        return false
    }
}

/// Files, and how they were when somebody last looked.
struct WatchedFiles {
    private let states: [String: State?]

    private struct State: Equatable {
        var inode: UInt64, size: Int64, seconds: Int64, nanoseconds: Int64
    }

    /// The workflow's own file, those it calls, those that its nodes load, and folders that it walks.
    init(_ workflow: String, _ loaded: LoadedWorkflow?) {
        var paths: Set<String> = [workflow]
        paths.formUnion(loaded?.walkedPaths ?? [])
        let folder = URL(fileURLWithPath: workflow).deletingLastPathComponent()
        for file in loaded?.document?.files ?? [] {
            paths.insert(URL(fileURLWithPath: file.name).path)
            paths.insert(URL(fileURLWithPath: file.name, relativeTo: folder).path)
        }
        for node in loaded?.graph?.nodes ?? [] {
            for input in node.inputs {
                guard case .file(let file)? = node.spec.input(input.name)?.kind, case .literal(let value) = input.binding,
                    let name = value as? String, let path = try? loaded?.library.services.path(of: name, kind: file.folder)
                else { continue }
                paths.insert(path)
            }
        }
        states = Dictionary(uniqueKeysWithValues: paths.map { ($0, Self.state($0)) })
    }

    /// How many there are.
    var count: Int { states.values.count { $0 != nil } }

    /// Whether any of them is different now; one that is away for a moment doesn't count.
    var haveChanged: Bool {
        states.contains { path, old in
            guard let now = Self.state(path) else { return false }
            return now != old
        }
    }

    private static func state(_ path: String) -> State? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return State(
            inode: UInt64(info.st_ino), size: Int64(info.st_size), seconds: Int64(info.st_mtim.tv_sec),
            nanoseconds: Int64(info.st_mtim.tv_nsec))
    }
}
