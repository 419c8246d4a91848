internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of a latent; places and sizes in pixels.
struct LatentCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("samples").cropped(
                x: inputs.int("x") / 8, y: inputs.int("y") / 8, width: inputs.int("width") / 8,
                height: inputs.int("height") / 8))
    }
}

/// Mirrors a latent.
struct LatentFlip: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let method = try inputs.choice("flip_method", of: FlipMethod.self)
        return .of(try inputs.latent("samples").mirrored(method == .upsideDown ? .upsideDown : .leftToRight))
    }
}

/// Turns a latent by quarter turns.
struct LatentRotate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let rotation = try inputs.choice("rotation", of: Rotation.self)
        return .of(try inputs.latent("samples").turned(quarters: rotation.quarters))
    }
}

/// Puts two latents beside or below each other.
struct LatentConcat: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("dim")
        // A minus sign puts the second one first.
        let otherFirst = text.hasPrefix("-")
        guard let axis = Latent.Axis(rawValue: otherFirst ? String(text.dropFirst()) : text) else {
            throw NodeError(.badValue, input: "dim", "\"\(text)\" isn't one of x, -x, y, -y, t, -t")
        }
        return .of(
            try inputs.latent("samples1").joined(with: inputs.latent("samples2"), along: axis, otherFirst: otherFirst))
    }
}

/// Cuts rows or columns out of a latent, in latent cells.
struct LatentCut: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let axis = try inputs.choice("dim", of: Latent.Axis.self)
        return .of(
            try inputs.latent("samples").cut(along: axis, from: inputs.int("index"), amount: inputs.int("amount")))
    }
}

/// Puts two batches behind each other; the second is fitted to the first's size.
struct LatentBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").followed(by: inputs.latent("samples2")))
    }
}

/// Regroups lists of latents into batches of a size.
struct RebatchLatents: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latents = try inputs.all("latents", as: Latent.self)
        return NodeOutputs([.list(Latent.regrouped(latents, size: try inputs.int("batch_size")))])
    }
}

/// Says whether the items of a batch start from noise of their own or all from the same.
struct LatentBatchSeedBehavior: Node {
    enum Behaviour: String, CaseIterable { case random, fixed }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        let behaviour = try inputs.choice("seed_behavior", of: Behaviour.self)
        return .of(behaviour == .fixed ? latent.withOneNoise() : latent.withFreshNoise())
    }
}
