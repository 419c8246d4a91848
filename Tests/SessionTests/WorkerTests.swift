import Foundation
import Session
import Testing
import WorkflowEngine

/// Real worker processes: the built program, beside the test bundle.
@Suite("Worker processes") struct WorkerTests {
    static var products: URL { URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent() }

    private final class Folder: Sendable {
        let path: String
        init() throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "darkroom-worker-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private let folder: Folder
    init() throws { folder = try Folder() }

    private func session(
        environment more: [String: String] = [:], program: String? = nil, version: String = "0.1.0",
        change: (inout WorkerRules) -> Void = { _ in }
    ) -> Session {
        var rules = WorkerRules(program: program ?? Self.products.appending(path: "darkroom").path)
        change(&rules)
        let variables = ProcessInfo.processInfo.environment.merging(more) { $1 }
        let environment = SessionEnvironment(variables: variables, workingFolder: folder.path)
        return Session(
            SessionConfiguration(
                program: version, environment: environment, cache: CacheRules(isOnDisk: false, in: environment),
                computing: ComputingRules(place: .worker(rules), threads: 1)))
    }

    private static func flow(_ seed: Int, size: Int = 16) -> String {
        """
        nodes:
          canvas: {type: EmptyImage, width: \(size), height: \(size)}
          noise: {type: ImageAddNoise, image: canvas, seed: \(seed), strength: 0.5}
          saved: {type: SaveImage, images: noise, filename_prefix: noise-\(seed)}
        """
    }

    private func request(_ session: Session, _ seed: Int) throws -> JobRequest {
        JobRequest(try session.open(.text(Self.flow(seed), name: "flow.yaml")))
    }

    @Test("kills at random moments lose no job, double none, and change no picture")
    func kills() throws {
        let process = Process(), output = Pipe()
        process.executableURL = Self.products.appending(path: "worker-faults")
        process.arguments = ["--jobs", "30", "--kills", "10"]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }

    @Test("one process computes one job after another, and ends with its session")
    func stays() async throws {
        let session = session()
        #expect(await (try session.submit(request(session, 1))).report.end == .done)
        let process = try #require(session.workerProcess)
        let report = await (try session.submit(request(session, 1))).report
        #expect(session.workerProcess == process)
        #expect(report.report?.nodes.allSatisfy { $0.status == .reused } == true, "its results stay in memory")
        session.close()
        while kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("a process that is killed between two jobs is replaced, and nobody hears of it but in the events")
    func idle() async throws {
        let session = session()
        #expect(await (try session.submit(request(session, 1))).report.end == .done)
        let process = try #require(session.workerProcess)
        kill(process, SIGKILL)
        let job = try session.submit(request(session, 2))
        #expect(await job.report.end == .done)
        #expect(session.workerProcess != process)
    }

    @Test("memory that can't be had is the error of the node that wanted it, and the next job runs")
    func memory() async throws {
        // The first that a node asks for, however many small values are made before. The second process would fail as well.
        var found: Session?
        for number in 1...60 where found == nil {
            let session = session(environment: ["DARKROOM_FAIL_ALLOCATION": "\(number)"])
            let report = await (try session.submit(request(session, 0))).report
            if report.report?.nodes.first(where: { $0.failure != nil })?.failure?.node.name == "canvas" { found = session }
        }
        let session = try #require(found)
        for seed in 1...2 {
            let job = try session.submit(request(session, seed))
            let report = await job.report
            #expect(report.end == .failed)
            let failure = try #require(report.report?.nodes.compactMap(\.failure).first)
            #expect((failure.cause as? WorkerDeath)?.code == .outOfMemory && failure.node.name == "canvas", "\(failure)")
            #expect(failure.message.contains("out of memory"), "\(failure)")
            let deaths = await job.events().reduce(into: 0) { count, event in
                if case .workerDied(let death, beginsAgain: false) = event.kind, death.node?.name == "canvas" { count += 1 }
            }
            #expect(deaths == 1)
        }
    }

    @Test("a program that isn't there, is another one, or another version is refused with the reason")
    func wrongProgram() async throws {
        func problem(_ session: Session) async throws -> SessionError? { await (try session.submit(request(session, 1))).report.problem }
        let missing = try #require(await problem(session(program: "/nowhere/darkroom")))
        #expect(missing.code == .noWorker && missing.reason.contains("No such file"), "\(missing)")
        let other = try #require(await problem(session(program: "/bin/true") { $0.pause = (0.001, 0.001) }))
        #expect(other.code == .noWorker && other.reason.contains("4 processes in a row"), "\(other)")
        let version = try #require(await problem(session(version: "0.0.0")))
        #expect(version.code == .noWorker && version.reason.contains("another version"), "\(version)")
    }

    @Test("a process that is stuck is ended and counts as dead")
    func stuck() async throws {
        let session = session { $0.patience = 8 }
        #expect(await (try session.submit(request(session, 1))).report.end == .done)
        kill(try #require(session.workerProcess), SIGSTOP)
        let job = try session.submit(request(session, 2))
        #expect(await job.report.end == .done, "it had computed nothing: another process does it")
        let causes = await job.events().reduce(into: [WorkerDeath.Code]()) { causes, event in
            if case .workerDied(let death, _) = event.kind { causes.append(death.code) }
        }
        #expect(causes == [.stuck])
    }
}
