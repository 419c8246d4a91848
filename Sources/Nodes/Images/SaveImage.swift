// Nodes: SaveImage, PreviewImage, MaskPreview

internal import Pictures
internal import WorkflowEngine
internal import Workflows

/// Writes pictures as PNG files that carry their workflow.
struct SaveImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try PictureSeries(folder: context.services.output, kind: .output, level: PNGWriter.resultLevel)
            .write(inputs.image("images"), prefix: inputs.string("filename_prefix"), in: context)
    }
}

/// Writes pictures into the temporary folder: to be looked at, not to be kept.
struct PreviewImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try PictureSeries(folder: context.services.temporary, kind: .temporary, level: PNGWriter.previewLevel)
            .write(inputs.image("images"), prefix: "preview", in: context)
    }
}

/// Writes a mask as a grey picture into the temporary folder.
struct MaskPreview: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let mask = try inputs.mask("mask")
        return try PictureSeries(folder: context.services.temporary, kind: .temporary, level: PNGWriter.previewLevel)
            .write(mask.grey(), prefix: "preview", in: context)
    }
}

/// Pictures of a batch as numbered PNG files.
struct PictureSeries {
    let folder: OutputFolder
    let kind: OutputFile.Kind
    /// zlib's level, 0…9.
    let level: Int

    /// - Returns: no values, and the files in the order of the batch.
    /// - Throws: `NodeError` if the prefix leads out of the folder or nothing can be written, `PictureError` if a
    ///   picture has more channels than PNG.
    func write(_ image: Image, prefix: String, in context: NodeContext) throws -> NodeOutputs {
        let series = try folder.series(prefix: prefix, width: image.width, height: image.height)
        let metadata = PictureMetadata(context.run.metadata)
        var number = series.next
        // What is only looked at may be there twice.
        var tape = PictureTape(kind == .output ? context.run.resumePoint : nil)
        var files: [OutputFile] = []
        try ParallelEncoding.forEach(image.batch) { [level] index in
            try PNGWriter.encode(image, index: index, metadata: metadata, level: level)
        } done: { index, bytes in
            if let path = tape.written(index, bytes, in: folder) {
                files.append(OutputFile(path: path, kind: kind))
                return
            }
            // The number may be another program's by now: the name that is tried next is noted before its file appears.
            let file = try folder.write(bytes, series: series, from: number, batchIndex: index, extension: "png") { number in
                tape.note([(index, series.name(number: number, batchIndex: index, extension: "png"))])
            }
            files.append(OutputFile(path: file.path, kind: kind))
            number = file.number + 1
        }
        return NodeOutputs(files: files)
    }
}

extension PictureMetadata {
    /// Under what files carry what was done otherwise than was asked, a line each.
    static let warningsKey = "darkroom_warnings"

    /// What a file carries of the workflow that made it: the API form, and the window's form or our own where it was written in that.
    init(_ metadata: WorkflowMetadata) {
        self.init([Entry(key: "prompt", text: metadata.prompt)])
        if let workflow = metadata.workflow { entries.append(Entry(key: "workflow", text: workflow)) }
        if !metadata.warnings.isEmpty { entries.append(Entry(key: Self.warningsKey, text: metadata.warnings.joined(separator: "\n"))) }
        if let carried = metadata.carried { entries.append(Entry(key: CarriedWorkflow.key, text: carried)) }
    }
}
