public import Checkpoints
internal import Descriptions
public import Foundation
public import Problems

/// A folder of reference values: `index.json`, and per group a file of cases and a file of tensors.
public struct GoldenSet: Sendable {
    public let folder: URL
    public let groups: [Group]
    /// Synthetic models, and where each belongs in a models folder.
    public let recipes: [Recipe]

    public struct Group: Sendable, Decodable {
        /// How the values came about: by running workflows, or by calling functions.
        public enum Kind: String, Sendable, Decodable { case workflow, direct }

        public let group: String
        public let about: String
        public let kind: Kind
        /// Path of the cases, relative to the folder.
        public let cases: String
        /// Path of the tensors, relative to the folder.
        public let tensors: String
        public let count: Int
    }

    public struct Recipe: Sendable, Decodable {
        public let name: String
        /// Relative to a models folder.
        public let file: String
        public let sha256: String
    }

    private struct Index: Decodable {
        let groups: [Group]
        let recipes: [Recipe]
    }

    /// - Throws: an error that names the file, if there is no such set or it is of another form.
    public init(folder: URL) throws {
        self.folder = folder
        let index: Index = try Self.decode(folder.appending(path: "index.json"))
        groups = index.groups
        recipes = index.recipes
    }

    /// The cases of a group, in file order.
    public func cases(of group: Group) throws -> [GoldenCase] {
        struct File: Decodable { let cases: [GoldenCase] }
        let file: File = try Self.decode(folder.appending(path: group.cases))
        return file.cases
    }

    /// The reference tensors of a group.
    public func tensors(of group: Group) throws -> any TensorSource {
        try SafetensorsFile(path: folder.appending(path: group.tensors).path)
    }

    private static func decode<Value: Decodable>(_ file: URL) throws -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return try decoder.decode(Value.self, from: Data(contentsOf: file))
        } catch {
            throw GoldenError("\(file.path): \(error)")
        }
    }
}

/// A reference set that can't be used.
public struct GoldenError: Problem {
    public enum Code: String, ProblemCode {
        case unusableSet = "golden-set-unusable"

        public var category: ProblemCategory { .unusableFile }
        public var meaning: String { "A set of reference values can't be used." }
        public var hint: String { "Look at what the message names." }
    }

    public var code: Code { .unusableSet }
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
}
