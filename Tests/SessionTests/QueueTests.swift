import Session
import Testing
import WorkflowEngine
@testable import Workflows

@Suite("The queue of a session") struct QueueTests {
    private func order(of jobs: [Job]) async -> [String] {
        var began: [(Double, String)] = []
        for job in jobs {
            for event in await job.allEvents() { if case .began = event.kind { began.append((event.time, job.id.text)) } }
        }
        return began.sorted { $0.0 < $1.0 }.map(\.1)
    }

    @Test("jobs run one at a time, by priority, in turns, and what is put in front first")
    func order() async throws {
        let toys = ToySession()
        let gate = try toys.session.submit(toys.waiting())
        await toys.gate.wait(for: 1)
        let jobs = [
            try toys.session.submit(toys.quick("late", priority: 5)),
            try toys.session.submit(toys.quick("a1", submitter: "ann")), try toys.session.submit(toys.quick("a2", submitter: "ann")),
            try toys.session.submit(toys.quick("b1", submitter: "bob")),
            try toys.session.submit(toys.quick("front", priority: 9), inFront: true),
        ]
        #expect(toys.session.waiting.map(\.id.text) == ["front", "a1", "b1", "a2", "late"])
        #expect(toys.session.place(of: JobID("b1")) == 2)
        #expect(toys.session.running.map(\.id.text) == ["gate"])
        #expect(toys.session.moveToFront(JobID("a2")))
        toys.gate.open()
        #expect(await order(of: [gate] + jobs) == ["gate", "a2", "front", "b1", "a1", "late"])
        #expect(toys.session.ended.count == 6)
        #expect(toys.session.job(JobID("a1"))?.stage == .ended)
    }

    @Test("a job that waits can be taken out, one that runs can be stopped, and the next one runs")
    func cancelling() async throws {
        let toys = ToySession()
        let running = try toys.session.submit(toys.waiting("running"))
        let waiting = try toys.session.submit(toys.quick("waiting")), next = try toys.session.submit(toys.quick("next"))
        await toys.gate.wait(for: 1)
        waiting.cancel()
        let report = await waiting.report
        #expect(report.end == .cancelled && report.parts.isEmpty)
        #expect(running.stage == .running && toys.session.place(of: JobID("waiting")) == nil)
        running.cancel()
        #expect(await running.report.end == .cancelled)
        #expect(await running.report.report?.isInterrupted == true)
        #expect(await next.report.end == .done)
        // Too late is no harm.
        next.cancel()
        #expect(await next.report.end == .done)
    }

    @Test("a full queue, a name that is taken and a closed session refuse")
    func refusals() async throws {
        let toys = ToySession(capacity: 1)
        _ = try toys.session.submit(toys.waiting())
        await toys.gate.wait(for: 1)
        let waiting = try toys.session.submit(toys.quick("a"))
        func code(_ body: () throws -> Void) -> SessionError.Code? {
            do { try body() } catch { return (error as? SessionError)?.code }
            return nil
        }
        #expect(code { _ = try toys.session.submit(toys.quick("b")) } == .queueFull)
        #expect(code { _ = try toys.session.submit(toys.quick("gate")) } == .wrongRequest)
        var forced = try toys.quick("c")
        forced.run.forcedNodes = ["nobody"]
        #expect(code { _ = try toys.session.submit(forced) } == .wrongRequest)
        #expect(code { _ = try toys.session.submit(toys.request("  n: {type: Nobody}\n  s: {type: Show, value: n}")) } == .unknownNodes)
        toys.session.close()
        #expect(await waiting.report.end == .cancelled)
        #expect(code { _ = try toys.session.submit(toys.quick("d")) } == .closed)
    }

    @Test("a failure of one job is told by its report, and the next one runs")
    func failing() async throws {
        let toys = ToySession()
        let bad = try toys.session.submit(toys.request("  f: {type: Fail}\n  s: {type: Show, value: f}\n"))
        let good = try toys.session.submit(toys.quick("good"))
        #expect(await bad.report.end == .failed)
        #expect(await bad.report.report?.nodes.first?.failure?.message == "made to fail")
        #expect(await good.report.end == .done)
    }

    @Test("somebody who comes late reads the same, without the steps that are over")
    func replay() async throws {
        let toys = ToySession()
        let job = try toys.session.submit(toys.request("  c: {type: Count, steps: 200}\n  s: {type: Show, value: c}\n"))
        _ = await job.report
        let events = await job.allEvents()
        #expect(events.map(\.name) == ["began", "planned", "started", "finished", "started", "text", "finished", "report", "ended"])
        #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
        var after: [String] = []
        for await event in job.events(after: events[6].sequence) { after.append(event.name) }
        #expect(after == ["report", "ended"])
    }

    @Test("a sweep and repeated runs are jobs with a part for each run")
    func parts() async throws {
        let toys = ToySession()
        var sweep = try toys.quick("sweep")
        sweep.variation = .sweep(try Sweep([SweepAxis("n.seed=1..3")]), SweepSettings(hasSheet: false))
        let points = try toys.session.submit(sweep)
        let report = await points.report
        #expect(report.end == .done && report.parts.map(\.label) == ["seed=1", "seed=2", "seed=3"])
        #expect(report.parts.map { $0.report?.texts.map(\.text) } == [["1"], ["2"], ["3"]])
        #expect(
            await points.allEvents().compactMap {
                if case .run(let n, let of, let values) = $0.kind { "\(n)/\(of) \(values)" } else { nil }
            }
                == ["1/3 seed=1", "2/3 seed=2", "3/3 seed=3"])
        var repeated = try toys.quick("repeated")
        repeated.variation = .repeated(3)
        let runs = await (try toys.session.submit(repeated)).report
        #expect(runs.parts.map { $0.report?.texts.map(\.text) } == [["5"], ["6"], ["7"]])
        #expect(runs.parts.map { $0.values.map(\.value) } == [["5"], ["6"], ["7"]])
    }
}
