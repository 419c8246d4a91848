internal import Formats
internal import Problems
import Tensors

/// Reads one pickle as data: a stack machine whose instructions build values and call nothing.
///
/// Time and memory are bounded by the pickle's length and by `mostOperations`; depth doesn't matter, since values refer to their
/// parts by number and no function calls itself.
struct PickleMachine {
    static let mostOperations = 4_000_000
    static let deepestStack = 1_000_000

    private(set) var cursor: ByteCursor
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dicts: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var storages: [PickledStorage] = []
    private(set) var tensors: [PickledTensor] = []
    private var copied = 0
    private var storageOfKey: [String: Int] = [:]

    init(_ cursor: ByteCursor) { self.cursor = cursor }

    func fail(_ reason: String) -> CheckpointError { fail(.badPickle, reason) }

    func fail(_ code: CheckpointError.Code, _ reason: String, hint: String? = nil) -> CheckpointError {
        CheckpointError(code, file: cursor.file, offset: UInt64(cursor.position), reason: reason, hint: hint)
    }

    /// Runs up to STOP and gives what is left on the stack.
    mutating func run() throws(CheckpointError) -> PickleValue {
        for _ in 0..<Self.mostOperations {
            let operation = try cursor.byte()
            if operation == UInt8(ascii: ".") {
                guard let result = stack.popLast() else { throw fail("the pickle ends with nothing on its stack") }
                return result
            }
            try step(operation)
            guard stack.count <= Self.deepestStack else {
                throw fail(.tooLarge, "the pickle's stack grows beyond \(Self.deepestStack) values")
            }
        }
        throw fail(.tooLarge, "the pickle has more than \(Self.mostOperations) instructions")
    }

    // MARK: Stack

