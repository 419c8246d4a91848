internal import Problems
public import Checkpoints
public import Descriptions
internal import Foundation

// How weights are written down: as the file they are in, and what was done to them on the way.

/// A source that is another one with a patch applied.
protocol PatchedContent: TensorSource {
    var base: any TensorSource { get }
    var patch: any WeightPatch { get }
}

extension FieldVisitor {
    /// Where weights come from, field by field; for visitors that write and read.
    ///
    /// - Throws: `DescriptionError` for a source that can't be written down.
    public func describe(source: inout any TensorSource) throws {
        var made = source
        switch try kind("source", try Self.kind(of: source)) {
        case "file", "folder":
            var file = try (source as? any FileBackedSource)?.reference() ?? FileReference()
            try visit("content", &file.content)
            try visit("path", &file.path)
            try visit("byteCount", &file.byteCount)
            if isReading { made = try open(file) }
        case "derived":
            let derived = source as? DerivedSource
            var base: any TensorSource = derived?.base ?? NoSource()
            var rule = try derived.map { String(decoding: try Self.encoder.encode($0.rule), as: UTF8.self) } ?? ""
            try visit("rule", &rule)
            try visit("base", &base)
            if isReading { made = DerivedSource(base, try JSONDecoder().decode(DerivedSource.Rule.self, from: Data(rule.utf8))) }
        case "scaled":
            var base: any TensorSource = (source as? ScaledSource)?.base ?? NoSource()
            try visit("base", &base)
            if isReading { made = ScaledSource(base) }
        case "patched":
            let patched = source as? any PatchedContent
            var base: any TensorSource = patched?.base ?? NoSource()
            var patch: any WeightPatch = patched?.patch ?? ScaledLayers([])
            try visit("base", &base)
            try visit(weightPatch: "patch", &patch)
            if isReading { made = try patch.applied(to: base) }
        case "summed":
            let summed = source as? SummedSource
            var differences: any TensorSource = summed?.differences ?? NoSource()
            var base: any TensorSource = summed?.base ?? NoSource()
            try visit("differences", &differences)
            try visit("base", &base)
            if isReading { made = SummedSource(differences, added: base) }
        case let kind: throw DescriptionError("no source is called \(kind)")
        }
        if isReading { source = made }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private static func kind(of source: any TensorSource) throws -> String {
        switch source {
        case is FolderSource: "folder"
        case is any FileBackedSource: "file"
        case is DerivedSource: "derived"
        case is ScaledSource: "scaled"
        case is any PatchedContent: "patched"
        case is SummedSource: "summed"
        case is NoSource: "nothing"
        default: throw DescriptionError("\(source.displayName) can't be written down")
        }
    }
}
