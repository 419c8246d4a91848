import ArgumentParser
import Foundation
import Nodes
import WorkflowEngine

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Runs a workflow, and again whenever its file or a file that it loads is saved.",
        discussion: """
            Only what changed is computed; models stay loaded between runs. A run that is under way when something is saved stops and
            starts again: what it has finished is kept, and a sampler that didn't change goes on where it was. Ctrl-C ends it.
            """)

    @OptionGroup var run: RunCommand

    func run() async throws {
        guard run.workflow.file != "-" else {
            throw Failure(.wrongInput, "error: standard input can't be watched\n    hint: name a file")
        }
        run.compute.apply()
        let cache = run.caching.cache
        let log = try run.compute.events.map { try EventLog(path: $0) }
        var files = WatchedFiles([run.workflow.identity])
        while true {
            // Before anything is read: what is saved from here on is a change.
            files.look()
            let loaded = load()
            files.watch(loaded.map { Self.files(of: $0, in: run.workflow.identity) } ?? [], keepingOthers: loaded?.isWhole != true)
            if let loaded, loaded.graph != nil, try await perform(loaded, cache, log, files) {
                Terminal.error.write(Terminal.error.paint("something was saved: starting again", .faint) + "\n")
                await Self.rest(of: files)
                continue
            }
            Terminal.error.write(Terminal.error.paint("waiting for \(files.count) files to change, Ctrl-C ends", .faint) + "\n")
            guard await Self.change(of: files) else { return }
        }
    }

    /// Reads the workflow and says what is wrong with it; `nil` when there is none to read.
    private func load() -> LoadedWorkflow? {
        do {
            let loaded = try run.workflow.load()
            loaded.report(run.compute.quiet ? .error : .warning)
            return loaded
        } catch {
            Terminal.error.write("\((error as? Failure)?.message ?? "error: \(error)")\n")
            return nil
        }
    }

    /// Runs the workflow to its end, or until a file is saved.
    ///
    /// - Returns: whether it was stopped because a file was saved.
    /// - Throws: `Failure` when somebody pressed Ctrl-C. Whatever else goes wrong has been told, and may be mended.
    private func perform(
        _ loaded: LoadedWorkflow, _ cache: ResultCache, _ log: EventLog?, _ files: WatchedFiles
    ) async throws -> Bool {
        let stop = RunStop()
        let looking = Task.detached {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(200))
                if !Task.isCancelled, files.haveChanged { return stop.stop(because: .newerFiles) }
            }
        }
        defer { looking.cancel() }
        do {
            try await run.perform(loaded, cache: cache, log: log, stop: stop)
        } catch let failure as Failure {
            if failure.code == .interrupted {
                if stop.cause == .newerFiles { return true }
                throw failure
            }
            if let message = failure.message { Terminal.error.write(message + "\n") }
        }
        return false
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
            await rest(of: files)
            return true
        }
        return false
    }

    /// Waits until nothing has changed for a tenth of a second: editors save in several steps, and several files at a time. What
    /// goes on changing (a model that is being copied) is looked at after two seconds all the same.
    private static func rest(of files: WatchedFiles) async {
        var files = files
        for _ in 0..<20 {
            files.look()
            try? await Task.sleep(for: .milliseconds(100))
            if !files.haveChanged { return }
        }
    }

    /// The workflow's own file, those it calls, those that its nodes read, and folders that it walks. Where something is missing, the folders in which it
    /// could turn up as well.
    private static func files(of loaded: LoadedWorkflow, in workflow: String) -> Set<String> {
        var paths: Set<String> = [workflow]
        let folder = URL(fileURLWithPath: workflow).deletingLastPathComponent()
        for file in loaded.document?.allFiles ?? loaded.files {
            paths.insert(URL(fileURLWithPath: file.name).standardizedFileURL.path)
            paths.insert(URL(fileURLWithPath: file.name, relativeTo: folder).standardizedFileURL.path)
        }
        paths.formUnion(loaded.walkedPaths)
        for node in loaded.graph?.nodes ?? [] {
            for file in (try? loaded.library.namedFiles(of: node)) ?? [] {
                paths.insert(file.path)
                // A text may name another file tomorrow, and a folder have another one in it.
                if file.input == nil { paths.insert(URL(fileURLWithPath: file.path).deletingLastPathComponent().path) }
            }
        }
        guard loaded.diagnostics.exitCode == ExitStatus.missingFile.rawValue else { return paths }
        for node in loaded.document?.nodes ?? [] {
            for input in NodeCatalog.standard.spec(node.type)?.inputs ?? [] {
                if case .file(let file) = input.kind { paths.formUnion(loaded.library.services.places(of: file.folder)) }
            }
        }
        return paths
    }
}

extension LoadedWorkflow {
    /// Whether everything in it was understood.
    fileprivate var isWhole: Bool { graph != nil && !diagnostics.hasErrors }
}

/// Files and folders, and how they were when somebody last looked.
struct WatchedFiles: Sendable {
    private var states: [String: State?]

    private struct State: Equatable, Sendable {
        var inode: UInt64, size: Int64, seconds: Int64, nanoseconds: Int64
    }

    init(_ paths: Set<String>) { states = Dictionary(uniqueKeysWithValues: paths.map { ($0, Self.state($0)) }) }

    /// How many there are.
    var count: Int { states.values.count { $0 != nil } }

    /// Whether any of them is different now; one that is away for a moment doesn't count.
    var haveChanged: Bool {
        states.contains { path, old in
            guard let now = Self.state(path) else { return false }
            return now != old
        }
    }

    /// Takes the present state for the known one.
    mutating func look() {
        for path in states.keys {
            // What is away keeps its last state, so that it counts only if it comes back as another one.
            if let now = Self.state(path) { states[path] = .some(now) }
        }
    }

    /// Watches these from now on; how those were that are watched already is still known.
    ///
    /// - Parameter keepingOthers: the list may be too short, because a file could not be understood.
    mutating func watch(_ paths: Set<String>, keepingOthers: Bool) {
        if !keepingOthers { states = states.filter { paths.contains($0.key) } }
        for path in paths where states[path] == nil { states[path] = .some(Self.state(path)) }
    }

    private static func state(_ path: String) -> State? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return State(
            inode: UInt64(info.st_ino), size: Int64(info.st_size), seconds: Int64(info.st_mtim.tv_sec),
            nanoseconds: Int64(info.st_mtim.tv_nsec))
    }
}