    private mutating func push(_ value: PickleValue) { stack.append(value) }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw fail("the pickle takes from an empty stack") }
        return value
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw fail("the pickle takes up to a mark that isn't there") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func tuple(_ items: [PickleValue]) -> PickleValue {
        tuples.append(items)
        return .tuple(tuples.count - 1)
    }

    private mutating func list(_ items: [PickleValue]) -> PickleValue {
        lists.append(items)
        return .list(lists.count - 1)
    }

    private mutating func dict(_ items: [(key: PickleValue, value: PickleValue)] = []) -> PickleValue {
        dicts.append(items)
        return .dict(dicts.count - 1)
    }

    // MARK: Instructions

    private mutating func step(_ operation: UInt8) throws(CheckpointError) {
        switch Character(UnicodeScalar(operation)) {
        // Frames and marks.
        case "\u{80}":
            let version = try cursor.byte()
            guard version <= 5 else { throw fail(.unsupported, "pickle protocol \(version) is unknown") }
        case "\u{95}": _ = try cursor.number(UInt64.self)
        case "(": marks.append(stack.count)
        case "0": if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case "1": _ = try popToMark()
        case "2":
            let value = try pop()
            push(value)
            push(value)

        // Plain values.
        case "N": push(.none)
        case "\u{88}": push(.bool(true))
        case "\u{89}": push(.bool(false))
        case "J": push(.int(Int(try cursor.number(Int32.self))))
        case "K": push(.int(Int(try cursor.byte())))
        case "M": push(.int(Int(try cursor.number(UInt16.self))))
        case "\u{8A}": push(try integer(length: Int(try cursor.byte())))
        case "\u{8B}": push(try integer(length: try cursor.length(UInt32.self)))
        case "G": push(.float(Double(bitPattern: try cursor.number(UInt64.self).byteSwapped)))
        case "F", "I", "L": push(try numberLine(operation))

        // Texts and bytes.
        case "X": push(.text(cursor.text(try cursor.take(try cursor.length(UInt32.self)))))
        case "\u{8C}": push(.text(cursor.text(try cursor.take(Int(try cursor.byte())))))
        case "\u{8D}": push(.text(cursor.text(try cursor.take(try cursor.length(UInt64.self)))))
        case "V": push(.text(try cursor.line(limit: 1 << 20)))
        case "S":
            let line = try cursor.line(limit: 1 << 20)
            guard line.count >= 2, let quote = line.first, quote == line.last, quote == "'" || quote == "\"" else {
                throw fail("a text without quotes")
            }
            push(.text(String(line.dropFirst().dropLast())))
        case "T": push(.text(cursor.text(try cursor.take(try cursor.length(UInt32.self)))))
        case "U": push(.text(cursor.text(try cursor.take(Int(try cursor.byte())))))
        case "B": push(.bytes(try cursor.take(try cursor.length(UInt32.self))))
        case "C": push(.bytes(try cursor.take(Int(try cursor.byte()))))
        case "\u{8E}": push(.bytes(try cursor.take(try cursor.length(UInt64.self))))

        // Containers.
        case ")": push(tuple([]))
        case "t": push(tuple(try popToMark()))
        case "\u{85}": push(tuple([try pop()]))
        case "\u{86}":
            let second = try pop()
            push(tuple([try pop(), second]))
        case "\u{87}":
            let third = try pop()
            let second = try pop()
            push(tuple([try pop(), second, third]))
        case "]": push(list([]))
        case "l": push(list(try popToMark()))
        case "}": push(dict())
        case "d": push(dict(try pairs(try popToMark())))
        case "\u{8F}": push(list([]))
        case "\u{91}": push(list(try popToMark()))
        case "a":
            let value = try pop()
            try append([value])
        case "e", "\u{90}": try append(try popToMark())
        case "s":
            let value = try pop()
            try set([(try pop(), value)])
        case "u": try set(try pairs(try popToMark()))

        // Memo.
        case "q": try remember(Int(try cursor.byte()))
        case "r": try remember(Int(try cursor.number(UInt32.self)))
        case "p": try remember(try memoLine())
        case "\u{94}": try remember(memo.count)
        case "h": try recall(Int(try cursor.byte()))
        case "j": try recall(Int(try cursor.number(UInt32.self)))
        case "g": try recall(try memoLine())

        // Names, and what would be calls.
        case "c":
            let module = try cursor.line()
            push(.global(try global(module, try cursor.line())))
        case "\u{93}":
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else { throw fail("a name that isn't text") }
            push(.global(try global(module, name)))
        case "R", "\u{81}":
            let arguments = try pop()
            push(try made(by: try pop(), arguments))
        case "\u{92}":
            _ = try pop()
            let arguments = try pop()
            push(try made(by: try pop(), arguments))
        case "o":
            let items = try popToMark()
            guard let first = items.first else { throw fail("an object without a class") }
            push(try made(by: first, tuple(Array(items.dropFirst()))))
        case "i":
            let module = try cursor.line()
            let name = try cursor.line()
            push(try made(by: .global(try global(module, name)), tuple(try popToMark())))
        case "b": try setState(try pop())
        case "Q": push(try persistent(try pop()))
        default:
            throw fail(
                .forbidden, "instruction 0x\(String(operation, radix: 16)) isn't one that a model file needs",
                hint: "the file may be damaged, or no model")
        }
    }

    private mutating func integer(length: Int) throws(CheckpointError) -> PickleValue {
        guard length <= 1024 else { throw fail(.tooLarge, "an integer of \(length) bytes") }
        let bytes = Array(UnsafeRawBufferPointer(rebasing: cursor.bytes[try cursor.take(length)]))
        guard length <= 8 else { return .bigInt(bytes) }
        var value: UInt64 = bytes.last.map { $0 & 0x80 != 0 } ?? false ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return .int(Int(Int64(bitPattern: value)))
    }

    private mutating func numberLine(_ operation: UInt8) throws(CheckpointError) -> PickleValue {
        var line = try cursor.line()
        if operation == UInt8(ascii: "F") {
            guard let value = Double(line) else { throw fail("\(line.excerpt) is no number") }
            return .float(value)
        }
        if operation == UInt8(ascii: "I"), line == "00" || line == "01" { return .bool(line == "01") }
        if line.hasSuffix("L") { line.removeLast() }
        guard let value = Int(line) else { throw fail("\(line.excerpt) is no integer") }
        return .int(value)
    }

    private mutating func memoLine() throws(CheckpointError) -> Int {
        let line = try cursor.line()
        guard let number = Int(line), number >= 0 else { throw fail("\(line.excerpt) is no place of the memo") }
        return number
    }

    private mutating func remember(_ number: Int) throws(CheckpointError) {
        guard let value = stack.last else { throw fail("the pickle remembers nothing") }
        memo[number] = value
    }

    private mutating func recall(_ number: Int) throws(CheckpointError) {
        guard let value = memo[number] else { throw fail("the pickle recalls what it never remembered") }
        push(value)
    }

    private func pairs(_ items: [PickleValue]) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard items.count.isMultiple(of: 2) else { throw fail("a key without a value") }
        return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
    }

    private mutating func append(_ items: [PickleValue]) throws(CheckpointError) {
        switch stack.last {
        case .list(let number): lists[number] += items
        case .inert: break
        default: throw fail("items are added to something that is no list")
        }
    }

    private mutating func set(_ items: [(key: PickleValue, value: PickleValue)]) throws(CheckpointError) {
        switch stack.last {
        case .dict(let number): dicts[number] += items
        case .inert: break
        default: throw fail("keys are set in something that is no dictionary")
        }
    }

    private func global(_ module: String, _ name: String) throws(CheckpointError) -> PickleGlobal {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw fail(
                .forbidden, "the pickle asks for \("\(module).\(name)".excerpt)",
                hint: "this file was made to run code on the computer that loads it: delete it")
        }
        return global
    }

    /// Attributes set on an object: only what makes up an inert object is dropped silently.
    private mutating func setState(_ state: PickleValue) throws(CheckpointError) {
        guard let object = stack.last else { throw fail("state for nothing") }
        switch object {
        // An OrderedDict may carry attributes (`_metadata` of a state dict), a tensor and others too: nothing we need.
        case .dict, .list, .inert, .tensor, .tuple: break
        default: throw fail("state for something that has none")
        }
    }
}

// MARK: What would be calls

