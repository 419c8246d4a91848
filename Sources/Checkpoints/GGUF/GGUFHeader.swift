internal import Problems
import Tensors

/// The header of a GGUF file, read and fully checked.
///
/// Layout, little-endian: `GGUF`, version, number of tensors, number of metadata pairs; the pairs; name, sizes (fastest first), type
/// and offset of each tensor; padding; the data. Every count is held against the bytes that are left before anything is kept, ranges
/// lie inside the file and share no byte. Source: ggml's description of the format (versions 2 and 3).
struct GGUFHeader {
    struct Entry {
        var type: GGUFType
        /// Slowest size first, as everywhere here.
        var shape: [Int]
        /// In the file.
        var range: Range<Int>
    }
    private(set) var entries: [String: Entry] = [:]

    /// ggml's own limit is 64; nobody needs more than this.
    private static let longestName = 4096
    private static let highestRank = 8
    private static let deepestArray = 4
    /// Shapes that a converter had to flatten for its block sizes stand in the metadata under this prefix and the tensor's name.
    private static let shapePrefix = "comfy.gguf.orig_shape."

    private struct Stored {
        var name: String
        var type: GGUFType
        var shape: [Int]
        var offset: UInt64
        var place: Int
    }

    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        var cursor = ByteCursor(bytes, at: 4, file: file, what: "the header")
        let version = try cursor.number(UInt32.self)
        guard version == 2 || version == 3 else {
            throw CheckpointError(
                .unsupported, file: file, offset: 4, reason: "this is GGUF version \(version), 2 and 3 are read",
                hint: version > 0xFFFF ? "big-endian files are not supported" : nil)
        }
        let tensorCount = try Self.count(&cursor, atLeast: 24, file)
        let pairCount = try Self.count(&cursor, atLeast: 13, file)
        var alignment = 32
        var shapes: [String: [Int]] = [:]
        for _ in 0..<pairCount {
            let key = try Self.string(&cursor, limit: 1 << 16, file)
            let type = try cursor.number(UInt32.self)
            if key == "general.alignment", type == 4 {
                alignment = Int(try cursor.number(UInt32.self))
                guard alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
                    throw CheckpointError(.headerMalformed, file: file, reason: "an alignment of \(alignment) bytes is no power of two")
                }
            } else if key.hasPrefix(Self.shapePrefix), type == 9, let shape = try Self.sizes(&cursor, file) {
                shapes[String(key.dropFirst(Self.shapePrefix.count))] = shape
            } else {
                try Self.skip(&cursor, type: type, depth: 0, file)
            }
        }
        var tensors: [Stored] = []
        for _ in 0..<tensorCount { tensors.append(try Self.tensor(&cursor, file)) }
        let dataStart = (cursor.position + alignment - 1) / alignment * alignment
        for tensor in tensors {
            let entry = try Self.entry(tensor, dataStart: dataStart, alignment: alignment, end: bytes.count, shapes[tensor.name], file)
            guard entries.updateValue(entry, forKey: tensor.name) == nil else {
                throw CheckpointError(
                    .duplicateName, file: file, offset: UInt64(tensor.place), tensor: tensor.name.excerpt, reason: "this name comes twice")
            }
        }
        try checkOverlaps(file)
    }

    private static func tensor(_ cursor: inout ByteCursor, _ file: String) throws(CheckpointError) -> Stored {
        let place = cursor.position
        let name = try string(&cursor, limit: longestName, file)
        func fail(_ code: CheckpointError.Code, _ reason: String, _ hint: String? = nil) -> CheckpointError {
            CheckpointError(code, file: file, offset: UInt64(place), tensor: name.excerpt, reason: reason, hint: hint)
        }
        let rank = Int(try cursor.number(UInt32.self))
        guard rank <= highestRank else { throw fail(.badShape, "\(rank) dimensions are more than the \(highestRank) that are read") }
        var shape: [Int] = []
        for _ in 0..<rank {
            let size = try cursor.number(UInt64.self)
            guard let size = Int(exactly: size) else { throw fail(.badShape, "a size of \(size) is too large for any computer") }
            shape.insert(size, at: 0)
        }
        let number = try cursor.number(UInt32.self)
        guard let type = GGUFType(rawValue: number) else {
            throw fail(
                .unknownType, "its type \(GGUFType.name(of: number)) can't be read",
                "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K can")
        }
        return Stored(name: name, type: type, shape: shape, offset: try cursor.number(UInt64.self), place: place)
    }

    private static func entry(
        _ tensor: Stored, dataStart: Int, alignment: Int, end: Int, _ original: [Int]?, _ file: String
    ) throws(CheckpointError) -> Entry {
        func fail(_ code: CheckpointError.Code, _ reason: String) -> CheckpointError {
            CheckpointError(code, file: file, offset: UInt64(tensor.place), tensor: tensor.name.excerpt, reason: reason)
        }
        guard let bytes = DType.float64.checkedByteCount(shape: tensor.shape) else {
            throw fail(.badShape, "shape \(tensor.shape) is too large for any computer")
        }
        let count = bytes / DType.float64.size
        let (block, size) = tensor.type.block
        // Blocks lie within rows.
        guard (tensor.shape.last ?? 1).isMultiple(of: block) else {
            throw fail(.badShape, "rows of \(tensor.shape.last ?? 1) don't divide into blocks of \(block)")
        }
        guard let offset = Int(exactly: tensor.offset), offset.isMultiple(of: alignment), dataStart <= end, offset <= end - dataStart,
            count / block <= (end - dataStart - offset) / size
        else {
            throw CheckpointError(
                .truncated, file: file, offset: UInt64(tensor.place), tensor: tensor.name.excerpt,
                reason: "its \(count) elements at \(tensor.offset) reach beyond the file, or are not aligned",
                hint: "the file was probably cut short while it was downloaded")
        }
        let start = dataStart + offset
        var shape = tensor.shape
        if let original {
            let whole = DType.float64.checkedByteCount(shape: original).map { $0 / DType.float64.size }
            guard whole == count else { throw fail(.badShape, "its original shape \(original) has another count than \(tensor.shape)") }
            shape = original
        }
        return Entry(type: tensor.type, shape: shape, range: start..<start + count / block * size)
    }

    private func checkOverlaps(_ file: String) throws(CheckpointError) {
        var covered = 0
        for (name, entry) in entries.sorted(by: { $0.value.range.lowerBound < $1.value.range.lowerBound }) where !entry.range.isEmpty {
            guard entry.range.lowerBound >= covered else {
                throw CheckpointError(
                    .rangesOverlap, file: file, offset: UInt64(entry.range.lowerBound), tensor: name.excerpt,
                    reason: "its range begins \(covered - entry.range.lowerBound) bytes inside that of another tensor")
            }
            covered = entry.range.upperBound
        }
    }
}

