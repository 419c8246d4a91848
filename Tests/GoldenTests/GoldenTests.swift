import Foundation
import GoldenSupport
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
            case .passed: break
            case .skipped(let missing): Issue.record("\(name)/\(result.name): no \(missing)")
            case .failed where GoldenExceptions.causes["\(name)/\(result.name)"] != nil: break
            case .failed(let reasons): Issue.record("\(name)/\(result.name): \(reasons.joined(separator: "; "))")
            }
        }
        #expect(count == group.count)
    }

    @Test("no group is forgotten")
    func allGroups() throws {
        #expect(try GoldenSet(folder: Self.folder).groups.map(\.group) == Self.groups)
    }
}
