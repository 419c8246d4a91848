extension NodeTable {
    /// The nodes of this folder, a line each.
    static let text: [any Node.Type] = [
        CLIPSetLastLayer.self,
        CLIPTextEncode.self,
        CLIPTextEncodeSDXL.self,
        CLIPTextEncodeSDXLRefiner.self,
    ]
}
