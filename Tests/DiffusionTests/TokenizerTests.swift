import Problems
import Foundation
import Tensors
import Testing

@testable import Diffusion
@testable import Prompts

/// 282 prompts and what ComfyUI 0.3.64 (transformers 4.57.1) makes of them. Places after the listed ids are end tokens; a vector of
/// a textual inversion stands there with its first value.
@Suite("CLIP tokenizer and prompt syntax")
struct TokenizerTests {
    struct Case: Decodable {
        var text: String
        var error: String?
        var chunks: [Chunk]?
    }
    struct Chunk: Decodable {
        var ids: [Double]
        var weights: [Weight]?
        var groups: [Int]
    }
    /// A number, or "inf" and "nan", which JSON lacks.
    struct Weight: Decodable {
        var value: Double
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value = try (try? container.decode(Double.self)) ?? Double(container.decode(String.self)) ?? .nan
        }
    }
    /// One vector of -0.0089…, and three.
    struct Embeddings: EmbeddingLibrary {
        func embedding(named name: String, key: String) throws -> Tensor? {
            switch name {
            case "one-vec", "one-vec.safetensors", "../embeddings/one-vec": Tensor([-0.008966593071818352], shape: [1, 1])
            case "three-vec": Tensor([-0.07244873046875, -0.0721435546875, -0.07183837890625], shape: [3, 1])
            default: nil
            }
        }
    }

    @Test("gives the ids, weights and groups of the reference for every prompt")
    func prompts() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Data/prompts.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(cases.count == 282)
        let tokenizer = PromptTokenizer(embeddings: Embeddings())
        for prompt in cases {
            guard let expected = prompt.chunks else {
                #expect(throws: PromptError.self, "\(prompt.text)") { try tokenizer.chunks(of: prompt.text) }
                continue
            }
            let chunks = try tokenizer.chunks(of: prompt.text)
            #expect(chunks.count == expected.count, "\(prompt.text)")
            for (found, wanted) in zip(chunks, expected) {
                #expect(found.count == 77)
                let ids = found.map { token in
                    switch token.content {
                    case .id(let id): Double(id)
                    case .vector(let vector): Double(vector.floats[0])
                    }
                }
                let filling = 77 - wanted.ids.count
                #expect(ids == wanted.ids + Array(repeating: 49407, count: filling), "\(prompt.text)")
                let weights =
                    (wanted.weights?.map(\.value) ?? Array(repeating: 1, count: wanted.ids.count))
                    + Array(repeating: 1, count: filling)
                #expect(zip(found.map(\.weight), weights).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(prompt.text)")
                #expect(found.map(\.group) == wanted.groups + Array(repeating: 0, count: filling), "\(prompt.text)")
            }
        }
    }

    @Test(
        "reads numbers as Python's float() does",
        arguments: [
            ("1.3", 1.3), (" 1.3\t", 1.3), ("+.5", 0.5), ("5.", 5), ("1_0", 10), ("1e-1", 0.1), ("1E+2", 100), ("-Infinity", -.infinity),
            ("1e999", .infinity), ("٣.٥", 3.5), ("00", 0),
        ])
    func numbers(text: String, value: Double) {
        #expect(PromptSyntax.pythonFloat(Array(text.unicodeScalars)) == value)
    }

    @Test(
        "refuses what Python's float() refuses",
        arguments: [
            "", " ", ".", "+", "e5", "1e", "1_", "_1", "1__0", "1_.0", "1._0", "1,5", "0x10", "1.2.3", "1 2", "infin", "½", "--1", "1e5_",
        ])
    func notNumbers(text: String) {
        #expect(PromptSyntax.pythonFloat(Array(text.unicodeScalars)) == nil)
    }

    @Test("names the embeddings that a prompt asks for")
    func embeddingNames() throws {
        let names = try PromptTokenizer.embeddingNames(in: "a (embedding:one:1.2), embedding:two, b,embedding:no")
        #expect(names == ["one", "two,"])
    }

    @Test("warns of embeddings that are missing or of another width, and leaves them out")
    func missingEmbeddings() throws {
        let tokenizer = PromptTokenizer(embeddings: Embeddings(), width: 768)
        var warnings: [String] = []
        let chunks = try tokenizer.chunks(of: "embedding:nobody embedding:one-vec") { warnings.append($0) }
        #expect(
            warnings == [
                "embedding \"nobody\" was not found and is left out",
                "embedding \"one-vec\" is 1 wide, the text model 768: it is left out",
            ])
        #expect(chunks.count == 1)
        #expect(chunks[0].allSatisfy { if case .id = $0.content { true } else { false } })
    }

    @Test("refuses parentheses nested without end, and takes long words without them in good time")
    func hostilePrompts() throws {
        #expect(throws: PromptError.self) {
            try PromptSyntax.segments(of: String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000))
        }
        let letters = (0..<20_000).map { (index: Int) -> UInt8 in UInt8(97 + (index * index / 7 + index) % 26) }
        #expect(try PromptTokenizer().chunks(of: String(decoding: letters, as: UTF8.self)).count > 10)
    }
}
