import GoldenSupport
import Testing

@testable import Checkpoints

@Suite("The list of families") struct ModelFamilyTests {
    /// The published plans: transformer depth of each residual block on the way down, and in the middle.
    static let published: [(family: ModelFamily, plan: Plan)] = [
        (.sd1, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1)),
        (.sd2, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1, linear: true)),
        (.sd2UnclipL, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1, linear: true, label: 1536)),
        (.sd2UnclipH, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1, linear: true, label: 2048)),
        (.upscalerX4, Plan([0, 0, 1, 1, 1, 1, 1, 1], middle: 1, linear: true, classes: 1000)),
        (.lotus, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1, linear: true, label: 4)),
        (.sdxl, Plan([0, 0, 2, 2, 10, 10], middle: 10, linear: true, label: 2816)),
        (.sdxlRefiner, Plan([0, 0, 4, 4, 4, 4, 0, 0], middle: 4, linear: true, label: 2560)),
        (.ssd1b, Plan([0, 0, 2, 2, 4, 4], middle: 0, linear: true, label: 2816)),
        (.vega, Plan([0, 0, 1, 1, 2, 2], middle: 0, linear: true, label: 2816)),
        (.koala700m, Plan([0, 2, 5], middle: nil, linear: true, label: 2816)),
        (.koala1b, Plan([0, 2, 6], middle: 6, linear: true, label: 2816)),
        (.svd, Plan([1, 1, 1, 1, 1, 1, 0, 0], middle: 1, linear: true, label: 768, time: true)),
    ]

    struct Plan {
        let depths: [Int]
        let middle: Int?
        let linear: Bool
        let label: Int?
        let classes: Int?
        let time: Bool

        init(_ depths: [Int], middle: Int?, linear: Bool = false, label: Int? = nil, classes: Int? = nil, time: Bool = false) {
            (self.depths, self.middle, self.linear, self.label, self.classes, self.time) = (depths, middle, linear, label, classes, time)
        }

        /// - Parameter model: gives what no rule looks at.
        func structure(like model: UNetStructure) -> UNetStructure {
            var plan = model
            plan.input = depths.map { UNetStructure.Block(channels: 320, hasResidual: true, transformerDepth: $0) }
            plan.middleDepth = middle
            plan.usesLinearProjections = linear
            plan.labelWidth = label
            plan.labelClasses = classes
            plan.hasTimeStack = time
            return plan
        }
    }

    @Test("every family is found by its published plan, and by no rule but its own and the one for small models of SDXL's shape")
    func found() throws {
        let model = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini"))).structure
        #expect(Set(Self.published.map(\.family)) == Set(ModelFamily.all))
        for (family, plan) in Self.published {
            let plan = plan.structure(like: model)
            #expect(ModelFamily(plan) == family, "\(family.name)")
            let others = ModelFamily.all.filter { $0.recognises(plan) && $0 != family && $0 != .sdxl && $0 != .svd }
            #expect(family == .svd || others.isEmpty, "\(family.name): \(others.map(\.name))")
        }
    }

    @Test("every family says what its files, its network and its latents are")
    func complete() {
        #expect(Set(ModelFamily.all.map(\.name)).count == ModelFamily.all.count)
        #expect(Set(ModelFamily.all.map(\.title)).count == ModelFamily.all.count)
        for family in ModelFamily.all {
            #expect(!family.textModels.isEmpty || family.refusal != nil, "\(family.name)")
            for model in family.textModels {
                #expect(!model.places.isEmpty && model.places.allSatisfy { $0.hasSuffix(".") }, "\(family.name)")
                #expect(model.layerFromEnd > 0, "\(family.name)")
            }
            #expect(family.latents.scale > 0, "\(family.name)")
            let map = family.latents.preview
            #expect(!map.factors.isEmpty && map.factors.allSatisfy { $0.count == 3 } && map.bias.count == 3, "\(family.name)")
            #expect(family.heads.of(channels: 320) > 0, "\(family.name)")
        }
    }

    /// A text encoder in files of its own doesn't say whose it is.
    @Test("families with the same text models use them in the same way")
    func sameTextModels() {
        for family in ModelFamily.all {
            for other in ModelFamily.all where other.textModels.map(\.kind) == family.textModels.map(\.kind) {
                #expect(other.textModels.map(\.layerFromEnd) == family.textModels.map(\.layerFromEnd), "\(family.name), \(other.name)")
                #expect(
                    other.textModels.map(\.normalisesHidden) == family.textModels.map(\.normalisesHidden), "\(family.name), \(other.name)")
            }
        }
    }

    /// The scale is what `VAELoader` needs to know of a small autoencoder.
    @Test("a small autoencoder belongs to latents of one scale")
    func tinyAutoencoders() {
        for name in Set(ModelFamily.all.compactMap(\.latents.tinyAutoencoder)) {
            #expect(Set(ModelFamily.all.map(\.latents).filter { $0.tinyAutoencoder == name }.map(\.scale)).count == 1, "\(name)")
        }
    }
}
