import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Synchronization
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// Tensors in memory, counted when they are read. Names decide the digests, so that tests can say what changed.
final class MemorySource: TensorSource {
    let tensors: [String: Tensor]
    let version: [String: Int]
    private let readNames = Mutex<[String]>([])

    init(_ tensors: [String: Tensor], version: [String: Int] = [:]) {
        self.tensors = tensors
        self.version = version
    }

    /// Small numbers that differ from tensor to tensor.
    convenience init(shapes: [String: [Int]]) {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in shapes {
            var state = name.utf8.reduce(UInt64(1)) { ($0 &* 31) &+ UInt64($1) }
            tensors[name] = Tensor(shape: shape) { out in
                for index in out.indices {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    out[index] = Float(Int64(bitPattern: state) >> 40) / Float(1 << 25)
                }
            }
        }
        self.init(tensors)
    }

    var directory: [String: TensorInfo] { tensors.mapValues { TensorInfo(dtype: $0.dtype, shape: $0.shape) } }
    var displayName: String { "memory" }
    var read: [String] { readNames.withLock { $0 } }

    func tensor(named name: String) throws -> Tensor {
        readNames.withLock { $0.append(name) }
        guard let tensor = tensors[name] else { throw missingTensor(name) }
        return tensor
    }

    func digest(of name: String) throws -> Digest { Digest.of("\(name) \(version[name] ?? 0)") }
    func contentDigest() throws -> Digest { Digest.of("memory") }
}

/// Keeps what every block gave.
final class BlockRecord: LayerObserver {
    private let outputs = Mutex<[String: Tensor]>([:])
    private let names = Mutex<[String]>([])
    func block(_ name: String, output: Tensor) { outputs.withLock { $0[name] = output } }
    func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor) {
        if !name.isEmpty { names.withLock { $0.append(name) } }
    }
    /// The output of a block, channels first where it is a picture.
    subscript(_ name: String) -> Tensor? {
        outputs.withLock { $0[name] }.map { $0.rank == 4 ? $0.channelsFirst() : $0 }
    }
    /// Names of all layers computed, in order.
    var layers: [String] { names.withLock { $0 } }
}

/// Values by ComfyUI 0.3.64 (PyTorch 2.15, float32) for the synthetic model `sd1-mini`.
enum Reference {
    static func checkpoint(_ recipe: String = "sd1-mini") throws -> Checkpoint {
        try Checkpoint(CheckpointFile.open(RecipeModels.make(recipe)))
    }

    static let values: @Sendable (String) throws -> Tensor = { name in
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = try SafetensorsFile(path: folder.appending(path: "Data/networks.safetensors").path)
        return try file.tensor(named: name).float32()
    }

    static func call(_ name: String) throws -> NetworkCall {
        let x = try values(name + "/in.x")
        return NetworkCall(
            x: x, timesteps: try values(name + "/in.timesteps").floats, context: try values(name + "/in.context"), sigma: 1,
            sides: Array(repeating: .positive, count: x.shape[0]))
    }
}

/// Whether two tensors agree but for rounding.
func expectClose(
    _ found: Tensor?, _ expected: Tensor, within tolerance: Float = 1e-4, _ comment: Comment? = nil,
    at location: SourceLocation = #_sourceLocation
) throws {
    let found = try #require(found, comment, sourceLocation: location)
    try #require(found.shape == expected.shape, comment, sourceLocation: location)
    let difference = (found - expected).maximumMagnitude
    #expect(difference <= tolerance, comment, sourceLocation: location)
}
