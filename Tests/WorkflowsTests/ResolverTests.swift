import Formats
import Problems
import Testing

import ToySpecs
@testable import Workflows

/// Resolves a text against the toys.
private func resolve(
    _ text: String, set: [String] = [], targets: [String]? = nil
) throws -> Resolver.Resolution {
    let reading = DocumentReader().read(text: text, name: "flow")
    let document = try #require(reading.document, "\(reading.diagnostics)")
    let files = ToyFiles(folders: ["input": ["a.txt", "sub/b.txt"], "models": ["m.bin"]])
    var resolution = Resolver(catalog: toySpecs, files: files).resolve(
        document, setting: set.compactMap { Assignment($0) }, targets: targets)
    resolution.diagnostics = reading.diagnostics + resolution.diagnostics
    return resolution
}

@Suite("Resolving") struct ResolverTests {
    @Test("every problem is reported at once, with its place and the nearest name")
    func everything() throws {
        let resolution = try resolve(
            """
            nodes:
              one: {type: Nummber, value: 1}
              two: {type: Add, a: {from: one}, c: 1}
              three: {type: Add, b: 1}
              four: {type: Concatenate, first: 5, separator: blnak}
              five: {type: Add, a: {from: fuor}}
              six: {type: Halve, value: four}
              seven: {type: Halve, value: eight.hlf}
              eight: {type: Halve, value: 3}
              text: {type: ReadFile, file: c.txt}
              show: {type: Show, value: {from: text}}
              s2: {type: Show, value: two}
              s3: {type: Show, value: three}
              s4: {type: Show, value: six.half}
              s5: {type: Show, value: five}
              s6: {type: Show, value: seven.rest}
            """)
        let found = resolution.diagnostics.filter { $0.severity == .error }.map {
            "\($0.position.map { "\($0)" } ?? "") \($0.code.rawValue): \($0.message); \($0.hint ?? "")"
        }
        #expect(
            found == [
                "2:15 unknown-type: no node type is called \"Nummber\"; did you mean \"Number\"?",
                "3:36 unknown-input: Add has no input \"c\"; inputs: a, b",
                "4:3 missing-input: three.a is missing; Add needs INT; Link or write it.",
                "5:50 not-in-choices: four.separator: \"blnak\" isn't one of its 3 choices; did you mean \"blank\"?",
                "6:24 unknown-node: five.a: no node is called \"fuor\"; did you mean \"four\"?",
                "7:29 type-mismatch: six.value takes INT, but \"four\" (Concatenate) gives STRING; ",
                "8:31 unknown-output: seven.value: \"eight\" (Halve) has no output \"hlf\"; outputs: half (0), rest (1)",
                "10:32 missing-file: text.file: no file \"c.txt\" in input; did you mean \"a.txt\"? (searched: /toys/input)",
            ])
        #expect(resolution.graph == nil)
        #expect(resolution.diagnostics.exitCode == 2)
    }

    @Test("only missing files give exit code 3")
    func missingFile() throws {
        let resolution = try resolve("nodes:\n  t: {type: ReadFile, file: zzz.txt}\n  s: {type: Show, value: t}")
        #expect(resolution.diagnostics.exitCode == 3)
    }

    @Test("a cycle is printed as a path, once")
    func cycle() throws {
        let resolution = try resolve(
            """
            nodes:
              a: {type: Add, a: {from: c}}
              b: {type: Add, a: {from: a}}
              c: {type: Add, a: {from: b}}
              self: {type: Add, a: {from: self}}
              s: {type: Show, value: c}
              s2: {type: Show, value: self}
            """)
        #expect(
            resolution.diagnostics.filter { $0.code == .cycle }.map(\.message) == [
                "nodes depend on one another in a circle: a → b → c → a",
                "nodes depend on one another in a circle: self → self",
            ])
    }

    @Test("outputs whose ancestors are sound still run")
    func partial() throws {
        let resolution = try resolve(
            """
            nodes:
              good: {type: Number, value: 1}
              bad: {type: Number, value: lots}
              s1: {type: Show, value: good}
              s2: {type: Show, value: bad}
            """)
        let graph = try #require(resolution.graph)
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["s1"])
        #expect(resolution.diagnostics.map(\.code) == [.wrongType, .brokenUpstream])
        #expect(resolution.diagnostics[1].message == "\"s2\" can't run: node \"bad\" is wrong")
    }

    @Test("what is wrong with nodes that nothing needs is only a warning")
    func unneeded() throws {
        let resolution = try resolve(
            "nodes:\n  a: {type: Number, value: x}\n  b: {type: Nope}\n  n: {type: Number}\n  s: {type: Show, value: n}")
        #expect(resolution.diagnostics.map(\.severity) == [.warning, .warning])
        #expect(resolution.graph != nil)
    }

    @Test("ranges are inclusive, and the message tells them")
    func ranges() throws {
        func problems(_ value: String) throws -> [String] {
            try resolve("nodes:\n  b: {type: Blob}\n  m: {type: MixBlobs, a: b, amount: \(value)}\n  s: {type: Show, value: m}")
                .diagnostics.filter { $0.severity == .error }.map { "\($0.message); \($0.hint ?? "")" }
        }
        #expect(try problems("1") == [])
        #expect(try problems("0") == [])
        #expect(try problems("1.01") == ["m.amount: 1.01 is above the maximum 1; allowed: 0 to 1"])
        #expect(try problems("-1") == ["m.amount: -1 is below the minimum 0; allowed: 0 to 1"])
        #expect(try problems(".nan") == ["m.amount: nan is no number to compute with; allowed: 0 to 1"])
        #expect(try problems(".inf") == ["m.amount: inf is no number to compute with; allowed: 0 to 1"])
    }

    @Test("a bare node name is its only output of the wanted type, or the one called like the input")
    func onlyOutput() throws {
        let good = try resolve("nodes:\n  r: {type: LoadRecipe, file: m.bin}\n  c: {type: Cook, recipe: r}\n  s: {type: Show, value: c}")
        #expect(good.diagnostics.isEmpty)
        let ambiguous = try resolve("nodes:\n  h: {type: Halve, value: 3}\n  a: {type: Add, a: {from: h}}\n  s: {type: Show, value: a}")
        #expect(ambiguous.diagnostics.first?.code == .ambiguousOutput)
        #expect(ambiguous.diagnostics.first?.hint == "write one of h.half, h.rest")
        let numbered = try resolve("nodes:\n  h: {type: Halve, value: 3}\n  a: {type: Add, a: {from: h.1}}\n  s: {type: Show, value: a}")
        #expect(numbered.diagnostics.isEmpty)
    }

    @Test("file names may be written as on Windows, or without their folder, with a warning")
    func fileNames() throws {
        func value(_ name: String) throws -> (String?, [DiagnosticCode]) {
            let resolution = try resolve(
                "{\"1\": {\"class_type\": \"ReadFile\", \"inputs\": {\"file\": \"\(name)\"}}, \"2\": {\"class_type\": \"Show\", \"inputs\": {\"value\": [\"1\", 0]}}}"
            )
            guard case .literal(let value)? = resolution.graph?.nodes[0].inputs[0].binding else {
                return (nil, resolution.diagnostics.map(\.code))
            }
            return (value.text, resolution.diagnostics.map(\.code))
        }
        #expect(try value("sub\\\\b.txt") == ("sub/b.txt", []))
        #expect(try value("b.txt") == ("sub/b.txt", [.missingFile]))
        #expect(try value("../x/b.txt").0 == nil)
    }

    @Test("the API form of a graph reads back as the same graph")
    func roundTrip() throws {
        let graph = try #require(
            try resolve(
                """
                nodes:
                  n: {type: Num, value: 18446744073709551615, title: "Zähler \\"x\\" 😀"}
                  m: {type: Number, value: 3}
                  h: {type: Halve, value: m}
                  t: {type: Concatenate, first: "a\\n\\t\\\\b", second: 5}
                  s: {type: Show, value: h.rest}
                  s2: {type: Show, value: n}
                  s3: {type: Show, value: t}
                """
            ).graph)
        let text = graph.promptText
        #expect(text.utf8.allSatisfy { $0 < 128 })
        let again = try resolve(text)
        #expect(again.diagnostics.isEmpty)
        #expect(again.graph?.promptText == text)
        #expect(text.contains("\"value\": 18446744073709551615"))
        #expect(text.contains("\"value\": [\"h\", 1]"))
        #expect(text.contains("\"class_type\": \"Number\""))
    }

    @Test("10,000 nodes resolve, and hints for thousands of mistakes stay bounded")
    func large() throws {
        var text = "nodes:\n  n0: {type: Number}\n"
        for index in 1..<10_000 { text += "  n\(index): {type: Add, a: {from: n\(index - 1)}, bb: 1}\n" }
        text += "  s: {type: Show, value: n9999}\n"
        #expect(try resolve(text).diagnostics.count == 10_000)
        #expect(try resolve(text.replacing("bb:", with: "b:")).graph?.nodes.count == 10_001)
    }

    @Test("a workflow without outputs says so; named outputs serve as such")
    func outputs() throws {
        #expect(try resolve("nodes: {a: {type: Number}}").diagnostics.map(\.code) == [.noOutputs])
        let named = try resolve("nodes: {a: {type: Number}}\noutputs: {x: a}")
        #expect(named.graph?.outputs == [0])
        #expect(named.graph?.namedOutputs.map(\.name) == ["x"])
    }
}

