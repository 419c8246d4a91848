internal import Samplers
internal import Tensors

/// The running estimate of how much a model's output changes.
struct ChangeEstimate {
    private let threshold: Float
    private let startSigma: Float
    private let endSigma: Float
    // `memory` below holds all that changes but `inputChange`, which lives within one call.
    /// Change of the output per change of the input, at the last call.
    private var rate: Float?
    /// Estimated change since the last call.
    private var accumulated: Float = 0
    private var lastInput: Tensor?
    private var lastOutput: Tensor?
    private var lastMagnitude: Float?
    private var inputChange: Float?

    init(_ caching: StepCaching, sampling: ModelSampling) {
        threshold = caching.threshold
        startSigma = Float(sampling.sigma(percent: caching.range.start))
        endSigma = Float(sampling.sigma(percent: caching.range.end))
    }

    func isOver(_ sigma: Float) -> Bool { sigma <= endSigma }
    func hasBegun(_ sigma: Float) -> Bool { sigma <= startSigma }

    /// Whether the next output can be guessed. To be asked once a call, with the thinned input.
    mutating func canSkip(_ input: Tensor, ifPossible: Bool) -> Bool {
        // A sampler may enlarge the latent on its way; then there is nothing to compare with.
        inputChange = lastInput.flatMap { $0.shape == input.shape ? meanMagnitude(input - $0) : nil }
        guard let rate, let lastMagnitude, let inputChange else { return false }
        accumulated += rate * inputChange / lastMagnitude
        if accumulated < threshold, ifPossible { return true }
        accumulated = 0
        return false
    }

    /// A call that isn't estimated.
    mutating func passOver() { inputChange = nil }

    /// Learns from a call that was made.
    ///
    /// - Parameters:
    ///   - input: thinned input.
    ///   - output: thinned output.
    ///   - whole: the output of the whole call.
    mutating func learn(_ input: Tensor, _ output: Tensor, whole: Tensor) {
        if lastMagnitude != nil, let lastOutput, lastOutput.shape == output.shape, let inputChange {
            rate = meanMagnitude(output - lastOutput) / inputChange
        }
        lastInput = input
        lastOutput = output
        lastMagnitude = meanMagnitude(whole)
    }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[number: "rate"] = rate
            memory[number: "accumulated"] = accumulated
            memory[number: "magnitude"] = lastMagnitude
            memory[tensor: "input"] = lastInput
            memory[tensor: "output"] = lastOutput
            return memory
        }
        set {
            rate = newValue[number: "rate"]
            accumulated = newValue[number: "accumulated"] ?? 0
            lastMagnitude = newValue[number: "magnitude"]
            lastInput = newValue[tensor: "input"]
            lastOutput = newValue[tensor: "output"]
        }
    }
}

/// The mean of the magnitudes of all elements.
private func meanMagnitude(_ x: Tensor) -> Float { Float(x.map { abs($0) }.mean) }

/// Every eighth row and column of `[batch, channels, height, width]`: enough to see change.
func thinned(_ x: Tensor) -> Tensor {
    let (height, width) = (x.shape[2], x.shape[3])
    let (rows, columns) = ((height + 7) / 8, (width + 7) / 8)
    return Tensor(shape: [x.shape[0], x.shape[1], rows, columns]) { out in
        x.withFloats { x in
            for index in 0..<out.count {
                let (plane, row, column) = (index / (rows * columns), index / columns % rows, index % columns)
                out[index] = x[(plane * height + row * 8) * width + column * 8]
            }
        }
    }
}
