internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Mixes two pictures.
struct ImageBlend: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let first = try inputs.image("image1")
        var second = try inputs.image("image2")
        let mode = try inputs.choice("blend_mode", of: BlendMode.self)
        let channels = min(first.channels, second.channels)
        guard first.channels == channels else {
            throw NodeError(
                .badValue, input: "image2", "image1 has \(first.channels) channels and image2 \(second.channels)",
                hint: "JoinImageWithAlpha adds transparency")
        }
        second = second.withChannels(channels)
        return .of(first.blended(with: second, mode: mode, amount: try inputs.float("blend_factor")))
    }
}

/// Softens pictures.
struct ImageBlur: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let kernel = try image.kernel(radius: "blur_radius", inputs)
        return .of(Image(image.pixels.blurred(kernel)))
    }
}

/// Sharpens pictures.
struct ImageSharpen: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let kernel = try image.kernel(radius: "sharpen_radius", inputs)
        guard kernel.radius > 0 else { return .of(image) }
        return .of(Image(image.pixels.sharpened(kernel, amount: try inputs.float("alpha")).clamped(0, 1)))
    }
}

/// Reduces pictures to a few colours.
struct ImageQuantize: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let dithering = try inputs.choice("dither", of: Dithering.self)
        return .of(image.quantized(colours: try inputs.int("colors"), dithering: dithering))
    }
}

/// Grows, shrinks, opens or closes bright parts, or shows what that takes away.
struct Morphology: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation = try inputs.choice("operation", of: MorphologyOperation.self)
        return .of(operation.apply(to: try inputs.image("image"), kernel: try inputs.int("kernel_size")))
    }
}

/// Finds edges.
struct Canny: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        guard image.width > 2, image.height > 2 else {
            throw NodeError(.badValue, input: "image", "\(image.width) × \(image.height) pixels are too few for edges")
        }
        let low = try inputs.float("low_threshold")
        let high = try inputs.float("high_threshold")
        guard low <= high else {
            throw NodeError(
                .badValue, input: "low_threshold", "low_threshold \(low) is above high_threshold \(high)",
                hint: "weak edges are kept where they lead to strong ones: low must not be above high")
        }
        return .of(image.edges(low: low, high: high))
    }
}

/// Takes pictures apart into brightness and two colour differences.
struct ImageRGBToYUV: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let planes = try inputs.image("image").yuvPlanes()
        return .of(planes.y, planes.u, planes.v)
    }
}

/// Puts pictures together from brightness and two colour differences.
struct ImageYUVToRGB: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (y, u, v) = (try inputs.image("Y"), try inputs.image("U"), try inputs.image("V"))
        for (name, plane) in [("U", u), ("V", v)]
        where (plane.batch, plane.height, plane.width) != (y.batch, y.height, y.width) {
            throw NodeError(
                .badValue, input: name,
                "Y is \(y.batch) of \(y.width) × \(y.height), \(name) is \(plane.batch) of \(plane.width) × \(plane.height)")
        }
        return .of(Image.fromYUV(y: y, u: u, v: v))
    }
}

/// Adds grain to pictures.
struct ImageAddNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let noise = SharedGenerator(seed: try inputs.unsigned("seed")).normal(image.pixels.shape)
        let strength = try inputs.float("strength")
        return .of(Image(Tensor.zip(image.pixels, noise) { max(0, min(1, $0 + strength * $1)) }))
    }
}

extension Image {
    /// The kernel that the inputs describe.
    ///
    /// - Throws: `NodeError.Code.badValue` when the picture is too small to be mirrored at its borders.
    fileprivate func kernel(radius name: String, _ inputs: NodeInputs) throws -> GaussianKernel {
        let radius = try inputs.int(name)
        guard radius < width, radius < height else {
            throw NodeError(
                .badValue, input: name, "a radius of \(radius) is too large for \(width) × \(height) pixels",
                hint: "it must be smaller than both sides")
        }
        return GaussianKernel(radius: radius, sigma: try inputs.double("sigma"))
    }
}