@Suite("Literals of the API form convert as Python converts them") struct ConversionTests {
    private func convert(_ literal: String, _ type: String) throws -> String {
        let spec: InputSpec.Kind =
            switch type {
            case "INT": .integer(.init())
            case "FLOAT": .float(.init())
            case "STRING": .string(.init(multiline: false, dynamicPrompts: false))
            case "BOOLEAN": .boolean(default: nil)
            default: .choice(.init(choices: ["1", "a"], multiple: false))
            }
        let tree = try #require(JSONReader.read(literal).tree)
        do {
            return "\(try LiteralConversion(form: .api).value(.init(tree), for: spec))"
        } catch { return error.code.rawValue }
    }

    @Test(arguments: [
        ("64.9", "INT", "64"), ("-64.9", "INT", "-64"), ("\"64\"", "INT", "64"), ("\" 64 \"", "INT", "64"), ("true", "INT", "1"),
        ("\"64.9\"", "INT", "wrong-type"), ("\"0x10\"", "INT", "wrong-type"), ("null", "INT", "wrong-type"), ("1e3", "INT", "1000"),
        ("18446744073709551615", "INT", "18446744073709551615"), ("1e30", "INT", "out-of-range"), ("NaN", "INT", "wrong-type"),
        ("\"2\"", "FLOAT", "2.0"), ("\"nan\"", "FLOAT", "out-of-range"), ("\"inf\"", "FLOAT", "out-of-range"), ("true", "FLOAT", "1.0"),
        ("NaN", "FLOAT", "out-of-range"), ("\"x\"", "FLOAT", "wrong-type"), ("null", "FLOAT", "wrong-type"),
        ("5", "STRING", "5"), ("1.50", "STRING", "1.5"), ("true", "STRING", "True"), ("null", "STRING", "None"),
        ("\"false\"", "BOOLEAN", "true"), ("0", "BOOLEAN", "false"), ("\"\"", "BOOLEAN", "false"), ("null", "BOOLEAN", "false"),
        ("0.1", "BOOLEAN", "true"),
        ("1", "COMBO", "not-in-choices"), ("\"1\"", "COMBO", "1"), ("\"b\"", "COMBO", "not-in-choices"),
    ])
    func conversion(literal: String, type: String, expected: String) throws {
        #expect(try convert(literal, type) == expected)
    }

