public import Problems
public import Tensors

/// One place of a chunk: a token of the vocabulary, or a vector of a textual inversion.
public struct PromptToken: Sendable {
    public enum Content: Sendable {
        case id(Int32)
        /// `[width]`, `float32`.
        case vector(Tensor)
    }
    public var content: Content
    /// 1 is neutral.
    public var weight: Double
    /// Which piece of the prompt it comes from, counted from 1; 0 for start, end and padding.
    public var group: Int

    public init(_ content: Content, weight: Double = 1, group: Int = 0) {
        self.content = content
        self.weight = weight
        self.group = group
    }
}

/// The vectors a textual inversion stands for, looked up by the name a prompt gives.
public protocol EmbeddingLibrary: Sendable {
    /// `[n, width]` of any floating type, or `nil` when there is no such embedding for that text model.
    ///
    /// - Parameters:
    ///   - name: as written in the prompt: a file name with or without extension, perhaps in a sub-folder.
    ///   - key: which text model wants it (`clip_l`, `clip_g`), for files with vectors for several.
    /// - Throws: when there is a file but it can't be read.
    func embedding(named name: String, key: String) throws -> Tensor?

    /// The same for a text model of a known width.
    ///
    /// - Parameters:
    ///   - width: of the model's vectors; a library whose file holds vectors for several models gives those of this width.
    ///   - warn: told of vectors that are left out.
    func embedding(named name: String, key: String, width: Int?, warn: (String) -> Void) throws -> Tensor?

    /// One that may be meant by a name under which there is none.
    func similarName(to name: String) -> String?
}

extension EmbeddingLibrary {
    public func similarName(to name: String) -> String? { nil }

    public func embedding(named name: String, key: String, width: Int?, warn: (String) -> Void) throws -> Tensor? {
        try embedding(named: name, key: key)
    }
}

/// No embeddings at all: every name is missing.
public struct NoEmbeddings: EmbeddingLibrary {
    public init() {}
    public func embedding(named name: String, key: String) throws -> Tensor? { nil }
}

/// Prompts to chunks of 77 places: start token, up to 75 tokens, end token, padding.
///
/// Every segment of one weight, and every embedding, is a group. A group shorter than eight tokens is kept together: when it
/// doesn't fit any more, the chunk is closed and it opens the next. Longer groups are cut where the chunk is full.
public struct PromptTokenizer: Sendable {
    /// Places of a chunk.
    public static let chunkLength = 77
    /// Groups from this length on may be cut.
    private static let cuttableGroup = 8
    private static let embeddingMark = "embedding:"

    private let tokenizer: CLIPTokenizer
    private let embeddings: any EmbeddingLibrary
    /// Which vectors of an embedding file are this text model's: `clip_l`, `clip_g`.
    private let embeddingKey: String
    /// Width of the text model; other embeddings are left out. `nil` takes any.
    private let width: Int?
    /// Fills a chunk after its end token.
    private let padding: Int32

    public init(
        embeddings: any EmbeddingLibrary = NoEmbeddings(), embeddingKey: String = "clip_l", width: Int? = nil,
        padding: Int32 = 49407
    ) {
        tokenizer = CLIPTokenizer()
        self.embeddings = embeddings
        self.embeddingKey = embeddingKey
        self.width = width
        self.padding = padding
    }

    /// The chunks of a prompt, at least one.
    ///
    /// - Parameter warn: told of embeddings that are missing or of another width; they are left out.
    /// - Throws: `PromptError`, or what reading an embedding throws.
    public func chunks(of prompt: String, warn: (String) -> Void = { _ in }) throws -> [[PromptToken]] {
        var groups: [[PromptToken]] = []
        for segment in try PromptSyntax.segments(of: prompt) {
            try appendGroups(of: segment, to: &groups, warn: warn)
        }
        return Self.packed(groups, padding: padding)
    }

    /// Names of the embeddings that a prompt asks for, as written, trailing commas included.
    public static func embeddingNames(in prompt: String) throws(PromptError) -> [String] {
        var names: [String] = []
        for segment in try PromptSyntax.segments(of: prompt) {
            for part in parts(of: segment.text) where part.isEmbedding {
                if let name = words(of: part.text).first { names.append(name) }
            }
        }
        return names
    }

    // MARK: Groups

