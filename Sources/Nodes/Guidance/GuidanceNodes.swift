extension NodeTable {
    /// Nodes that change how predictions are combined, or step into the network.
    static let guidance: [any Node.Type] = [
        APG.self,
        CFGNormNode.self,
        CFGZeroStarNode.self,
        DifferentialDiffusionNode.self,
        EasyCache.self,
        EpsilonScalingNode.self,
        FreeU_V2.self,
        FreeUNode.self,
        FreSca.self,
        HyperTileNode.self,
        LazyCache.self,
        MahiroNode.self,
        PatchModelAddDownscale.self,
        PerpNeg.self,
        PerturbedAttentionGuidanceNode.self,
        RenormCFGNode.self,
        RescaleCFGNode.self,
        SelfAttentionGuidanceNode.self,
        TCFG.self,
        TomePatchModel.self,
        VideoLinearCFGGuidance.self,
        VideoTriangleCFGGuidance.self,
    ]
}
