import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Safetensors files") struct SafetensorsFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(path: folder.write(bytes, to: "m.safetensors"))
    }

    func refusal(_ bytes: [UInt8]) throws -> CheckpointError? {
        do {
            _ = try open(bytes)
            return nil
        } catch let error as CheckpointError {
            return error
        }
    }

    @Test("a tensor is a view with the stored type and shape")
    func reads() throws {
        let header =
            #"{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]},"#
            + #""y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#
        let file = try open(safetensors(header, data: [7, 8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]))
        #expect(file.metadata == ["a": "b"])
        #expect(file.directory["x"] == TensorInfo(dtype: .float32, shape: [1, 2]))
        #expect(try file.tensor(named: "x").float32().floats == [1, 2])
        #expect(try file.tensor(named: "y").float32().floats == [7, 8])
    }

    @Test("an empty file of tensors is a file of tensors")
    func empty() throws {
        #expect(try open(safetensors("{}")).directory.isEmpty)
        #expect(try open(safetensors("{}      ")).directory.isEmpty)
    }

    @Test("a tensor without elements takes no bytes")
    func emptyTensor() throws {
        let file = try open(safetensors(#"{"x":{"dtype":"F16","shape":[0,4],"data_offsets":[0,0]}}"#))
        #expect(try file.tensor(named: "x").count == 0)
    }

    @Test("every type is read back as it was written", arguments: DType.allCases)
    func types(dtype: DType) throws {
        let tensor = Tensor(bytes: (0..<UInt8(6 * dtype.size)).map { $0 }, shape: [2, 3], dtype: dtype)
        let path = folder.path("t.safetensors")
        try SafetensorsWriter.write([("a.b", tensor)], to: path)
        #expect(try SafetensorsFile(path: path).tensor(named: "a.b").hasSameBits(as: tensor))
    }

    static let refusals: [Refusal] = [
        Refusal("nothing", [], .truncated),
        Refusal("seven bytes", [1, 0, 0, 0, 0, 0, 0], .truncated),
        Refusal("a header longer than the file", [200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .truncated),
        Refusal("a header longer than any", [255, 255, 255, 255, 255, 255, 255, 255, 0x7B], .headerTooLong),
        Refusal("no header", [0, 0, 0, 0, 0, 0, 0, 0], .headerNotJSON),
        Refusal("a pickle", [0x80, 2, 0, 0, 0, 0, 0, 0] + Array(repeating: 0, count: 700), .headerNotJSON),
        Refusal("a list", safetensors("[] "), .headerNotJSON),
        Refusal("an unfinished object", safetensors(#"{"a":{"#), .headerNotJSON),
        Refusal("text after the object", safetensors("{}x"), .headerNotJSON),
        Refusal("a second object", safetensors("{}{}"), .headerNotJSON),
        Refusal("broken UTF-8", safetensors("{}").dropLast(2) + [0x7B, 0xFF], .headerNotJSON),
        Refusal("a number for a tensor", safetensors(#"{"a":1}"#), .headerMalformed),
        Refusal("a list for a tensor", safetensors(#"{"a":[]}"#), .headerMalformed),
        Refusal("null for a tensor", safetensors(#"{"a":null}"#), .headerMalformed),
        Refusal("nested objects", safetensors(#"{"a":{"dtype":{}}}"#), .headerMalformed),
        Refusal("deep lists", safetensors(#"{"a":{"shape":"# + String(repeating: "[", count: 100_000)), .headerMalformed),
        Refusal("a missing field", safetensors(#"{"a":{"dtype":"U8","shape":[1]}}"#, data: [0]), .headerMalformed),
        Refusal(
            "an unknown field", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, data: [0]), .headerMalformed),
        Refusal("an unknown type", safetensors(#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, data: [0]), .unknownType),
        Refusal(
            "a name twice",
            safetensors(#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#),
            .duplicateName),
        Refusal("metadata twice", safetensors(#"{"__metadata__":{"a":"b","a":"c"}}"#), .duplicateName),
        Refusal("two metadata", safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), .duplicateName),
        Refusal("a field twice", safetensors(#"{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#), .duplicateName),
        Refusal("metadata that is a list", safetensors(#"{"__metadata__":[1]}"#), .headerMalformed),
        Refusal("metadata that is a number", safetensors(#"{"__metadata__":1}"#), .headerMalformed),
        Refusal("a negative size", safetensors(#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, data: [0]), .badShape),
        Refusal("a fraction", safetensors(#"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, data: [0]), .headerMalformed),
        Refusal(
            "an endless number", safetensors(#"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}"#, data: [0]),
            .headerMalformed),
        Refusal(
            "a shape that overflows", safetensors(#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#), .badShape
        ),
        Refusal(
            "17 dimensions",
            safetensors(#"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#, data: [0]), .badShape),
        Refusal(
            "too few bytes for the shape", safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0]),
            .sizeMismatch),
        Refusal("a reversed range", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, data: [0]), .headerMalformed),
        Refusal("a negative range", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}"#, data: [0]), .headerMalformed),
        Refusal("three offsets", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, data: [0]), .headerMalformed),
        Refusal("a range behind the end", safetensors(#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, data: [0]), .truncated),
        Refusal(
            "overlapping ranges",
            safetensors(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
                data: [0, 0, 0]), .rangesOverlap),
        Refusal(
            "a shared range",
            safetensors(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: [0]),
            .rangesOverlap),
        Refusal("a gap", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: [0, 0]), .gap),
        Refusal(
            "bytes behind the last tensor", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: [0, 0]),
            .trailingBytes),
    ]

    @Test("what is wrong with a file is said", arguments: refusals)
    func refuses(fault: Refusal) throws {
        let error = try #require(try refusal(fault.bytes), "\(fault.what) is accepted")
        #expect(error.code == fault.code, "\(fault.what): \(error)")
    }

    @Test("a file cut anywhere is refused")
    func truncation() throws {
        let whole = safetensors(#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, data: [1, 2])
        for length in 0..<whole.count { #expect(try refusal(Array(whole[..<length])) != nil, "\(length) bytes are accepted") }
    }

    @Test("an error names file, tensor, place, reason and remedy")
    func message() throws {
        let error = try refusal(safetensors(#"{"a.weight":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}"#, data: [0, 0]))
        #expect(error?.tensor == "a.weight")
        #expect(error?.reason == "shape [3] needs 3 bytes, its range holds 2")
        #expect(throws: CheckpointError(.notFound, file: "/nowhere/x", reason: "there is no such file")) {
            try SafetensorsFile(path: "/nowhere/x")
        }
    }

    @Test("the writer's file is whole or not there")
    func atomicity() throws {
        let path = folder.path("w.safetensors")
        var writer = SafetensorsWriter(metadata: [("text", "quote \" and \\ and \n")])
        writer.add("a", TensorInfo(dtype: .float32, shape: [2]))
        #expect(throws: CheckpointError.self) {
            try writer.write(to: path) { throw CheckpointError(.missingTensor, file: "x", reason: $0) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
        try writer.write(to: path) { _ in Tensor([1, 2]) }
        #expect(try SafetensorsFile(path: path).metadata["text"] == "quote \" and \\ and \n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["w.safetensors"])
    }
}
