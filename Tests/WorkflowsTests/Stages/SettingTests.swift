import Testing

@testable import Workflows

/// What `--set` names, and in which order settings act.
@Suite("Settings") struct SettingTests {
    static let flow = """
        parameters: {prompt: a tree, strength: 0.5}
        nodes:
          base: {type: Base, file: one.safetensors}
          positive: {type: Encode, clip: base, text: "${prompt} at night"}
          first: {type: Sample, title: Rough, model: base, positive: positive, steps: 4}
          second: {type: Sample, model: base, positive: positive, seed: 1}
          joined: {type: Blend, image1: first, image2: second, factor: "${strength}"}
          saved: {type: Save, images: joined}
        """

    private func graph(_ set: [String], _ text: String = flow) throws -> ResolvedGraph {
        try WorkflowFolder(["flow.yaml": text]).graph(set: set)
    }

    private func error(_ set: [String], _ text: String = flow) throws -> Diagnostic {
        try #require(WorkflowFolder(["flow.yaml": text]).resolve(set: set).diagnostics.first { $0.code == .unknownOverride })
    }

    @Test("a name without a node finds the only input that is called so, written or not")
    func onlyInput() throws {
        #expect(try graph(["prefix=night"]).value("saved", "prefix") == "night")
        #expect(try graph(["factor=0.25"]).value("joined", "factor") == "0.25")
        #expect(try graph(["file=two.safetensors"]).value("base", "file") == "two.safetensors")
    }

    @Test("a parameter comes before an input of its name")
    func parameterFirst() throws {
        let text = Self.flow.replacing("strength", with: "text").replacing("factor: \"${text}\"", with: "factor: \"${text}\"")
        #expect(try graph(["text=0.125"], text).value("joined", "factor") == "0.125")
        #expect(try graph(["text=0.125"], text).value("positive", "text") == "a tree at night")
    }

    @Test("a name that several inputs have is refused with what could be written")
    func ambiguous() throws {
        let seed = try error(["seed=4"])
        #expect(seed.message == "2 inputs are called \"seed\"")
        #expect(seed.hint == "write one of first.seed, second.seed")
        let slip = try error(["prefx=4"])
        #expect(slip.message == "nothing in the workflow is called \"prefx\"" && slip.hint == "parameters: prompt, strength")
        #expect(try error(["facter=1"]).hint == "did you mean \"factor\"?", "an input that is written")
    }

    @Test("the only input of a called workflow's nodes is found when the file itself has none")
    func inner() throws {
        let folder = try WorkflowFolder(SubWorkflowTests.files.merging(["flow.yaml": Self.calling]) { $1 })
        #expect(try folder.graph(set: ["width=32"]).value("bright/white", "width") == "32")
        #expect(try folder.graph(set: ["factor=0.25"]).value("bright/mixed", "factor") == "0.25", "the argument of the call")
    }

    static let calling = """
        nodes:
          bright: {workflow: brighten.yaml}
          saved: {type: Save, images: bright}
        """

    @Test("nodes are named by name, by title or type where that is unique, inside calls, too")
    func names() throws {
        #expect(try graph(["Rough.steps=7"]).value("first", "steps") == "7")
        #expect(try graph(["Blend.factor=1"]).value("joined", "factor") == "1.0")
        #expect(try error(["Sample.steps=7"]).message.contains("nothing in the workflow is called"))
        let folder = try WorkflowFolder(SubWorkflowTests.files.merging(["flow.yaml": Self.calling]) { $1 })
        #expect(try folder.graph(set: ["Canvas.width=3"]).value("bright/white", "width") == "3")
    }

    @Test("what is set is text of the file: parameters in it are put in")
    func substitution() throws {
        #expect(try graph(["positive.text=${prompt} by day", "prompt=a house"]).value("positive", "text") == "a house by day")
    }

    @Test("a setting of one element is stronger than one of all, whatever the order, and the last of equals counts")
    func order() throws {
        let text = """
            nodes:
              picture: {type: Canvas, foreach: {height: [1, 2, 3]}}
              saved: {type: Save, images: picture}
            """
        for set in [["picture[2].width=7", "picture.width=5"], ["picture.width=5", "picture[2].width=7"]] {
            let graph = try graph(set, text)
            #expect(try graph.value("picture[2]", "width") == "7" && graph.value("picture[3]", "width") == "5")
        }
        #expect(try graph(["picture.width=5", "picture.width=6"], text).value("picture[1]", "width") == "6")
    }

    @Test("a setting decides what is walked and reaches elements, all or one; one that isn't there is unknown")
    func elements() throws {
        let folder = try WorkflowFolder([
            "brighten.yaml": SubWorkflowTests.brighten,
            "flow.yaml": """
            nodes:
              styled: {workflow: brighten.yaml, foreach: {factor: [0.2, 0.7]}}
              saved: {type: Save, images: styled}
            """,
        ])
        let graph = try folder.graph(set: ["styled.factor=0.1..0.3/0.1", "styled[2]/white.width=32", "styled/white.height=16"])
        #expect(try graph.value("styled[3]/mixed", "factor") == "0.3")
        #expect(try graph.value("styled[2]/white", "width") == "32")
        #expect(try graph.value("styled[3]/white", "width") == "64")
        #expect(try graph.value("styled[1]/white", "height") == "16")
        #expect(folder.resolve(set: ["styled[3]/white.width=32"]).diagnostics.map(\.code).contains(.unknownOverride))
    }
}
