import Foundation
@testable import GoldenSupport
import Testing

/// A representative part of the reference values: every group, every kind of node and sampler it shows.
///
/// The whole set runs by `make golden`. Origin and meaning: `Cases/README.md`.
@Suite("Values that ComfyUI computes, and ours")
struct GoldenTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Cases")

    static let groups = [
        "conditioning", "controlnet", "custom-sampling", "engine", "images", "img2img-inpaint", "ksampler-options",
        "latent-ops", "layers", "load", "lora", "masks", "model-patches", "noise", "resize", "samplers", "schedulers",
        "sigmas", "strings", "text", "tokenizer", "vae",
    ]

    @Test("every case of a group is met within its tolerance", arguments: groups)
    func group(name: String) async throws {
        let set = try GoldenSet(folder: Self.folder)
        let group = try #require(set.groups.first { $0.group == name })
        let runner = try GoldenRunner(set: set, models: RecipeModels.modelsFolder)
        var count = 0
        try await runner.run(group) { result in
            count += 1
            switch result.outcome {
            case .passed:
                if result.passedUnexpectedly { Issue.record("\(name)/\(result.name) passes: remove it from the exceptions") }
            case .skipped(let missing): Issue.record("\(name)/\(result.name): no \(missing)")
            case .failed where result.exception != nil: break
            case .failed(let reasons): Issue.record("\(name)/\(result.name): \(reasons.joined(separator: "; "))")
            }
        }
        #expect(count == group.count)
    }

    @Test("without a tolerance, values must be equal")
    func equality() {
        var comparison = Comparison(tolerance: nil)
        comparison.compare([1.0, .nan], to: [1.0, .nan], name: "equal")
        #expect(comparison.passed)
        comparison.compare([1.0], to: [Double(1).nextUp], name: "off")
        #expect(!comparison.passed)
    }

    @Test("a layer case is told by its arrays, a variant by its parts, whatever they are called")
    func names() throws {
        let set = try GoldenSet(folder: Self.folder)
        let layers = try #require(set.groups.first { $0.group == "layers" })
        let kinds = try set.cases(of: layers).map { ($0.name, LayerCases.Kind($0)) }
        for (name, kind) in kinds { #expect(kind != nil, "\(name)") }
        for variant in ["eps-zsnr", "x0-zsnr", "lcm-zsnr", "edm-x0", "edm-lcm", "cont-v", "upscaling-eps"] {
            #expect(SigmaCases.settings(of: variant, range: (0.01, 100)) != nil, "\(variant)")
        }
        #expect(SigmaCases.settings(of: "edm-eps", range: nil) == nil)
        #expect(SigmaCases.settings(of: "flow", range: (0, 1)) == nil)
    }

    @Test("no group is forgotten")
    func allGroups() throws {
        #expect(try GoldenSet(folder: Self.folder).groups.map(\.group) == Self.groups)
    }
}
