import Files
public import Foundation
public import Problems
import Checkpoints
import Digests
import Tensors

/// Synthetic model files, made from recipes: the tests and reference values need models, and these need no download.
///
/// A recipe lists tensors with mean and spread; the values come from a counter and each tensor's name, so every maker of them
/// writes the same bytes. The rule is in `RecipeModels+Values.swift`.
public enum RecipeModels {
    /// The project's own copy of the recipes.
    public static let recipesFolder = projectFolder.appending(path: "Tests/GoldenTests/Cases/recipes")

    /// Where the tests keep the models that they made.
    public static let modelsFolder = projectFolder.appending(path: ".build/recipe-models")

    /// The folder of Package.swift.
    static let projectFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Names of all recipes in a folder, sorted.
    public static func names(in folder: URL = recipesFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }.sorted()
    }

    /// Makes the model of a recipe of the project, if it isn't there yet.
    ///
    /// - Parameter folder: the models folder; the file goes into the sub-folder that its recipe names.
    /// - Returns: the file's path.
    @discardableResult
    public static func make(_ name: String, in folder: URL = modelsFolder) throws -> String {
        try make(Recipe(contentsOf: recipesFolder.appending(path: name + ".json")), in: folder)
    }

    /// Makes a recipe's model, unless the file is there with the right content.
    ///
    /// - Throws: `RecipeError` when the bytes written aren't those that the recipe announces.
    @discardableResult
    public static func make(_ recipe: Recipe, in folder: URL) throws -> String {
        let target = folder.appending(path: recipe.file)
        let size = (try? FileManager.default.attributesOfItem(atPath: target.path))?[.size] as? Int
        if size == recipe.bytes, try isMade(target, recipe) { return target.path }
        try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)

        let file = try AtomicFile(path: target.path)
        try file.write(recipe.header())
        for tensor in recipe.tensors {
            try tensor.values(salt: recipe.salt) { try file.write($0) }
        }
        try file.commit()
        guard file.count == recipe.bytes, try isMade(target, recipe) else {
            throw RecipeError(recipe: recipe.name, reason: "the file made from it isn't the one it announces")
        }
        return target.path
    }

    private static func isMade(_ file: URL, _ recipe: Recipe) throws -> Bool {
        try FileDigests.shared.digest(ofFileAt: file.path).description == recipe.sha256
    }
}

/// A recipe that can't be used.
public struct RecipeError: Problem {
    public enum Code: String, ProblemCode {
        case unusableRecipe = "recipe-unusable"

        public var category: ProblemCategory { .unusableFile }
        public var meaning: String { "A recipe of a model can't be followed." }
        public var hint: String { "Look at what the message names." }
    }

    public var code: Code { .unusableRecipe }
    public var recipe: String
    public var reason: String
    public var location: ProblemLocation { ProblemLocation(subject: "recipe \(recipe)") }
}

/// How to make one model file.
public struct Recipe: Sendable, Decodable {
    public var name: String
    /// Below the models folder: `checkpoints/sd1-mini.safetensors`.
    public var file: String
    public var salt: String
    /// In the order of the file.
    public private(set) var metadata: [(key: String, value: String)] = []
    public var bytes: Int
    public var sha256: String
    public var tensors: [TensorRecipe]

    public init(contentsOf url: URL) throws {
        let data = try Data(contentsOf: url)
        self = try JSONDecoder().decode(Recipe.self, from: data)
        // A decoder forgets the order of keys, the file's bytes depend on it.
        let text = String(decoding: data.prefix(4096), as: UTF8.self)
        func position(_ key: String) -> String.Index { text.range(of: "\"\(key)\":")?.lowerBound ?? text.endIndex }
        metadata.sort { position($0.key) < position($1.key) }
    }

    private enum Key: CodingKey { case name, file, salt, metadata, bytes, sha256, tensors }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        file = try container.decode(String.self, forKey: .file)
        salt = try container.decodeIfPresent(String.self, forKey: .salt) ?? ""
        bytes = try container.decode(Int.self, forKey: .bytes)
        sha256 = try container.decode(String.self, forKey: .sha256)
        tensors = try container.decode([TensorRecipe].self, forKey: .tensors)
        let pairs = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
        metadata = pairs.map { ($0.key, $0.value) }
    }

    func header() -> [UInt8] {
        var writer = SafetensorsWriter(metadata: metadata)
        for tensor in tensors { writer.add(tensor.name, TensorInfo(dtype: tensor.dtype, shape: tensor.shape)) }
        return writer.header()
    }
}
