import Checkpoints
import Diffusion
import Foundation
import Nodes
import Pictures
import Tensors
import WorkflowEngine
import Workflows

/// The readers of files from outside. Whatever the bytes are, each must read them or refuse them, quickly and in bounded memory.
enum Reader: String, CaseIterable {
    case safetensors, torch, gguf, picture, workflow
    /// What ComfyUI's window saved, converted, resolved, and written in every form.
    case saved
    /// A workflow with others that it calls, tables and lists that it walks, loops: several files in one.
    case composed
    /// The texts that a picture carries, and the workflow in them.
    case metadata
    /// Automatic1111's text of settings, and the workflow built from it.
    case parameters
    /// A file in the form of `extra_model_paths.yaml`.
    case paths
    /// Tables, lists of values, ranges, `--set` and `--sweep`.
    case values
    /// Values in the cache: pictures, latents, conditioning, recipes of models.
    case contents
    /// States of interrupted samplings.
    case resume
    /// Shelves of records, and histories.
    case records

    /// Reads bytes as a file of that kind, and uses what was read as the program would.
    ///
    /// - Returns: whether they were accepted.
    @discardableResult
    func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .safetensors: MemoryFile.shared.holding(bytes) { Self.readTensors(try? SafetensorsFile(path: $0)) }
        case .torch: MemoryFile.shared.holding(bytes) { Self.readTensors(try? TorchFile(path: $0)) }
        case .gguf: MemoryFile.shared.holding(bytes) { Self.readTensors(try? GGUFFile(path: $0)) }
        case .picture: (try? Picture.read(bytes: Array(bytes), name: "fuzz", limits: Self.smallPictures)) != nil
        case .workflow: DocumentReader(catalog: nil).read(Array(bytes), name: "fuzz").document != nil
        case .saved: Self.convert(DocumentReader(catalog: .standard).read(Array(bytes), name: "fuzz").document)
        case .composed: Self.convert(Composition.shared.read(bytes))
        case .metadata: MemoryFile.shared.holding(bytes) { Self.readMetadata($0) }
        case .parameters: Self.build(String(decoding: bytes, as: UTF8.self))
        case .paths:
            MemoryFile.shared.holding(bytes) { path in
                var paths = ExtraModelPaths()
                return (try? paths.add(contentsOf: path)) != nil && !paths.diagnostics.hasErrors
            }
        case .values: Self.readValues(String(decoding: bytes, as: UTF8.self))
        case .contents:
            Self.decode(bytes) { file in
                if let value = try Self.services.value(file.value, type: file.type) { _ = try value.contentDigest }
            }
        case .resume: Self.decode(bytes) { _ = try SamplingTape(stored: $0.value) }
        case .records: CacheFileReading.records(Array(bytes)) > 0
        }
    }

    private static let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")

    private static func decode(_ bytes: UnsafeRawBufferPointer, _ use: ((type: String, value: StoredValue)) throws -> Void) -> Bool {
        do { try use(CacheFileReading.value(Array(bytes))) } catch { return false }
        return true
    }

    private static func convert(_ document: WorkflowDocument?) -> Bool {
        guard let document else { return false }
        let resolution = Resolver(catalog: .standard, files: FewFiles()).resolve(document)
        if let graph = resolution.graph {
            var repetition = Repetition(graph, of: resolution.workflow)
            var generator = SystemRandomNumberGenerator()
            repetition.advance(using: &generator)
            _ = repetition.applied(to: graph).promptText.utf8.count
            if let text = document.uiText { _ = repetition.applied(toText: text).utf8.count }
        }
        _ = YAMLDocumentWriter.write(document, catalog: .standard)
        _ = APIDocumentWriter.write(document, catalog: .standard)
        _ = UIDocumentWriter.write(document, catalog: .standard)
        return true
    }

    private static func readMetadata(_ path: String) -> Bool {
        guard let metadata = try? PictureMetadata.read(path) else { return false }
        for text in [metadata.prompt, metadata.workflow].compactMap({ $0 }) {
            _ = convert(DocumentReader(catalog: .standard).read(text: text, name: "fuzz").document)
        }
        if let text = metadata[CarriedWorkflow.key] {
            let document = DocumentReader(catalog: .standard).read(carried: text, name: "fuzz").document
            _ = convert(document)
            _ = convert(document?.settled(catalog: .standard))
        }
        if let text = metadata.parameters { _ = build(text) }
        return !metadata.entries.isEmpty
    }

    private static func build(_ text: String) -> Bool {
        guard let parameters = GenerationParameters(text) else { return false }
        return convert(parameters.workflow(files: FewFiles()).document)
    }

    private static func readValues(_ text: String) -> Bool {
        let rows = TableText.rows(text)
        _ = TableText.values(text, isTable: false)
        for line in text.split(whereSeparator: \.isNewline).prefix(100) where !line.contains("@") {
            _ = Assignment(String(line))
            _ = try? SweepAxis(line.contains("=") ? String(line) : "x=\(line)")
        }
        return !rows.isEmpty
    }

    /// Small, so that time goes into reading and not into pixels.
    private static let smallPictures = PictureLimits(side: 4096, pixels: 1_000_000, frames: 16, fileBytes: 1 << 20, textBytes: 1 << 20)

    /// Looks at every byte of every tensor, so that one outside of the file is noticed, and takes a model apart.
    private static func readTensors(_ source: (any TensorSource)?) -> Bool {
        guard let source else { return false }
        for name in source.directory.keys {
            guard let tensor = try? source.tensor(named: name) else { continue }
            tensor.withBytes { bytes in _ = bytes.reduce(0) { $0 &+ Int($1) } }
        }
        _ = try? Checkpoint(source)
        _ = try? Checkpoint.vae(source)
        _ = try? Checkpoint.textEncoder(source)
        return true
    }
}

/// A file without a name, for readers that want a path.
final class MemoryFile {
    nonisolated(unsafe) static let shared = MemoryFile()
    private let descriptor: Int32

    private init() {
        // In memory where there is such a folder.
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        var template = Array("\(folder)/fuzz-readers-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        precondition(descriptor >= 0, "no temporary file: \(errno)")
        unlink(template)
    }

    func holding<Result>(_ bytes: UnsafeRawBufferPointer, _ body: (String) -> Result) -> Result {
        ftruncate(descriptor, bytes.count)
        pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
        return body("/proc/self/fd/\(descriptor)")
    }
}
