internal import Digests
internal import Workflows

/// Everything one computation depends on, gathered piece by piece, and the digest of it.
struct NodeKey {
    /// Changes when keys are made another way, so that old records are never misread.
    private static let scheme = "darkroom-key-1"

    var spec: NodeSpec
    var numericsVersion: String
    /// In the order of the specification: the digests of the elements that arrive, `nil` for an unasked lazy input.
    var inputs: [(name: String, elements: [Digest]?)] = []
    var externals: [ExternalContent] = []

    /// Names of the inputs that a file's content stands for.
    var replacedInputs: Set<String> {
        var names = Set<String>()
        for case .file(let input?, _, _) in externals { names.insert(input) }
        return names
    }

    /// The key. Names of nodes, titles and places are not in it; files are in it by content.
    var digest: Digest {
        var builder = DigestBuilder()
        builder.add(Self.scheme)
        builder.add(spec.type)
        builder.add(spec.version)
        builder.add(numericsVersion)
        let replaced = externals.isEmpty ? [] : replacedInputs
        for (name, elements) in inputs where !replaced.contains(name) {
            builder.add(name)
            guard let elements else {
                builder.addNone()
                continue
            }
            builder.add(elements.count)
            for element in elements { builder.add(element) }
        }
        for external in externals {
            switch external {
            case .file(let input, _, let digest):
                builder.add("file")
                if let input { builder.add(input) } else { builder.addNone() }
                builder.add(digest)
            case .setting(let name, let value):
                builder.add("setting")
                builder.add(name)
                builder.add(value)
            }
        }
        return builder.finish()
    }
}
