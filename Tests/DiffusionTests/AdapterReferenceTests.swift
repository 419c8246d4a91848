import Checkpoints
import Foundation
import Tensors
import Testing

@testable import Diffusion

/// Files under `Data/References`; the scripts beside them say how they were made.
enum ReferenceFile {
    static func open(_ name: String) throws -> SafetensorsFile {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try SafetensorsFile(path: folder.appending(path: "Data/References/\(name).safetensors").path)
    }
}

extension TensorSource {
    /// A part of a file of reference values: what stands below a prefix.
    func below(_ prefix: String) throws -> [(String, Tensor)] {
        try directory.keys.filter { $0.hasPrefix(prefix) }.sorted().map {
            (String($0.dropFirst(prefix.count)), try tensor(named: $0).float32())
        }
    }
}

@Suite("Adapters against lycoris")
struct AdapterReferenceTests {
    static let cases: [String] = {
        let names = (try? ReferenceFile.open("adapters").directory.keys.map { String($0) }) ?? []
        return Set(names.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
    }()

    @Test("the changed weight is the one that lycoris merges", arguments: cases)
    func merged(name: String) throws {
        let file = try ReferenceFile.open("adapters")
        let base = InMemorySource([("w.weight", try file.tensor(named: name + "/weight").float32())])
        let parts = InMemorySource(try file.below(name + "/in/").map { ("lora_unet_w.\($0.0)", $0.1) })
        for (key, strength) in [("out", Float(1)), ("half", 0.5)] where file.directory["\(name)/\(key)"] != nil {
            let found = try LoRAPatch(AdapterFile(parts), strength: strength).applied(to: base).tensor(named: "w.weight")
            let expected = try file.tensor(named: "\(name)/\(key)").float32()
            try expectClose(found, expected, within: 1e-6 * max(expected.maximumMagnitude, 1), "\(name) \(key)")
        }
    }

    @Test("all kinds are there")
    func coverage() { #expect(Self.cases.count == 27) }

    @Test("biases get their differences too", arguments: ["full", "norm"])
    func biases(name: String) throws {
        let file = try ReferenceFile.open("adapters")
        let base = InMemorySource([
            ("w.weight", try file.tensor(named: name + "/weight").float32()),
            ("w.bias", try file.tensor(named: name + "/bias").float32()),
        ])
        let parts = InMemorySource(try file.below(name + "/in/").map { ("lora_unet_w.\($0.0)", $0.1) })
        let found = try LoRAPatch(AdapterFile(parts), strength: 1).applied(to: base).tensor(named: "w.bias")
        try expectClose(found, try file.tensor(named: name + "/bias.out").float32(), within: 1e-6)
    }
}
