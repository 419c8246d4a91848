import Nodes
import Testing
import WorkflowEngine

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
            ["checkpoints": ["sd/v1-5-pruned.safetensors"], "loras": ["ink.safetensors"]][folder] ?? []
        }
        func places(of folder: String) -> [String] { [] }
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
        #expect(notes.count == 1)
    }

    @Test(
        "names of samplers and schedules are translated",
        arguments: [
            ("Euler a", nil, "euler_ancestral", "normal"), ("DPM++ 2M SDE Karras", nil, "dpmpp_2m_sde", "karras"),
            ("DPM++ 2M", "Automatic", "dpmpp_2m", "karras"), ("DDIM", "Uniform", "ddim", "normal"),
            ("Heun", "SGM Uniform", "heun", "sgm_uniform"),
            ("Restart", nil, "euler", "normal"),
        ] as [(String, String?, String, String)])
    func sampling(name: String, schedule: String?, sampler: String, scheduler: String) throws {
        let line = "x\nSteps: 3, Sampler: \(name), " + (schedule.map { "Schedule type: \($0), " } ?? "") + "Seed: 1"
        let (document, notes) = try #require(GenerationParameters(line)).workflow(files: Files())
        let node = try #require(document.nodes.first { $0.type == "KSampler" })
        #expect(node.input("sampler_name")?.value == .string(sampler))
        #expect(node.input("scheduler")?.value == .string(scheduler))
        #expect(notes.contains { $0.contains("no equal") } == (name == "Restart"))
    }
}
