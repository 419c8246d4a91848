/// Every node that can run. Each folder has a list of its own (`Latents/LatentNodes.swift`), a line for each node.
enum NodeTable {
    static let all: [any Node.Type] =
        loaders + models + latents + images + masks + text + conditioning + hooks + utilities + sampling + guidance + packs

    /// By canonical class name.
    static let byType: [String: any Node.Type] = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })
}
