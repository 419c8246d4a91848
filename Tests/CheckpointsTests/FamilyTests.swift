import Checkpoints
import Foundation
import GoldenSupport
import Tensors
import Testing

@Suite("Model families") struct FamilyTests {
    @Test("the small model of SD1's structure is SD1, whatever its widths")
    func sd1Mini() throws {
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))
        #expect(checkpoint.family == .sd1)
        #expect(checkpoint.prediction == .epsilon)
        let plan = checkpoint.structure
        #expect(plan.modelChannels == 64 && plan.inputChannels == 4 && plan.outputChannels == 4)
        #expect(plan.contextWidth == 128 && plan.timeChannels == 256 && !plan.usesLinearProjections)
        #expect(plan.input.count == 12 && plan.output.count == 12)
        #expect(plan.depthPerResidual == [1, 1, 1, 1, 1, 1, 0, 0] && plan.middleDepth == 1)
        #expect(plan.input[3].resampling == .down && plan.output[2].resampling == .up("1.conv"))
        #expect(plan.output[5].resampling == .up("2.conv"))
        #expect(checkpoint.vae?.directory["decoder.conv_in.weight"] != nil)
        #expect(checkpoint.textEncoders.map(\.kind) == [.clipL])
        #expect(checkpoint.textEncoders[0].source.directory["text_model.final_layer_norm.weight"]?.shape == [128])
    }

    @Test("an inpainting model has nine input channels")
    func inpainting() throws {
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini-inpaint")))
        #expect(checkpoint.family == .sd1 && checkpoint.structure.inputChannels == 9)
    }

    @Test("a LoRA instead of a checkpoint is recognised as what it is")
    func wrongFile() throws {
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(CheckpointFile.open(RecipeModels.make("lora-kohya"))) }
        #expect(error.hint == "this is a LoRA: use LoraLoader")
    }

    @Test("a stand-alone VAE is found, a checkpoint in its place too")
    func vae() throws {
        #expect(try Checkpoint.vae(CheckpointFile.open(RecipeModels.make("vae-mini"))).directory["encoder.conv_in.weight"] != nil)
        #expect(try Checkpoint.vae(CheckpointFile.open(RecipeModels.make("sd1-mini"))).directory["encoder.conv_in.weight"] != nil)
    }
}

@Suite("Diffusers layout") struct DiffusersLayoutTests {
    /// Renames an original U-Net to diffusers' names, independently of the reader: from block numbers outwards.
    static func diffusersName(_ name: String) -> String? {
        for (ours, theirs) in [
            ("input_blocks.0.0.", "conv_in."), ("out.0.", "conv_norm_out."), ("out.2.", "conv_out."),
            ("time_embed.0.", "time_embedding.linear_1."), ("time_embed.2.", "time_embedding.linear_2."),
            ("middle_block.1.", "mid_block.attentions.0."), ("middle_block.0.", "mid_block.resnets.0."),
            ("middle_block.2.", "mid_block.resnets.1."),
        ] where name.hasPrefix(ours) { return inner(theirs + name.dropFirst(ours.count)) }
        let parts = name.split(separator: ".", maxSplits: 3).map(String.init)
        guard parts.count == 4, let number = Int(parts[1]) else { return nil }
        if parts[0] == "input_blocks" {
            let (level, index) = ((number - 1) / 3, (number - 1) % 3)
            if index == 2 { return "down_blocks.\(level).downsamplers.0.conv.\(parts[3].dropFirst(3))" }
            return inner("down_blocks.\(level).\(parts[2] == "0" ? "resnets" : "attentions").\(index).\(parts[3])")
        }
        let (level, index) = (number / 3, number % 3)
        if parts[3].hasPrefix("conv.") { return "up_blocks.\(level).upsamplers.0.\(parts[3])" }
        return inner("up_blocks.\(level).\(parts[2] == "0" ? "resnets" : "attentions").\(index).\(parts[3])")
    }

    static func inner(_ name: String) -> String {
        var name = name
        for (ours, theirs) in [
            ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
            ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
        ] { name.replace(".\(ours).", with: ".\(theirs).") }
        return name
    }

    @Test("a folder of parts is the same model as the one file")
    func folder() throws {
        let whole = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))
        let folder = try TemporaryFolder()
        for part in ["unet", "vae", "text_encoder"] {
            try FileManager.default.createDirectory(at: folder.url.appending(path: part), withIntermediateDirectories: true)
        }
        try folder.write(Array("{}".utf8), to: "model_index.json")
        let names = whole.unet.directory.keys.sorted()
        var unet: [(name: String, tensor: Tensor)] = []
        for name in names { unet.append((try #require(Self.diffusersName(name), "\(name)"), try whole.unet.tensor(named: name))) }
        try SafetensorsWriter.write(unet, to: folder.path("unet/diffusion_pytorch_model.safetensors"))
        let text = whole.textEncoders[0].source
        try SafetensorsWriter.write(
            text.directory.keys.sorted().map { ($0, try text.tensor(named: $0)) }, to: folder.path("text_encoder/model.safetensors"))

        let parts = try Checkpoint(CheckpointFile.openModel(folder.url.path))
        #expect(parts.family == .sd1 && parts.structure == whole.structure && parts.vae == nil)
        #expect(parts.unet.directory == whole.unet.directory)
        #expect(parts.textEncoders.first?.source.directory == text.directory)
        for name in names {
            #expect(try parts.unet.tensor(named: name).hasSameBits(as: whole.unet.tensor(named: name)), "\(name)")
        }
    }
}