    @Test("unknown literals are ignored with a warning, unknown overrides are errors")
    func unknownInputs() throws {
        let text =
            "{\"1\": {\"class_type\": \"Number\", \"inputs\": {\"value\": 1, \"extra\": 2}}, \"2\": {\"class_type\": \"Show\", \"inputs\": {\"value\": [\"1\", 0]}}}"
        #expect(try resolve(text).diagnostics.map(\.code) == [.ignoredInput])
        #expect(try resolve(text, set: ["1.valeu=5"]).diagnostics.map(\.code).contains(.unknownInput))
    }

    @Test("a widget that isn't given is missing, as in ComfyUI")
    func missingWidget() throws {
        let text =
            "{\"1\": {\"class_type\": \"Number\", \"inputs\": {}}, \"2\": {\"class_type\": \"Show\", \"inputs\": {\"value\": [\"1\", 0]}}}"
        #expect(try resolve(text).diagnostics.map(\.code).contains(.missingInput))
    }

    @Test(
        "links are checked: node, output, type",
        arguments: [
            ("[\"9\", 0]", DiagnosticCode.unknownNode), ("[\"1\", 7]", .unknownOutput), ("[\"3\", 0]", .typeMismatch), ("[1, 0]", .badLink),
            ("\"1\"", .wrongType),
        ])
    func links(link: String, code: DiagnosticCode) throws {
        let value = code == .wrongType ? "\"x\"" : link
        let text =
            "{\"1\": {\"class_type\": \"Number\", \"inputs\": {\"value\": 1}}, \"3\": {\"class_type\": \"Concatenate\", \"inputs\": {\"first\": \"\", \"second\": \"\", \"separator\": \"none\"}}, \"2\": {\"class_type\": \"Add\", \"inputs\": {\"a\": \(value), \"b\": 1}}, \"4\": {\"class_type\": \"Show\", \"inputs\": {\"value\": [\"2\", 0]}}}"
        #expect(try resolve(text).diagnostics.filter { $0.severity == .error }.map(\.code) == [code])
    }
}

