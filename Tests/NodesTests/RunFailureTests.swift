import Checkpoints
import Pictures
import Problems
import Testing

@testable import Nodes
@testable import WorkflowEngine

@Suite("Failures of a run") struct RunFailureTests {
    static func report(_ causes: (any Error)...) -> RunReport {
        let nodes = causes.enumerated().map { number, cause in
            let label = NodeLabel(name: "n\(number)", title: "N", type: "N")
            return RunReport.Node(
                label: label, status: .failed, seconds: 0, failure: RunFailure(node: label, message: "\(cause)", cause: cause))
        }
        return RunReport(nodes: nodes, files: [], texts: [], warnings: [], values: [:], seconds: 0, isInterrupted: false)
    }

    static let missing: [any Error] = [
        NodeError(.missingFile, "\"a.png\" isn't in the input folder"),
        CheckpointError(.notFound, file: "m.safetensors", reason: "there is no such file"),
        PictureError(code: .notFound, file: "a.png", reason: "No such file or directory"),
    ]

    @Test("whatever type says that a file is missing, the exit code is 3")
    func missingFiles() {
        for cause in Self.missing { #expect(Self.report(cause).exitCode == 3, "\(cause)") }
        #expect(Self.report(Self.missing[0], Self.missing[1]).exitCode == 3)
    }

    @Test("one node that failed for another reason makes it 1")
    func others() {
        let broken = CheckpointError(.truncated, file: "m.safetensors", reason: "the file ends")
        #expect(Self.report(broken).exitCode == 1)
        #expect(Self.report(Self.missing[1], broken).exitCode == 1)
        #expect(Self.report(NodeError(.badValue, "no")).exitCode == 1)
    }

    @Test("a failure carries the node as its place and the thrown error as its cause")
    func record() throws {
        let failure = try #require(Self.report(Self.missing[1]).nodes[0].failure)
        let record = ProblemRecord(failure)
        #expect(record.code == "node-failed" && record.node == "n0" && record.category == "missing-file")
        #expect(record.causes?.map(\.code) == ["model-not-found"])
        #expect(record.causes?.first?.file == "m.safetensors")
        #expect("\(failure)" == "node \"n0\" (N): m.safetensors: there is no such file")
    }
}
