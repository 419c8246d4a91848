public import Problems

/// Sampling that can't be done as asked.
public typealias SamplingError = PlainProblem<SamplingErrorCode>

public enum SamplingErrorCode: String, ProblemCode {
    case unknownName = "sampling-unknown-name"
    case invalidSetting = "sampling-invalid-setting"
    case invalidSchedule = "sampling-invalid-schedule"
    case invalidLatent = "sampling-invalid-latent"
    case unsupportedModel = "sampling-unsupported-model"
    case invalidConditioning = "sampling-invalid-conditioning"
    case notFinite = "sampling-not-finite"

    public var category: ProblemCategory { self == .notFinite ? .failed : .wrongInput }
    public var meaning: String { entry.meaning }
    public var hint: String { entry.hint }

    private var entry: (meaning: String, hint: String) {
        switch self {
        case .unknownName: ("No sampler, scheduler or noise has this name.", "Use one of the listed names.")
        case .invalidSetting: ("A setting that the sampler can't work with.", "Use a value that its description allows.")
        case .invalidSchedule: ("The noise levels don't fit the sampler.", "Use more steps, or another scheduler.")
        case .invalidLatent: ("The latent doesn't fit the model or the noise.", "Use a latent of the model's family.")
        case .unsupportedModel: ("The model can't be sampled in this way.", "Use another sampler or guider.")
        case .invalidConditioning:
            ("The conditioning doesn't fit the model or the guider.", "Encode the prompt with the model's own text encoder.")
        case .notFinite: ("Sampling gave values that aren't numbers.", "Lower the guidance, or use another sampler.")
        }
    }
}