// MARK: Values

extension GGUFHeader {
    /// A number of things of which each takes some bytes that must still follow.
    private static func count(_ cursor: inout ByteCursor, atLeast size: Int, _ file: String) throws(CheckpointError) -> Int {
        let place = cursor.position
        let number = try cursor.number(UInt64.self)
        guard let count = Int(exactly: number), count <= cursor.remaining / max(size, 1) else {
            throw CheckpointError(
                .truncated, file: file, offset: UInt64(place),
                reason: "the header claims \(number) entries, \(cursor.remaining) bytes follow",
                hint: "the file was probably cut short while it was downloaded")
        }
        return count
    }

    private static func string(_ cursor: inout ByteCursor, limit: Int, _ file: String) throws(CheckpointError) -> String {
        let place = cursor.position
        let length = try cursor.length(UInt64.self)
        guard length <= limit else {
            throw CheckpointError(.headerMalformed, file: file, offset: UInt64(place), reason: "a name of \(length) bytes is too long")
        }
        return cursor.text(try cursor.take(length))
    }

    /// Bytes of a plain value of that type; `nil` for texts, arrays, and types that don't exist.
    private static func size(ofType type: UInt32) -> Int? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: nil
        }
    }

    private static func skip(_ cursor: inout ByteCursor, type: UInt32, depth: Int, _ file: String) throws(CheckpointError) {
        if let size = size(ofType: type) {
            _ = try cursor.take(size)
        } else if type == 8 {
            _ = try cursor.take(try cursor.length(UInt64.self))
        } else if type == 9, depth < deepestArray {
            let element = try cursor.number(UInt32.self)
            let size = size(ofType: element)
            // An empty text or array still has its length.
            let count = try count(&cursor, atLeast: size ?? 8, file)
            if let size {
                _ = try cursor.take(count * size)
            } else {
                for _ in 0..<count { try skip(&cursor, type: element, depth: depth + 1, file) }
            }
        } else {
            throw CheckpointError(
                .headerMalformed, file: file, offset: UInt64(cursor.position), reason: "a value in the header has the unknown type \(type)")
        }
    }

    /// An array of a few whole numbers; `nil`, and skipped, if it is another.
    private static func sizes(_ cursor: inout ByteCursor, _ file: String) throws(CheckpointError) -> [Int]? {
        var ahead = cursor
        let element = try ahead.number(UInt32.self)
        guard element == 4 || element == 5 else {
            try skip(&cursor, type: 9, depth: 0, file)
            return nil
        }
        let count = try count(&ahead, atLeast: 4, file)
        guard count <= highestRank else {
            try skip(&cursor, type: 9, depth: 0, file)
            return nil
        }
        var sizes: [Int] = []
        for _ in 0..<count { sizes.append(Int(try ahead.number(Int32.self))) }
        cursor = ahead
        return sizes.allSatisfy { $0 >= 0 } ? sizes : nil
    }
}
