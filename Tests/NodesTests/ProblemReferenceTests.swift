import Checkpoints
import Descriptions
import Diffusion
import Files
import Foundation
import GoldenSupport
import LinearAlgebra
import Pictures
import Problems
import Tensors
import Testing

@testable import Networks
@testable import Nodes
@testable import Prompts
@testable import Samplers
@testable import Session
@testable import WorkflowEngine
@testable import Workflows

@Suite("Problems' reference") struct ProblemReferenceTests {
    /// Every enumeration of codes that the program has.
    static let domains: [any ProblemCode.Type] = [
        DiagnosticCode.self, CheckpointError.Code.self, PictureError.Code.self, NodeError.Code.self, NetworkError.Code.self,
        SamplingError.Code.self, LatentError.Code.self, PromptError.Code.self, SweepError.Code.self, NodeInputError.Code.self,
        InputValueError.Code.self, RunFailure.Code.self, NodeCall.ShapeError.Code.self, CodecError.Code.self, ExpressionError.Code.self,
        GoldenError.Code.self, StrictFailure.Code.self, LinearAlgebraError.Code.self,
        RecipeError.Code.self, FileProblem.Code.self, LaneError.Code.self, SessionError.Code.self, WorkerDeath.Code.self,
        UnavailableContent.Code.self, DescriptionError.Code.self, SpillError.Code.self, ReservationError.Code.self, FrameError.Code.self,
    ]

    static var codes: [any ProblemCode] {
        func all<Code: ProblemCode>(_ domain: Code.Type) -> [any ProblemCode] { Code.allCases.map { $0 } }
        return domains.flatMap { all($0) }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("no two problems share a code, and codes are written in small letters with dashes")
    func unique() {
        let names = Self.codes.map { $0.rawValue }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(name)") }
    }

    @Test("docs/diagnostics.md lists every code, and none that the program doesn't have")
    func documented() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let known = Self.codes.map { code in
            let ending = Self.domains[0] == type(of: code) ? "" : " \(code.category.rawValue) |"
            return "| `\(code.rawValue)` | \(code.meaning) | \(code.hint) |\(ending)"
        }
        #expect(Set(known).subtracting(rows).sorted() == [])
        #expect(Set(rows).subtracting(known).sorted() == [])
    }

    @Test("every enumeration of codes in the sources is in this list")
    func complete() throws {
        let files = FileManager.default.enumerator(at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        var count = 0
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            count += try String(contentsOf: file, encoding: .utf8).matches(of: /enum \w+: String, (Only)?ProblemCode\b/).count
        }
        #expect(count == Self.domains.count)
    }
}
