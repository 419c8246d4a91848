import Diffusion
import Nodes
import Samplers
import Testing
import WorkflowEngine
@testable import Workflows

@Suite("Automatic1111's text of settings") struct GenerationParametersTests {
    static let text = """
        a lighthouse at dusk, <lora:ink:0.8> oil painting
        second line
        Negative prompt: blurry, low quality
        Steps: 25, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 512x768, Model hash: abc, Model: v1-5-pruned, \
        Clip skip: 2, Lora hashes: "ink: 12, paper: 34", Hires upscale: 1.5, Hires steps: 10, Hires upscaler: Latent (bicubic), \
        Denoising strength: 0.55, Version: v1.9.0
        """

    struct Files: FileCatalog {
        func contains(_ name: String, in folder: String) -> Bool { names(in: folder).contains(name) }
        func names(in folder: String) -> [String] {
            [
                "checkpoints": ["sd/v1-5-pruned.safetensors", "refiner v2.ckpt"],
                "loras": ["ink.safetensors", "style/water colour.safetensors"],
                "embeddings": ["bad-hands.pt", "old/betsy.safetensors"], "upscale_models": ["RealESRGAN_x4plus.pth"],
            ][folder] ?? []
        }
        func places(of folder: String) -> [String] { [] }
    }

    /// The workflow of a text, which must resolve without a problem.
    static func built(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> (WorkflowDocument, [Diagnostic]) {
        let parameters = try #require(GenerationParameters(text), sourceLocation: sourceLocation)
        let (document, notes) = parameters.workflow(files: Files())
        let resolution = Resolver(catalog: .standard, files: Files()).resolve(document)
        #expect(!resolution.diagnostics.hasErrors, "\(resolution.diagnostics)", sourceLocation: sourceLocation)
        return (document, notes.filter { $0.code != .builtFromSettings })
    }

    static func value(_ name: String, of type: String, in document: WorkflowDocument) -> WorkflowDocument.Value? {
        document.nodes.first { $0.type == type }?.input(name)?.value
    }

    @Test("prompts and settings are read, quoted ones too")
    func reading() throws {
        let found = try #require(GenerationParameters(Self.text))
        #expect(found.prompt == "a lighthouse at dusk, <lora:ink:0.8> oil painting\nsecond line")
        #expect(found.negativePrompt == "blurry, low quality")
        #expect(found["seed"] == "18446744073709551615")
        #expect(found["Lora hashes"] == "ink: 12, paper: 34")
        #expect(found["Version"] == "v1.9.0")
        #expect(GenerationParameters("just a prompt") == nil)
        #expect(GenerationParameters("Steps: 20") == nil)
    }

    @Test("the workflow that is built resolves without a problem")
    func workflow() throws {
        let (document, notes) = try #require(GenerationParameters(Self.text)).workflow(files: Files())
        let resolution = Resolver(catalog: .standard, files: Files()).resolve(document)
        #expect(!resolution.diagnostics.hasErrors, "\(resolution.diagnostics)")
        let graph = try #require(resolution.graph)
        #expect(
            graph.nodes.map(\.name) == [
                "base", "lora_1", "clip_skip", "positive", "negative", "canvas", "sampled", "larger", "refined", "picture", "saved",
            ])
        #expect(graph.promptText.contains("\"ckpt_name\": \"sd/v1-5-pruned.safetensors\""))
        #expect(graph.promptText.contains("\"sampler_name\": \"dpmpp_2m\", \"scheduler\": \"karras\""))
        #expect(graph.promptText.contains("\"seed\": 18446744073709551615"))
        #expect(notes.map(\.code) == [.builtFromSettings, .settingLeftOut], "the LoRA whose strength nobody says")
        #expect(notes.last?.message.contains("paper") == true)
    }

