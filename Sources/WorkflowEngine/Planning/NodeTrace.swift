internal import Digests

/// What a node depended on in one run, in a form that two runs can be compared by and told about.
struct NodeTrace: Sendable, Equatable {
    var type: String
    /// Specification version and numerics version.
    var version: String
    var inputs: [Input]
    var externals: [External]
    /// Seconds of the last time it really ran.
    var seconds: Double = 0

    struct Input: Sendable, Equatable {
        var name: String
        /// The literal, shortened, or `node.OUTPUT`.
        var text: String
        /// The node it is linked to.
        var source: String?
        /// Over all elements; `nil` while what comes isn't known (in plans), or for a lazy input that nobody asked for.
        var digest: Digest?
        /// Left out of the key, because the content of a file stands for it.
        var isReplaced = false
    }

    struct External: Sendable, Equatable {
        /// A path, or the name of a setting.
        var label: String
        var text: String
        var isFile: Bool
    }

    /// Why a node with this trace can't be what `last` was; `nil` when nothing is different.
    ///
    /// What the person did comes before what follows from it: own literals, then files, then upstream.
    func difference(from last: NodeTrace) -> RunReason? {
        if type != last.type || version != last.version { return .versionChanged }
        for input in inputs {
            guard let old = last.inputs.first(where: { $0.name == input.name }) else {
                return .inputChanged(name: input.name, old: "nothing", new: input.text)
            }
            let relinked = input.source != old.source || (input.source != nil && input.text != old.text)
            if relinked, input.digest == nil || input.digest != old.digest {
                return .inputChanged(name: input.name, old: old.text, new: input.text)
            }
            if input.source == nil, input.digest != old.digest, !input.isReplaced {
                return .inputChanged(name: input.name, old: old.text, new: input.text)
            }
        }
        for old in last.inputs where !inputs.contains(where: { $0.name == old.name }) {
            return .inputChanged(name: old.name, old: old.text, new: "nothing")
        }
        for external in externals {
            let old = last.externals.first { $0.label == external.label }
            if old?.text == external.text { continue }
            if external.isFile {
                // The same content from another place is the same.
                if last.externals.contains(where: { $0.isFile && $0.text == external.text }) { continue }
                // Another file was named: say so; the same name with another content is the file's change.
                for input in inputs where input.isReplaced {
                    if let before = last.inputs.first(where: { $0.name == input.name }), before.text != input.text {
                        return .inputChanged(name: input.name, old: before.text, new: input.text)
                    }
                }
                return .fileChanged(path: external.label)
            }
            return .inputChanged(name: external.label, old: old?.text ?? "nothing", new: external.text)
        }
        for input in inputs {
            guard let source = input.source, let old = last.inputs.first(where: { $0.name == input.name }) else { continue }
            if let digest = input.digest, digest != old.digest { return .upstreamChanged(node: source) }
        }
        return nil
    }
}

/// The traces of a workflow's last run, by node name.
struct RunHistory: Sendable, Equatable {
    var traces: [String: NodeTrace] = [:]
}
