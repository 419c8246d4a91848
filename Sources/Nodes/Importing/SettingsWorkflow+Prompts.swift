internal import Prompts
internal import WorkflowEngine
internal import Workflows

extension SettingsWorkflow {
    /// How prompts are put into ComfyUI's syntax.
    struct Prompts {
        let syntax: PromptSyntax
        /// Files of embeddings.
        let embeddings: [String]

        func converted(_ prompt: String) -> String { PromptSyntax.markingEmbeddings(syntax.converted(prompt), names: embeddings) }
    }

    /// Encodes a prompt with all that it joins.
    ///
    /// - Returns: what the guidance is multiplied with: Automatic1111 adds what each of the joined prompts pulls by, a combination here
    ///   gives the mean, weighted in the same way.
    mutating func encode(_ prompt: String, as name: String, by prompts: Prompts, clip: Value, in run: Run) -> (link: Value, weight: Double)
    {
        var parts = PromptSyntax.joined(prompt)
        for part in parts where part.weight <= 0 || part.weight > 10 {
            note(.settingLeftOut, "\"\(part.text.prefix(60))\" behind AND has a weight that can't be done (\(part.weight)); it is left out")
        }
        parts.removeAll { $0.weight <= 0 || $0.weight > 10 }
        guard parts.count > 1 else { return (changing(parts.first?.text ?? prompt, as: name, by: prompts, clip: clip, in: run), 1) }
        let isEven = parts.allSatisfy { $0.weight == parts[0].weight }
        var links: [Value] = []
        for (index, part) in parts.enumerated() {
            let own = index == 0 ? name : "\(name)_and_\(index + 1)"
            var link = changing(part.text, as: own, by: prompts, clip: clip, in: run)
            if !isEven {
                node("\(own)_weight", "ConditioningSetAreaStrength", [("conditioning", link), ("strength", .number("\(part.weight)"))])
                link = self.link("\(own)_weight", 0)
            }
            links.append(link)
        }
        return (combined(links, as: "\(name)_joined"), parts.reduce(0) { $0 + $1.weight })
    }

    /// `AND` is a word like others in a negative prompt.
    mutating func encodeNegative(_ prompt: String, as name: String, by prompts: Prompts, clip: Value, in run: Run) -> Value {
        changing(prompt, as: name, by: prompts, clip: clip, in: run)
    }

    private mutating func combined(_ links: [Value], as name: String) -> Value {
        var joined = links.first ?? .null
        for (index, link) in links.enumerated().dropFirst() {
            node("\(name)_\(index + 1)", "ConditioningCombine", [("conditioning_1", joined), ("conditioning_2", link)])
            joined = self.link("\(name)_\(index + 1)", 0)
        }
        return joined
    }

    /// A prompt that may change while it is sampled: every text for its part of the run.
    private mutating func changing(_ prompt: String, as name: String, by prompts: Prompts, clip: Value, in run: Run) -> Value {
        guard prompts.syntax.dialect.hasSchedules, prompt.contains("[") else {
            return chunks(prompts.converted(prompt), as: name, clip: clip)
        }
        let schedule = PromptSchedule(prompt, steps: run.steps, isSecondPass: run.isSecondPass)
        guard schedule.phases.count > 1 else {
            return chunks(prompts.converted(schedule.phases.first?.text ?? prompt), as: name, clip: clip)
        }
        guard let shares = shares(of: schedule, in: run) else {
            let kept = schedule.longest(of: run.steps)
            note(
                .settingLeftOut,
                "\"\(prompt.prefix(80))\" changes while it is sampled, which \(run.isSecondPass ? "a second pass" : run.sampler) doesn't do step by "
                    + "step; \"\(kept.prefix(80))\" is taken for all steps")
            return chunks(prompts.converted(kept), as: name, clip: clip)
        }
        var encoded: [String: Value] = [:]
        var links: [Value] = []
        for (index, share) in shares.enumerated() {
            let own = index == 0 ? name : "\(name)_from_\(schedule.phases[index].from)"
            let link = encoded[share.text] ?? chunks(prompts.converted(share.text), as: own, clip: clip)
            encoded[share.text] = link
            let end = index + 1 < shares.count ? shares[index + 1].start : 1
            node(
                "\(own)_range", "ConditioningSetTimestepRange",
                [("conditioning", link), ("start", .number("\(share.start)")), ("end", .number("\(end)"))])
            links.append(self.link("\(own)_range", 0))
        }
        return combined(links, as: "\(name)_phases")
    }

    private mutating func chunks(_ prompt: String, as name: String, clip: Value) -> Value {
        var whole: Value?
        for (index, text) in PromptSyntax.chunks(prompt).enumerated() {
            let own = index == 0 ? name : "\(name)_\(index + 1)"
            node(own, "CLIPTextEncode", [("text", .string(text)), ("clip", clip)])
            if let before = whole {
                node("\(name)_to_\(index + 1)", "ConditioningConcat", [("conditioning_to", before), ("conditioning_from", link(own, 0))])
                whole = link("\(name)_to_\(index + 1)", 0)
            } else {
                whole = link(own, 0)
            }
        }
        return whole ?? .null
    }

    /// The same conditioning by another text encoder: its nodes once more.
    mutating func encoded(again conditioning: Value, as name: String, clip: Value) -> Value {
        guard case .link(.slot(let source, let slot)) = conditioning, let found = document.nodes.first(where: { $0.name == source }) else {
            return conditioning
        }
        var inputs: [(String, Value)] = []
        for (index, input) in found.inputs.enumerated() {
            switch input.name {
            case "clip": inputs.append((input.name, clip))
            case _ where input.name.hasPrefix("conditioning"):
                inputs.append((input.name, encoded(again: input.value, as: "\(name)_\(index + 1)", clip: clip)))
            default: inputs.append((input.name, input.value))
            }
        }
        node(name, found.type, inputs)
        return link(name, slot)
    }
}
