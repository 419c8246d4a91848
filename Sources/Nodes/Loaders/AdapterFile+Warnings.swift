internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

extension AdapterFile {
    /// Tells what of a LoRA has no effect on what it is applied to: nobody would see it otherwise, or see why.
    ///
    /// - Parameters:
    ///   - contents: of the U-Net and the text models that it is applied to.
    ///   - sides: which of its layers are meant to have an effect.
    func warnOfMisfits(with contents: [any TensorSource], sides: Set<Side>, in context: NodeContext) {
        let name = source.displayName
        guard moduleCount > 0 else {
            context.warn(
                "\(name) holds no LoRA in any layout that is known, and has no effect\(Self.excerpt(strangers).map { "; it has \($0)" } ?? "")"
            )
            return
        }
        if layersLeftOut > 0 {
            context.warn(
                "\(layersLeftOut) of \(moduleCount) layers of \(name) are left out: LoKr with lokr_t2 has no effect in ComfyUI")
        }
        let fit = fit(contents, sides: sides)
        if fit.count == 0 {
            let (has, target) = sides.contains(.text) ? ("a model", "text encoder") : ("a text encoder", "model")
            context.warn("\(name) has no effect here: its layers are for \(has) alone, and it is applied to the \(target) only")
        } else if fit.leftOutCount > 0 {
            let lists = AdapterFit.Misfit.allCases.compactMap { misfit in
                Self.excerpt(fit.leftOut[misfit] ?? []).map { "\($0) (\(misfit.text))" }
            }
            let guess = fit.leftOutCount == fit.count ? "; it was probably made for other models than this" : ""
            context.warn(
                "\(fit.count - fit.leftOutCount) of \(fit.count) layers of \(name) fit this model; left out: "
                    + lists.joined(separator: "; ") + guess)
        }
        if let excerpt = Self.excerpt(strangers) {
            let kind = Self.unsupportedKind(strangers).map { " (\($0))" } ?? ""
            context.warn("\(strangers.count) tensors of \(name) have no effect: what they are isn't known\(kind): \(excerpt)")
        }
    }

    /// The first names and how many more; `nil` of none.
    private static func excerpt(_ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let rest = names.count > 3 ? " and \(names.count - 3) more" : ""
        return names.prefix(3).map { String($0.prefix(120)) }.joined(separator: ", ") + rest
    }

    /// The kind of adapter that tensors of unknown endings belong to, where there is a name for it.
    private static func unsupportedKind(_ names: [String]) -> String? {
        for (part, kind) in [
            (".on_input", "IA3, which isn't supported"), ("lora_magnitude_vector", "DoRA as PEFT saves it, which isn't supported"),
            ("oft_r", "OFT as PEFT saves it, which isn't supported"), ("vera_lambda", "VeRA, which isn't supported"),
            ("hada_", "LoHa as PEFT saves it, which isn't supported"),
            (".scalar", "trained scales of LyCORIS, which ComfyUI leaves aside, too"),
        ] where names.contains(where: { $0.lowercased().contains(part) }) { return kind }
        return nil
    }
}

extension AdapterFit.Misfit {
    fileprivate var text: String {
        switch self {
        case .unknownName: "the model has no such layers"
        case .shape: "the model's layers have other shapes"
        case .incomplete: "parts of them are missing"
        }
    }
}
