internal import Tensors

/// What a U-Net was trained to predict, and on which noise schedule.
public enum TrainedPrediction: Sendable, Hashable {
    case epsilon
    case velocity(zeroTerminalSNR: Bool)
    /// v-prediction on a continuous schedule.
    case continuousVelocity(sigmaMin: Float, sigmaMax: Float)
    /// Playground 2.5: EDM preconditioning, sigma_data 0.5, sigma 0.002…80.
    case edm
}

/// How the checkpoints of a family say what their network predicts.
public enum PredictionRule: Sendable, Hashable {
    /// All of them the same.
    case always(TrainedPrediction)
    /// By tensors that mean nothing else: `v_pred`, `ztsnr`, `edm_mean`, `edm_std`, `edm_vpred.sigma_max`; noise without any.
    case byMarks
    /// By the spread of a trained bias, which is wider in models trained for v.
    case bySpread

    /// What the network of a file predicts.
    ///
    /// - Parameters:
    ///   - structure: the plan of the U-Net.
    ///   - unet: at the U-Net.
    ///   - source: the whole file, where the marks lie.
    func prediction(_ structure: UNetStructure, unet: Weights, in source: any TensorSource) throws -> TrainedPrediction {
        switch self {
        case .always(let prediction): prediction
        case .byMarks: try Self.marked(source)
        case .bySpread: try Self.spread(structure, unet)
        }
    }

    private static func marked(_ source: any TensorSource) throws -> TrainedPrediction {
        let names = source.directory
        func scalar(_ name: String) throws -> Float? {
            guard let info = names[name], info.shape.allSatisfy({ $0 == 1 }) else { return nil }
            return try source.tensor(named: name).float32().scalar
        }
        if names["edm_mean"] != nil, names["edm_std"] != nil { return .edm }
        if let sigmaMax = try scalar("edm_vpred.sigma_max") {
            return .continuousVelocity(sigmaMin: try scalar("edm_vpred.sigma_min") ?? 0.002, sigmaMax: sigmaMax)
        }
        return names["v_pred"] != nil ? .velocity(zeroTerminalSNR: names["ztsnr"] != nil) : .epsilon
    }

    /// Source: 0.09 lies between the two, as ComfyUI tells them.
    private static func spread(_ structure: UNetStructure, _ unet: Weights) throws -> TrainedPrediction {
        let name = "output_blocks.11.1.transformer_blocks.0.norm1.bias"
        guard structure.inputChannels == 4, unet.has(name) else { return .epsilon }
        let bias = try unet.floats(name, shape: [nil])
        let mean = bias.mean
        let variance = bias.withFloats { $0.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } } / Double(bias.count)
        return variance.squareRoot() > 0.09 ? .velocity(zeroTerminalSNR: false) : .epsilon
    }
}
