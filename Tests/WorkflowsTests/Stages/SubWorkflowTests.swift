import Testing

@testable import Workflows

/// Workflows that call workflows.
@Suite("Sub-workflows") struct SubWorkflowTests {
    static let brighten = """
        parameters:
          image: {default: {from: photo}, description: what is made brighter}
          factor: {type: FLOAT, default: 0.5}
        nodes:
          photo: {type: LoadImage, image: a.png}
          white: {type: Canvas, width: 64, height: 64}
          mixed: {type: Blend, image1: "${image}", image2: white, factor: "${factor}"}
          saved: {type: Save, images: mixed, prefix: bright}
        outputs: {image: mixed}
        """
    static let outer = """
        parameters: {much: 0.8}
        nodes:
          picture: {type: Canvas, width: 64, height: 64}
          once: {workflow: brighten.yaml, with: {image: picture, factor: "${much}"}}
          twice: {workflow: brighten.yaml, with: {image: once.image}}
          saved: {type: Save, images: twice, prefix: out}
        """
    static let files = ["flow.yaml": outer, "brighten.yaml": brighten]

    @Test("a called workflow's nodes take the place of the call, its outputs lead to them")
    func composition() throws {
        let graph = try WorkflowFolder(Self.files).graph()
        #expect(try graph.value("once/mixed", "image1") == "picture")
        #expect(try graph.value("once/mixed", "image2") == "once/white")
        #expect(try graph.value("once/mixed", "factor") == "0.8")
        #expect(try graph.value("twice/mixed", "image1") == "once/mixed")
        #expect(try graph.value("twice/mixed", "factor") == "0.5")
        #expect(try graph.value("saved", "images") == "twice/mixed")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["saved"], "inner save nodes don't start anything")
    }

    @Test("alone, a workflow uses the link that is its parameter's default")
    func alone() throws {
        let graph = try WorkflowFolder(Self.files).graph("brighten.yaml")
        #expect(try graph.value("mixed", "image1") == "photo.IMAGE")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["saved"])
    }

    @Test("calls nest, each file's links staying its own")
    func nesting() throws {
        let middle = """
            parameters: {image: {type: IMAGE}}
            nodes:
              inner: {workflow: parts/brighten.yaml, with: {image: "${image}"}}
              again: {workflow: parts/brighten.yaml, with: {image: inner.image, factor: 1}}
            outputs: {image: again.image}
            """
        let folder = try WorkflowFolder([
            "flow.yaml": Self.outer.replacing("brighten.yaml", with: "middle.yaml").replacing(", factor: \"${much}\"", with: ""),
            "middle.yaml": middle, "parts/brighten.yaml": Self.brighten,
        ])
        let graph = try folder.graph(set: ["twice/again/white.width=9"])
        #expect(try graph.value("once/inner/mixed", "image1") == "picture")
        #expect(try graph.value("once/again/mixed", "image1") == "once/inner/mixed")
        #expect(try graph.value("twice/inner/mixed", "image1") == "once/again/mixed")
        #expect(try graph.value("saved", "images") == "twice/again/mixed")
        #expect(try graph.value("twice/again/white", "width") == "9")
        #expect(try graph.value("once/again/white", "width") == "64")
    }

    @Test("what is wrong with a call is said with its place")
    func refusals() throws {
        func codes(_ text: String) throws -> [String] {
            try WorkflowFolder(["flow.yaml": text, "brighten.yaml": Self.brighten]).errors()
        }
        let call = "nodes:\n  a: {workflow: %, with: {image: b}}\n  b: {type: Canvas}\noutputs: {o: b}\n"
        #expect(try codes(call.replacing("%", with: "missing.yaml")) == ["missing-file 2:17"])
        #expect(try codes(call.replacing("%", with: "../brighten.yaml")) == ["unreadable-file 2:17"])
        #expect(try codes(call.replacing("%", with: "/etc/passwd")) == ["unreadable-file 2:17"])
        #expect(try codes(call.replacing("%", with: "flow.yaml")) == ["recursive-subgraph 2:17"])
        #expect(try codes(call.replacing("%", with: "brighten.yaml").replacing("image:", with: "imago:")) == ["unknown-parameter 2:39"])
        #expect(try codes(call.replacing("%", with: "brighten.yaml").replacing("image: b", with: "factor: true")) == ["wrong-type 3:3"])
    }

    @Test("a chain of calls that multiply ends with an error, not with the memory or the day", arguments: ["{c: {type: Canvas}}", "{}"])
    func multiplication(last: String) throws {
        var files = ["flow.yaml": "nodes:\n  a: {workflow: f1.yaml}\n  b: {workflow: f1.yaml}\n  s: {type: Canvas}\noutputs: {o: s}\n"]
        for depth in 1...14 {
            let next = (1...4).map { "  n\($0): {workflow: f\(depth + 1).yaml}\n" }.joined()
            files["f\(depth).yaml"] = "nodes: \(depth == 14 ? last : "\n\(next)")"
        }
        let folder = try WorkflowFolder(files)
        #expect(folder.errors().contains { $0.hasPrefix("too-many-values") })
        // A title that nothing has is looked for in all of them.
        #expect(folder.resolve(set: ["nowhere.width=1"]).diagnostics.contains { $0.code == .unknownOverride })
    }
}
