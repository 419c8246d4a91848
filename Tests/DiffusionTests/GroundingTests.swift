import Checkpoints
import Digests
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("GLIGEN")
struct GroundingTests {
    /// A network for two blocks of the synthetic model `sd1-mini`, with its gates at `gate`.
    struct Network: TensorSource {
        var gate: Float
        let directory: [String: TensorInfo]

        init(gate: Float) {
            self.gate = gate
            var shapes: [String: [Int]] = [
                "position_net.null_positive_feature": [128], "position_net.null_position_feature": [64],
                "position_net.linears.0.weight": [16, 192], "position_net.linears.0.bias": [16],
                "position_net.linears.2.weight": [16, 16], "position_net.linears.2.bias": [16],
                "position_net.linears.4.weight": [24, 16], "position_net.linears.4.bias": [24],
            ]
            for (block, width) in [("input_blocks.1.1.transformer_blocks.0", 64), ("middle_block.1.transformer_blocks.0", 128)] {
                let layers: [String: [Int]] = [
                    "linear.weight": [width, 24], "linear.bias": [width], "attn.to_q.weight": [width, width],
                    "attn.to_k.weight": [width, width], "attn.to_v.weight": [width, width],
                    "attn.to_out.0.weight": [width, width], "attn.to_out.0.bias": [width],
                    "ff.net.0.proj.weight": [4 * width, width], "ff.net.0.proj.bias": [4 * width],
                    "ff.net.2.weight": [width, 2 * width], "ff.net.2.bias": [width], "norm1.weight": [width],
                    "norm1.bias": [width], "norm2.weight": [width], "norm2.bias": [width], "alpha_attn": [], "alpha_dense": [],
                ]
                for (name, shape) in layers { shapes["\(block).fuser.\(name)"] = shape }
            }
            directory = shapes.mapValues { TensorInfo(dtype: .float32, shape: $0) }
        }

        var displayName: String { "gligen" }
        func contentDigest() throws -> Digest { Digest.of("gligen \(gate)") }
        func tensor(named name: String) throws -> Tensor {
            guard let shape = directory[name]?.shape else { throw missingTensor(name) }
            if name.contains("alpha") { return Tensor([gate], shape: shape) }
            let seed = name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }
            let count = shape.reduce(1, *)
            let values = (0..<count).map { (place: Int) -> Float in
                let mixed: Int = (place &+ seed) &* 7919 % 2003
                return Float((mixed + 2003) % 2003 - 1001) / 8000
            }
            return Tensor(values, shape: shape)
        }
    }

    static func prediction(gate: Float?, boxes: [Grounding.Box] = [box(x: 0)]) throws -> Tensor {
        let store = WeightStore(budget: 1 << 30)
        let model = try Model(Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini"))))
        var call = ControlTests.call()
        if let gate {
            let grounding = Grounding(model: try GroundingModel(detecting: Network(gate: gate)), boxes: boxes)
            call.tokenPatch = try ControlRun(store: store).patch(for: grounding, height: 8, width: 8)
        }
        return try model.network(store: store).predict(call)
    }

    static func box(x: Int) -> Grounding.Box {
        Grounding.Box(text: Tensor((0..<128).map { Float($0 % 7) / 7 }, shape: [1, 128]), height: 4, width: 4, y: 0, x: x)
    }

    @Test("closed gates leave the picture as it is, open ones don't, and the place of a box matters")
    func gates() throws {
        let plain = try Self.prediction(gate: nil)
        #expect((try Self.prediction(gate: 0) - plain).maximumMagnitude == 0)
        let open = try Self.prediction(gate: 1)
        #expect((open - plain).maximumMagnitude > 1e-4)
        #expect((try Self.prediction(gate: 1, boxes: [Self.box(x: 4)]) - open).maximumMagnitude > 0)
    }

    @Test("boxes beyond thirty don't count; missing ones are filled")
    func boxCount() throws {
        let network = try GroundingNetwork(
            loader: LayerLoader(source: Network(gate: 1), store: WeightStore(budget: 1 << 30)))
        let many = (0..<40).map { Self.box(x: $0) }
        let all = try network.tokens(of: many, height: 8, width: 8)
        #expect(all.shape == [30, 24])
        #expect(all.hasSameBits(as: try network.tokens(of: Array(many.prefix(30)), height: 8, width: 8)))
        let none = try network.tokens(of: [], height: 8, width: 8)
        #expect(none.item(0).hasSameBits(as: none.item(29)))
    }

    @Test("texts of another width are refused")
    func wrongText() throws {
        let network = try GroundingNetwork(
            loader: LayerLoader(source: Network(gate: 1), store: WeightStore(budget: 1 << 30)))
        let box = Grounding.Box(text: .zeros([1, 768]), height: 4, width: 4, y: 0, x: 0)
        #expect(throws: NetworkError.self) { try network.tokens(of: [box], height: 8, width: 8) }
    }
}
