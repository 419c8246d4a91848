// Nodes: SaveAnimatedWEBP, SaveAnimatedPNG

internal import Pictures
internal import WorkflowEngine

/// Writes a batch as an animated WebP.
struct SaveAnimatedWEBP: Node {
    enum Method: String, CaseIterable {
        case normal = "default", fastest, slowest

        /// libwebp's scale.
        var effort: Int {
            switch self {
            case .normal: 4
            case .fastest: 0
            case .slowest: 6
            }
        }
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let settings = AnimationWriter.WebPSettings(
            isLossless: try inputs.boolean("lossless"), quality: try inputs.double("quality"),
            method: try inputs.choice("method", of: Method.self).effort)
        return try Animation(inputs, context).write(extension: "webp") { animation in
            try AnimationWriter.webp(
                animation.image, milliseconds: animation.milliseconds, settings: settings, metadata: animation.metadata)
        }
    }
}

/// Writes a batch as an animated PNG.
struct SaveAnimatedPNG: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let level = try inputs.int("compress_level")
        return try Animation(inputs, context).write(extension: "png") { animation in
            try AnimationWriter.png(
                animation.image, milliseconds: animation.milliseconds, metadata: animation.metadata, level: level)
        }
    }
}

/// What both kinds of animation have in common.
private struct Animation {
    let image: Image
    /// How long a frame is shown.
    let milliseconds: Int
    let metadata: PictureMetadata
    private let prefix: String
    private let folder: OutputFolder

    init(_ inputs: NodeInputs, _ context: NodeContext) throws {
        image = try inputs.image("images")
        milliseconds = Int(1000 / (try inputs.double("fps")))
        prefix = try inputs.string("filename_prefix")
        folder = context.services.output
        metadata = PictureMetadata(context.run.metadata)
    }

    func write(extension ending: String, _ encode: (Animation) throws -> [UInt8]) throws -> NodeOutputs {
        let series = try folder.series(prefix: prefix, width: image.width, height: image.height)
        let file = try folder.write(
            encode(self), series: series, from: series.next, batchIndex: 0, extension: ending)
        return NodeOutputs(files: [OutputFile(path: file.path, kind: .output)])
    }
}
