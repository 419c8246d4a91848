import CYAJL
import Glibc
import Tensors

/// Takes the header's JSON event by event: no tree is built, a repeated name is seen, and depth is limited by the format itself.
final class HeaderReader {
    private(set) var entries: [String: SafetensorsHeader.Entry] = [:]
    private(set) var metadata: [String: String] = [:]
    /// Ranges in the order of the header.
    private(set) var order: [(name: String, range: Range<Int>)] = []

    private enum Place {
        case outside, top, metadata, tensor, shape, offsets, done
    }
    private enum Field { case none, dtype, shape, offsets }

    private let file: String
    private let dataStart: Int
    private let dataLength: Int
    private var place = Place.outside
    private var field = Field.none
    private var name = ""
    private var dtype: DType?
    private var shape: [Int]?
    private var offsets: [Int]?
    private var metadataKey = ""
    /// How deep a value of the metadata nests that is no plain value; nothing in it is read.
    private var nesting = 0
    private var hasMetadata = false
    private var problem: CheckpointError?

    init(file: String, dataStart: Int, dataLength: Int) {
        self.file = file
        self.dataStart = dataStart
        self.dataLength = dataLength
    }

    func read(_ json: UnsafeRawBufferPointer) throws(CheckpointError) {
        var callbacks = yajl_callbacks()
        callbacks.yajl_null = { reader($0).plain("null", "null") }
        callbacks.yajl_boolean = { context, value in reader(context).plain(value != 0 ? "true" : "false", "a boolean") }
        callbacks.yajl_number = { context, digits, count in
            reader(context).number(String(decoding: UnsafeRawBufferPointer(start: digits, count: count), as: UTF8.self))
        }
        callbacks.yajl_string = { context, bytes, count in reader(context).string(bytes, count) }
        callbacks.yajl_start_map = { reader($0).startMap() }
        callbacks.yajl_map_key = { context, bytes, count in reader(context).key(bytes, count) }
        callbacks.yajl_end_map = { reader($0).endMap() }
        callbacks.yajl_start_array = { reader($0).startArray() }
        callbacks.yajl_end_array = { reader($0).endArray() }
        let parser = yajl_alloc(&callbacks, nil, Unmanaged.passUnretained(self).toOpaque())
        defer { yajl_free(parser) }

        let text = json.bindMemory(to: UInt8.self)
        var status = yajl_parse(parser, text.baseAddress, text.count)
        if status == yajl_status_ok { status = yajl_complete_parse(parser) }
        let position = UInt64(8 + yajl_get_bytes_consumed(parser))
        if var problem {
            problem.offset = problem.offset ?? position
            throw problem
        }
        guard status == yajl_status_ok, place == .done else {
            var reason = "the header ends early"
            if status != yajl_status_ok, let message = yajl_get_error(parser, 0, text.baseAddress, text.count) {
                reason = String(cString: message).split(separator: "\n").joined(separator: " ")
                yajl_free_error(parser, message)
            }
            throw CheckpointError(.headerNotJSON, file: file, offset: position, reason: reason)
        }
    }

    // MARK: Events. 1 goes on, 0 stops.

    private func fail(_ code: CheckpointError.Code, _ reason: String, offset: Int? = nil, hint: String? = nil) -> Int32 {
        problem = CheckpointError(
            code, file: file, offset: offset.map(UInt64.init), tensor: name.isEmpty ? nil : name.excerpt, reason: reason, hint: hint)
        return 0
    }

    private func unexpected(_ what: String) -> Int32 {
        fail(.headerMalformed, "the header has \(what) where none belongs")
    }

    /// A value that is neither text nor object nor list. By the format metadata are texts alone, and the official library refuses others;
    /// but scripts write them, nothing depends on them, and what they say is plain.
    private func plain(_ value: String, _ what: String) -> Int32 {
        switch place {
        case .metadata: keep(value)
        case .top where name == "__metadata__" && value == "null": 1
        default: unexpected(what)
        }
    }

    /// Keeps a value of the metadata under its key.
    private func keep(_ value: String) -> Int32 {
        if nesting > 0 { return 1 }
        if metadata.updateValue(value, forKey: metadataKey) != nil {
            return fail(.duplicateName, "metadata has \(metadataKey.excerpt) twice")
        }
        return 1
    }

    private func startMap() -> Int32 {
        switch place {
        case .metadata: nesting += 1
        case .outside: place = .top
        case .top where name == "__metadata__":
            guard !hasMetadata else { return fail(.duplicateName, "metadata is there twice") }
            hasMetadata = true
            name = ""
            place = .metadata
        case .top:
            place = .tensor
            dtype = nil
            shape = nil
            offsets = nil
        default: return unexpected("an object")
        }
        return 1
    }

    private func endMap() -> Int32 {
        switch place {
        case .tensor:
            place = .top
            return finishTensor()
        case .metadata where nesting > 0: nesting -= 1
        case .metadata: place = .top
        default: place = .done
        }
        return 1
    }

