/// What goes into the label, the one vector that some networks are told with every call beside timestep and text.
public enum LabelContent: Sendable, Hashable {
    case none
    /// SDXL: the pooled text, then height, width, the crop's and the target's.
    case sizes
    /// SDXL's refiner: the pooled text, then height, width, the crop's and an aesthetic score.
    case score
    /// Stable Diffusion 2.1 unCLIP: a seen picture, and how much noise was put onto it.
    case picture
    /// The ×4 upscaler: how far the small picture was noised, as the number of a row in a table.
    case noiseLevel
}
