import Nodes
import Pictures
import Testing
import WorkflowEngine
@testable import Workflows

@Suite("Pictures of other programs") struct PictureSettingsTests {
    static func settings(_ entries: KeyValuePairs<String, String>) -> GenerationParameters? {
        guard case .settings(let found, _) = PictureSettings(PictureMetadata(entries.map { .init(key: $0.key, text: $0.value) })) else {
            return nil
        }
        return found
    }

    /// What every program here says of its picture, in its own way.
    static let pictures: [(program: String, entries: KeyValuePairs<String, String>)] = [
        (
            "SwarmUI",
            [
                "parameters":
                    "{\"sui_image_params\": {\"prompt\": \"a red house\", \"negativeprompt\": \"blurry\", \"model\": \"m\", \"seed\": 5, \"steps\": 4, \"cfgscale\": 4.5, \"width\": 64, \"height\": 32, \"sampler\": \"euler_ancestral\", \"scheduler\": \"karras\", \"clipstopatlayer\": -2, \"loras\": [\"ink\"], \"loraweights\": [\"0.8\"], \"aspectratio\": \"2:1\", \"controlnetstrength\": 0.5}}"
            ]
        ),
        (
            "InvokeAI",
            [
                "invokeai_metadata":
                    "{\"positive_prompt\": \"a red house\", \"negative_prompt\": \"blurry\", \"width\": 64, \"height\": 32, \"seed\": 5, \"cfg_scale\": 4.5, \"steps\": 4, \"scheduler\": \"euler_a_k\", \"clip_skip\": 1, \"model\": {\"name\": \"m\", \"hash\": \"blake3:12\"}, \"loras\": [{\"model\": {\"name\": \"ink\"}, \"weight\": 0.8}], \"controlnets\": [{\"control_model\": \"x\"}], \"seamless_x\": false, \"app_version\": \"5.4.3\"}",
                "invokeai_workflow": "{\"nodes\": [{\"id\": \"1\", \"type\": \"invocation\"}], \"edges\": []}",
            ]
        ),
        (
            "InvokeAI",
            [
                "sd-metadata":
                    "{\"model_weights\": \"m\", \"app_id\": \"invoke-ai/InvokeAI\", \"app_version\": \"2.3\", \"image\": {\"prompt\": [{\"prompt\": \"a red house [blurry]\", \"weight\": 1}], \"steps\": 4, \"cfg_scale\": 4.5, \"width\": 64, \"height\": 32, \"seed\": 5, \"sampler\": \"k_euler_a\", \"type\": \"txt2img\", \"seamless\": true}}"
            ]
        ),
        ("InvokeAI", ["Dream": "\"a red house [blurry]\" -s 4 -S 5 -W 64 -H 32 -C 4.5 -A k_euler_a --seamless"]),
        (
            "Fooocus",
            [
                "parameters":
                    "{\"prompt\": \"a red house\", \"negative_prompt\": \"blurry\", \"full_prompt\": [\"a red house\"], \"full_negative_prompt\": [\"blurry\"], \"base_model\": \"m\", \"base_model_hash\": \"0123456789\", \"resolution\": \"(64, 32)\", \"guidance_scale\": 4.5, \"seed\": \"5\", \"steps\": 4, \"sampler\": \"euler_ancestral\", \"scheduler\": \"karras\", \"clip_skip\": 2, \"loras\": [[\"ink\", 0.8, \"12\"]], \"sharpness\": 2, \"refiner_model\": \"None\", \"vae\": \"Default (model)\", \"version\": \"Fooocus v2.3\", \"styles\": \"[]\", \"metadata_scheme\": \"fooocus\"}",
                "fooocus_scheme": "fooocus",
            ]
        ),
        (
            "Fooocus",
            [
                "parameters":
                    "a red house\nNegative prompt: blurry\nSteps: 4, Sampler: Euler a, Scheduler: karras, Seed: 5, Size: 64x32, CFG scale: 4.5, Sharpness: 2, Model: m, Lora hashes: \"ink: 12\", Lora weights: \"ink: 0.8\", Version: Fooocus v2.3"
            ]
        ),
        (
            "NovelAI",
            [
                "Title": "AI generated image", "Description": "a red house", "Software": "NovelAI",
                "Comment":
                    "{\"prompt\": \"a red house\", \"uc\": \"blurry\", \"steps\": 4, \"scale\": 4.5, \"seed\": 5, \"width\": 64, \"height\": 32, \"sampler\": \"k_euler_ancestral\", \"noise_schedule\": \"karras\", \"sm\": true, \"n_samples\": 1}",
            ]
        ),
        (
            "NovelAI",
            [
                "parameters":
                    "{\"Software\": \"NovelAI\", \"Source\": \"NovelAI Diffusion V4\", \"Comment\": \"{\\\"prompt\\\": \\\"a red house\\\", \\\"uc\\\": \\\"blurry\\\", \\\"steps\\\": 4, \\\"scale\\\": 4.5, \\\"seed\\\": 5, \\\"width\\\": 64, \\\"height\\\": 32, \\\"sampler\\\": \\\"k_euler_ancestral\\\", \\\"noise_schedule\\\": \\\"karras\\\", \\\"sm\\\": true}\"}"
            ]
        ),
        (
            "Draw Things",
            [
                "XMP:CreatorTool": "Draw Things",
                "XMP:UserComment":
                    "{\"c\": \"a red house\", \"uc\": \"blurry\", \"model\": \"m\", \"sampler\": \"Euler A\", \"scale\": 4.5, \"seed\": 5, \"size\": \"64x32\", \"steps\": 4, \"strength\": 1, \"seed_mode\": \"Scale Alike\", \"lora\": [{\"model\": \"ink\", \"weight\": 0.8}], \"v2\": {\"hiresFix\": true}}",
                "XMP:description": "a red house\n-blurry\nSteps: 4, Sampler: Euler A, Guidance Scale: 4.5, Seed: 5, Size: 64x32",
            ]
        ),
        (
            "Draw Things",
            [
                "XMP:CreatorTool": "Draw Things",
                "XMP:description":
                    "a red house\n-blurry\nSteps: 4, Sampler: Euler A, Guidance Scale: 4.5, Seed: 5, Size: 64x32, Model: m, Mask: x",
            ]
        ),
        (
            "Easy Diffusion",
            [
                "prompt": "a red house", "negative_prompt": "blurry", "seed": "5", "use_stable_diffusion_model": "m",
                "sampler_name": "euler_a",
                "width": "64", "height": "32", "num_inference_steps": "4", "guidance_scale": "4.5", "use_lora_model": "[\"ink\"]",
                "lora_alpha": "[0.8]", "use_upscale": "RealESRGAN", "clip_skip": "true",
            ]
        ),
        (
            "Tensor.Art",
            [
                "generation_data":
                    "{\"prompt\": \"a red house\", \"negativePrompt\": \"blurry\", \"steps\": 4, \"samplerName\": \"Euler a\", \"cfgScale\": 4.5, \"seed\": \"5\", \"width\": 64, \"height\": 32, \"clipSkip\": 2, \"baseModel\": {\"modelFileName\": \"m\"}, \"models\": [{\"type\": \"LORA\", \"modelFileName\": \"ink\", \"weight\": 0.8}], \"etaNoiseSeedDelta\": 31337}\0"
            ]
        ),
        (
            "Mochi Diffusion",
            [
                "ImageDescription":
                    "Include in Image: a red house; Exclude from Image: blurry; Model: m; Steps: 4; Guidance Scale: 4.5; Seed: 5; Size: 64x32; Upscaler: RealESRGAN; Scheduler: Euler Ancestral; Generator: Mochi Diffusion 4"
            ]
        ),
    ]

