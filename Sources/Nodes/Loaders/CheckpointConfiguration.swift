internal import Problems
internal import Diffusion
internal import Files
internal import Samplers
internal import Workflows

/// What a configuration file says of a checkpoint beyond what the checkpoint says itself: ComfyUI reads two things from it.
///
/// Source: the files of CompVis and Stability AI for their training code; ComfyUI's `load_checkpoint`, which takes `layer_idx` and
/// `parameterization: v`, and finds out everything else from the weights.
struct CheckpointConfiguration: Equatable {
    /// Clip skip, counted from the end: −1 is the last layer.
    var lastLayer: Int?
    /// Whether the network predicts the velocity.
    var predictsVelocity = false
    /// What it says that is left aside, as "key value".
    var leftAside: [String] = []

    /// The files that ComfyUI comes with: saved workflows name them, and people who have another program don't have them.
    static let stock: [String: CheckpointConfiguration] = [
        "anything_v3.yaml": .init(lastLayer: -2),
        "v1-inference.yaml": .init(),
        "v1-inference_fp16.yaml": .init(),
        "v1-inference_clip_skip_2.yaml": .init(lastLayer: -2),
        "v1-inference_clip_skip_2_fp16.yaml": .init(lastLayer: -2),
        "v1-inpainting-inference.yaml": .init(),
        "v2-inference.yaml": .init(),
        "v2-inference_fp32.yaml": .init(),
        "v2-inference-v.yaml": .init(predictsVelocity: true),
        "v2-inference-v_fp32.yaml": .init(predictsVelocity: true),
        "v2-inpainting-inference.yaml": .init(),
    ]

    private static let mostBytes = 1 << 20

    init(lastLayer: Int? = nil, predictsVelocity: Bool = false) {
        self.lastLayer = lastLayer
        self.predictsVelocity = predictsVelocity
    }

    /// The configuration of that name: a file of the folder `configs`, or one of ComfyUI's.
    static func named(_ name: String, in services: NodeServices) throws -> CheckpointConfiguration {
        if try services.models.path(of: name, kind: "configs") == nil, let stock = stock[stockName(name)] { return stock }
        return try CheckpointConfiguration(file: try services.path(of: name, kind: "configs"))
    }

    /// A name without the folders that a workflow of another machine may have in it.
    static func stockName(_ name: String) -> String { name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? name }

    /// - Throws: `NodeError.Code.unreadable` for a file that is no configuration of a model.
    init(file path: String) throws(NodeError) {
        let text: String?
        do throws(FileProblem) { text = try ReadableFile.text(of: path, limit: Self.mostBytes) } catch {
            throw NodeError(.unreadable, input: "config_name", "\(path) can't be read: \(error.reason)", cause: error)
        }
        guard let text else { throw NodeError(.unreadable, input: "config_name", "\(path) isn't UTF-8 text") }
        let values = SettingsValues(text: text, name: path)
        guard values.has("model", "params") else {
            let problem = values.diagnostics.first.map { ": \($0.message)" } ?? ""
            throw NodeError(
                .unreadable, input: "config_name", "\(path) describes no model: it has no model.params\(problem)",
                hint: "v1-inference.yaml is the configuration of Stable Diffusion 1")
        }
        if let layer = values["model", "params", "cond_stage_config", "params", "layer_idx"] {
            guard let number = Int(layer), (-24 ... -1).contains(number) else {
                throw NodeError(
                    .badValue, input: "config_name", "\(path) has layer_idx \(layer); it counts layers from the end, -1 is the last")
            }
            lastLayer = number
        }
        predictsVelocity = values["model", "params", "parameterization"] == "v"
        for (key, usual) in [("linear_start", 0.00085), ("linear_end", 0.012), ("timesteps", 1000), ("scale_factor", 0.18215)] {
            guard let text = values["model", "params", key], let number = Double(text), abs(number - usual) > 1e-6 * usual else { continue }
            leftAside.append("\(key) \(text)")
        }
        if let other = values["model", "params", "parameterization"], !["eps", "v"].contains(other) {
            leftAside.append("parameterization \(other)")
        }
    }

    /// A model and text encoder as the configuration describes them.
    func applied(to model: Model, _ textEncoder: TextEncoder?) -> (model: Model, textEncoder: TextEncoder?) {
        var encoder = textEncoder
        if let lastLayer { encoder?.lastLayer = lastLayer }
        let model =
            predictsVelocity ? model.patched(SamplingOverride(SamplingSettings(prediction: .v, schedule: .discrete))) : model
        return (model, encoder)
    }

    /// Tells of a file that another program would read beside a checkpoint: `model.yaml` beside `model.safetensors`.
    static func warnOfFile(beside checkpoint: String, model: Model, in context: NodeContext) {
        guard let dot = checkpoint.lastIndex(of: "."), checkpoint.lastIndex(of: "/").map({ $0 < dot }) ?? true else { return }
        let path = checkpoint[..<dot] + ".yaml"
        guard FileIdentity(path: String(path))?.kind == .regular, let said = try? CheckpointConfiguration(file: String(path)) else {
            return
        }
        var wanted: [String] = []
        if said.predictsVelocity, model.samplingSettings.prediction != .v { wanted.append("v-prediction (ModelSamplingDiscrete sets it)") }
        if let layer = said.lastLayer { wanted.append("clip skip \(layer) (CLIPSetLastLayer sets it)") }
        guard !wanted.isEmpty else { return }
        context.warn(
            "\(stockName(String(path))) beside the checkpoint asks for \(wanted.joined(separator: " and ")); ComfyUI doesn't read it, "
                + "and so it has no effect here")
    }
}
