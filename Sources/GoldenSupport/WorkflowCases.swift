internal import Problems
internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Nodes
internal import Pictures
internal import Samplers
internal import Tensors
internal import WorkflowEngine
internal import Workflows

/// Groups made of workflows: each is resolved and run like anybody's, and the outputs that it names are compared.
struct WorkflowCases: Sendable {
    private let engine: Engine
    private let resolver: Resolver
    private let output: URL

    /// - Parameters:
    ///   - models: folders of models, the first one wins.
    ///   - output: where cases write; emptied now.
    init(set: GoldenSet, models: [URL], output: URL) throws {
        try? FileManager.default.removeItem(at: output)
        self.output = output
        let services = NodeServices(
            models: ModelFolders(roots: models.map(\.path)), input: set.folder.appending(path: "input").path,
            output: output.path, temporary: output.appending(path: "temp").path)
        let library = StandardNodes(services: services)
        engine = Engine(library: library)
        // The reference ran its cases without asking whether a number may be chosen.
        resolver = Resolver(catalog: .standard, files: services, library: library, checksRanges: false)
    }

    func compare(_ golden: GoldenCase, _ tensors: any TensorSource) async throws -> Comparison {
        var comparison = Comparison(tolerance: golden.tolerance)
        guard let workflow = golden.workflow, let expectations = golden.expect else {
            throw GoldenError("a case without a workflow")
        }
        let graph = try resolve(workflow, targets: Set(expectations.map(\.node)))
        var options = RunOptions()
        options.wantsValues = true
        let report = try await engine.run(graph, options: options)
        if let failure = report.nodes.compactMap(\.failure).first {
            if let missing = Self.missingFeature(failure.cause) { throw MissingFeature(missing) }
            throw GoldenError("\(failure)")
        }
        for expectation in expectations {
            try compare(expectation, report, tensors, &comparison)
        }
        return comparison
    }

