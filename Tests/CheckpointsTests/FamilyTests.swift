import Checkpoints
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
