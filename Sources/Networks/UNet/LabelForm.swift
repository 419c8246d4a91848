internal import Checkpoints

/// What a network is told with every call beside timestep and text, as one vector: the label.
public enum LabelForm: Sendable, Hashable {
    case none
    /// SDXL: the pooled text, then height, width, the crop's and the target's, 256 numbers each.
    case sizes(width: Int)
    /// SDXL's refiner: the pooled text, then height, width, the crop's and an aesthetic score, 256 numbers each.
    case score(width: Int)
    /// Stable Diffusion 2.1 unCLIP: a seen picture, and how much noise was put onto it.
    case picture(width: Int)
    /// The ×4 upscaler: how far the small picture was noised, as the number of a row in a table of so many.
    case noiseLevel(levels: Int)

    /// As a family was trained.
    init(_ family: ModelFamily, _ structure: UNetStructure) {
        let width = structure.labelWidth ?? 0
        self =
            switch family.label {
            case .none: .none
            case .sizes: .sizes(width: width)
            case .score: .score(width: width)
            case .picture: .picture(width: width)
            case .noiseLevel: .noiseLevel(levels: structure.labelClasses ?? 0)
            }
    }
}