@Suite("Names and specifications") struct SpecTests {
    @Test(
        "near names are found, far ones aren't",
        arguments: [
            ("KSampelr", "KSampler"), ("ksampler", "KSampler"), ("VAEDecod", "VAEDecode"), ("Checkpoint", "CheckpointLoader"),
            ("Zebra", nil), ("", nil),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(NearestMatch.of(name, among: ["KSampler", "VAEDecode", "VAEEncode", "CheckpointLoader"]) == expected)
    }

    @Test("aliases lead to the canonical type")
    func aliases() {
        #expect(toySpecs.spec("Num")?.type == "Number")
        #expect(toySpecs.nearest(to: "Concatenat") == "Concatenate")
    }

    @Test("every option of a specification is read")
    func options() throws {
        let (spec, problems) = SpecReader.read(
            """
            type: X
            display: An X
            aliases: [Y]
            category: c/d
            summary: "s"
            inputs:
              m: {type: MODEL, optional: true}
              c: {choices: [a, b], default: b}
              f: {files: loras, upload: true, choices: [none]}
              n: {type: FLOAT, default: 1, min: 0, max: 2, step: 0.1, round: 0.01}
              t: {type: STRING, default: "", multiline: true, dynamic_prompts: true}
              s: {type: INT, default: 0, min: 0, max: 18446744073709551615, control_after_generate: true}
              v: {type: INT, socket: true}
              l: {type: "*", lazy: true}
              u: {type: "INT,FLOAT"}
            outputs: [{name: A, type: LATENT}, {name: B, type: IMAGE, list: true}]
            input_is_list: true
            output_node: true
            always_runs: true
            deprecated: true
            experimental: true
            version: 3
            """, type: "X")
        #expect(problems.isEmpty)
        let found = try #require(spec)
        #expect(found.inputs.map(\.name) == ["m", "c", "f", "n", "t", "s", "v", "l", "u"])
        #expect(found.input("m") == InputSpec(name: "m", kind: .socket(PortType("MODEL")), isOptional: true))
        #expect(found.input("c")?.kind == .choice(.init(choices: ["a", "b"], default: "b", multiple: false)))
        #expect(found.input("f")?.kind == .file(.init(folder: "loras", choices: ["none"], upload: true)))
        #expect(
            found.input("s")?.kind
                == .integer(.init(default: .init(Int64(0)), min: .init(Int64(0)), max: .unsigned(.max), controlAfterGenerate: true)))
        #expect(found.input("v")?.isSocketOnly == true)
        #expect(found.input("l")?.isLazy == true)
        #expect(found.input("u")?.portType.names == ["INT", "FLOAT"])
        #expect(found.outputs[1].isList)
        #expect(found.inputIsList && found.isOutputNode && found.alwaysRuns && found.isDeprecated && found.isExperimental)
        #expect(found.version == 3)
    }

    @Test(
        "mistakes in a specification are found",
        arguments: [
            "type: Y", "type: X\ninputs: {a: {type: INT, default: 5, max: 4}}", "type: X\ninputs: {a: {choices: [b], default: c}}",
            "type: X\ninputs: {a: {}}", "type: X\nfoo: 1", "type: X\ninputs: {a: {type: INT, mim: 3}}", "type: X\nversion: one",
        ])
    func mistakes(text: String) {
        #expect(SpecReader.read(text, type: "X").diagnostics.map(\.code) == [.invalidSpec])
    }

    @Test("types match if they share a member or one takes all")
    func portTypes() {
        #expect(PortType("INT,FLOAT").accepts(PortType("FLOAT")))
        #expect(PortType("INT").accepts(PortType("INT , STRING")))
        #expect(PortType("*").accepts(PortType("MODEL")))
        #expect(PortType("MODEL").accepts(PortType("*")))
        #expect(!PortType("FLOAT").accepts(PortType("INT")))
        #expect(!PortType("int").accepts(PortType("INT")))
    }

    @Test("every diagnostic code has a meaning and a hint, and each is used once")
    func registry() {
        for code in DiagnosticCode.allCases {
            #expect(code.meaning.hasSuffix("."), "\(code)")
            #expect(code.hint.hasSuffix("."), "\(code)")
        }
        #expect(Set(DiagnosticCode.allCases.map(\.meaning)).count == DiagnosticCode.allCases.count)
    }

    @Test("a diagnostic is rendered like a compiler's")
    func rendering() {
        let file = SourceFile(name: "flow.yaml", text: "nodes:\n  a: {type: Ä, x: 1}\n")
        let diagnostic = Diagnostic(
            .error, .unknownInput, "T has no input \"x\"", file: "flow.yaml", position: .init(line: 2, column: 16),
            hint: "did you mean \"y\"?")
        #expect(
            diagnostic.rendered(quoting: [file]) == """
                flow.yaml:2:16: error: T has no input "x" [unknown-input]
                      a: {type: Ä, x: 1}
                                   ^
                    hint: did you mean "y"?
                """)
    }
}
