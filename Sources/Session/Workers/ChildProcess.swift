internal import CProcesses
internal import Glibc

/// A process that was started to compute: the channel to it, what it says on its standard error, and how it ended.
///
/// Used by one thread, the one that started it: when that thread ends, the system kills the process.
final class ChildProcess {
    let identifier: Int32
    let channel: FrameChannel
    private let errors: Int32
    /// The last that it said.
    private var said: [UInt8] = []
    private var hasEnded = false
    private let killsByMemory: Int

    private static let mostSaid = 8192

    /// - Throws: `FrameError.system` when there is no descriptor or process to be had.
    init(program: String, arguments: [String], environment: [String: String]) throws(FrameError) {
        let (ours, theirs) = try FrameChannel.pair()
        let (hears, says) = try FrameChannel.descriptors()
        defer { close(says) }
        killsByMemory = Self.killsByMemory
        let values = environment.map { "\($0.key)=\($0.value)" }
        var process: pid_t = 0
        let status = Self.withPointers([program] + arguments) { arguments in
            Self.withPointers(values) { environment in
                cp_spawn(program, arguments, environment, theirs.descriptor, says, &process)
            }
        }
        guard status == 0 else {
            close(hears)
            throw .system(status)
        }
        (identifier, channel, errors) = (process, ours, hears)
        _ = fcntl(errors, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if !hasEnded {
            kill()
            _ = wait()
        }
        close(errors)
    }

    private static func withPointers<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    /// The next message.
    func receive(patience: Double) throws(FrameError) -> WorkerMessage {
        let frame = try channel.receive(patience: patience, beside: (errors, { self.listen() }))
        return try WorkerMessage(frame)
    }

    /// Takes in what it says on its standard error.
    ///
    /// - Returns: false when nothing more will come.
    private func listen() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(errors, &chunk, chunk.count)
            if count > 0 {
                said += chunk[..<count]
                if said.count > Self.mostSaid { said.removeFirst(said.count - Self.mostSaid) }
            } else if count == 0 {
                return false
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
    }

    func kill(_ signal: Int32 = SIGKILL) { _ = Glibc.kill(identifier, signal) }

    /// Waits until the process has ended.
    ///
    /// - Returns: the status that the system gives for it.
    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        hasEnded = true
        return status
    }

    /// Asks it to end, and waits; after so many seconds it is killed.
    func end(patience: Double = 5) {
        guard !hasEnded else { return }
        try? channel.send(.end)
        do {
            while true { _ = try receive(patience: patience) }
        } catch {
            kill()
        }
        _ = wait()
    }

    /// What ended it.
    ///
    /// - Parameter error: why nothing more came from it.
    func death(_ error: FrameError) -> WorkerDeath {
        // One that says nonsense or nothing isn't to be trusted with its end either.
        if error != .closed && error != .cut { kill() }
        let status = wait()
        _ = listen()
        let words = LastWords(said)
        let low = status & 0x7F
        var death = WorkerDeath(.ended, lastWords: words.text)
        if low == 0 { death.status = status >> 8 & 0xFF } else { death.signal = low }
        switch error {
        case .silent:
            death.code = .stuck
            return death
        case .foreign, .tooLong, .nonsense, .system:
            death.lastWords = "\(error)"
            return death
        case .closed, .cut: break
        }
        if words.tellsOfMemory || (low == SIGKILL && Self.killsByMemory > killsByMemory) {
            death.code = .outOfMemory
        } else if words.tellsOfCutFile, low == 0 {
            death.code = .fileCutShort
        } else if low == SIGILL || low == SIGTRAP {
            death.code = .trap
        } else if [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGSYS].contains(low) {
            death.code = .crash
        } else if low != 0 {
            death.code = .killed
        }
        return death
    }

    /// How many processes of this machine the system has killed for want of memory.
    private static var killsByMemory: Int {
        let descriptor = open("/proc/vmstat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        let line = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) } ?? 0
    }
}

/// What a process said before it ended: the line that tells why.
struct LastWords {
    let text: String?
    private let all: String

    init(_ bytes: [UInt8]) {
        all = String(decoding: bytes, as: UTF8.self)
        let lines = all.split(separator: "\n").map { String($0.prefix(400)) }
        let line = lines.last { $0.contains("Fatal error") } ?? lines.last { $0.hasPrefix("error: ") }
        text = line.map { line in
            if line.hasPrefix("error: ") { return String(line.dropFirst("error: ".count)) }
            return line.firstRange(of: "Fatal error: ").map { String(line[$0.upperBound...]) } ?? line
        }
    }

    var tellsOfMemory: Bool { text.map { $0.contains("out of memory") || $0.contains("can't be had") } ?? false }
    var tellsOfCutFile: Bool { text.map { $0.contains("was cut short") } ?? false }
}
