import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Nodes

@Suite("Nodes of packs")
struct PackNodeTests {
    private func outputs(
        _ node: some Node, _ inputs: KeyValuePairs<String, any WorkflowValue>
    ) throws -> [any WorkflowValue] {
        let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")
        let context = NodeContext(services: services, run: RunContext(node: "1", type: "Test"))
        return try node.run(NodeInputs(inputs), in: context).values.map { output in
            switch output {
            case .value(let value): value
            case .list(let values): ValueList(values)
            case .absent, .blocked: AbsentValue()
            }
        }
    }

    private let picture = Image(
        Tensor((0..<288).map { (place: Int) -> Float in Float(place % 97) / 97 }, shape: [2, 6, 8, 3]))

    @Test("a switch passes on the first input that holds something")
    func anySwitch() throws {
        let found = try outputs(AnySwitch(), ["any_03": "c", "any_02": Int64(2), "any_01": AbsentValue()])
        #expect(found.first as? Int64 == 2)
        #expect(try outputs(AnySwitch(), [:]).first is AbsentValue)
    }

    @Test("a numbered switch and a branch ask for the chosen input only")
    func lazySwitches() throws {
        let inputs = NodeInputs(["select": Int64(3)])
        #expect(try ImpactSwitch().neededInputs(inputs, lazy: ["input1", "input2", "input3"]) == ["input3"])
        #expect(try ImpactSwitch().neededInputs(inputs, lazy: ["input1"]).isEmpty)
        let branch = NodeInputs(["cond": false])
        #expect(try ImpactConditionalBranch().neededInputs(branch, lazy: ["tt_value", "ff_value"]) == ["ff_value"])
        #expect(try outputs(ImpactConditionalBranch(), ["cond": true, "tt_value": "yes"]).first as? String == "yes")
    }

    @Test(
        "comparisons of numbers and of texts",
        arguments: [
            ("a = b", false), ("a <> b", true), ("a < b", true), ("a >= b", false), ("tt", true), ("ff", false),
        ])
    func compare(operation: String, expected: Bool) throws {
        #expect(try outputs(ImpactCompare(), ["cmp": operation, "a": Int64(1), "b": 1.5]).first as? Bool == expected)
        #expect(try outputs(ImpactCompare(), ["cmp": operation, "a": "ab", "b": "b"]).first as? Bool == expected)
    }

    @Test("a formula gives a whole number, cut, and a fraction")
    func formula() throws {
        let found = try outputs(MathExpression(), ["expression": "a.width / b", "a": picture, "b": Int64(3)])
        #expect(found.first as? Int64 == 2)
        #expect(found.last as? Double == 8.0 / 3)
        let rounded = try outputs(SimpleMath(), ["value": "a[2] / 3 + c", "a": picture])
        #expect(rounded.first as? Int64 == 3)
        let error = #expect(throws: NodeError.self) { try outputs(MathExpression(), ["expression": "a + 1"]) }
        #expect(error?.input == "expression")
    }

