internal import Checkpoints
internal import Tensors
internal import Problems

/// What a model file is. Only names and shapes are read, no weights.
public struct ModelSummary: Sendable, Equatable {
    /// What a checkpoint has in it.
    public struct Parts: Sendable, Equatable {
        public var family: String
        public var inputChannels: Int
        /// Width of the texts that steer its U-Net; `nil` when none do.
        public var contextWidth: Int?
        public var textEncoders: [String]
        public var hasVAE: Bool
    }

    public var path: String
    public var tensorCount: Int
    /// Bytes of all weights.
    public var byteCount: Double
    /// Types of the weights, the most frequent first.
    public var types: [String]
    /// `nil` for a file that is no checkpoint.
    public var parts: Parts?
    /// What it is instead, where it is no checkpoint.
    public var remark: String?

    /// - Throws: `SessionError` if the file can't be read.
    init(path: String) throws(SessionError) {
        self.path = path
        do {
            let source = try CheckpointFile.openModel(path)
            tensorCount = source.directory.count
            byteCount = source.directory.values.reduce(0.0) { $0 + Double($1.shape.reduce(1, *) * $1.dtype.size) }
            var counts: [String: Int] = [:]
            for info in source.directory.values { counts[info.dtype.rawValue, default: 0] += 1 }
            types = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
            do {
                let checkpoint = try Checkpoint(source)
                parts = Parts(
                    family: checkpoint.family.title, inputChannels: checkpoint.structure.inputChannels,
                    contextWidth: checkpoint.structure.contextWidth, textEncoders: checkpoint.textEncoders.map(\.kind.rawValue),
                    hasVAE: checkpoint.vae != nil)
            } catch let error as CheckpointError {
                // Not a checkpoint; the message that says what else it is fits here.
                remark = error.hint ?? error.reason
            }
        } catch let problem as any Problem {
            throw SessionError(problem, code: .unreadableFile)
        } catch {
            throw SessionError(.unreadableFile, "\(error)")
        }
    }

    /// The family of a checkpoint, or what is wrong with it; of other kinds, what is wrong with the file if anything is.
    static func remark(path: String, kind: String) -> String {
        guard kind != "configs" else { return "" }
        do {
            let source = try CheckpointFile.openModel(path)
            return kind == "checkpoints" || kind == "diffusion_models" ? try Checkpoint(source).family.title : ""
        } catch let error as CheckpointError {
            // Of a good file without a checkpoint in it, the hint says what it is.
            return error.code == .unknownFamily ? error.hint ?? error.reason : error.reason
        } catch {
            return "\(error)"
        }
    }
}
