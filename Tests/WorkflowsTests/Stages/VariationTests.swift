import Testing

@testable import Workflows

/// Resolving the points of a sweep from what the first one came to.
@Suite("Variations") struct VariationTests {
    private let resolver = Resolver(catalog: composingSpecs, files: AnyFileCatalog())

    /// A variation and the same resolved from the beginning.
    private func both(_ folder: WorkflowFolder, _ set: [String]) throws -> (quick: Resolver.Resolution, whole: Resolver.Resolution) {
        let document = try #require(folder.read().document)
        let base = resolver.resolve(document)
        let assignments = set.compactMap { Assignment($0) }
        return (resolver.resolve(document, setting: assignments, after: base), resolver.resolve(document, setting: assignments))
    }

    @Test(
        "a variation is what resolving from the beginning gives, whatever was set",
        arguments: [
            [], ["prompt=a house"], ["first.seed=8", "second.seed=9"], ["strength=0.75"], ["saved.prefix=x"], ["first.steps=0"],
            ["base.file=two.safetensors"], ["second.positive=base"], ["joined.image1=second"], ["nowhere.seed=1"], ["second.color=1"],
            ["strength=much"],
        ])
    func equal(set: [String]) throws {
        let (quick, whole) = try both(WorkflowFolder(["flow.yaml": SettingTests.flow]), set)
        #expect(quick.graph?.promptText == whole.graph?.promptText)
        #expect(quick.diagnostics == whole.diagnostics)
        #expect(quick.workflow == whole.workflow)
    }

    @Test(
        "calls, elements and rounds that come out differently are resolved anew",
        arguments: [
            ["much=0.25"], ["once/white.width=3"], ["walked.height=1..4"], ["walked[2].width=9"], ["start.total=3"], ["body[2].b=z"],
        ])
    func structure(set: [String]) throws {
        let flow =
            SubWorkflowTests.outer + """

                  walked: {type: Canvas, foreach: {height: [1, 2]}}
                  shown: {type: Show, source: walked}
                  start: {type: easy forLoopStart, total: 2, initial_value1: "x"}
                  body: {type: Join, a: {from: start.value1}, b: y}
                  end: {type: easy forLoopEnd, flow: start.flow, initial_value1: body}
                  text: {type: Show, source: end.value1}
                """
        let (quick, whole) = try both(WorkflowFolder(["flow.yaml": flow, "brighten.yaml": SubWorkflowTests.brighten]), set)
        #expect(quick.graph != nil && quick.diagnostics.isEmpty, "\(quick.diagnostics)")
        #expect(quick.graph?.promptText == whole.graph?.promptText)
        #expect(quick.diagnostics == whole.diagnostics)
    }
}
