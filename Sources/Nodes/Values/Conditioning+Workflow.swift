public import Digests
public import Diffusion
internal import Tensors
public import WorkflowEngine

extension Conditioning: WorkflowValue {
    public var typeName: String { "CONDITIONING" }

    public var byteCount: Int {
        entries.reduce(0) { total, entry in
            let tensors =
                [
                    entry.embedding, entry.pooled, entry.controlEmbedding, entry.mask, entry.inpainting?.latent, entry.inpainting?.mask,
                    entry.upscaling?.picture,
                ].compactMap { $0 } + entry.controls.map(\.hint) + entry.seenPictures.map(\.embedding)
            return total + tensors.reduce(0) { $0 + $1.byteCount }
        }
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add(entries.count)
        for entry in entries { entry.feed(into: &digest) }
    }
}

extension Conditioning.Entry {
    /// Every field, in the order of the declaration.
    func feed(into digest: inout DigestBuilder) {
        digest.add(embedding)
        digest.add(pooled)
        digest.add(controlEmbedding)
        switch area {
        case .cells(let height, let width, let y, let x)?: digest.add([height, width, y, x])
        case .shares(let height, let width, let y, let x)?: for share in [height, width, y, x] { digest.add(share) }
        case nil: digest.addNone()
        }
        digest.add(strength)
        digest.add(mask)
        digest.add(maskStrength)
        digest.add(maskSetsArea)
        digest.add(timestepRange)
        digest.add(isDefault)
        digest.add(controls.count)
        for application in controls {
            application.control.feed(into: &digest)
            digest.add(application.hint)
            digest.add(application.strength)
            digest.add(application.timestepRange)
        }
        digest.add(controlsApplyToOtherSide)
        hooks.feed(into: &digest)
        digest.add(grounding?.boxes.count ?? 0)
        if let grounding {
            grounding.model.feed(into: &digest)
            for box in grounding.boxes {
                digest.add(box.text)
                digest.add([box.height, box.width, box.y, box.x])
            }
        }
        digest.add(sizes)
        digest.add(seenPictures.count)
        for picture in seenPictures {
            digest.add(picture.embedding)
            digest.add(picture.strength)
            digest.add(picture.noiseAugmentation)
        }
        digest.add(upscaling?.picture)
        digest.add(upscaling?.noiseAugmentation ?? 0)
        digest.add(inpainting?.latent)
        digest.add(inpainting?.mask)
    }
}

extension DigestBuilder {
    fileprivate mutating func add(_ sizes: SizeConditioning?) {
        guard let sizes else { return addNone() }
        for number in [sizes.width, sizes.height, sizes.cropWidth, sizes.cropHeight] { add(number) }
        for number in [sizes.targetWidth, sizes.targetHeight] {
            if let number { add(number) } else { addNone() }
        }
        if let score = sizes.aestheticScore { add(score) } else { addNone() }
    }
}
