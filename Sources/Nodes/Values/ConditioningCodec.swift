internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Conditioning as it survives the process.
enum ConditioningCodec {
    /// Entry `i` has its arrays and fields under `i.`. One with ControlNets, hooks or GLIGEN isn't stored: it holds models.
    static func encode(_ value: Conditioning) -> StoredValue? {
        guard value.entries.allSatisfy({ $0.controls.isEmpty && $0.hooks.isEmpty && $0.grounding == nil }) else { return nil }
        var stored = StoredValue(fields: ["count": String(value.entries.count)])
        for (index, entry) in value.entries.enumerated() {
            let arrays = [
                ("embedding", entry.embedding), ("pooled", entry.pooled), ("control_embedding", entry.controlEmbedding),
                ("mask", entry.mask),
                ("inpainting.latent", entry.inpainting?.latent), ("inpainting.mask", entry.inpainting?.mask),
            ]
            for case (let name, let tensor?) in arrays { stored.tensors.append(StoredTensor("\(index).\(name)", float32: tensor)) }
            var fields = [
                "strength": "\(entry.strength)", "mask_strength": "\(entry.maskStrength)",
                "mask_sets_area": "\(entry.maskSetsArea)", "is_default": "\(entry.isDefault)",
                "other_side": "\(entry.controlsApplyToOtherSide)",
            ]
            switch entry.area {
            case .cells(let height, let width, let y, let x)?: fields["cells"] = "\(height) \(width) \(y) \(x)"
            case .shares(let height, let width, let y, let x)?: fields["shares"] = "\(height) \(width) \(y) \(x)"
            case nil: break
            }
            if let range = entry.timestepRange { fields["range"] = "\(range.start) \(range.end)" }
            for (number, picture) in entry.seenPictures.enumerated() {
                stored.tensors.append(StoredTensor("\(index).seen.\(number)", float32: picture.embedding))
                fields["seen.\(number)"] = "\(picture.strength) \(picture.noiseAugmentation)"
            }
            if let upscaling = entry.upscaling {
                stored.tensors.append(StoredTensor("\(index).upscaling", float32: upscaling.picture))
                fields["upscaling"] = "\(upscaling.noiseAugmentation)"
            }
            if let sizes = entry.sizes { fields["sizes"] = text(of: sizes) }
            for (name, text) in fields { stored.fields["\(index).\(name)"] = text }
        }
        return stored
    }

    static func decode(_ stored: StoredValue) throws -> Conditioning {
        let count: Int = try stored.field("count").number()
        guard (0...10_000).contains(count) else { throw CodecError("\(count) entries") }
        return Conditioning(
            try (0..<count).map { index in
                var entry = Conditioning.Entry(
                    embedding: try stored.demanded("\(index).embedding", rank: 3), pooled: try stored.optional("\(index).pooled"))
                entry.controlEmbedding = try stored.optional("\(index).control_embedding")
                entry.mask = try stored.optional("\(index).mask")
                entry.strength = try stored.field("\(index).strength").number()
                entry.maskStrength = try stored.field("\(index).mask_strength").number()
                entry.maskSetsArea = try stored.field("\(index).mask_sets_area") == "true"
                entry.isDefault = try stored.field("\(index).is_default") == "true"
                entry.controlsApplyToOtherSide = try stored.field("\(index).other_side") == "true"
                if let cells: [Int] = try stored.numbers("\(index).cells", count: 4) {
                    entry.area = .cells(height: cells[0], width: cells[1], y: cells[2], x: cells[3])
                } else if let shares: [Double] = try stored.numbers("\(index).shares", count: 4) {
                    entry.area = .shares(height: shares[0], width: shares[1], y: shares[2], x: shares[3])
                }
                if let range: [Double] = try stored.numbers("\(index).range", count: 2) {
                    entry.timestepRange = ScheduleRange(start: range[0], end: range[1])
                }
                entry.sizes = try stored.sizes("\(index).sizes")
                while let embedding = try stored.optional("\(index).seen.\(entry.seenPictures.count)") {
                    let name = "\(index).seen.\(entry.seenPictures.count)"
                    guard embedding.rank == 2, let numbers: [Double] = try stored.numbers(name, count: 2) else {
                        throw CodecError("no \(name)")
                    }
                    entry.seenPictures.append(
                        SeenPicture(embedding: embedding, strength: Float(numbers[0]), noiseAugmentation: numbers[1]))
                }
                if let picture = try stored.optional("\(index).upscaling") {
                    entry.upscaling = UpscaleConditioning(
                        picture: picture, noiseAugmentation: try stored.field("\(index).upscaling").number())
                }
                if let latent = try stored.optional("\(index).inpainting.latent"),
                    let mask = try stored.optional("\(index).inpainting.mask")
                {
                    entry.inpainting = .init(latent: latent, mask: mask)
                }
                return entry
            })
    }

    /// Six numbers and a score; a dash where there is none.
    private static func text(of sizes: SizeConditioning) -> String {
        let numbers: [Int?] = [
            sizes.width, sizes.height, sizes.cropWidth, sizes.cropHeight, sizes.targetWidth, sizes.targetHeight,
        ]
        return (numbers.map { $0.map(String.init) ?? "-" } + [sizes.aestheticScore.map { "\($0)" } ?? "-"]).joined(separator: " ")
    }
}

extension StoredValue {
    fileprivate func sizes(_ name: String) throws -> SizeConditioning? {
        guard let text = fields[name] else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 7 else { throw CodecError("\(name): \(text)") }
        var sizes = SizeConditioning(width: try words[0].number(), height: try words[1].number())
        (sizes.cropWidth, sizes.cropHeight) = (try words[2].number(), try words[3].number())
        (sizes.targetWidth, sizes.targetHeight) = (try words[4].optionalNumber(), try words[5].optionalNumber())
        sizes.aestheticScore = try words[6].optionalNumber()
        return sizes
    }
}
