internal import Formats

/// A workflow as ComfyUI's window saves it, read into what the conversion needs.
///
/// Places, sizes, colours, groups and native reroutes are left behind: they say nothing about what is computed. An input's own
/// `link` is what counts; rows of `links` that no input names have no effect, and slots' positions are never trusted where there is
/// a name.
struct UIFile {
    var root: UIGraph
    /// Subgraph definitions by id, and group nodes turned into definitions under their instances' type names.
    var definitions: [String: UIDefinition]
    /// What of the file isn't read, beside what its graphs say of themselves.
    var notes: [UINote] = []
}

/// Nodes and the links between them: the whole file, or the inside of a subgraph.
struct UIGraph {
    var nodes: [UINode]
    /// By link id.
    var links: [String: UILink]
    private(set) var indexOfNode: [String: Int] = [:]
    /// What wasn't plain about its links.
    var notes: [UINote] = []

    init(nodes: [UINode], links: [String: UILink]) {
        self.nodes = nodes
        self.links = links
        // The first of two nodes with one id stays.
        for (index, node) in nodes.enumerated() where indexOfNode[node.id] == nil { indexOfNode[node.id] = index }
    }
}

/// Where a link comes from. `-10` as origin is the input boundary of a subgraph.
struct UILink: Equatable {
    var origin: String
    var originSlot: Int
    var target: String
    var targetSlot: Int

    static let inputBoundary = "-10"
    static let outputBoundary = "-20"
}

struct UINode {
    enum Mode { case active, muted, bypassed }

    /// As text; ids are numbers or texts.
    var id: String
    var type: String
    /// `nil` when the node goes by its type's display name.
    var title: String?
    var mode: Mode
    var inputs: [UIInput]
    /// Types of the outputs, by slot.
    var outputTypes: [String]
    var widgetValues: SourceTree?
    var properties: SourceTree?
    var position: SourcePosition
    /// Values for its widgets, or for those inside of it, that instances around it hold.
    var given: [UIGivenWidget] = []

    /// The slot of an input or widget; of two with one name the last counts.
    func input(named name: String) -> UIInput? { inputs.last { ($0.widget ?? $0.name) == name || $0.name == name } }
}

struct UIInput {
    var name: String
    var type: String
    var link: String?
    /// Name of the widget that this slot stands for.
    var widget: String?
}

/// The inside of a subgraph with its interface.
struct UIDefinition {
    var name: String
    var inputs: [Port]
    var outputs: [Port]
    var graph: UIGraph
    /// A group node's instance holds the widgets of its inner nodes one after another, and its inputs go by position; a
    /// subgraph's instance has one value for each input that is joined to a widget inside, and its inputs go by name.
    var isGroupNode: Bool

    /// `extra.groupNodes[NAME].config`: what a group node's widgets and slots are called.
    var config: SourceTree?

    struct Port {
        var name: String
        var type: String
        /// A group node's widget into which a link leads.
        var isWidget = false
    }
}

/// Node types that exist in the window only.
enum VirtualNode {
    static func isReroute(_ type: String) -> Bool { type == "Reroute" || type == "Reroute (rgthree)" || type == "ReroutePrimitive|pysssss" }
    static func isPrimitive(_ type: String) -> Bool { type == "PrimitiveNode" }
    static func isSetter(_ type: String) -> Bool { type == "SetNode" || type == "easy setNode" }
    static func isGetter(_ type: String) -> Bool { type == "GetNode" || type == "easy getNode" }

    private static let silent: Set<String> = [
        "Note", "MarkdownNote", "Bookmark (rgthree)", "Label (rgthree)", "Fast Muter (rgthree)", "Fast Bypasser (rgthree)",
        "Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)", "Fast Actions Button (rgthree)",
        "Mute / Bypass Repeater (rgthree)", "Mute / Bypass Relay (rgthree)", "Node Collector (rgthree)", "Random Unmuter (rgthree)",
        "Anything Everywhere", "Anything Everywhere3", "Anything Everywhere?", "Prompts Everywhere",
    ]

    /// Whether a node of this type is never computed.
    static func contains(_ type: String) -> Bool {
        isReroute(type) || isPrimitive(type) || isSetter(type) || isGetter(type) || silent.contains(type)
    }
}