    @Test("texts are joined and tidied, or replaced by a pattern")
    func texts() throws {
        let joined = try outputs(
            StringFunction(), ["action": "append", "tidy_tags": "yes", "text_a": "a, ", "text_b": "b", "text_c": ""])
        #expect(joined.first as? String == "a, , b".replacing(" ,", with: ",").replacing(",,", with: ","))
        let replaced = try outputs(
            StringFunction(),
            ["action": "replace", "tidy_tags": "no", "text_a": "cat 12", "text_b": #"/(\d)(\d)/"#, "text_c": #"\2$\1"#])
        #expect(replaced.first as? String == "cat 2$1")
        let lines = try outputs(TextMultiline(), ["text": "one\n # two\nthree"])
        #expect(lines.first as? String == "one\nthree")
        let parts = try outputs(
            TextConcatenate(), ["delimiter": "\\n", "clean_whitespace": "true", "text_a": " a ", "text_b": " ", "text_c": "c"])
        #expect(parts.first as? String == "a\nc")
    }

    @Test(
        "a picture is resized by the rule, padded or cropped",
        arguments: [
            ("stretch", 5, 5, 0, [2, 5, 5, 3]), ("keep proportion", 4, 100, 0, [2, 3, 4, 3]), ("pad", 10, 20, 0, [2, 20, 10, 3]),
            ("fill / crop", 4, 4, 0, [2, 4, 4, 3]), ("stretch", 9, 9, 4, [2, 8, 8, 3]), ("keep proportion", 0, 3, 0, [2, 3, 4, 3]),
        ] as [(String, Int64, Int64, Int64, [Int])])
    func resize(method: String, width: Int64, height: Int64, multiple: Int64, shape: [Int]) throws {
        let found = try outputs(
            EssentialsImageResize(),
            [
                "image": picture, "width": width, "height": height, "interpolation": "nearest", "method": method,
                "condition": "always", "multiple_of": multiple,
            ])
        #expect((found.first as? Image)?.pixels.shape == shape)
        #expect(found[1] as? Int64 == Int64(shape[2]))
    }

    @Test("a condition that doesn't hold leaves the picture")
    func condition() throws {
        let found = try outputs(
            EssentialsImageResize(),
            [
                "image": picture, "width": Int64(100), "height": Int64(100), "interpolation": "lanczos", "method": "pad",
                "condition": "downscale if bigger", "multiple_of": Int64(0),
            ])
        #expect((found.first as? Image)?.pixels.hasSameBits(as: picture.pixels) == true)
    }

    @Test("a part is taken from where it is asked, and cut at the border")
    func crop() throws {
        func crop(_ position: String, _ x: Int64, _ y: Int64) throws -> [any WorkflowValue] {
            try outputs(
                EssentialsImageCrop(),
                [
                    "image": picture, "width": Int64(4), "height": Int64(2), "position": position, "x_offset": x,
                    "y_offset": y,
                ])
        }
        let corner = try crop("bottom-right", 0, 0)
        #expect(corner[1] as? Int64 == 4)
        #expect(corner[2] as? Int64 == 4)
        #expect((try crop("center", 3, 0).first as? Image)?.width == 3)
        #expect(throws: NodeError.self) { try crop("center", 100, 0) }
    }

    @Test("a picture without colour has equal channels")
    func desaturate() throws {
        for method in ["luminance (Rec.709)", "luminance (Rec.601)", "average", "lightness"] {
            let found = try outputs(ImageDesaturate(), ["image": picture, "factor": 1.0, "method": method])
            let pixels = try #require(found.first as? Image).pixels.floats
            #expect(pixels[0] == pixels[1] && pixels[1] == pixels[2], "\(method)")
        }
    }

    @Test("a picture is brought between two sizes")
    func constrain() throws {
        let found = try outputs(
            ConstrainImage(),
            [
                "images": picture, "max_width": Int64(4), "max_height": Int64(100), "min_width": Int64(0),
                "min_height": Int64(0), "crop_if_required": "no",
            ])
        let list = try #require(found.first as? ValueList).elements.compactMap { $0 as? Image }
        #expect(list.map(\.pixels.shape) == [[1, 3, 4, 3], [1, 3, 4, 3]])
    }

    @Test("a context passes on what it holds; linked values win, and the last one in a merge")
    func contexts() throws {
        let first = try #require(try outputs(Context(), ["seed": Int64(1), "images": picture]).first)
        let second = try #require(try outputs(Context(), ["base_ctx": first, "seed": Int64(2)]).first)
        let found = try outputs(Context(), ["base_ctx": second])
        #expect(found.count == 9)
        #expect(found[8] as? Int64 == 2)
        #expect((found[7] as? Image)?.batch == 2)
        #expect(found[1] is AbsentValue)
        let empty = try #require(try outputs(Context(), [:]).first)
        #expect(try outputs(ContextSwitch(), ["ctx_01": empty, "ctx_02": first])[8] as? Int64 == 1)
        #expect(try outputs(ContextMerge(), ["ctx_01": first, "ctx_03": second, "ctx_05": empty])[8] as? Int64 == 2)
        #expect(try first.contentDigest != second.contentDigest)
    }

    @Test("a pipe comes apart as it was put together")
    func pipes() throws {
        let pipe = try #require(try outputs(ToBasicPipe(), ["model": "m", "clip": "c", "vae": AbsentValue()]).first)
        let parts = try outputs(FromBasicPipe(), ["basic_pipe": pipe])
        #expect(parts[0] as? String == "m")
        #expect(parts[2] is AbsentValue)
        #expect(try outputs(FromBasicPipe2(), ["basic_pipe": pipe]).count == 6)
    }

    @Test(
        "a line is chosen by number, over and over",
        arguments: [
            (false, 4, "#c"), (false, 1, "b"), (true, 0, "a\nb"), (true, 1, "c"), (true, 2, "a\nb"),
        ] as [(Bool, Int64, String)])
    func selector(multiline: Bool, select: Int64, expected: String) throws {
        let text = multiline ? "#a\nb\n#c" : "a\nb\n#c"
        let number: Int64 = multiline ? select : select == 4 ? 5 : select
        let found = try outputs(StringSelector(), ["strings": text, "multiline": multiline, "select": number])
        #expect(found.first as? String == expected)
    }
}
