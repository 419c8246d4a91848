/// What programs write beside a picture about how it was made: prompt, negative prompt and settings.
///
/// Automatic1111's names of the settings serve for all programs; each reader translates its own program's into them.
public struct GenerationParameters: Sendable, Equatable {
    /// The program whose settings these are, for messages.
    public var program = "Automatic1111"
    public var prompt = ""
    public var negativePrompt = ""
    /// The settings in their order, keys as written.
    public var settings: [Setting] = []
    /// LoRAs that are named beside the prompt.
    public var loras: [LoRA] = []
    /// What reading found that can't be taken over.
    public var notes: [String] = []

    public struct Setting: Sendable, Equatable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A LoRA with its strengths.
    public struct LoRA: Sendable, Equatable {
        public var name: String
        public var strength: Double
        /// On the text encoder; as on the model when `nil`.
        public var clipStrength: Double?
        /// The first digits of its SHA-256, or of that of its tensors alone.
        public var hash: String?
        /// Whether the name is a title for people, not a file's.
        public var isTitle = false
    }

    public init(program: String) { self.program = program }

    /// A setting by its key, whatever the case.
    public subscript(key: String) -> String? {
        settings.first { $0.key.lowercased() == key.lowercased() }?.value
    }

    /// Adds a setting, if there is something to say.
    mutating func add(_ key: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        settings.append(Setting(key: key, value: value))
    }

    /// Says that a part of what a program wrote isn't as it should be.
    mutating func noteUnread(_ what: String, _ value: JSONSettings.Value) {
        notes.append("the \(what) \(value.jsonText.prefix(80)) can't be read, and is left out")
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        let head = text.drop { $0.isWhitespace }
        return String(head.reversed().drop { $0.isWhitespace }.reversed())
    }
}
