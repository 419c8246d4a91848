extension UILinkMemory {
    /// An input names a link of which the file has no row: as good as none, but somebody may miss it.
    func noteMissingRow(_ link: String, in graph: UIGraph) {
        for node in graph.nodes {
            guard let input = node.inputs.first(where: { $0.link == link }) else { continue }
            note(
                "node \(node.id): \"\(input.name)\" names link \(link), of which the file has no row; it counts as not linked",
                at: node.position)
            return
        }
    }

    /// Reroutes, named wires and bypassed nodes lead round in a circle.
    func noteCircle(at link: String, in graph: UIGraph) {
        guard let row = graph.links[link], let node = graph.nodes.first(where: { $0.id == row.target }) else { return }
        note("the way back from node \(node.id) goes round in a circle; what it leads to counts as not linked", at: node.position)
    }

    /// A link comes from a node that the file doesn't hold.
    func noteMissingOrigin(_ row: UILink, in graph: UIGraph) {
        guard let target = graph.nodes.first(where: { $0.id == row.target }) else { return }
        note("node \(target.id) is linked to node \(row.origin), which the file doesn't hold; it counts as not linked", at: target.position)
    }
}