    @Test(
        "names of samplers and schedules are translated",
        arguments: [
            ("Euler a", nil, "euler_ancestral", "normal"), ("DPM++ 2M SDE Karras", nil, "dpmpp_2m_sde", "karras"),
            ("DPM++ 2M", "Automatic", "dpmpp_2m", "karras"), ("DDIM", "Uniform", "ddim", "normal"),
            ("Heun", "SGM Uniform", "heun", "sgm_uniform"), ("Restart", nil, "euler", "normal"), ("k_dpmpp_2m", nil, "dpmpp_2m", "normal"),
            ("dpmpp_2m_k", nil, "dpmpp_2m", "karras"), ("DPMSolverMultistepScheduler", nil, "dpmpp_2m", "normal"),
            ("EulerAncestralDiscreteScheduler", nil, "euler_ancestral", "normal"),
            ("Euler A Trailing", nil, "euler_ancestral", "sgm_uniform"),
            ("dpmpp_2m_sde_gpu", "karras", "dpmpp_2m_sde_gpu", "karras"),
            ("KDPM2AncestralDiscreteScheduler", nil, "dpm_2_ancestral", "normal"),
        ] as [(String, String?, String, String)])
    func sampling(name: String, schedule: String?, sampler: String, scheduler: String) throws {
        let line = "x\nSteps: 3, Sampler: \(name), " + (schedule.map { "Schedule type: \($0), " } ?? "") + "Seed: 1"
        let (document, notes) = try Self.built(line)
        #expect(Self.value("sampler_name", of: "KSampler", in: document) == .string(sampler))
        #expect(Self.value("scheduler", of: "KSampler", in: document) == .string(scheduler))
        #expect(notes.contains { $0.message.contains("no equal") } == (name == "Restart"))
    }

    // MARK: Forms of the text

    static let settings = "Steps: 4, Sampler: Euler, CFG scale: 4, Seed: 5, Size: 64x64, Model: v1-5-pruned"

    @Test(
        "the settings are found wherever they stand, and the prompts end before them",
        arguments: [
            "a red house\r\nNegative prompt: blurry\r\n\(settings)", "a red house\rNegative prompt: blurry\r\(settings)",
            "a red house\\nNegative prompt: blurry\\n\(settings)", "a red house Negative prompt: blurry \(settings)",
            "a red house\nNegative prompt: blurry\nSampler: Euler, Seed: 5, Steps: 4, Size: 64x64, CFG scale: 4, Model: v1-5-pruned",
            "a red house\nNegative prompt: blurry\nModel: v1-5-pruned, Steps: 4, Sampler: Euler, CFG scale: 4, Seed: 5, Size: 64x64",
            "a red house\nNegative prompt: blurry\n" + settings.replacing(", ", with: "\n"),
            "a red house\nNegative prompt: blurry\n" + settings.replacing(": ", with: ":"),
            "a red house\nnegative prompt: blurry\n" + settings.lowercased().replacing("size: 64x64", with: "size: 64 × 64"),
            "Prompt: a red house\nNegative prompt: blurry\n\(settings)\n\n", "\u{FEFF}a red house\nNegative prompt: blurry\n\(settings)\0",
            "a red house Negative prompt: blurry Model: v1-5-pruned, Steps: 4, Sampler: Euler, CFG scale: 4, Seed: 5, Size: 64x64",
            "a red house\nNegative prompt: blurry\nNew thing: 3, \(settings)",
            "a red house\nNegative prompt: blurry\n\(settings), Template: \"a {red|blue} house\nNegative prompt: x\", Seed: 5",
        ])
    func forms(text: String) throws {
        let plain = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        let found = try #require(GenerationParameters(plain))
        #expect(found.prompt == "a red house")
        #expect(found.negativePrompt == "blurry")
        let (document, _) = try Self.built(plain)
        #expect(Self.value("seed", of: "KSampler", in: document) == .number("5"))
        #expect(Self.value("steps", of: "KSampler", in: document) == .number("4"))
        #expect(Self.value("cfg", of: "KSampler", in: document) == .number("4.0"))
        #expect(Self.value("width", of: "EmptyLatentImage", in: document) == .number("64"))
        #expect(Self.value("ckpt_name", of: "CheckpointLoaderSimple", in: document) == .string("sd/v1-5-pruned.safetensors"))
    }