    private func resolve(_ workflow: JSONValue, targets: Set<String>) throws -> ResolvedGraph {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(workflow), as: UTF8.self)
        let read = DocumentReader(catalog: .standard).read(text: text, name: "case")
        guard let document = read.document else { throw GoldenError(read.diagnostics.map(\.description).joined(separator: "; ")) }
        let resolution = resolver.resolve(document, targets: targets.sorted())
        for problem in resolution.diagnostics where problem.severity == .error {
            if problem.code == .notImplemented || problem.code == .unknownType {
                let type = problem.node.flatMap { name in document.nodes.first { $0.name == name }?.type }
                throw MissingFeature("node \(type ?? "")")
            }
        }
        guard let graph = resolution.graph, !resolution.diagnostics.hasErrors else {
            throw GoldenError(resolution.diagnostics.map(\.description).joined(separator: "; "))
        }
        return graph
    }

    /// What isn't there yet, if that is why a node failed.
    private static func missingFeature(_ cause: (any Error)?) -> String? {
        switch cause {
        case let error as SamplingError where error.code == .unknownName: error.reason
        case let error as NodeError where error.code == .unsupported: error.reason
        default: nil
        }
    }

    // MARK: Values

    private func compare(
        _ expectation: GoldenCase.Expectation, _ report: RunReport, _ tensors: any TensorSource,
        _ comparison: inout Comparison
    ) throws {
        let name = "\(expectation.node).\(expectation.output)"
        if expectation.type == "PNG" { return try comparePicture(expectation, report, tensors, name, &comparison) }
        let index = expectation.index ?? 0
        guard let outputs = report.values[expectation.node], expectation.output < outputs.count,
            index < outputs[expectation.output].count
        else { return comparison.mismatch("\(name) gave no element \(index)") }
        let value = outputs[expectation.output][index]
        comparison.expect(value.typeName, equals: expectation.type, name: "type of \(name)")
        for (array, key) in (expectation.tensors ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let found = value.array(named: array) else {
                comparison.mismatch("\(name) has no \(array)")
                continue
            }
            let reference = try tensors.tensor(named: key)
            // Masks come with and without a dimension for channels; the numbers are the same.
            let isMask = array.hasSuffix("mask") && found.count == reference.count
            comparison.compare(isMask ? found.reshaped(reference.shape) : found, to: reference, name: "\(name) \(array)")
        }
        for (field, wanted) in (expectation.values ?? [:]).sorted(by: { $0.key < $1.key }) {
            compare(value, field, wanted, name: "\(name) \(field)", &comparison)
        }
    }

    private func compare(
        _ value: any WorkflowValue, _ field: String, _ wanted: JSONValue, name: String, _ comparison: inout Comparison
    ) {
        switch (value, field, wanted) {
        case (let value as Int64, "value", .integer(let wanted)): comparison.expect(value, equals: wanted, name: name)
        case (let value as Double, "value", _): comparison.compare([value], to: [wanted.double ?? .nan], name: name)
        case (let value as String, "value", .text(let wanted)):
            // Code point by code point: Swift's equality would overlook how letters are composed.
            comparison.expect(Array(value.unicodeScalars), equals: Array(wanted.unicodeScalars), name: name)
        case (let value as Bool, "value", .bool(let wanted)): comparison.expect(value, equals: wanted, name: name)
        case (let value as Latent, "batch_index", .array(let wanted)):
            comparison.expect(value.batchIndex ?? [], equals: wanted.compactMap(\.int), name: name)
        case (let value as Conditioning, "count", .integer(let wanted)):
            comparison.expect(Int64(value.entries.count), equals: wanted, name: name)
        default: comparison.mismatch("\(name) is not compared: \(value.typeName) against \(wanted)")
        }
    }

    /// The pixels of the file that a node wrote.
    private func comparePicture(
        _ expectation: GoldenCase.Expectation, _ report: RunReport, _ tensors: any TensorSource, _ name: String,
        _ comparison: inout Comparison
    ) throws {
        let files = report.files.filter { $0.node.name == expectation.node }
        guard let file = files.first(where: { $0.index == expectation.index ?? 0 }) else {
            return comparison.mismatch("\(name) wrote no file")
        }
        let picture = try Picture.read(file.file.path)
        var pixels = picture.image.pixels.item(0)
        if expectation.values?["mode"]?.string == "RGBA" {
            let mask = picture.transparency?.values.item(0) ?? .zeros([1, picture.image.height, picture.image.width])
            let alpha = (1 - mask).reshaped([1, picture.image.height, picture.image.width, 1])
            pixels = Tensor.concatenated([pixels, alpha], along: 3)
        }
        let bytes = pixels.map { ($0 * 255).rounded() }
        for (_, key) in expectation.tensors ?? [:] {
            let reference = try tensors.tensor(named: key)
            comparison.compare(
                bytes.count == reference.count ? bytes.reshaped(reference.shape) : bytes, to: reference, name: "\(name) pixels")
        }
    }
}

extension WorkflowValue {
    /// An array of this value by the name that reference cases give it.
    fileprivate func array(named name: String) -> Tensor? {
        switch (self, name) {
        case (let value as Image, "image"): return value.pixels
        case (let value as Mask, "mask"): return value.values
        case (let value as Sigmas, "sigmas"): return Tensor(value.values)
        case (let value as Latent, "samples"): return value.samples
        case (let value as Latent, "noise_mask"): return value.noiseMask
        case (let value as Conditioning, _):
            let parts = name.split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let index = Int(parts[0]), value.entries.indices.contains(index) else { return nil }
            let entry = value.entries[index]
            switch parts[1] {
            case "cond": return entry.embedding
            case "pooled_output": return entry.pooled
            case "concat_latent_image": return entry.inpainting?.latent
            case "concat_mask": return entry.inpainting?.mask
            default: return nil
            }
        default: return nil
        }
    }
}