    struct Files: FileCatalog {
        func contains(_ name: String, in folder: String) -> Bool { names(in: folder).contains(name) }
        func names(in folder: String) -> [String] { ["checkpoints": ["m.safetensors"], "loras": ["ink.safetensors"]][folder] ?? [] }
        func places(of folder: String) -> [String] { [] }
    }

    @Test("their settings become a workflow that says the same, and what can't be taken over is named", arguments: pictures.indices)
    func programs(index: Int) throws {
        let (program, entries) = Self.pictures[index]
        let found = try #require(Self.settings(entries))
        #expect(found.program == program)
        let (document, notes) = found.workflow(files: Files())
        let resolution = Resolver(catalog: .standard, files: Files()).resolve(document)
        #expect(!resolution.diagnostics.hasErrors, "\(resolution.diagnostics)")
        func value(_ name: String, _ type: String) -> WorkflowDocument.Value? {
            document.nodes.first { $0.type == type }?.input(name)?.value
        }
        #expect(
            document.nodes.filter { $0.type == "CLIPTextEncode" }.map { $0.input("text")?.value } == [
                .string("a red house"), .string("blurry"),
            ])
        #expect(value("seed", "KSampler") == .number("5"))
        #expect(value("steps", "KSampler") == .number("4"))
        #expect(value("cfg", "KSampler") == .number("4.5"))
        #expect(value("sampler_name", "KSampler") == .string("euler_ancestral"))
        #expect(value("width", "EmptyLatentImage") == .number("64"))
        #expect(value("height", "EmptyLatentImage") == .number("32"))
        #expect(value("ckpt_name", "CheckpointLoaderSimple") == .string("m.safetensors"))
        if "\(entries)".contains("ink") { #expect(value("strength_model", "LoraLoader") == .number("0.8")) }
        if "\(entries)".contains("clip") { #expect(value("stop_at_clip_layer", "CLIPSetLastLayer") == .number("-2")) }
        #expect(notes.first?.message.contains(program) == true)
        // Each of these has one thing that isn't done here; NovelAI and the oldest InvokeAI name no model besides.
        let expected = program == "NovelAI" || entries.first?.key == "Dream" ? 2 : 1
        #expect(notes.dropFirst().count == expected, "\(notes.map(\.message))")
    }

    @Test("NovelAI's brackets and InvokeAI's signs are its own way to weigh words")
    func weights() throws {
        let novel = try #require(
            Self.settings(["Comment": "{\"prompt\": \"{{a}} [b] (c)\", \"uc\": \"\", \"scale\": 5, \"sampler\": \"k_euler\"}"]))
        let text = novel.workflow(files: Files()).document.nodes.first { $0.type == "CLIPTextEncode" }?.input("text")?.value
        #expect(text == .string("(a:1.1025) (b:0.9524) \\(c\\)"))
        let invoke = try #require(Self.settings(["invokeai_metadata": "{\"positive_prompt\": \"a cat++, hat\", \"seed\": 1}"]))
        #expect(invoke.notes.contains { $0.contains("cat++") })
    }

