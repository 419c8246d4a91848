internal import Files

/// The weights of one part of a folder in diffusers' layout: which of its files are taken.
///
/// First the files that ComfyUI's DiffusersLoader takes; then models in several files, by their index or, where that is missing, by the numbers
/// in their names; then files of other variants (`.bf16`, `.non_ema`).
struct FolderPart {
    /// What files begin with: `diffusion_pytorch_model`, or for text encoders `model` and `pytorch_model`.
    let stems: [String]

    static let network = FolderPart(stems: ["diffusion_pytorch_model"])
    static let textEncoder = FolderPart(stems: ["model", "pytorch_model"])

    /// - Parameter folder: of the part; it need not be there.
    /// - Returns: `nil` when there is no such folder, or nothing in it.
    /// - Throws: `CheckpointError` when the folder has no weights, or pieces of them are missing.
    func open(_ folder: String) throws(CheckpointError) -> (any TensorSource)? {
        guard FileIdentity(path: folder)?.kind == .folder else { return nil }
        let names = Folder.names(in: folder).sorted()
        if names.isEmpty { return nil }
        func isThere(_ name: String) -> Bool { names.contains(name) }
        for ending in ["fp16.safetensors", "safetensors", "fp16.bin", "bin"] {
            for stem in stems where isThere("\(stem).\(ending)") { return try CheckpointFile.open("\(folder)/\(stem).\(ending)") }
        }
        if let index = index(in: names) { return try ShardedSource(index: "\(folder)/\(index)") }
        if let pieces = try pieces(in: names, of: folder) { return try ShardedSource(pieces: pieces.map { "\(folder)/\($0)" }) }
        for ending in [".safetensors", ".bin"] {
            if let file = names.first(where: { name in name.hasSuffix(ending) && stems.contains { name.hasPrefix($0 + ".") } }) {
                return try CheckpointFile.open("\(folder)/\(file)")
            }
        }
        throw CheckpointError(
            .notFound, file: folder,
            reason: "there are no weights in it: no \(stems[0]).safetensors, no \(stems[0]).safetensors.index.json",
            hint: "it holds \(names.prefix(4).joined(separator: ", "))")
    }

    /// The index of a model in several files, those of safetensors and of half precision first.
    private func index(in names: [String]) -> String? {
        let found = names.filter { name in
            name.hasSuffix(".json") && name.contains(".index.") && stems.contains { name.hasPrefix($0 + ".") }
        }
        func rank(_ name: String) -> Int {
            (name.contains(".safetensors") ? 0 : 4) + (name.contains(".fp16.") ? 0 : name.split(separator: ".").count <= 4 ? 1 : 2)
        }
        return found.min { (rank($0), $0) < (rank($1), $1) }
    }

    /// Numbered files that no index tells of, all of one series.
    private func pieces(in names: [String], of folder: String) throws(CheckpointError) -> [String]? {
        for ending in [".safetensors", ".bin"] {
            let numbered = names.filter { name in name.hasSuffix(ending) && stems.contains { name.hasPrefix($0) } }
                .compactMap { ShardNumber($0) }
            guard let first = numbered.first else { continue }
            let series = numbered.filter { $0.beginning == first.beginning && $0.ending == first.ending && $0.count == first.count }
            for number in 1...first.count where !series.contains(where: { $0.number == number }) {
                throw CheckpointError(
                    .notFound, file: "\(folder)/\(first.name(of: number))",
                    reason: "this piece of the model is missing, and so is its index",
                    hint: "download all \(first.count) files and the .index.json beside them")
            }
            return series.sorted { $0.number < $1.number }.map { $0.name(of: $0.number) }
        }
        return nil
    }
}

/// What the name of a piece says: `model-00001-of-00002.safetensors`.
struct ShardNumber {
    let beginning: String
    let number: Int
    let count: Int
    let ending: String
    private let width: Int

    init?(_ name: String) {
        guard let match = name.firstMatch(of: #/-(\d{3,6})-of-(\d{3,6})/#), let number = Int(match.1), let count = Int(match.2),
            (1...count).contains(number), count <= 10_000
        else { return nil }
        beginning = String(name[..<match.range.lowerBound])
        ending = String(name[match.range.upperBound...])
        width = match.1.count
        (self.number, self.count) = (number, count)
    }

    /// The name of another piece of the same model.
    func name(of number: Int) -> String {
        func padded(_ number: Int) -> String { String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)" }
        return "\(beginning)-\(padded(number))-of-\(padded(count))\(ending)"
    }
}
