internal import Files
internal import Nodes

/// The models of one kind that workflows can name.
public struct ModelList: Sendable, Equatable {
    /// A folder of ComfyUI's layout: `checkpoints`, `loras` …
    public var kind: String
    /// Each name with its family where it is a checkpoint, or what is wrong with it; empty where there is nothing to say.
    public var models: [Entry]

    public struct Entry: Sendable, Equatable {
        public var name: String
        public var remark: String
    }
}

extension Session {
    /// The folders in which models are looked for.
    ///
    /// - Throws: `SessionError` when a file of extra paths isn't there or can't be understood.
    public func modelFolders() throws(SessionError) -> [String] { try models().roots }

    /// The models that workflows can name, by kind; kinds without any are left out. Only names and shapes are read.
    ///
    /// - Throws: `SessionError` when a file of extra paths isn't there or can't be understood.
    public func modelLists() throws(SessionError) -> [ModelList] {
        let folders = try models()
        return ModelFolders.kinds.compactMap { kind in
            // Files that lie in a root count for every kind; once is enough to show them.
            let names = folders.names(of: kind).filter { name in
                kind == "checkpoints" || !folders.roots.contains { FileIdentity(path: $0 + "/" + name) != nil }
            }
            guard !names.isEmpty else { return nil }
            return ModelList(
                kind: kind,
                models: names.map { name in
                    let path = (try? folders.path(of: name, kind: kind)) ?? nil
                    return ModelList.Entry(name: name, remark: path.map { ModelSummary.remark(path: $0, kind: kind) } ?? "")
                })
        }
    }

    /// What a model file is.
    ///
    /// - Parameter name: a path, or as workflows name it.
    /// - Throws: `SessionError` when there is none of that name, or when it can't be read.
    public func summary(ofModel name: String) throws(SessionError) -> ModelSummary {
        let path = configuration.environment.spelled(name)
        if FileIdentity(path: path) != nil { return try ModelSummary(path: path) }
        let folders = try models()
        if let path = try Self.path(of: name, folders) { return try ModelSummary(path: path) }
        throw SessionError(
            .missingFile, "there is no model \"\(name)\"",
            hint: "looked in \(folders.roots.joined(separator: ", ")); --models names another folder")
    }

    private static func path(of name: String, _ folders: ModelFolders) throws(SessionError) -> String? {
        do throws(NodeError) {
            for kind in ModelFolders.kinds {
                if let path = try folders.path(of: name, kind: kind) { return path }
            }
            return nil
        } catch { throw SessionError(error, code: .missingFile) }
    }

    private func models() throws(SessionError) -> ModelFolders {
        try configuration.folders.services(beside: nil, in: configuration.environment).models
    }
}
