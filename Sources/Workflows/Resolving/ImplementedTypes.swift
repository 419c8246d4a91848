/// Which types of nodes can be run here: whoever has the implementations answers.
public protocol ImplementedTypes: Sendable {
    /// - Parameter type: a canonical name.
    func isImplemented(_ type: String) -> Bool
}
