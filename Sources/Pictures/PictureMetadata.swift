/// The texts a picture carries: where ComfyUI, and we, leave the workflow that made it.
public struct PictureMetadata: Sendable, Equatable {
    /// One text with its name.
    public struct Entry: Sendable, Equatable {
        /// `prompt`, `workflow`, `parameters`, `Comment`, …
        public var key: String
        public var text: String

        public init(key: String, text: String) {
            self.key = key
            self.text = text
        }
    }

    /// In the order of the file.
    public var entries: [Entry]
    /// What is left aside of the file's texts, as sentences.
    public var notes: [String] = []

    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// The first text of that name.
    public subscript(key: String) -> String? { entries.first { $0.key == key }?.text }

    /// The API form of the workflow.
    public var prompt: String? { self["prompt"] }

    /// The workflow as ComfyUI's window saved it.
    public var workflow: String? { self["workflow"] }

    /// AUTOMATIC1111's text of prompt and settings.
    public var parameters: String? { self["parameters"] }

    /// Adds a text unless there is one of that name and content already.
    mutating func add(_ key: String, _ text: String) {
        let entry = Entry(key: key, text: text)
        if !entries.contains(entry) { entries.append(entry) }
    }
}
