public import Foundation
internal import Checkpoints

/// Runs cases of a reference set and compares.
public struct GoldenRunner: Sendable {
    public let set: GoldenSet
    /// Models folder with the recipe models and the set's own.
    public let models: URL
    private let workflows: WorkflowCases

    /// - Parameter models: made and filled where something is missing.
    /// - Throws: when a model can't be made.
    public init(set: GoldenSet, models: URL) throws {
        self.set = set
        self.models = models
        try GoldenModels.prepare(set, in: models)
        // The trained small models lie beside the set, or come with the project.
        let trained = [set.folder.deletingLastPathComponent().appending(path: "models"), GoldenModels.embedded]
        workflows = try WorkflowCases(
            set: set, models: [models] + trained.filter { FileManager.default.fileExists(atPath: $0.path) },
            output: FileManager.default.temporaryDirectory.appending(path: "darkroom-golden-\(getpid())"))
    }

    /// Runs a group's cases in order.
    ///
    /// - Parameters:
    ///   - wanted: which cases, by name.
    ///   - each: told of every result as it comes.
    public func run(
        _ group: GoldenSet.Group, where wanted: (String) -> Bool = { _ in true }, each: (GoldenResult) -> Void
    ) async throws {
        let tensors = try set.tensors(of: group)
        for golden in try set.cases(of: group) where wanted(golden.name) {
            await each(result(of: golden, in: group, tensors))
        }
    }

    private func result(of golden: GoldenCase, in group: GoldenSet.Group, _ tensors: any TensorSource) async -> GoldenResult {
        let start = ContinuousClock.now
        var comparison = Comparison(tolerance: golden.tolerance)
        let outcome: GoldenResult.Outcome
        do {
            comparison = try await compare(golden, in: group, tensors)
            outcome = comparison.passed ? .passed : .failed(comparison.failures)
        } catch let missing as MissingFeature {
            outcome = .skipped(missing: missing.name)
        } catch {
            outcome = .failed(["\(error)"])
        }
        let duration = start.duration(to: .now)
        return GoldenResult(
            group: group.group, name: golden.name, outcome: outcome, largest: comparison.largest, mean: comparison.mean,
            seconds: duration / .seconds(1), chaotic: golden.chaotic ?? false)
    }

    private func compare(_ golden: GoldenCase, in group: GoldenSet.Group, _ tensors: any TensorSource) async throws -> Comparison {
        switch (group.kind, group.group) {
        case (.workflow, _): try await workflows.compare(golden, tensors)
        case (.direct, "tokenizer"): try TokenizerCases.compare(golden)
        case (.direct, "noise"): try NoiseCases.compare(golden, tensors)
        case (.direct, "sigmas"): try SigmaCases.compare(golden, among: set.cases(of: group), tensors)
        case (.direct, "layers"): try LayerCases.compare(golden, tensors, model: model(of: golden))
        case (.direct, let name): throw MissingFeature("group \(name)")
        }
    }
}

extension GoldenRunner {
    /// The model file that a case is about: the recipe or file it names, or the small model of the set.
    private func model(of golden: GoldenCase) throws -> String {
        let name = golden.models?.first ?? "sd1-mini"
        let file = set.recipes.first { $0.name == name }?.file ?? (name.contains("/") ? name : "checkpoints/\(name).safetensors")
        return models.appending(path: file).path
    }
}

/// Something that a case needs and that isn't there yet: the case is skipped, and the name printed.
struct MissingFeature: Error {
    let name: String
    init(_ name: String) { self.name = name }
}