    private func appendGroups(of segment: PromptSegment, to groups: inout [[PromptToken]], warn: (String) -> Void) throws {
        func add(_ contents: [PromptToken.Content]) {
            groups.append(contents.map { PromptToken($0, weight: segment.weight, group: groups.count + 1) })
        }
        for part in Self.parts(of: segment.text) {
            guard part.isEmbedding else {
                add(tokenizer.tokens(of: part.text).map { .id($0) })
                continue
            }
            let words = Self.words(of: part.text)
            guard let name = words.first else {
                throw PromptError(
                    code: .embeddingWithoutName, reason: "\"embedding:\" in the prompt is not followed by a name",
                    hint: "write embedding:name, the name of a file in the embeddings folder")
            }
            var (vectors, commas) = (try vectors(named: name, warn: warn), "")
            if vectors == nil, name.hasSuffix(",") {
                let bare = String(name.reversed().drop { $0 == "," }.reversed())
                commas = String(name.dropFirst(bare.count))
                if !bare.isEmpty { vectors = try self.vectors(named: bare, warn: warn) }
            }
            if let vectors {
                add(vectors.map { .vector($0) })
            } else {
                let other = embeddings.similarName(to: name).map { "; there is \($0)" } ?? ""
                warn("embedding \"\(name)\" was not found and is left out\(other)")
            }
            let text = ([commas] + words.dropFirst()).joined(separator: " ")
            if !text.isEmpty { add(tokenizer.tokens(of: text).map { .id($0) }) }
        }
    }

    private func vectors(named name: String, warn: (String) -> Void) throws -> [Tensor]? {
        guard let found = try embeddings.embedding(named: name, key: embeddingKey, width: width, warn: warn) else { return nil }
        let table = found.float32().reshaped([-1, found.shape.last ?? 1])
        if let width, table.shape[1] != width {
            warn("embedding \"\(name)\" is \(table.shape[1]) wide, the text model \(width): it is left out")
            return []
        }
        if table.shape[0] == 0 { warn("embedding \"\(name)\" holds no vector and has no effect") }
        return (0..<table.shape[0]).map { table.item($0).reshaped([-1]) }
    }

    /// Plain text, or what follows `embedding:` where that stands at the start or after a space or line break.
    private static func parts(of text: String) -> [(text: String, isEmbedding: Bool)] {
        let scalars = text.unicodeScalars.map { $0 == "\n" ? " " : $0 }
        let mark = Array(embeddingMark.unicodeScalars)
        var parts: [(text: String, isEmbedding: Bool)] = []
        var (start, isEmbedding) = (0, false)
        func cut(at end: Int) {
            let piece = String(String.UnicodeScalarView(scalars[start..<max(start, end)]))
            if isEmbedding || !piece.isEmpty { parts.append((piece, isEmbedding)) }
        }
        var index = 0
        while index < scalars.count {
            // A mark takes the space before it along; two marks can't share one.
            let isMark = index == start && index == 0 || index > 0 && scalars[index - 1] == " " && index - 1 >= start
            if isMark, scalars[index] == mark[0], scalars[index...].starts(with: mark) {
                cut(at: index - 1)
                (start, isEmbedding) = (index + mark.count, true)
                index = start
            } else {
                index += 1
            }
        }
        cut(at: scalars.count)
        return parts
    }

    private static func words(of text: String) -> [String] {
        text.unicodeScalars.split { $0.properties.isWhitespace || (0x1C...0x1F).contains($0.value) }.map(String.init)
    }

    // MARK: Chunks

    private static func packed(_ groups: [[PromptToken]], padding: Int32) -> [[PromptToken]] {
        let room = chunkLength - 1
        let start = PromptToken(.id(CLIPVocabulary.startToken))
        let end = PromptToken(.id(CLIPVocabulary.endToken))
        let filling = PromptToken(.id(padding))
        var chunks: [[PromptToken]] = []
        var chunk = [start]
        func close() {
            chunk.append(end)
            while chunk.count < chunkLength { chunk.append(filling) }
            chunks.append(chunk)
            chunk = [start]
        }
        for group in groups {
            var rest = group[...]
            while chunk.count + rest.count > room {
                if group.count >= cuttableGroup {
                    let part = rest.prefix(room - chunk.count)
                    chunk += part
                    rest = rest[part.endIndex...]
                }
                close()
            }
            chunk += rest
        }
        close()
        return chunks
    }
}

extension String.UnicodeScalarView {
    fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
        self.init()
        append(contentsOf: scalars)
    }
}
