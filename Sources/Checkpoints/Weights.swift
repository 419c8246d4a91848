public import Digests
public import Tensors

/// The weights of one module: a source looked at from a prefix.
///
///     let block = weights["input_blocks"][1]             // names below "input_blocks.1."
///     let weight = try block["0.in_layers.2"].tensor("weight", shape: [nil, 64, 3, 3])
///
/// Shapes are checked here, once, so that networks can trust them; an error names the tensor in full.
public struct Weights: Sendable {
    public let source: any TensorSource
    /// Empty, or ends in a dot.
    public let prefix: String
    private let index: NameIndex

    public init(_ source: any TensorSource, prefix: String = "") {
        self.source = source
        self.prefix = prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
        index = NameIndex(source.directory)
    }

    private init(_ parent: Weights, prefix: String) {
        source = parent.source
        index = parent.index
        self.prefix = prefix
    }

    /// A module below this one: `"0.in_layers.2"`.
    public subscript(_ path: String) -> Weights { Weights(self, prefix: "\(prefix)\(path).") }

    /// A numbered module below this one.
    public subscript(_ number: Int) -> Weights { Weights(self, prefix: "\(prefix)\(number).") }

    // MARK: What is there

    /// Whether a tensor of that name is there.
    public func has(_ name: String) -> Bool { index.directory[prefix + name] != nil }

    /// Whether any tensor lies below this module.
    public var isEmpty: Bool { names.isEmpty }

    /// Type and stored shape of a tensor, `nil` if there is none.
    public func info(_ name: String) -> TensorInfo? { index.directory[prefix + name] }

    /// Full names of everything below, sorted.
    public var fullNames: ArraySlice<String> { index.names(below: prefix) }

    /// Names of everything below, relative to this module, sorted.
    public var names: [String] { fullNames.map { String($0.dropFirst(prefix.count)) } }

    /// How many modules `0`, `1`, `2` … there are before the first that is missing.
    public var numberedCount: Int {
        var count = 0
        while !self[count].isEmpty { count += 1 }
        return count
    }

    // MARK: Tensors

    /// A tensor as it is stored.
    ///
    /// - Parameters:
    ///   - name: relative to this module: `"weight"`.
    ///   - shape: what it must be; `nil` for a free size. Trailing sizes of 1 may be missing or too many (a 1×1 convolution
    ///     stored as a matrix, or the reverse): the result has the rank that is asked for.
    /// - Throws: `CheckpointError` `.missingTensor` or `.shapeMismatch`.
    public func tensor(_ name: String, shape: [Int?]) throws -> Tensor {
        let fitted = try checkedShape(name, shape)
        let tensor = try source.tensor(named: prefix + name)
        guard tensor.count == fitted.reduce(1, *) else {
            throw mismatch(name, found: tensor.shape, expected: shape)
        }
        return tensor.shape == fitted ? tensor : tensor.reshaped(fitted)
    }

    /// A tensor of any shape, as it is stored.
    public func tensor(_ name: String) throws -> Tensor { try source.tensor(named: prefix + name) }

    /// A tensor in `float32`.
    public func floats(_ name: String, shape: [Int?]) throws -> Tensor {
        let stored = try tensor(name, shape: shape)
        let converted = stored.float32()
        if stored.dtype != .float32 { source.releasePages(of: prefix + name) }
        return converted
    }

    /// A tensor in `float32`, or `nil` if there is none of that name (a bias that a layer lacks).
    public func floatsIfPresent(_ name: String, shape: [Int?]) throws -> Tensor? {
        has(name) ? try floats(name, shape: shape) : nil
    }

    /// The stored shape fitted to what is wanted, without reading the tensor.
    private func checkedShape(_ name: String, _ wanted: [Int?]) throws -> [Int] {
        guard let info = info(name) else { throw source.missingTensor(prefix + name) }
        var found = info.shape
        while found.count > wanted.count, found.last == 1 { found.removeLast() }
        while found.count < wanted.count { found.append(1) }
        guard found.count == wanted.count, zip(found, wanted).allSatisfy({ $1 == nil || $0 == $1 }) else {
            throw mismatch(name, found: info.shape, expected: wanted)
        }
        return found
    }

    private func mismatch(_ name: String, found: [Int], expected: [Int?]) -> CheckpointError {
        let expected = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
        return CheckpointError(
            .shapeMismatch, file: source.displayName, tensor: prefix + name,
            reason: "its shape is \(found), expected was [\(expected)]",
            hint: "the file may belong to another model family")
    }

    // MARK: Identity

    /// Identifies what `tensor(name)` gives, without reading it.
    public func digest(of name: String) throws -> Digest {
        guard has(name) else { throw source.missingTensor(prefix + name) }
        return try source.digest(of: prefix + name)
    }

    /// Identifies some tensors of this module together, names included: the digest of a layer. Absent ones count as absent.
    public func digest(of names: [String]) throws -> Digest {
        var builder = DigestBuilder()
        for name in names {
            builder.add(name)
            if has(name) { builder.add(try source.digest(of: prefix + name)) } else { builder.addNone() }
        }
        return builder.finish()
    }

    /// Identifies everything below this module.
    public func digest() throws -> Digest { try digest(of: names) }

    /// What a network throws when the names present make no sense together.
    public func error(_ reason: String, tensor: String? = nil, hint: String? = nil) -> CheckpointError {
        CheckpointError(
            .unknownFamily, file: source.displayName, tensor: tensor.map { prefix + $0 }, reason: reason, hint: hint)
    }
}

/// Sorted names of a source, shared by all views on it.
private final class NameIndex: Sendable {
    let directory: [String: TensorInfo]
    private let sorted: [String]

    init(_ directory: [String: TensorInfo]) {
        self.directory = directory
        sorted = directory.keys.sorted()
    }

    func names(below prefix: String) -> ArraySlice<String> {
        if prefix.isEmpty { return sorted[...] }
        let first = partition { $0 >= prefix }
        var last = first
        if first < sorted.count, sorted[first].utf8.starts(with: prefix.utf8) {
            last = partition { $0 > prefix && !$0.utf8.starts(with: prefix.utf8) }
        }
        return sorted[first..<last]
    }

    /// First position from which on `condition` holds.
    private func partition(_ condition: (String) -> Bool) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if condition(sorted[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