    @Test("what is known and can't be used is called by its name")
    func unusable() {
        func unusable(_ entries: KeyValuePairs<String, String>) -> String? {
            guard
                case .unusable(let program, let reason) = PictureSettings(
                    PictureMetadata(entries.map { .init(key: $0.key, text: $0.value) }))
            else { return nil }
            return program + ": " + reason
        }
        #expect(unusable(["Description": "a house --ar 3:2 --v 6 Job ID: 1"])?.hasPrefix("Midjourney") == true)
        #expect(unusable(["Software": "NovelAI", "Comment": "{}"])?.hasPrefix("NovelAI") == true)
        #expect(unusable(["invokeai_graph": "x"])?.hasPrefix("InvokeAI") == true)
        #expect(unusable(["Comment": "{\"foo\": 1}"])?.contains("foo") == true)
        #expect(unusable(["Software": "GIMP"]) == nil)
    }

    @Test("settings are found in any text, the program's own data before a text for people")
    func anyText() {
        let text = "a\nNegative prompt: b\nSteps: 4, Sampler: Euler, Seed: 5"
        for key in ["parameters", "Comment", "ImageDescription", "XMP:description", "XPComment", "UserComment"] {
            #expect(Self.settings([key: text])?.prompt == "a", "\(key)")
        }
    }

    @Test("damaged texts give settings or none, never a crash", arguments: pictures.indices)
    func damaged(index: Int) {
        var random = SystemRandomNumberGenerator()
        let signs = Array("[](){}<>:|,\\\"\n -9.eE\u{0}")
        for _ in 0..<60 {
            let entries = Self.pictures[index].entries.map { entry in
                var text = Array(entry.value)
                for _ in 0..<4 where !text.isEmpty {
                    let place = Int.random(in: 0..<text.count, using: &random)
                    if let sign = signs.randomElement(using: &random) { text[place] = sign }
                }
                return PictureMetadata.Entry(key: entry.key, text: String(text.prefix(Int.random(in: 0...text.count, using: &random))))
            }
            if case .settings(let found, _) = PictureSettings(PictureMetadata(entries)) {
                let (document, notes) = found.workflow(files: Files())
                #expect(document.nodes.count >= 7 && !notes.isEmpty)
            }
        }
    }
}
