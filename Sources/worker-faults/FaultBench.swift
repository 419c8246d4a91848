import Foundation
import Problems
import Session
import WorkflowEngine

/// The jobs, and where their pictures lie.
final class FaultBench {
    /// What became of one job.
    struct Outcome: Sendable {
        var number: Int
        var report: JobReport
        /// How often its events said that it ended, and whether that was the last of them.
        var ends: Int
        var isInOrder: Bool
    }

    private let folder: URL
    private let program: String
    private let models: String?
    private let retries: Int
    private let jobs: Int
    private var generation = 0

    init(folder: URL, program: String, models: String?, retries: Int, jobs: Int) {
        (self.folder, self.program, self.models, self.retries, self.jobs) = (folder, program, models, retries, jobs)
    }

    /// Other folders for pictures and results from here on.
    func startAfresh() throws { generation += 1 }

    private func output(_ name: String) -> String { folder.appending(path: "\(name)-\(generation)").path }

    private func session(_ name: String) -> Session {
        let environment = SessionEnvironment(variables: ProcessInfo.processInfo.environment, workingFolder: folder.path)
        var folders = FolderRules()
        folders.output = output(name)
        folders.models = models.map { [$0] } ?? []
        var rules = WorkerRules(program: program)
        rules.retries = retries
        return Session(
            SessionConfiguration(
                program: "0.1.0", environment: environment, folders: folders,
                cache: CacheRules(folder: folder.path + "/cache-\(name)-\(generation)", in: environment),
                computing: ComputingRules(place: .worker(rules), threads: 1)))
    }

    /// One of the workflows; the number decides all bytes of its picture.
    private func workflow(_ number: Int) -> String {
        if models != nil, number % 10 == 9 {
            return """
                nodes:
                  base: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
                  positive: {type: CLIPEncode, clip: base, text: "a tree, number \(number)"}
                  negative: {type: CLIPEncode, clip: base, text: ""}
                  canvas: {type: EmptyLatentImage, width: 64, height: 64}
                  sampled: {type: KSampler, model: base, positive: positive, negative: negative, latent_image: canvas, seed: \(number), steps: 6, cfg: 4, sampler_name: euler_ancestral, scheduler: normal}
                  picture: {type: VAEDecode, samples: sampled, vae: base.VAE}
                  saved: {type: SaveImage, images: picture, filename_prefix: job-\(number)}
                """
        }
        return """
            nodes:
              canvas: {type: EmptyImage, width: 64, height: 64, color: \(number * 9973 % 0xFFFFFF)}
              noise: {type: ImageAddNoise, image: canvas, seed: \(number), strength: 0.5}
              saved: {type: SaveImage, images: noise, filename_prefix: job-\(number)}
            """
    }

    /// Submits jobs all at once, and waits until each has ended.
    func round(_ name: String, numbers: [Int], killer: Killer?) async throws -> [Outcome] {
        let session = session(name)
        var submitted: [(number: Int, job: Job)] = []
        for number in numbers {
            var request = JobRequest(try session.open(.text(workflow(number), name: "job-\(number)")))
            request.run.identity = "job-\(number)"
            request.run.resumeInterval = 0.0001
            submitted.append((number, try session.submit(request)))
        }
        let killing = Task { if let killer { await killer.work(on: session) } }
        var outcomes: [Outcome] = []
        for (number, job) in submitted {
            var ends = 0, last: UInt64 = 0, isInOrder = true
            for await event in job.events() {
                isInOrder = isInOrder && event.sequence > last && ends == 0
                last = event.sequence
                if case .ended = event.kind { ends += 1 }
                if case .engine(.resumed(_, _, _)) = event.kind { killer?.noteResumed() }
            }
            outcomes.append(Outcome(number: number, report: await job.report, ends: ends, isInOrder: isInOrder))
        }
        killing.cancel()
        await killing.value
        session.close()
        return outcomes
    }

    /// The bytes of the picture of each job that is done.
    func pictures(_ outcomes: [Outcome]) throws -> [Int: Data] {
        var found: [Int: Data] = [:]
        for outcome in outcomes where outcome.report.end == .done {
            let files = outcome.report.report?.files ?? []
            guard files.count == 1, let file = files.first else { throw FaultError("job \(outcome.number) has \(files.count) pictures") }
            found[outcome.number] = try Data(contentsOf: URL(fileURLWithPath: file.file.path))
        }
        return found
    }

    func check(_ outcomes: [Outcome], against expected: [Int: Data]) throws {
        for outcome in outcomes {
            guard outcome.ends == 1, outcome.isInOrder else {
                throw FaultError("job \(outcome.number) has \(outcome.ends) ends, or events out of order")
            }
            guard outcome.report.end != .done else { continue }
            let report = outcome.report.report
            let failures = report?.nodes.compactMap { $0.failure.flatMap { ProblemRecord($0).causes?.first?.code } } ?? []
            let codes = failures + (report?.breakdown.map { [$0.code.rawValue] } ?? [])
            guard !codes.isEmpty, codes.allSatisfy({ $0 == WorkerDeath.Code.killed.rawValue }) else {
                throw FaultError("job \(outcome.number) failed otherwise: \(codes) \(outcome.report.problem.map { "\($0)" } ?? "")")
            }
        }
        for (number, bytes) in try pictures(outcomes) where bytes != expected[number] {
            throw FaultError("the picture of job \(number) is another one")
        }
    }

    /// Jobs with more than one picture. Every picture must be whole and right.
    func doubled(_ name: String, against expected: [Int: Data]) throws -> Set<Int> {
        var counts: [Int: Int] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: output(name)) {
            guard file.hasSuffix(".png"), let number = file.dropFirst("job-".count).split(separator: "_").first.flatMap({ Int($0) }) else {
                // A temporary file of a writer that was killed.
                if file.contains(".tmp") || file.hasPrefix(".") { continue }
                throw FaultError("\(file) lies in the output folder")
            }
            guard try Data(contentsOf: URL(fileURLWithPath: output(name) + "/" + file)) == expected[number] else {
                throw FaultError("\(file) is another picture, or half of one")
            }
            counts[number, default: 0] += 1
        }
        return Set(counts.filter { $0.value > 1 }.keys)
    }
}
