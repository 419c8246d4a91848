// Nodes: Display Any (rgthree), Display Int (rgthree), Image Comparer (rgthree), ImpactImageBatchToImageList, StringSelector

internal import Pictures
internal import Tensors
internal import WorkflowEngine

// What shows things or takes them out of lists: rgthree-comfy and the Impact Pack.

/// Shows any value as text.
struct DisplayAny: Node {
    static let type = "Display Any (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try PreviewAny().run(inputs, in: context)
    }
}

/// Shows a whole number.
struct DisplayInt: Node {
    static let type = "Display Int (rgthree)"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        NodeOutputs(texts: ["\(try inputs.integer("input"))"])
    }
}

/// Writes two pictures into the temporary folder.
struct ImageComparer: Node {
    static let type = "Image Comparer (rgthree)"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let series = PictureSeries(folder: context.services.temporary, kind: .temporary, level: PNGWriter.previewLevel)
        var outputs = NodeOutputs()
        for (name, prefix) in [("image_a", "compare_a"), ("image_b", "compare_b")] {
            guard let image = try inputs.optionalImage(name) else { continue }
            outputs.files += try series.write(image, prefix: prefix, in: context).files
        }
        return outputs
    }
}

/// Makes a list of the pictures of a batch.
struct ImpactImageBatchToImageList: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        return NodeOutputs([.list((0..<image.batch).map { Image(image.pixels.item($0)) })])
    }
}

/// Gives one of several lines, or of several texts that begin with a line that starts with `#`.
struct StringSelector: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let lines = try inputs.string("strings").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var texts = lines
        if try inputs.boolean("multiline") {
            texts = []
            for line in lines {
                if line.hasPrefix("#") {
                    texts.append(String(line.dropFirst()))
                } else if texts.isEmpty {
                    texts.append(line)
                } else {
                    texts[texts.count - 1] += "\n" + line
                }
            }
        }
        guard !texts.isEmpty else { return .of("") }
        // From the end where it is negative, as Python counts.
        let place = try inputs.int("select") % texts.count
        return .of(texts[place < 0 ? place + texts.count : place])
    }
}
