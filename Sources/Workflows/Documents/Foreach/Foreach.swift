public import Formats

/// What a node is repeated over: `foreach:` of our own form.
///
/// Several inputs are walked in step, so they must have as many elements as one another.
public struct Foreach: Sendable, Equatable {
    /// What the results of all elements come to.
    public enum Collecting: String, Sendable, CaseIterable {
        /// One after another: later nodes run once for each.
        case list
        /// Joined into one batch.
        case batch
    }

    public var position: SourcePosition?
    /// The inputs or parameters that are walked, each with what it runs through: a list, a range, a pattern, a folder, a file of values.
    public var inputs: [WorkflowDocument.Input]
    /// All of them at once: `@table.csv`, whose first row names them, or a list of maps.
    public var table: WorkflowDocument.Value?
    public var collecting = Collecting.list

    public init(position: SourcePosition? = nil, inputs: [WorkflowDocument.Input] = [], table: WorkflowDocument.Value? = nil) {
        self.position = position
        self.inputs = inputs
        self.table = table
    }

    /// Node types that a repeated node comes to beside itself.
    enum NodeType {
        static let list = "CollectList"
        static let batch = "CollectBatch"
        static let loadImage = "LoadImage"
        /// Inputs of `list`; more are gathered in groups of that many.
        static let listInputs = 16
    }
}
