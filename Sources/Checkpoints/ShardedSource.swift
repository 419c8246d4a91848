public import Digests
internal import Files
internal import Formats
internal import Problems
public import Tensors

/// A model in several files, as large ones are published: `model-00001-of-00002.safetensors` and an index that says which file holds what.
public struct ShardedSource: TensorSource {
    public let directory: [String: TensorInfo]
    public let displayName: String
    private let pieces: [any TensorSource]
    /// Which piece has a tensor.
    private let places: [String: Int]

    private static let longestIndex = 64 << 20

    /// The files that an index names.
    ///
    /// - Throws: `CheckpointError` that names the index, and the file or tensor that is missing.
    init(index path: String) throws(CheckpointError) {
        let bytes: [UInt8]
        do throws(FileProblem) { bytes = try ReadableFile.contents(of: path, limit: Self.longestIndex) } catch {
            throw CheckpointError(error)
        }
        let map: [(tensor: String, file: String)]
        do throws(SourceProblem) { map = try Self.weightMap(bytes) } catch {
            throw CheckpointError(
                .headerMalformed, file: path, reason: "the index names no files: \(error)",
                hint: ContentKind(bytes).flatMap { $0.title.contains("JSON") ? nil : "this is \($0.title)" } ?? "download it again")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var pieces: [String: any TensorSource] = [:]
        for file in Set(map.map(\.file)).sorted() {
            guard !file.contains("/"), file != "..", !file.isEmpty else {
                throw CheckpointError(.forbidden, file: path, reason: "the index names a file that isn't beside it: \(file.excerpt)")
            }
            do throws(CheckpointError) { pieces[file] = try CheckpointFile.open(folder + "/" + file) } catch {
                guard error.code == .notFound else { throw error }
                throw CheckpointError(
                    .notFound, file: "\(folder)/\(file)", reason: "this piece of the model is missing",
                    hint: "\(Self.name(of: path)) names it: download all files that it names")
            }
        }
        for (tensor, file) in map where pieces[file]?.directory[tensor] == nil {
            throw CheckpointError(
                .missingTensor, file: "\(folder)/\(file)", tensor: tensor.excerpt,
                reason: "\(Self.name(of: path)) says that this tensor is here, and it isn't",
                hint: "the pieces belong to different versions of the model: download all of them again")
        }
        self.init(pieces.sorted { $0.key < $1.key }.map(\.value), displayName: Self.name(of: path))
    }

    /// Which file of an index holds what, by the tensors' names.
    private static func weightMap(_ index: [UInt8]) throws(SourceProblem) -> [(tensor: String, file: String)] {
        var map: [(tensor: String, file: String)] = []
        for entry in try JSONReader.read(index).get().member("weight_map").map() { map.append((entry.key, try entry.value.text())) }
        return map.sorted { $0.tensor < $1.tensor }
    }

    /// Files that belong together, without an index.
    ///
    /// - Parameter paths: every piece, in order.
    init(pieces paths: [String]) throws(CheckpointError) {
        var pieces: [any TensorSource] = []
        for path in paths { pieces.append(try CheckpointFile.open(path)) }
        self.init(pieces, displayName: paths.first.map(Self.name) ?? "")
    }

    private init(_ pieces: [any TensorSource], displayName: String) {
        var directory: [String: TensorInfo] = [:]
        var places: [String: Int] = [:]
        for (number, piece) in pieces.enumerated() {
            for (name, info) in piece.directory {
                directory[name] = info
                places[name] = number
            }
        }
        (self.pieces, self.directory, self.places, self.displayName) = (pieces, directory, places, displayName)
    }

    private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func piece(with name: String) throws -> any TensorSource {
        guard let place = places[name] else { throw missingTensor(name) }
        return pieces[place]
    }

    public func tensor(named name: String) throws -> Tensor { try piece(with: name).tensor(named: name) }
    public func digest(of name: String) throws -> Digest { try piece(with: name).digest(of: name) }

    public func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("sharded")
        for piece in pieces { builder.add(try piece.contentDigest()) }
        return builder.finish()
    }

    public func releasePages(of name: String) {
        if let place = places[name] { pieces[place].releasePages(of: name) }
    }
}
