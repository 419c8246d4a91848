/// A family of Stable Diffusion models: how its members are told from others, and everything in which they differ.
///
/// A family is a value in a file of its own, named in `ModelFamily.all`, and nothing else in the program asks for one by name. Sizes
/// stand nowhere: they come from the tensors. No property has a default, so that a new family says something about each.
public struct ModelFamily: Sendable {
    /// A short name that is unique and stays: `sd1`.
    public let name: String
    /// Name for people.
    public let title: String
    /// Whether a U-Net of that plan belongs to the family. Widths never decide: a small model with the structure of SD1 is an SD1 model.
    let recognises: @Sendable (UNetStructure) -> Bool
    /// Its text models, in the order of their joined output.
    public let textModels: [TextModel]
    /// How the channels of an attention layer are cut into heads.
    public let heads: AttentionHeads
    /// What its latents are.
    public let latents: LatentFormat
    /// What its network is told beside timestep and text.
    public let label: LabelContent
    /// How a checkpoint says what its network predicts.
    public let prediction: PredictionRule
    /// The noise levels that it was trained at, where the prediction doesn't name others.
    public let noise: NoiseTable
    /// Why Darkroom recognises the family but doesn't compute it; `nil` for one that it computes.
    public let refusal: String?

    /// A family with the same parts and another plan, as models distilled from a larger one are.
    func variant(
        name: String, title: String, recognises: @escaping @Sendable (UNetStructure) -> Bool
    ) -> ModelFamily {
        ModelFamily(
            name: name, title: title, recognises: recognises, textModels: textModels, heads: heads, latents: latents, label: label,
            prediction: prediction, noise: noise, refusal: refusal)
    }
}

extension ModelFamily {
    /// All families, in the order in which they are tried: the first that recognises a plan has it. So those that are told by exact
    /// depths stand before SDXL, which also takes small models of its shape.
    public static let all: [ModelFamily] = [
        .svd,
        .sd1, .sd2, .upscalerX4,
        .lotus, .sd2UnclipL, .sd2UnclipH,
        .sdxlRefiner, .ssd1b, .vega, .koala700m, .koala1b,
        .sdxl,
    ]

    /// Finds the family of a plan.
    public init?(_ plan: UNetStructure) {
        guard let family = Self.all.first(where: { $0.recognises(plan) }) else { return nil }
        self = family
    }
}

extension ModelFamily: Hashable {
    /// Families are the same when their names are.
    public static func == (a: ModelFamily, b: ModelFamily) -> Bool { a.name == b.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
