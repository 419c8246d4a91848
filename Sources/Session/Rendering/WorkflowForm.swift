internal import Foundation

/// A form that workflows are written in.
public enum WorkflowForm: String, Sendable, CaseIterable {
    /// Our own.
    case yaml
    /// What ComfyUI's server takes.
    case api
    /// What ComfyUI's window opens.
    case ui

    /// By a file's name: `.yaml` and `.yml` are our own, `.json` the server's; `nil` for any other.
    public init?(fileName: String) {
        switch URL(fileURLWithPath: fileName).pathExtension.lowercased() {
        case "yaml", "yml": self = .yaml
        case "json": self = .api
        default: return nil
        }
    }
}
