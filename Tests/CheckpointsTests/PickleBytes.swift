import Foundation

/// Writes pickles and torch files byte by byte, for tests that need exactly those bytes.
enum PickleBytes {
    static func name(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func text(_ text: String) -> [UInt8] { [0x58] + le(UInt32(text.utf8.count)) + Array(text.utf8) }
    static func int(_ value: Int) -> [UInt8] { (0..<256).contains(value) ? [0x4B, UInt8(value)] : [0x8A, 8] + le(Int64(value)) }
    static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.joined() + [0x74] }
    static func dict(_ items: [([UInt8], [UInt8])]) -> [UInt8] { [0x7D, 0x28] + items.flatMap { $0.0 + $0.1 } + [0x75] }
    static func list(_ items: [[UInt8]]) -> [UInt8] { [0x5D, 0x28] + items.joined() + [0x65] }
    static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] { function + tuple(arguments) + [0x52] }
    static func pickle(_ content: [UInt8]) -> [UInt8] { [0x80, 2] + content + [0x2E] }
    static let none: [UInt8] = [0x4E]

    static func storage(_ key: String, type: String = "FloatStorage", count: Int, view: [UInt8]? = nil) -> [UInt8] {
        tuple([text("storage"), name("torch", type), text(key), text("cpu"), int(count)] + (view.map { [$0] } ?? [])) + [0x51]
    }

    static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
        call(
            name("torch._utils", "_rebuild_tensor_v2"),
            [
                storage, int(offset), tuple(shape.map(int)), tuple(strides.map(int)), [0x89],
                call(name("collections", "OrderedDict"), []),
            ])
    }

    static func le<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { le($0.bitPattern) } }

    /// A torch zip around a pickle's content.
    static func torchZip(_ content: [UInt8], _ storages: [String: [UInt8]] = [:], top: String = "archive", zip64: Bool = false) -> [UInt8] {
        let files =
            [("\(top)/data.pkl", pickle(content)), ("\(top)/version", Array("3\n".utf8))]
            + storages.sorted { $0.key < $1.key }.map { ("\(top)/data/\($0.key)", $0.value) }
        return zip(files, zip64: zip64)
    }

    static func zip(_ files: [(name: String, content: [UInt8])], method: UInt16 = 0, zip64: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in files {
            let offset = out.count
            let name = Array(name.utf8)
            let sizes = le(UInt32(content.count)) + le(UInt32(content.count))
            let common = le(UInt16(0)) + le(method) + le(UInt32(0)) + le(UInt32(0)) + sizes + le(UInt16(name.count))
            out += le(UInt32(0x0403_4B50)) + le(UInt16(45)) + common + le(UInt16(0)) + name + content
            if zip64 {
                let wide = le(UInt16(1)) + le(UInt16(24)) + le(UInt64(content.count)) + le(UInt64(content.count)) + le(UInt64(offset))
                directory += le(UInt32(0x0201_4B50)) + le(UInt16(45)) + le(UInt16(45)) + le(UInt16(0)) + le(method) + le(UInt64(0))
                directory += le(UInt32.max) + le(UInt32.max) + le(UInt16(name.count)) + le(UInt16(wide.count)) + le(UInt16(0))
                directory += le(UInt64(0)) + le(UInt32.max) + name + wide
            } else {
                directory += le(UInt32(0x0201_4B50)) + le(UInt16(45)) + le(UInt16(45)) + common + le(UInt16(0)) + le(UInt16(0))
                directory += le(UInt64(0)) + le(UInt32(offset)) + name
            }
        }
        let start = out.count
        out += directory
        if zip64 {
            let record = out.count
            out += le(UInt32(0x0606_4B50)) + le(UInt64(44)) + le(UInt16(45)) + le(UInt16(45)) + le(UInt64(0))
            out += le(UInt64(files.count)) + le(UInt64(files.count)) + le(UInt64(directory.count)) + le(UInt64(start))
            out += le(UInt32(0x0706_4B50)) + le(UInt32(0)) + le(UInt64(record)) + le(UInt32(1))
        }
        out += le(UInt32(0x0605_4B50)) + le(UInt32(0)) + le(UInt16(files.count)) + le(UInt16(files.count))
        out += zip64 ? le(UInt32.max) + le(UInt32.max) + le(UInt16(0)) : le(UInt32(directory.count)) + le(UInt32(start)) + le(UInt16(0))
        return out
    }

    /// A torch file from before 1.6.
    static func torchLegacy(_ content: [UInt8], keys: [String], storages: [(count: Int, bytes: [UInt8])]) -> [UInt8] {
        let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        var out = pickle(magic) + pickle([0x4D] + le(UInt16(1001)))
        out += pickle(dict([(text("protocol_version"), [0x4D] + le(UInt16(1001))), (text("little_endian"), [0x88])]))
        out += pickle(content) + pickle(list(keys.map(text)))
        for (count, bytes) in storages { out += le(Int64(count)) + bytes }
        return out
    }
}
