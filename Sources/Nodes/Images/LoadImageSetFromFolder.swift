// Nodes: LoadImageSetFromFolderNode, LoadImageTextSetFromFolderNode

internal import Problems
internal import Diffusion
internal import Files
internal import Foundation
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Reads all pictures of a folder below the input folder as one batch, in the order of their names.
struct LoadImageSetFromFolder: Node {
    static let type = "LoadImageSetFromFolderNode"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try PictureFolder(inputs, in: context.services).batch(inputs, in: context))
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try PictureFolder(inputs, in: services).contents(in: services)
    }
}

/// Reads all pictures of a folder with the texts that lie beside them, and encodes the texts: an entry for each picture.
struct LoadImageTextSetFromFolder: Node {
    static let type = "LoadImageTextSetFromFolderNode"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let folder = try PictureFolder(inputs, in: context.services)
        let batch = try folder.batch(inputs, in: context)
        let encoder = try inputs.textEncoder("clip")
        let embeddings = EmbeddingFolder(models: context.services.models)
        var entries: [Conditioning.Entry] = []
        for caption in try folder.paths.map(PictureFolder.caption) {
            try context.checkCancellation()
            entries += try encoder.encode(caption, embeddings: embeddings, warn: context.warn).entries
        }
        return .of(batch, Conditioning(entries))
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        let folder = try PictureFolder(inputs, in: services)
        let embeddings = EmbeddingFolder(models: services.models)
        return try folder.contents(in: services)
            + folder.paths.flatMap { path -> [ExternalContent] in
                let caption = PictureFolder.captionPath(path)
                guard FileManager.default.fileExists(atPath: caption) else { return [] }
                return try [.file(input: nil, path: caption, digest: services.digest(ofFile: caption))]
                    + embeddings.contents(of: PictureFolder.caption(path), in: services)
            }
    }
}

/// The pictures directly in a folder below the input folder.
private struct PictureFolder {
    let paths: [String]
    /// Pictures of kinds that aren't read, by name.
    private let others: [String]

    enum ResizeMethod: String, CaseIterable { case none = "None", stretch = "Stretch", crop = "Crop", pad = "Pad" }

    private static let endings = ["png", "jpg", "jpeg", "webp", "gif"]
    private static let otherEndings = ["bmp", "tif", "tiff", "avif", "heic", "jxl", "jp2", "psd", "tga"]
    /// Texts are a few lines; what is longer is no caption.
    private static let captionLimit = 1 << 20

    init(_ inputs: NodeInputs, in services: NodeServices) throws {
        let folder = try services.input.input.resolve(try inputs.string("folder"))
        let names = Folder.names(in: folder)
        let pictures = names.filter { name in Self.endings.contains { name.lowercased().hasSuffix("." + $0) } }.sorted()
        guard !pictures.isEmpty else {
            throw NodeError(
                .missingFile, input: "folder", "there are no pictures in \(folder)",
                hint: "PNG, JPEG, WebP and GIF files directly in the folder are read")
        }
        paths = pictures.map { "\(folder)/\($0)" }
        others = names.filter { name in Self.otherEndings.contains { name.lowercased().hasSuffix("." + $0) } }.sorted()
    }

    func contents(in services: NodeServices) throws -> [ExternalContent] {
        try paths.map { .file(input: nil, path: $0, digest: try services.digest(ofFile: $0)) }
    }

    static func captionPath(_ picture: String) -> String {
        picture.lastIndex(of: ".").map { String(picture[..<$0]) + ".txt" } ?? picture + ".txt"
    }

    /// The text beside a picture; empty where there is none.
    static func caption(_ picture: String) throws -> String {
        let path = captionPath(picture)
        let text: String?
        do throws(FileProblem) { text = try ReadableFile.text(of: path, limit: captionLimit) } catch {
            guard error.code == .overLimit else { return "" }
            text = nil
        }
        guard let text else {
            throw NodeError(
                .badValue, input: "folder", "\(path) is no text of at most a mebibyte", hint: "texts beside pictures are UTF-8")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// All pictures, as large as the inputs `width` and `height` say or else as the first.
    func batch(_ inputs: NodeInputs, in context: NodeContext) throws -> Image {
        let method: ResizeMethod = inputs.has("resize_method") ? try inputs.choice("resize_method", of: ResizeMethod.self) : .none
        let wanted = (width: try inputs.int("width", default: -1), height: try inputs.int("height", default: -1))
        guard [wanted.width, wanted.height].allSatisfy({ $0 == -1 || $0 > 0 }) else {
            throw NodeError(
                .badValue, input: "width", "\(wanted.width) × \(wanted.height) is no size", hint: "-1 means that of the first picture")
        }
        if !others.isEmpty {
            context.warn("\(others.count) pictures of other kinds in the folder are left out: \(others.prefix(3).joined(separator: ", "))")
        }
        var batch: [Tensor] = []
        var size: (width: Int, height: Int)?
        for (number, path) in paths.enumerated() {
            try context.checkCancellation()
            let picture = try Picture.read(path)
            for note in picture.notes { context.warn("\(URL(fileURLWithPath: path).lastPathComponent): \(note)") }
            let image = Image(picture.image.pixels.item(0))
            let target =
                size
                ?? (wanted.width > 0 ? wanted.width : image.width, wanted.height > 0 ? wanted.height : image.height)
            size = target
            batch.append(try Self.fitted(image, width: target.width, height: target.height, method, path).pixels)
            context.progress(number + 1, of: paths.count)
        }
        return Image(Tensor.concatenated(batch, along: 0))
    }

    /// As the reference does it: `Crop` keeps the upper left corner and adds black where the picture is smaller, and `Pad`
    /// stretches.
    private static func fitted(
        _ image: Image, width: Int, height: Int, _ method: ResizeMethod, _ path: String
    ) throws -> Image {
        if (image.width, image.height) == (width, height) { return image }
        switch method {
        case .none:
            throw NodeError(
                .badValue, input: "resize_method", "\(path) is \(image.width) × \(image.height), \(width) × \(height) is wanted",
                hint: "Stretch, Crop or Pad brings all to one size")
        case .stretch, .pad: return try image.resized(width: width, height: height, by: .lanczos)
        case .crop:
            let (columns, rows) = (min(image.width, width), min(image.height, height))
            return image.cropped(x: 0, y: 0, width: columns, height: rows)
                .padded(left: 0, top: 0, right: width - columns, bottom: height - rows, value: 0)
        }
    }
}
