internal import Problems
public import Descriptions
public import Digests
internal import Networks
internal import Tensors

// What conditioning consists of, field by field in the order of the declaration.

extension Conditioning: Recipe {
    public static var blank: Conditioning { Conditioning([]) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.list("entries", &entries)
    }

    /// As on an edge of a graph: with the name of its type.
    public func digest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("CONDITIONING")
        try feedFields(into: &builder)
        return builder.finish()
    }
}

extension Conditioning.Entry: Described {
    public static var blank: Conditioning.Entry { Conditioning.Entry(embedding: Tensor([0])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("embedding", &embedding)
        if visitor.isReading, embedding.rank != 3 { throw DescriptionError("an embedding of \(embedding.shape)") }
        try visitor.visit("pooled", &pooled)
        try visitor.visit("controlEmbedding", &controlEmbedding)
        try visitor.optional("area", &area, blank: .blank) { try visitor.visit(part: "area", &$0) }
        try visitor.visit("strength", &strength)
        try visitor.visit("mask", &mask)
        try visitor.visit("maskStrength", &maskStrength)
        try visitor.visit("maskSetsArea", &maskSetsArea)
        try visitor.optional("timestepRange", &timestepRange, blank: .blank) { try visitor.visit(part: "timestepRange", &$0) }
        try visitor.visit("isDefault", &isDefault)
        try visitor.list("controls", &controls)
        try visitor.visit("controlsApplyToOtherSide", &controlsApplyToOtherSide)
        try visitor.visit(part: "hooks", &hooks)
        try describeGrounding(to: visitor)
        try visitor.optional("sizes", &sizes, blank: .blank) { try visitor.visit(part: "sizes", &$0) }
        try visitor.list("seenPictures", &seenPictures)
        try visitor.optional("upscaling", &upscaling, blank: .blank) { try visitor.visit(part: "upscaling", &$0) }
        // Digests hold a zero where there is no picture to enlarge, and two blanks where there is none to inpaint.
        if upscaling == nil { visitor.mark(.double(0)) }
        try visitor.optional("inpainting", &inpainting, blank: .blank) { try visitor.visit(part: "inpainting", &$0) }
        if inpainting == nil { visitor.mark(.none) }
    }

    /// Digests have the number of boxes before the model, and zero for no model at all.
    private mutating func describeGrounding(to visitor: any FieldVisitor) throws {
        visitor.mark(.whole(grounding?.boxes.count ?? 0))
        guard try visitor.unmarked({ try visitor.presence("grounding", grounding != nil) }) else {
            grounding = nil
            return
        }
        var present = grounding ?? .blank
        try visitor.visit(part: "grounding", &present)
        if visitor.isReading { grounding = present }
    }
}

extension Conditioning.Area: Described {
    public static var blank: Conditioning.Area { .cells(height: 0, width: 0, y: 0, x: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        let isCells: Bool = if case .cells = self { true } else { false }
        switch try visitor.kind("unit", isCells ? "cells" : "shares") {
        case "cells":
            var (height, width, y, x) = (0, 0, 0, 0)
            if case .cells(let h, let w, let top, let left) = self { (height, width, y, x) = (h, w, top, left) }
            // As a list of four.
            visitor.mark(.whole(4))
            try visitor.visit("height", &height)
            try visitor.visit("width", &width)
            try visitor.visit("y", &y)
            try visitor.visit("x", &x)
            self = .cells(height: height, width: width, y: y, x: x)
        case "shares":
            var (height, width, y, x) = (0.0, 0.0, 0.0, 0.0)
            if case .shares(let h, let w, let top, let left) = self { (height, width, y, x) = (h, w, top, left) }
            try visitor.visit("height", &height)
            try visitor.visit("width", &width)
            try visitor.visit("y", &y)
            try visitor.visit("x", &x)
            self = .shares(height: height, width: width, y: y, x: x)
        case let unit: throw DescriptionError("an area in \(unit)")
        }
    }
}

extension Conditioning.Inpainting: Described {
    public static var blank: Conditioning.Inpainting { .init(latent: Tensor([0]), mask: Tensor([0])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("latent", &latent)
        try visitor.visit("mask", &mask)
    }
}

extension ControlApplication: Described {
    public static var blank: ControlApplication { ControlApplication(control: .blank, hint: Tensor([0]), strength: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit(recipe: "control", &control)
        try visitor.visit("hint", &hint)
        try visitor.visit("strength", &strength)
        try visitor.visit(part: "timestepRange", &timestepRange)
    }
}

extension ScheduleRange: Described {
    public static var blank: ScheduleRange { .whole }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("start", &start)
        try visitor.visit("end", &end)
    }
}

extension SeenPicture: Described {
    public static var blank: SeenPicture { SeenPicture(embedding: Tensor([0]), strength: 0, noiseAugmentation: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("embedding", &embedding)
        if visitor.isReading, embedding.rank != 2 { throw DescriptionError("a seen picture of \(embedding.shape)") }
        try visitor.visit("strength", &strength)
        try visitor.visit("noiseAugmentation", &noiseAugmentation)
    }
}

extension SizeConditioning: Described {
    public static var blank: SizeConditioning { SizeConditioning(width: 0, height: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("width", &width)
        try visitor.visit("height", &height)
        try visitor.visit("cropWidth", &cropWidth)
        try visitor.visit("cropHeight", &cropHeight)
        try visitor.visit("targetWidth", &targetWidth)
        try visitor.visit("targetHeight", &targetHeight)
        try visitor.visit("aestheticScore", &aestheticScore)
    }
}

extension UpscaleConditioning: Described {
    public static var blank: UpscaleConditioning { UpscaleConditioning(picture: Tensor([0]), noiseAugmentation: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("picture", &picture)
        try visitor.visit("noiseAugmentation", &noiseAugmentation)
    }
}
