internal import Checkpoints
internal import Foundation
internal import Tensors

/// What the file of a textual inversion holds for a text model.
///
/// Source: the layouts of AUTOMATIC1111's webui (`string_to_param`), of SDXL (`clip_l`, `clip_g`), of LoRA bundles
/// (`bundle_emb.<name>.…`), of lists with a dictionary for each part, and of everybody else (one tensor, whatever its name), as ComfyUI reads
/// them.
struct EmbeddingVectors {
    private let file: any TensorSource
    private let names: [String]

    init(_ file: any TensorSource) {
        self.file = file
        // Numbers by their size: the tenth part of a list comes behind the ninth.
        names = file.directory.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }

    /// The vectors `[n, width]`; `nil` when the file has none.
    ///
    /// - Parameters:
    ///   - key: of the text model: `clip_l`, `clip_g`, `clip_h`.
    ///   - width: of the model's vectors, where it is known.
    ///   - warn: told of tensors that would be vectors, too, and aren't used.
    func tensor(key: String, width: Int?, warn: (String) -> Void) throws -> Tensor? {
        let parameters = names.filter { $0.hasPrefix("string_to_param.") }
        if !parameters.isEmpty { return try first(of: parameters, warn) }
        if isList {
            let fitting = names.filter { name in width == nil || file.directory[name]?.shape.last == width }
            return try joined(fitting) ?? names.first.map { try file.tensor(named: $0) }
        }
        if names.contains(key) { return try file.tensor(named: key) }
        for suffix in [".string_to_param.*", ".\(key)"] {
            if let joined = try joined(names.filter { $0.hasPrefix("bundle_emb.") && $0.hasSuffix(suffix) }) { return joined }
        }
        return try first(of: names, warn)
    }

    /// Whether every tensor lies in an element of a list: `0.name`, `1.name`.
    private var isList: Bool {
        !names.isEmpty && names.allSatisfy { name in name.firstIndex(of: ".").map { Int(name[..<$0]) != nil } ?? false }
    }

    /// ComfyUI takes one tensor of several whose names say nothing; it is told which.
    private func first(of names: [String], _ warn: (String) -> Void) throws -> Tensor? {
        guard let first = names.first else { return nil }
        if names.count > 1 {
            let rest = names.dropFirst().prefix(3).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
            warn("\(file.displayName) holds \(names.count) tensors; \(first) is used, as in ComfyUI, and \(rest) isn't")
        }
        return try file.tensor(named: first)
    }

    private func joined(_ names: [String]) throws -> Tensor? {
        let parts = try names.map { name in
            let tensor = try file.tensor(named: name).float32()
            return tensor.reshaped([-1, tensor.shape.last ?? 1])
        }
        guard let width = parts.first?.shape.last else { return nil }
        return Tensor.concatenated(parts.filter { $0.shape.last == width }, along: 0)
    }
}
