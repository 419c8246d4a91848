import Checkpoints
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("Parameters of a network")
struct ParameterTreeTests {
    /// What files hold beside weights: positions as numbers, the temperature of CLIP's training, sizes that older programs wrote.
    private static let ignored = ["embeddings.position_ids", "logit_scale"]

    private static func unused(_ tree: ParameterTree, in directory: [String: TensorInfo]) -> [String] {
        tree.unused(in: directory).filter { name in !ignored.contains { name.hasSuffix($0) } }
    }

    @Test(
        "every tensor of a U-Net is a parameter of some layer, in the shape of the file",
        arguments: ["sd1-mini", "sdxl-mini", "upscaler-x4-mini"])
    func unet(recipe: String) throws {
        let model = try Model(Reference.checkpoint(recipe))
        let tree = try model.parameters()
        #expect(Self.unused(tree, in: model.content.directory) == [])
        for parameter in tree.parameters {
            #expect(model.content.directory[parameter.name]?.shape == parameter.shape, "\(parameter.name)")
        }
        #expect(tree.count == model.content.directory.count)
        #expect(tree.size == model.content.directory.values.reduce(0) { $0 + $1.shape.reduce(1, *) })
    }

    @Test("every tensor of the text models is a parameter, or one that is known to be of no use", arguments: ["sd1-mini", "sdxl-mini"])
    func texts(recipe: String) throws {
        let encoder = try #require(TextEncoder(Reference.checkpoint(recipe)))
        let tree = try encoder.parameters()
        for part in encoder.models { #expect(Self.unused(tree, in: part.content.directory) == []) }
        #expect(tree.parts() == encoder.models.map(\.configuration.key).sorted())
    }

    @Test("every tensor of a vision model is a parameter")
    func vision() throws {
        let encoder = try VisionTests.encoder("vision-mini")
        #expect(Self.unused(try encoder.parameters(), in: encoder.content.directory) == [])
    }

    @Test("every tensor of an autoencoder, a ControlNet and an upscale model is a parameter")
    func others() throws {
        let vae = try VAETests.vae()
        let tree = try vae.parameters()
        #expect(tree.unused(in: try #require(vae.source).directory) == [])
        #expect(tree["decoder.conv_out.weight"]?.role == .convolutionWeight)
        let tiny = try VAEBandTests.tiny().parameters()
        #expect(tiny.parts() == ["decoder", "encoder"])

        let control = try ControlNet(detecting: CheckpointFile.open(RecipeModels.make("controlnet-mini")), fileName: "c.safetensors")
        #expect(try control.parameters().unused(in: control.content.directory) == [])
        let adapter = try ControlNet(detecting: CheckpointFile.open(RecipeModels.make("t2i-mini")), fileName: "t.safetensors")
        #expect(try adapter.parameters().unused(in: adapter.content.directory) == [])
        for recipe in ["upscale-compact", "upscale-rrdb-new"] {
            guard let file = try? CheckpointFile.open(RecipeModels.make(recipe)) else { continue }
            let upscaler = try UpscaleModel(file)
            #expect(try upscaler.parameters().unused(in: upscaler.content.directory) == [])
        }
        let style = try StyleModel(CheckpointFile.open(RecipeModels.make("style-mini")))
        #expect(try style.parameters().unused(in: style.content.directory) == [])
    }

    @Test("looking reads no weight, and finds what packing reads")
    func readsNothing() throws {
        let checkpoint = try Reference.checkpoint()
        var shapes: [String: [Int]] = [:]
        for (name, info) in checkpoint.unet.directory { shapes[name] = info.shape }
        let source = MemorySource(shapes: shapes)
        let recorder = ParameterRecorder()
        let structure = try UNetStructure(Weights(source))
        _ = try UNet(structure, family: .sd1, loader: LayerLoader(surveying: source, recorder: recorder), hooks: NetworkHooks())
        #expect(source.read.isEmpty)
        _ = try UNet(
            structure, family: .sd1, loader: LayerLoader(source: source, store: WeightStore(budget: 1 << 30)), hooks: NetworkHooks())
        #expect(Set(source.read) == Set(recorder.tree.parameters.map(\.name)))
    }

    @Test("an adapter has a name for every weight of the network")
    func adapters() throws {
        let model = try Model(Reference.checkpoint())
        let named = Set(AdapterNames(model.content.directory).targets.values)
        let weights = try model.parameters().parameters.filter { $0.role != .bias && $0.role != .table }.map(\.name)
        #expect(!weights.isEmpty)
        #expect(weights.allSatisfy(named.contains))
        // And none for what no layer has: what an adapter finds by its names is what a walk of the network finds.
        #expect(named.isSubset(of: Set(try model.parameters().parameters.map(\.name))))
        let encoder = try #require(TextEncoder(Reference.checkpoint("sdxl-mini")))
        for part in encoder.models {
            let own = try part.parameters(in: part.content).parameters.filter { $0.role != .bias }.map(\.name)
            #expect(Set(AdapterNames(part.content.directory).targets.values) == Set(own))
        }
    }

    @Test("a part of the network is what lies below its name")
    func parts() throws {
        let tree = try Model(Reference.checkpoint()).parameters()
        #expect(tree.parts() == ["input_blocks", "middle_block", "out", "output_blocks", "time_embed"])
        #expect(tree.parts(below: "middle_block") == ["0", "1", "2"])
        let part = tree.part("middle_block.0")
        #expect(part.parameters.first?.name == "middle_block.0.emb_layers.1.bias")
        #expect(part["middle_block.0.in_layers.2.weight"]?.role == .convolutionWeight)
        #expect(part["middle_block.0.in_layers.2.weight"]?.layer == "middle_block.0.in_layers.2")
        #expect(part["out.0.weight"] == nil)
    }
}
