import Formats
import Foundation
import Session
import Testing
import WorkflowEngine
@testable import Samplers
@testable import Workflows

@Suite("Events as they are written down") struct JobEventWireTests {
    private static let node = NodeLabel(name: "sampled", title: "Sampler", type: "KSampler")

    private static let kinds: [JobEvent.Kind] =
        [
            .queued(ahead: 3), .began, .run(2, of: 5, values: "seed=8"),
            .unresolved([
                Diagnostic(
                    .error, .missingFile, "no file", file: "a.yaml", position: SourcePosition(line: 3, column: 4), node: "n", hint: "look")
            ]),
            .workerDied(WorkerDeath(.killed, signal: 9, lastWords: "words", node: node), beginsAgain: true),
            .report(
                RunReport(
                    nodes: [.init(label: node, status: .ran, reason: .inputChanged(name: "seed", old: "7", new: "8"), seconds: 1.5)],
                    files: [.init(node: node, file: OutputFile(path: "/a.png"), index: 0, isReused: true)], texts: [(node, "text")],
                    warnings: ["careful"], seconds: 2, isInterrupted: false)),
            .sheet(path: "/sheet.png"), .ended(.failed, message: "why"),
            .engine(.planned(nodes: 4)), .engine(.progress(node: node, step: 1, of: 20, rate: 0.5)),
            .engine(.resumed(node: node, step: 7, of: 20)),
            .engine(.preview(node: node, picture: EncodedPicture(format: .png, width: 2, height: 3, bytes: [1, 2, 255]), step: 1, of: 2)),
            .engine(.warning(node: nil, message: "w")), .engine(.warning(node: node, message: "w")),
            .engine(.outputFile(node: node, file: OutputFile(path: "/a.png", kind: .temporary), isReused: true)),
            .engine(.text(node: node, text: "\u{1F333}\n")), .engine(.finished(node: node, seconds: 0.25)),
            .engine(.reused(node: node, from: .disk)),
            .engine(.reused(node: node, from: nil)),
            .engine(
                .failed(RunFailure(node: node, listIndex: 2, message: "m", cause: SessionError(.missingFile, "no file", hint: "look")))),
            .engine(.skipped(node: node, because: "base")), .engine(.interrupted),
        ] + reasons.map { .engine(.started(node: node, reason: $0)) }

    private static let reasons: [RunReason] = [
        .firstTime, .inputChanged(name: "a", old: "b", new: "c"), .upstreamChanged(node: "n"), .fileChanged(path: "/p"), .versionChanged,
        .evicted, .neededAgain(by: "n"), .outputMissing(path: "/p"), .forced, .alwaysRuns,
    ]

    private func text(_ event: JobEvent) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }

    @Test("every kind can be read again and is the same", arguments: kinds.indices)
    func roundTrip(index: Int) throws {
        let event = JobEvent(sequence: 7, time: 1.25, date: 1_700_000_000.5, job: JobID("job"), run: 2, kind: Self.kinds[index])
        let written = try text(event)
        let read = try JSONDecoder().decode(JobEvent.self, from: Data(written.utf8))
        #expect(try text(read) == written)
        #expect(read.name == event.name && read.sequence == 7 && read.job == event.job && read.run == 2)
        if case .unknown = read.kind { Issue.record("\(written) isn't known") }
    }

    @Test("all on one level: what it is, when, whose")
    func members() throws {
        let event = JobEvent(
            sequence: 1, time: 0.5, date: 2, job: JobID("j"), kind: .engine(.progress(node: Self.node, step: 3, of: 4, rate: 2)))
        #expect(
            try text(event)
                == #"{"date":2,"event":"progress","job":"j","node":"sampled","of":4,"rate":2,"sequence":1,"step":3,"time":0.5,"title":"Sampler","type":"KSampler","version":1}"#
        )
    }

    @Test("what a later version tells is passed over, and another form is refused")
    func later() throws {
        func read(_ text: String) throws -> JobEvent { try JSONDecoder().decode(JobEvent.self, from: Data(text.utf8)) }
        let later = try read(#"{"version":1,"sequence":1,"time":0,"date":0,"job":"j","event":"dreamt","of":"sheep","more":[1]}"#)
        guard case .unknown("dreamt") = later.kind else { return #expect(Bool(false), "\(later)") }
        #expect(throws: DecodingError.self) { try read(#"{"version":2,"sequence":1,"time":0,"date":0,"job":"j","event":"began"}"#) }
        #expect(throws: DecodingError.self) { try read(#"{"version":1,"sequence":-1,"time":0,"date":0,"job":"j","event":"began"}"#) }
        #expect(throws: DecodingError.self) { try read(#"{"version":1,"sequence":1,"time":0,"date":0,"job":"j","event":"progress"}"#) }
        #expect(throws: DecodingError.self) { try read("[]") }
    }
}