extension PickleMachine {
    private mutating func made(by function: PickleValue, _ arguments: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .global(let global) = function else {
            if case .inert = function { return .inert }
            throw fail(.forbidden, "the pickle calls something that is no name")
        }
        guard case .tuple(let number) = arguments else {
            if case .inert = global { return .inert }
            throw fail("arguments that are no tuple")
        }
        let arguments = tuples[number]
        switch global {
        case .rebuildTensor: return try tensor(arguments, dtype: nil)
        case .rebuildTensorV3:
            guard arguments.count >= 7, case .global(.dtype(let dtype)) = arguments[6] else {
                // A type that we don't know: the tensor isn't listed.
                return .inert
            }
            return try tensor(arguments, dtype: dtype)
        case .rebuildParameter: return arguments.first ?? .inert
        case .rebuildFromType:
            guard arguments.count >= 3, case .tuple = arguments[2] else { return .inert }
            return try made(byKnown: arguments[0], arguments[2])
        case .orderedDict:
            let items = arguments.first.map(entries) ?? []
            copied += items.count
            guard copied <= Self.mostOperations else { throw fail(.tooLarge, "the pickle copies its lists too often") }
            return dict(items)
        // The list itself rather than a copy: nobody changes it afterwards, and copies could be made without end.
        case .list, .set:
            if case .list? = arguments.first { return arguments[0] }
            return list([])
        case .size:
            if case .tuple? = arguments.first { return arguments[0] }
            return tuple([])
        case .storage, .untypedStorage, .dtype, .inert: return .inert
        }
    }

    /// The function inside `_rebuild_from_type_v2`, which may not be that one again: no nesting, no recursion.
    private mutating func made(byKnown function: PickleValue, _ arguments: PickleValue) throws(CheckpointError) -> PickleValue {
        if case .global(.rebuildFromType) = function { throw fail(.forbidden, "a tensor type within a tensor type") }
        return try made(by: function, arguments)
    }

    /// Entries of `OrderedDict([(key, value), …])`.
    private func entries(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)] {
        switch value {
        case .dict(let number): return dicts[number]
        case .list(let number):
            return lists[number].compactMap { item in
                switch item {
                case .tuple(let number) where tuples[number].count == 2: (tuples[number][0], tuples[number][1])
                case .list(let number) where lists[number].count == 2: (lists[number][0], lists[number][1])
                default: nil
                }
            }
        default: return []
        }
    }

    /// `(storage, offset, size, strides, …)`.
    private mutating func tensor(_ arguments: [PickleValue], dtype: DType?) throws(CheckpointError) -> PickleValue {
        guard arguments.count >= 4 else { throw fail("a tensor with \(arguments.count) arguments") }
        if case .inert = arguments[0] { return .inert }
        guard case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
            case .tuple(let size) = arguments[2], case .tuple(let strides) = arguments[3]
        else { throw fail("a tensor whose arguments are of the wrong kind") }
        guard let type = dtype ?? storages[storage].dtype else { return .inert }
        let shape = try sizes(tuples[size])
        let steps = try sizes(tuples[strides])
        guard shape.count == steps.count, offset >= 0 else {
            throw fail("a tensor of \(shape.count) sizes with \(steps.count) strides at \(offset)")
        }
        tensors.append(PickledTensor(storage: storage, dtype: type, offset: offset, shape: shape, strides: steps))
        return .tensor(tensors.count - 1)
    }

    private func sizes(_ values: [PickleValue]) throws(CheckpointError) -> [Int] {
        guard values.count <= SafetensorsHeader.highestRank else { throw fail(.badShape, "a tensor of \(values.count) dimensions") }
        var sizes: [Int] = []
        for value in values {
            guard case .int(let size) = value, size >= 0 else { throw fail(.badShape, "a size that is no number from 0 on") }
            sizes.append(size)
        }
        return sizes
    }

    /// `("storage", class, key, location, count[, view])`.
    private mutating func persistent(_ id: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .tuple(let number) = id, tuples[number].count >= 5, case .text("storage") = tuples[number][0] else {
            throw fail("a reference to something outside that is no storage")
        }
        let parts = tuples[number]
        guard case .text(let key) = parts[2], case .int(let count) = parts[4], count >= 0 else {
            throw fail("a storage without key or size")
        }
        let dtype: DType?
        switch parts[1] {
        case .global(.storage(let type)): dtype = type
        case .global(.untypedStorage): dtype = nil
        default: return .inert
        }
        var storage = PickledStorage(key: key, dtype: dtype, count: count, view: nil)
        if parts.count > 5, case .tuple(let number) = parts[5], tuples[number].count == 3,
            case .text(let viewKey) = tuples[number][0], case .int(let offset) = tuples[number][1],
            case .int(let size) = tuples[number][2], offset >= 0, size >= 0
        {
            storage = PickledStorage(key: viewKey, dtype: dtype, count: size, view: (key, offset))
        }
        if let known = storageOfKey[storage.key] {
            guard storages[known].dtype == dtype, storages[known].count == storage.count else {
                throw fail("storage \(key.excerpt) has two types or sizes")
            }
            return .storage(known)
        }
        storages.append(storage)
        storageOfKey[storage.key] = storages.count - 1
        return .storage(storages.count - 1)
    }
}
