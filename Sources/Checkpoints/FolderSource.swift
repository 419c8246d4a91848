public import Digests
import Glibc
public import Tensors

/// A model in diffusers' layout: a folder with `model_index.json` and a sub-folder for each part.
///
/// Parts appear under the names of an ordinary checkpoint, so that nothing else needs to know of the layout:
/// `unet` without a prefix, `vae.`, `text_encoder.` and `text_encoder_2.`. Configurations and schedulers aren't read.
public struct FolderSource: TensorSource {
    public let path: String
    public let directory: [String: TensorInfo]
    private let parts: [(prefix: String, source: any TensorSource)]

    /// Whether a path is such a folder.
    public static func recognises(_ path: String) -> Bool { access(path + "/model_index.json", R_OK) == 0 }

    /// - Throws: `CheckpointError` when there is no U-Net in it or a part can't be read.
    public init(path: String) throws {
        self.path = path
        var parts: [(prefix: String, source: any TensorSource)] = []
        for (folder, prefix, part) in [
            ("unet", "", FolderPart.network), ("vae", "vae.", .network), ("text_encoder", "text_encoder.", .textEncoder),
            ("text_encoder_2", "text_encoder_2.", .textEncoder),
        ] {
            if let source = try part.open("\(path)/\(folder)") { parts.append((prefix, source)) }
        }
        guard parts.first?.prefix == "" else {
            throw CheckpointError(
                .notFound, file: path, reason: "there is no folder unet in it",
                hint: "Darkroom computes Stable Diffusion 1, 2 and XL, whose denoising network lies there")
        }
        var directory: [String: TensorInfo] = [:]
        for (prefix, source) in parts {
            for (name, info) in source.directory { directory[prefix + name] = info }
        }
        self.directory = directory
        self.parts = parts
    }

    /// The part that has a name, and the name there. Longer prefixes first: the U-Net has none.
    private func place(of name: String) throws -> (source: any TensorSource, name: String) {
        for (prefix, source) in parts.reversed() {
            if let rest = name.dropping(prefix), source.directory[rest] != nil { return (source, rest) }
        }
        throw missingTensor(name)
    }

    public func tensor(named name: String) throws -> Tensor {
        let place = try place(of: name)
        return try place.source.tensor(named: place.name)
    }

    public func digest(of name: String) throws -> Digest {
        let place = try place(of: name)
        return try place.source.digest(of: place.name)
    }

    public var displayName: String { path.split(separator: "/").last.map(String.init) ?? path }

    public func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        for (prefix, source) in parts {
            builder.add(prefix)
            builder.add(try source.contentDigest())
        }
        return builder.finish()
    }

    public func releasePages(of name: String) {
        if let place = try? place(of: name) { place.source.releasePages(of: place.name) }
    }
}