    private func key(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        switch place {
        case .top: name = text(bytes, count)
        case .metadata: if nesting == 0 { metadataKey = text(bytes, count) }
        default:
            if equal(bytes, count, "dtype") {
                field = .dtype
            } else if equal(bytes, count, "shape") {
                field = .shape
            } else if equal(bytes, count, "data_offsets") {
                field = .offsets
            } else {
                return fail(.headerMalformed, "unknown field \(text(bytes, count).excerpt)")
            }
        }
        return 1
    }

    private func string(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        switch (place, field) {
        case (.metadata, _):
            return keep(text(bytes, count))
        case (.tensor, .dtype):
            guard dtype == nil else { return fail(.duplicateName, "dtype is given twice") }
            dtype = DType(safetensors: bytes, count)
            if dtype == nil { return fail(.unknownType, "unknown type \(text(bytes, count).excerpt)") }
        default: return unexpected("a text")
        }
        return 1
    }

    private func startArray() -> Int32 {
        switch (place, field) {
        case (.metadata, _): nesting += 1
        case (.tensor, .shape) where shape == nil:
            place = .shape
            shape = []
        case (.tensor, .offsets) where offsets == nil:
            place = .offsets
            offsets = []
        case (.tensor, .shape), (.tensor, .offsets): return fail(.duplicateName, "a field is given twice")
        default: return unexpected("a list")
        }
        return 1
    }

    private func endArray() -> Int32 {
        if place == .metadata { nesting -= 1 } else { place = .tensor }
        return 1
    }

    private func number(_ digits: String) -> Int32 {
        if place == .metadata { return keep(digits) }
        guard let value = Int(digits) else { return unexpected("the number \(digits.excerpt)") }
        switch place {
        case .shape:
            guard value >= 0 else { return fail(.badShape, "size \(value) is negative") }
            shape?.append(value)
            if let shape, shape.count > SafetensorsHeader.highestRank {
                return fail(.badShape, "more than \(SafetensorsHeader.highestRank) dimensions")
            }
        case .offsets:
            offsets?.append(value)
            if let offsets, offsets.count > 2 { return fail(.headerMalformed, "data_offsets has more than two numbers") }
        default: return unexpected("a number")
        }
        return 1
    }

    private func finishTensor() -> Int32 {
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            return fail(.headerMalformed, "dtype, shape or data_offsets is missing")
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin >= 0, begin <= end else { return fail(.headerMalformed, "its range \(begin)…\(end) is no range") }
        guard end <= dataLength else {
            return fail(
                .truncated, "its range ends at \(end), the data at \(dataLength)", offset: dataStart + dataLength,
                hint: "the file was probably cut short while it was downloaded: download it again")
        }
        guard let needed = dtype.checkedByteCount(shape: shape) else {
            return fail(.badShape, "shape \(shape) is too large for any computer")
        }
        guard needed == end - begin else {
            return fail(
                .sizeMismatch, "shape \(shape) needs \(needed) bytes, its range holds \(end - begin)", offset: dataStart + begin)
        }
        let range = dataStart + begin..<dataStart + end
        let entry = SafetensorsHeader.Entry(info: TensorInfo(dtype: dtype, shape: shape), range: range)
        guard entries.updateValue(entry, forKey: name) == nil else { return fail(.duplicateName, "this name is there twice") }
        order.append((name, range))
        name = ""
        return 1
    }
}

/// The reader behind a yajl context.
private func reader(_ context: UnsafeMutableRawPointer?) -> HeaderReader {
    // Safe: the context is the reader that `read` keeps alive while it parses.
    Unmanaged<HeaderReader>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
}

private func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
}

private func equal(_ bytes: UnsafePointer<UInt8>?, _ count: Int, _ word: StaticString) -> Bool {
    guard let bytes, count == word.utf8CodeUnitCount else { return false }
    return memcmp(bytes, word.utf8Start, count) == 0
}

extension DType {
    /// Spelling in safetensors headers.
    var safetensorsName: String {
        switch self {
        case .float64: "F64"
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float8E4M3: "F8_E4M3"
        case .float8E5M2: "F8_E5M2"
        case .int64: "I64"
        case .int32: "I32"
        case .int16: "I16"
        case .int8: "I8"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    fileprivate init?(safetensors bytes: UnsafePointer<UInt8>?, _ count: Int) {
        // The commonest first; `allCases` misses none.
        if equal(bytes, count, "F16") {
            self = .float16
        } else if equal(bytes, count, "F32") {
            self = .float32
        } else {
            let name = text(bytes, count)
            guard let type = DType.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
            self = type
        }
    }

    /// Bytes of a tensor of that shape; `nil` when the number doesn't fit.
    func checkedByteCount(shape: [Int]) -> Int? {
        var total = size
        for length in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: length)
            if overflow || length < 0 { return nil }
            total = product
        }
        return total
    }
}
