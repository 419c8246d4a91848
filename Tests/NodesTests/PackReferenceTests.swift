import Checkpoints
import Foundation
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Nodes

@Suite("Picture nodes of packs against PyTorch and Pillow")
struct PackReferenceTests {
    private static let picture = Image(
        Tensor((0..<144).map { (place: Int) -> Float in Float(place * 7919 % 101) / 100 }, shape: [1, 6, 8, 3]))

    private static let expected: SafetensorsFile? = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try? SafetensorsFile(path: folder.appending(path: "References/packs.safetensors").path)
    }()

    static let cases = (expected?.directory.keys.map { String($0) } ?? []).sorted()

    private func picture(_ node: some Node, _ inputs: KeyValuePairs<String, any WorkflowValue>) throws -> Image? {
        let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")
        let context = NodeContext(services: services, run: RunContext(node: "1", type: "Test"))
        switch try node.run(NodeInputs(inputs), in: context).values.first {
        case .value(let value): return value as? Image
        case .list(let values): return values.first as? Image
        default: return nil
        }
    }

    @Test("every way to resize, cut, mirror and grey a picture gives the same pixels", arguments: cases)
    func pixels(name: String) throws {
        let parts = name.split(separator: "/").map(String.init)
        let found: Image?
        switch parts[0] {
        case "resize":
            let sizes = parts[2].split(separator: "x").compactMap { Int64($0) }
            found = try picture(
                EssentialsImageResize(),
                [
                    "image": Self.picture, "width": sizes[0], "height": sizes[1], "interpolation": parts[3],
                    "method": parts[1] == "fill-crop" ? "fill / crop" : parts[1], "condition": "always", "multiple_of": Int64(0),
                ])
        case "desaturate": found = try picture(ImageDesaturate(), ["image": Self.picture, "factor": 0.75, "method": parts[1]])
        case "flip": found = try picture(EssentialsImageFlip(), ["image": Self.picture, "axis": parts[1]])
        default:
            let (largest, least) = (try #require(Int64(parts[1])), try #require(Int64(parts[2])))
            found = try picture(
                ConstrainImage(),
                [
                    "images": Self.picture, "max_width": largest, "max_height": largest, "min_width": least, "min_height": least,
                    "crop_if_required": parts[3],
                ])
        }
        let expected = try #require(Self.expected).tensor(named: name).float32()
        let pixels = try #require(found).pixels
        try #require(pixels.shape == expected.shape, "\(name)")
        #expect((pixels - expected).maximumMagnitude <= 2e-6, "\(name)")
    }

    @Test("all cases are there")
    func coverage() { #expect(Self.cases.count == 25) }
}