    @Test("words of a prompt that look like settings stay in it")
    func wordsLikeSettings() throws {
        let found = try #require(
            GenerationParameters("Model: a woman, Size: large, steps: many\nNegative prompt: Seed: none\n\(Self.settings)"))
        #expect(found.prompt == "Model: a woman, Size: large, steps: many")
        #expect(found.negativePrompt == "Seed: none")
        #expect(found.settings.count == 6)
    }

    @Test("values in quotes, JSON and values with commas are whole")
    func values() throws {
        let found = try #require(
            GenerationParameters(
                "x\n\(Self.settings), ControlNet 0: \"Module: canny, Model: tiny [abc], Note: \\\"q\\\" \\u7ea2\", "
                    + "Civitai resources: [{\"type\":\"lora\",\"modelName\":\"a, [b]\"}], Copyright: me, you, Version: v1"))
        #expect(found["ControlNet 0"] == "Module: canny, Model: tiny [abc], Note: \"q\" 红")
        #expect(found["Civitai resources"] == "[{\"type\":\"lora\",\"modelName\":\"a, [b]\"}]")
        #expect(found["Copyright"] == "me, you")
        #expect(found["Version"] == "v1")
    }

    // MARK: What is done

    @Test("LoRAs are read in every notation")
    func loras() throws {
        let (document, notes) = try Self.built(
            "a <lora:ink> <lora:ink.safetensors:-0.5> <lyco:Style\\Water Colour:0.8:0.5> <lora:ink:te=0.2:unet=0.4:dyn=8> <3\n\(Self.settings)"
        )
        let loaders = document.nodes.filter { $0.type == "LoraLoader" }
        #expect(
            loaders.map { $0.input("lora_name")?.value }
                == ["ink", "ink", "style/water colour", "ink"].map { .string($0 + ".safetensors") })
        #expect(loaders.map { $0.input("strength_model")?.value } == ["1.0", "-0.5", "0.5", "0.4"].map { .number($0) })
        #expect(loaders.map { $0.input("strength_clip")?.value } == ["1.0", "-0.5", "0.8", "0.2"].map { .number($0) })
        #expect(Self.value("text", of: "CLIPTextEncode", in: document) == .string("a      <3"))
        #expect(notes.map(\.message) == ["<lora:ink:te=0.2:unet=0.4:dyn=8>: dyn=8 isn't taken over"])
    }

    @Test("embeddings that are there get their mark, as words of their own only")
    func embeddings() throws {
        let (document, _) = try Self.built(
            "betsy, Betsys, (bad-hands:1.2), embedding:bad-hands\nNegative prompt: BAD-HANDS, very-bad-hands\n\(Self.settings)")
        let texts = document.nodes.filter { $0.type == "CLIPTextEncode" }.map { $0.input("text")?.value }
        #expect(
            texts == [
                .string("embedding:old/betsy, Betsys, (embedding:bad-hands:1.2), embedding:bad-hands"),
                .string("embedding:bad-hands, very-bad-hands"),
            ])
    }

    @Test(
        "weights are written out where ComfyUI would read them otherwise",
        arguments: [
            ("(a:1.2), (b)", "(a:1.2), (b)"), ("[a], b", "(a:0.9091), b"), ("((a:1.2))", "(a:1.32)"), ("(a (b:1.5):2)", "(a:2) (b:3)"),
            ("\\[a\\]", "\\[a\\]"), ("a [b", "a (b:0.9091)"), ("[[a]] b", "(a:0.8264) b"),
        ])
    func weights(prompt: String, text: String) throws {
        let (document, notes) = try Self.built("\(prompt)\n\(Self.settings)")
        #expect(Self.value("text", of: "CLIPTextEncode", in: document) == .string(text))
        #expect(notes.isEmpty)
    }

    @Test(
        "a prompt that changes is encoded for each part of the run, by Automatic1111's count of steps",
        arguments: [
            ("a [cat:dog:0.5] x", ["a cat x": 0..<3, "a dog x": 3..<4]), ("a [cat:dog:0.2] x", ["a dog x": 0..<4]),
            ("a [cat:dog:2]", ["a cat": 0..<3, "a dog": 3..<4]), ("a [dog:0.25]", ["a": 0..<2, "a dog": 2..<4]),
            ("a [cat::1] x", ["a cat x": 0..<2, "a  x": 2..<4]), ("[(a:1.1):b:0.3]", ["(a:1.1)": 0..<2, "b": 2..<4]),
            ("[a [b:c:0.3]:d:0.5]", ["a b": 0..<2, "a c": 2..<3, "d": 3..<4]),
        ] as [(String, [String: Range<Int>])])
    func schedules(prompt: String, texts: [String: Range<Int>]) throws {
        let (document, notes) = try Self.built("\(prompt)\n\(Self.settings)")
        #expect(notes.isEmpty, "\(notes)")
        #expect(try Self.textsByStep(document) == (0..<4).map { step in texts.filter { $0.value.contains(step) }.map(\.key) })
    }

    @Test("alternatives take turns, in a negative prompt and behind AND, too; equal texts are encoded once")
    func alternatives() throws {
        let (document, notes) = try Self.built("x [cat|dog] AND y\nNegative prompt: [bad:worse:0.5]\n\(Self.settings)")
        #expect(notes.isEmpty, "\(notes)")
        #expect(try Self.textsByStep(document) == [["x cat", "y"], ["x cat", "y"], ["x dog", "y"], ["x cat", "y"]])
        #expect(try Self.textsByStep(document, input: "negative") == [["bad"], ["bad"], ["bad"], ["worse"]])
        #expect(document.nodes.count { $0.type == "CLIPTextEncode" } == 5)
    }

    @Test("where steps can't be told apart, the text that stands longest is taken, with a word")
    func unscheduled() throws {
        let heun = Self.settings.replacing("Euler", with: "Heun")
        let (document, notes) = try Self.built("a [cat:dog:0.5] x\n\(heun)")
        #expect(Self.value("text", of: "CLIPTextEncode", in: document) == .string("a cat x"))
        #expect(notes.map(\.code) == [.settingLeftOut])
        #expect(notes.first?.message.contains("heun doesn't do step by step; \"a cat x\" is taken for all steps") == true)
    }

    @Test("in the second pass a schedule of the first is over")
    func scheduleOver() throws {
        let (document, notes) = try Self.built("a [cat:dog:0.5]\n\(Self.settings), Denoising strength: 0.4, Hires upscale: 2")
        #expect(notes.isEmpty, "\(notes)")
        let second = try #require(document.nodes.first { $0.name == "second_positive" })
        #expect(second.input("text")?.value == .string("a dog"))
        #expect(document.nodes.first { $0.name == "refined" }?.input("positive")?.value == .link(.slot(node: "second_positive", 0)))
    }

    /// What the sampler's prompt comes to at every step: the texts whose part of the run holds the step's noise level.
    private static func textsByStep(_ document: WorkflowDocument, input: String = "positive") throws -> [[String]] {
        let sampler = try #require(document.nodes.first { $0.type == "KSampler" })
        func entries(_ value: WorkflowDocument.Value?) -> [(text: String, range: ScheduleRange)] {
            guard case .link(.slot(let name, _))? = value, let node = document.nodes.first(where: { $0.name == name }) else { return [] }
            func number(_ name: String) -> Double {
                if case .number(let text)? = node.input(name)?.value { return Double(text) ?? .nan }
                return .nan
            }
            switch node.type {
            case "ConditioningCombine": return entries(node.input("conditioning_1")?.value) + entries(node.input("conditioning_2")?.value)
            case "ConditioningSetTimestepRange":
                return entries(node.input("conditioning")?.value).map {
                    ($0.text, ScheduleRange(start: number("start"), end: number("end")))
                }
            case "CLIPTextEncode":
                guard case .string(let text)? = node.input("text")?.value else { return [] }
                return [(text, ScheduleRange(start: 0, end: 1))]
            default: return entries(node.input("conditioning")?.value)
            }
        }
        let sampling = ModelSampling()
        return try Scheduler.named("normal").sigmas(sampling, 4).dropLast().map { sigma in
            entries(sampler.input(input)?.value).filter { entry in
                Float(sampling.sigma(percent: entry.range.start)) >= sigma && sigma >= Float(sampling.sigma(percent: entry.range.end))
            }.map(\.text)
        }
    }

    @Test("BREAK makes chunks and AND joins prompts, with the guidance that their sum has")
    func joined() throws {
        let (document, notes) = try Self.built("a BREAK b AND c :0.5\nNegative prompt: d AND e\n\(Self.settings)")
        #expect(notes.isEmpty)
        let texts = document.nodes.filter { $0.type == "CLIPTextEncode" }.map { $0.input("text")?.value }
        #expect(texts == ["a", "b", "c", "d AND e"].map { .string($0) })
        #expect(
            document.nodes.map(\.type).filter { $0.hasPrefix("Conditioning") } == [
                "ConditioningConcat", "ConditioningSetAreaStrength", "ConditioningSetAreaStrength", "ConditioningCombine",
            ])
        #expect(Self.value("cfg", of: "KSampler", in: document) == .number("6.0"))
    }

    @Test("the second pass takes what is said of it, the old way too")
    func secondPass() throws {
        let (document, notes) = try Self.built(
            "a\n\(Self.settings), Denoising strength: 0.4, Hires upscale: 2, Hires upscaler: R-ESRGAN 4x+, Hires steps: 3, Hires sampler: DDIM, "
                + "Hires CFG Scale: 2, Hires prompt: \"b, c\", Token merging ratio: 0.5, Token merging ratio hr: 0.2")
        #expect(notes.isEmpty, "\(notes)")
        let second = try #require(document.nodes.first { $0.name == "refined" })
        #expect(second.input("sampler_name")?.value == .string("ddim"))
        #expect(second.input("cfg")?.value == .number("2.0"))
        #expect(second.input("positive")?.value == .link(.slot(node: "second_positive", 0)))
        #expect(document.nodes.contains { $0.type == "UpscaleModelLoader" })
        #expect(document.nodes.filter { $0.type == "TomePatchModel" }.count == 2)
        let (old, oldNotes) = try Self.built(
            "a\n\(Self.settings.replacing("64x64", with: "128x128")), First pass size: 64x64, Denoising strength: 0.4")
        #expect(oldNotes.isEmpty, "\(oldNotes)")
        #expect(Self.value("width", of: "EmptyLatentImage", in: old) == .number("64"))
        #expect(Self.value("width", of: "LatentUpscale", in: old) == .number("128"))
    }

    @Test("a refiner that is there takes the last steps; another one is named")
    func refiner() throws {
        let (document, notes) = try Self.built("a BREAK b\n\(Self.settings), Refiner: refiner v2 [0123abcd], Refiner switch at: 0.5")
        #expect(notes.isEmpty, "\(notes)")
        let samplers = document.nodes.filter { $0.type == "KSamplerAdvanced" }
        #expect(samplers.map { $0.input("start_at_step")?.value } == [.number("0"), .number("2")])
        #expect(document.nodes.filter { $0.type == "CLIPTextEncode" }.count == 6)
        let (_, missing) = try Self.built("a\n\(Self.settings), Refiner: other, Refiner switch at: 0.5")
        #expect(missing.contains { $0.message.contains("Refiner: other") })
    }

    // MARK: What isn't

    @Test("every setting that isn't taken over is named with its value")
    func leftOut() throws {
        let settings = [
            "Variation seed: 9", "Variation seed strength: 0.5", "Seed resize from: 512x512", "ENSD: 31337", "Eta: 0.5", "RNG: NV",
            "Tiling: True",
            "Face restoration: GFPGAN", "Emphasis: Original", "Mask blur: 4", "Conditional mask weight: 0.5", "SD upscale overlap: 64",
            "Distilled CFG Scale: 3.5", "Dynamic thresholding enabled: True", "NGMS: 2", "Schedule rho: 3", "Unheard of: 7",
        ]
        let (_, notes) = try Self.built(
            "a\n\(Self.settings), ADetailer model: face.pt, ADetailer confidence: 0.3, \(settings.joined(separator: ", ")), Version: v1")
        #expect(notes.allSatisfy { $0.code == .settingLeftOut && $0.severity == .warning })
        for setting in settings { #expect(notes.contains { $0.message.hasPrefix(setting) }, "\(setting)") }
        #expect(notes.count == settings.count + 1)
        #expect(notes.contains { $0.message.hasPrefix("ADetailer model: face.pt, ADetailer confidence: 0.3") })
    }

    @Test("settings that change nothing need no word")
    func harmless() throws {
        let (_, notes) = try Self.built(
            "a\n\(Self.settings), Model hash: 0123456789, VAE: Automatic, Clip skip: 1, RNG: CPU, Emphasis: No norm, Face restoration: None, "
                + "Variation seed strength: 0, Version: v1, Civitai metadata: {}, Created Date: 2024-03-02T12:00:00.0000000Z")
        #expect(notes.isEmpty, "\(notes)")
    }

    @Test("what is assumed is told")
    func assumed() throws {
        let (_, nothing) = try Self.built("a\nNegative prompt: b")
        for word in ["steps", "seed", "size", "sampler", "CFG scale", "checkpoint"] {
            #expect(nothing.contains { $0.code == .settingAssumed && $0.message.contains(word) }, "\(word)")
        }
        let (document, odd) = try Self.built("a\nSteps: 4, Sampler: Euler, CFG scale: 4, Seed: -1, Size: 65x70, Model: v1-5-pruned")
        #expect(odd.count == 2)
        #expect(odd.contains { $0.message.contains("Seed: -1") })
        #expect(odd.contains { $0.message.contains("64x64 is taken") })
        #expect(Self.value("seed", of: "KSampler", in: document) == .number("0"))
        let (_, other) = try Self.built("a\n\(Self.settings), Denoising strength: 0.5")
        #expect(other.map(\.message).joined().contains("another picture"))
    }

    @Test("resources that are known by titles alone are named")
    func resources() throws {
        let text = "a\nSteps: 4, Sampler: Euler, CFG scale: 4, Seed: 5, Size: 64x64, Civitai resources: "
        let (document, notes) = try Self.built(
            text + "[{\"type\":\"checkpoint\",\"modelName\":\"Some Model\"},{\"type\":\"lora\",\"weight\":0.8,\"modelName\":\"Some Lora\"},"
                + "{\"type\":\"embed\",\"modelName\":\"Some Embedding\"}]")
        for name in ["Some Model", "Some Lora", "Some Embedding"] { #expect(notes.contains { $0.message.contains(name) }, "\(name)") }
        #expect(notes.count == 3)
        #expect(
            Self.value("ckpt_name", of: "CheckpointLoaderSimple", in: document) == .string("sd/v1-5-pruned.safetensors")
                || notes.contains { $0.message.contains("refiner v2.ckpt is taken") })
    }
}
