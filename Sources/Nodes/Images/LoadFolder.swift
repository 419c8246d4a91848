internal import Foundation
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Reads all pictures of a folder below the input folder as one batch, in the order of their names.
struct LoadImageSetFromFolder: Node {
    static let type = "LoadImageSetFromFolderNode"

    enum ResizeMethod: String, CaseIterable { case none = "None", stretch = "Stretch", crop = "Crop", pad = "Pad" }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let paths = try Self.paths(try inputs.string("folder"), in: context.services)
        let method: ResizeMethod = inputs.has("resize_method") ? try inputs.choice("resize_method", of: ResizeMethod.self) : .none
        var batch: [Tensor] = []
        for (number, path) in paths.enumerated() {
            try context.checkCancellation()
            let image = Image(try Picture.read(path).image.pixels.item(0))
            guard let first = batch.first else {
                batch.append(image.pixels)
                continue
            }
            batch.append(try Self.fitted(image, width: first.shape[2], height: first.shape[1], method, path).pixels)
            context.progress(number + 1, of: paths.count)
        }
        return .of(Image(Tensor.concatenated(batch, along: 0)))
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try Self.paths(try inputs.string("folder"), in: services).map { path in
            .file(input: nil, path: path, digest: try services.digest(ofFile: path))
        }
    }

    private static let endings = ["png", "jpg", "jpeg", "webp", "gif"]

    private static func paths(_ name: String, in services: NodeServices) throws -> [String] {
        let folder = try services.input.input.resolve(name)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let pictures = names.filter { name in endings.contains { name.lowercased().hasSuffix("." + $0) } }.sorted()
        guard !pictures.isEmpty else {
            throw NodeError(
                .missingFile, input: "folder", "there are no pictures in \(folder)",
                hint: "PNG, JPEG, WebP and GIF files directly in the folder are read")
        }
        return pictures.map { "\(folder)/\($0)" }
    }

    private static func fitted(
        _ image: Image, width: Int, height: Int, _ method: ResizeMethod, _ path: String
    ) throws -> Image {
        if (image.width, image.height) == (width, height) { return image }
        switch method {
        case .none:
            throw NodeError(
                .badValue, input: "resize_method",
                "\(path) is \(image.width) × \(image.height), the first picture \(width) × \(height)",
                hint: "Stretch, Crop or Pad brings all to the size of the first")
        case .stretch: return image.resized(width: width, height: height, by: .lanczos)
        case .crop: return image.resized(width: width, height: height, by: .lanczos, cropping: .center)
        case .pad:
            let factor = min(Double(width) / Double(image.width), Double(height) / Double(image.height))
            let innerWidth = max(1, min(width, Int(Double(image.width) * factor)))
            let innerHeight = max(1, min(height, Int(Double(image.height) * factor)))
            let (x, y) = ((width - innerWidth) / 2, (height - innerHeight) / 2)
            return image.resized(width: innerWidth, height: innerHeight, by: .lanczos)
                .padded(left: x, top: y, right: width - innerWidth - x, bottom: height - innerHeight - y, value: 0)
        }
    }
}

/// Reads the picture that the window's camera took and left in the temporary folder.
struct WebcamCapture: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let outputs = try LoadImage.read(try inputs.string("image"), kind: "input", in: context)
        return NodeOutputs(Array(outputs.values.prefix(1)))
    }
}
