import Foundation
import Nodes
import Pictures
import Synchronization
import WorkflowEngine

/// Where a workflow is read from.
struct WorkflowSource {
    /// A path, or `-` for standard input.
    let path: String
    /// The files that names in it may mean.
    var files: any FileCatalog = AnyFileCatalog()
    /// Start of the choices among `{a|b}` in prompts that ComfyUI's window saved.
    var choiceSeed: UInt64 = 0

    /// Reads the workflow, or the one that a picture carries.
    ///
    /// - Throws: `Failure` if there is no such file, or if a picture carries none.
    func read() throws -> DocumentReader.Result {
        let choices = PromptChoices(seed: choiceSeed)
        let reader = DocumentReader(
            catalog: .standard, options: UIConversionOptions(clock: .now, files: files, choose: { choices.index(below: $0) }))
        if path == "-" { return reader.read(path: "/dev/stdin", name: "standard input") }
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(.missingFile, "error: there is no file \(path)")
        }
        guard isPicture else { return reader.read(path: path) }
        let metadata: PictureMetadata
        do { metadata = try PictureMetadata.read(path) } catch { throw Failure(error) }
        // Our own form says what its author meant, parameters included.
        var notes: [Diagnostic] = []
        if let text = metadata[CarriedWorkflow.key] {
            let carried = reader.read(
                carried: text, name: path, folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
            if carried.document != nil { return carried }
            notes = carried.diagnostics.map { diagnostic in
                var diagnostic = diagnostic
                diagnostic.severity = .warning
                return diagnostic
            }
        }
        // What ran is in `prompt`; `workflow` is what the window showed, and needs conversion.
        guard let text = metadata.prompt ?? metadata.workflow else {
            if let built = builtFromSettings(metadata.parameters) { return built }
            throw Failure(
                .wrongInput,
                "error: the picture \(path) carries no workflow\n    hint: pictures saved by ComfyUI or Darkroom do, "
                    + "unless something has stripped them of it")
        }
        var result = reader.read(text: text, name: path)
        result.diagnostics = notes + result.diagnostics
        return result
    }

    /// A workflow from Automatic1111's text, with what differs as notes.
    private func builtFromSettings(_ text: String?) -> DocumentReader.Result? {
        guard let parameters = text.flatMap(GenerationParameters.init) else { return nil }
        var (document, notes) = parameters.workflow(files: files)
        document.files = [SourceFile(name: path, text: text ?? "")]
        return DocumentReader.Result(
            document: document, diagnostics: notes.map { Diagnostic(.warning, .builtFromSettings, $0, file: path) })
    }

    private var isPicture: Bool {
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 12) else { return false }
        return Picture.Format(signature: start) != nil
    }
}

/// The choices made among the options of prompts: the same seed makes the same ones, so a workflow stays the same from run to run.
final class PromptChoices: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) { state = Mutex(seed) }

    /// SplitMix64 (Steele et al. 2014).
    func index(below count: Int) -> Int {
        guard count > 1 else { return 0 }
        return state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ z >> 31) % UInt64(count))
        }
    }
}

extension ClockTime {
    /// The local time.
    static var now: ClockTime {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return ClockTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }
}
