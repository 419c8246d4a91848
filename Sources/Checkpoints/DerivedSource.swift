public import Digests
public import Tensors

/// A source under other names: a part of it, or another layout's spelling.
///
/// Names that aren't listed don't exist. Digests are those of the tensors they come from (and how), not of the new names, so a
/// model in two layouts of one file is packed once.
public struct DerivedSource: TensorSource {
    /// Where a tensor comes from.
    public enum Origin: Sendable, Hashable, Codable {
        case same(String)
        /// Part `part` of `of` equal parts along the first dimension.
        case rows(String, part: Int, of: Int)
        /// A matrix with its two dimensions exchanged.
        case transposed(String)
        /// The same elements in another shape.
        case reshaped(String, [Int])
        /// A single number that no tensor of the base holds.
        case constant(Float)

        /// The tensor of the base; `nil` where there is none.
        var name: String? {
            switch self {
            case .same(let name), .rows(let name, _, _), .transposed(let name), .reshaped(let name, _): name
            case .constant: nil
            }
        }
    }

    public let base: any TensorSource
    public let directory: [String: TensorInfo]
    private let origins: [String: Origin]
    /// How the names were found.
    public let rule: Rule

    /// Which names there are, as it can be written down.
    public enum Rule: Sendable, Hashable, Codable {
        /// Everything below a prefix, without it.
        case below(String)
        /// Everything, with a word and a dot before it.
        case above(String)
        /// These names. The label tells this view of the base from others.
        case named(label: String, origins: [String: Origin])

        /// Part of the content digest, since the same base can be seen in several ways.
        var label: String {
            switch self {
            case .below(let text), .above(let text), .named(let text, _): text
            }
        }
    }

    /// - Parameters:
    ///   - origins: new names; those whose tensor isn't there, or doesn't have a fitting shape, are left out.
    ///   - label: tells this view of the base from others.
    public init(_ base: any TensorSource, label: String, origins: [String: Origin]) {
        self.init(base, rule: .named(label: label, origins: origins), origins: origins)
    }

    /// The source that a rule makes of another one.
    public init(_ base: any TensorSource, _ rule: Rule) {
        switch rule {
        case .below(let prefix): self.init(base, below: prefix)
        case .above(let word): self.init(base, above: word)
        case .named(_, let origins): self.init(base, rule: rule, origins: origins)
        }
    }

    private init(_ base: any TensorSource, rule: Rule, origins: [String: Origin]) {
        self.base = base
        self.rule = rule
        let stored = base.directory
        var directory: [String: TensorInfo] = [:]
        for (name, origin) in origins {
            guard let base = origin.name else {
                directory[name] = TensorInfo(dtype: .float32, shape: [])
                continue
            }
            if let info = stored[base], let derived = Self.derived(info, by: origin) { directory[name] = derived }
        }
        self.directory = directory
        self.origins = origins
    }

    /// Everything below a prefix, without it.
    public init(_ base: any TensorSource, below prefix: String) {
        var origins: [String: Origin] = [:]
        for name in base.directory.keys where name.utf8.starts(with: prefix.utf8) {
            origins[String(name.utf8.dropFirst(prefix.utf8.count)) ?? name] = .same(name)
        }
        self.init(base, rule: .below(prefix), origins: origins)
    }

    /// Everything, as `word.name`.
    public init(_ base: any TensorSource, above word: String) {
        let names = base.directory.keys.map { ("\(word).\($0)", Origin.same($0)) }
        self.init(base, rule: .above(word), origins: Dictionary(names, uniquingKeysWith: { first, _ in first }))
    }

    private static func derived(_ info: TensorInfo, by origin: Origin) -> TensorInfo? {
        var info = info
        switch origin {
        case .same, .constant: break
        case .rows(_, let part, let parts):
            guard let rows = info.shape.first, rows % parts == 0, part < parts else { return nil }
            info.shape[0] = rows / parts
        case .transposed:
            guard info.shape.count == 2 else { return nil }
            info.shape.swapAt(0, 1)
            info.dtype = .float32
        case .reshaped(_, let shape):
            guard shape.reduce(1, *) == info.shape.reduce(1, *) else { return nil }
            info.shape = shape
        }
        return info
    }

    public func tensor(named name: String) throws -> Tensor {
        guard directory[name] != nil, let origin = origins[name] else { throw missingTensor(name) }
        if case .constant(let number) = origin { return Tensor([number], shape: []) }
        guard let stored = origin.name else { throw missingTensor(name) }
        let tensor = try base.tensor(named: stored)
        switch origin {
        case .same, .constant: return tensor
        case .rows(_, let part, let parts):
            return tensor.narrowed(0, from: part * (tensor.shape[0] / parts), count: tensor.shape[0] / parts)
        case .transposed: return tensor.float32().permuted([1, 0])
        case .reshaped(_, let shape): return tensor.reshaped(shape)
        }
    }

    public func digest(of name: String) throws -> Digest {
        guard let origin = origins[name] else { throw missingTensor(name) }
        var builder = DigestBuilder()
        if case .constant(let number) = origin {
            builder.add("constant")
            builder.add(number)
            return builder.finish()
        }
        guard let stored = origin.name else { throw missingTensor(name) }
        let digest = try base.digest(of: stored)
        switch origin {
        case .same, .constant: return digest
        case .rows(_, let part, let parts):
            builder.add("rows")
            builder.add(part)
            builder.add(parts)
        case .transposed: builder.add("transposed")
        case .reshaped(_, let shape):
            builder.add("reshaped")
            for size in shape { builder.add(size) }
        }
        builder.add(digest)
        return builder.finish()
    }

    public var displayName: String { base.displayName }

    public func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("derived")
        builder.add(rule.label)
        builder.add(try base.contentDigest())
        return builder.finish()
    }

    public func releasePages(of name: String) {
        if let origin = origins[name], case .same(let stored) = origin { base.releasePages(of: stored) }
    }
}
