internal import Problems

/// Takes the header's JSON event by event: no tree is built, a repeated name is seen, and depth is limited by the format itself.
final class SafetensorsHeaderReader: JSONEventTaker {
    private(set) var entries: [SafetensorsHeader.Entry] = []
    private(set) var metadata: [String: String] = [:]

    private enum Place {
        case outside, top, metadata, tensor, shape, offsets, done
    }
    private enum Field { case none, type, shape, offsets }

    private let dataStart: Int
    private let dataLength: Int
    private var place = Place.outside
    private var field = Field.none
    private var name = ""
    private var type: SafetensorsType?
    private var shape: [Int]?
    private var offsets: [Int]?
    private var names: Set<String> = []
    private var metadataKey = ""
    /// How deep a value of the metadata nests that is no plain value; nothing in it is read.
    private var nesting = 0
    private var hasMetadata = false
    private var problem: SafetensorsProblem?

    init(dataStart: Int, dataLength: Int) {
        self.dataStart = dataStart
        self.dataLength = dataLength
    }

    func read(_ json: UnsafeBufferPointer<UInt8>) throws(SafetensorsProblem) {
        let end = JSONEvents.read(json, into: self)
        if var problem {
            if problem.offset == nil, case .stopped(let offset) = end { problem.offset = UInt64(8 + offset) }
            throw problem
        }
        switch end {
        case .whole where place == .done: return
        case .whole: throw SafetensorsProblem(.notJSON, offset: dataStart, reason: "the header ends early")
        case .stopped(let offset): throw SafetensorsProblem(.notJSON, offset: 8 + offset, reason: "the header ends early")
        case .malformed(let reason, let offset): throw SafetensorsProblem(.notJSON, offset: 8 + offset, reason: reason)
        }
    }

    func take(_ event: JSONEvent, endingAt end: Int) -> Bool {
        switch event {
        case .null: plain("null", "null")
        case .boolean(let value): plain(value ? "true" : "false", "a boolean")
        case .number(let digits): number(String(digits))
        case .string(let text): string(text)
        case .key(let text): key(text)
        case .beginMap: beginMap()
        case .endMap: endMap()
        case .beginList: beginList()
        case .endList: endList()
        }
    }

    // MARK: Events. Each says whether to go on.

    private func fail(_ kind: SafetensorsProblem.Kind, _ reason: String, offset: Int? = nil, hint: String? = nil) -> Bool {
        problem = SafetensorsProblem(kind, offset: offset, tensor: name.isEmpty ? nil : name.excerpt, reason: reason, hint: hint)
        return false
    }

    private func unexpected(_ what: String) -> Bool { fail(.malformed, "the header has \(what) where none belongs") }

    /// A value that is neither text nor object nor list. By the format metadata are texts alone, and the official library refuses others;
    /// but scripts write them, nothing depends on them, and what they say is plain.
    private func plain(_ value: String, _ what: String) -> Bool {
        switch place {
        case .metadata: keep(value)
        case .top where name == "__metadata__" && value == "null": true
        default: unexpected(what)
        }
    }

    /// Keeps a value of the metadata under its key.
    private func keep(_ value: String) -> Bool {
        if nesting > 0 { return true }
        if metadata.updateValue(value, forKey: metadataKey) != nil {
            return fail(.duplicateName, "metadata has \(metadataKey.excerpt) twice")
        }
        return true
    }

    private func beginMap() -> Bool {
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
            (type, shape, offsets, field) = (nil, nil, nil, .none)
        default: return unexpected("an object")
        }
        return true
    }

    private func endMap() -> Bool {
        switch place {
        case .tensor:
            place = .top
            return finishTensor()
        case .metadata where nesting > 0: nesting -= 1
        case .metadata: place = .top
        default: place = .done
        }
        return true
    }

    private func key(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch place {
        case .top: name = String(text)
        case .metadata: if nesting == 0 { metadataKey = String(text) }
        default:
            if text.elementsEqual("dtype".utf8) {
                field = .type
            } else if text.elementsEqual("shape".utf8) {
                field = .shape
            } else if text.elementsEqual("data_offsets".utf8) {
                field = .offsets
            } else {
                return fail(.malformed, "unknown field \(String(text).excerpt)")
            }
        }
        return true
    }

    private func string(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch (place, field) {
        case (.metadata, _): return keep(String(text))
        case (.tensor, .type):
            guard type == nil else { return fail(.duplicateName, "dtype is given twice") }
            type = SafetensorsType(text)
            return type != nil || fail(.unknownType, "unknown type \(String(text).excerpt)")
        default: return unexpected("a text")
        }
    }

    private func beginList() -> Bool {
        switch (place, field) {
        case (.metadata, _): nesting += 1
        case (.tensor, .shape) where shape == nil: (place, shape) = (.shape, [])
        case (.tensor, .offsets) where offsets == nil: (place, offsets) = (.offsets, [])
        case (.tensor, .shape), (.tensor, .offsets): return fail(.duplicateName, "a field is given twice")
        default: return unexpected("a list")
        }
        return true
    }

    private func endList() -> Bool {
        if place == .metadata { nesting -= 1 } else { place = .tensor }
        return true
    }

    private func number(_ digits: String) -> Bool {
        if place == .metadata { return keep(digits) }
        guard let value = Int(digits) else { return unexpected("the number \(digits.excerpt)") }
        switch place {
        case .shape:
            guard value >= 0 else { return fail(.badShape, "size \(value) is negative") }
            shape?.append(value)
            guard shape?.count ?? 0 <= SafetensorsHeader.highestRank else {
                return fail(.badShape, "more than \(SafetensorsHeader.highestRank) dimensions")
            }
        case .offsets:
            offsets?.append(value)
            guard offsets?.count ?? 0 <= 2 else { return fail(.malformed, "data_offsets has more than two numbers") }
        default: return unexpected("a number")
        }
        return true
    }

    private func finishTensor() -> Bool {
        guard let type, let shape, let offsets, offsets.count == 2 else {
            return fail(.malformed, "dtype, shape or data_offsets is missing")
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin >= 0, begin <= end else { return fail(.malformed, "its range \(begin)…\(end) is no range") }
        guard end <= dataLength else {
            return fail(
                .truncated, "its range ends at \(end), the data at \(dataLength)", offset: dataStart + dataLength,
                hint: "the file was probably cut short while it was downloaded: download it again")
        }
        guard let needed = type.byteCount(of: shape) else {
            return fail(.badShape, "shape \(shape) is too large for any computer")
        }
        guard needed == end - begin else {
            return fail(.sizeMismatch, "shape \(shape) needs \(needed) bytes, its range holds \(end - begin)", offset: dataStart + begin)
        }
        guard names.insert(name).inserted else { return fail(.duplicateName, "this name is there twice") }
        entries.append(.init(name: name, type: type, shape: shape, range: dataStart + begin..<dataStart + end))
        name = ""
        return true
    }
}
