extension NodeTable {
    /// The nodes of this folder, a line each.
    static let hooks: [any Node.Type] = [
        CombineHooks2.self,
        CombineHooks4.self,
        CombineHooks8.self,
        CreateHookKeyframe.self,
        CreateHookKeyframesFromFloats.self,
        CreateHookKeyframesInterpolated.self,
        CreateHookLora.self,
        CreateHookLoraModelOnly.self,
        CreateHookModelAsLora.self,
        CreateHookModelAsLoraModelOnly.self,
        SetClipHooks.self,
        SetHookKeyframes.self,
    ]
}
