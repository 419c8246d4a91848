import Diffusion
import Synchronization
import Tensors
@testable import Networks
@testable import Samplers

/// A network whose prediction for an item is a number in its text; remembers what it was asked.
final class ToyNetwork: DenoisingNetwork {
    struct Call: Sendable {
        var shape: [Int]
        var tokens: Int
        var sides: [NetworkCall.Side]
    }
    private let log = Mutex<[Call]>([])
    let inputChannels: Int
    /// Adds a share of the input, so that walks depend on it.
    let echo: Float

    init(inputChannels: Int = 4, echo: Float = 0) {
        self.inputChannels = inputChannels
        self.echo = echo
    }

    var calls: [Call] { log.withLock { $0 } }

    func predict(_ call: NetworkCall) throws -> Tensor {
        log.withLock { $0.append(Call(shape: call.x.shape, tokens: call.context.shape[1], sides: call.sides)) }
        let batch = call.x.shape[0]
        let parts = (0..<batch).map { item -> Tensor in
            let number = call.context.item(item).floats[0]
            let latent = call.x.item(item).narrowed(1, from: 0, count: 4)
            return latent.map { number + self.echo * $0 }
        }
        return Tensor.concatenated(parts, along: 0)
    }
}

/// A text that makes the toy predict a number.
func text(_ number: Float, tokens: Int = 7) -> Conditioning.Entry {
    Conditioning.Entry(embedding: Tensor(repeating: number, shape: [1, tokens, 3]))
}

func conditioning(_ entries: Conditioning.Entry...) -> Conditioning { Conditioning(entries) }

extension SamplingRun {
    /// A run of the toy, which predicts clean latents.
    static func toy(
        _ guidance: Guidance, _ network: ToyNetwork, patches: [any ModelPatch] = [], observer: SamplingObserver = SamplingObserver()
    ) -> SamplingRun {
        SamplingRun(
            guidance: guidance, network: network, sampling: ModelSampling(SamplingSettings(prediction: .x0)), latentScale: 1,
            patches: patches, observer: observer)
    }

    /// One step from pure noise: the result is the prediction itself.
    func prediction(height: Int = 8, width: Int = 8, mask: Tensor? = nil, samples: Tensor? = nil) throws -> Tensor {
        let latent = Latent(samples: samples ?? .zeros([1, 4, height, width]), noiseMask: mask)
        return try sample(
            latent, noise: .random(seed: 3), seed: 3, sampler: .named("dpmpp_2m"), sigmas: [14, 0]
        ).latent.samples
    }
}
