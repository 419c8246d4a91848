internal import Pictures
internal import Nodes
internal import WorkflowEngine

/// Intermediate values as pictures that others can show.
enum PreviewPicture {
    /// A PNG of a picture, made quickly; `nil` for other values.
    static func encode(_ value: any WorkflowValue) -> EncodedPicture? {
        guard let image = value as? Image,
            let bytes = try? PNGWriter.encode(image, level: PNGWriter.previewLevel)
        else { return nil }
        return EncodedPicture(format: .png, width: image.width, height: image.height, bytes: bytes)
    }
}
