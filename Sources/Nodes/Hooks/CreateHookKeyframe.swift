// Nodes: CreateHookKeyframe, CreateHookKeyframesInterpolated, CreateHookKeyframesFromFloats

internal import Diffusion
internal import Foundation
internal import Samplers
internal import WorkflowEngine

/// Says how strong a hook is from a point of the run on.
struct CreateHookKeyframe: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var keyframes = try inputs.optional("prev_hook_kf", as: HookKeyframes.self) ?? HookKeyframes()
        keyframes.add(.init(strength: try inputs.float("strength_mult"), start: try inputs.double("start_percent")))
        return .of(keyframes)
    }
}

/// Lets a hook's strength change evenly over a part of the run.
struct CreateHookKeyframesInterpolated: Node {
    enum Interpolation: String, CaseIterable {
        case linear
        case easeIn = "ease_in"
        case easeOut = "ease_out"
        case easeInOut = "ease_in_out"

        /// Share of the way from start to end, for a share of the keyframes.
        func share(_ t: Double) -> Double {
            switch self {
            case .linear: t
            case .easeIn: t * t
            case .easeOut: 1 - (1 - t) * (1 - t)
            case .easeInOut: (1 - cos(t * .pi)) / 2
            }
        }
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var keyframes = try inputs.optional("prev_hook_kf", as: HookKeyframes.self) ?? HookKeyframes()
        let interpolation = try inputs.choice("interpolation", of: Interpolation.self)
        let (from, to) = (try inputs.double("strength_start"), try inputs.double("strength_end"))
        let (start, end) = (try inputs.double("start_percent"), try inputs.double("end_percent"))
        let count = try inputs.int("keyframes_count")
        for index in 0..<count {
            let t = count > 1 ? Double(index) / Double(count - 1) : 0
            keyframes.add(
                .init(
                    strength: Float(from + (to - from) * interpolation.share(t)), start: start + (end - start) * t,
                    // Only the first is certain to be used: the others may be closer than the steps.
                    isGuaranteed: index == 0))
        }
        return .of(keyframes)
    }
}

/// Lets a hook's strength follow a list of numbers, spread evenly over a part of the run.
struct CreateHookKeyframesFromFloats: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var keyframes = try inputs.optional("prev_hook_kf", as: HookKeyframes.self) ?? HookKeyframes()
        let strengths =
            inputs["floats_strength"] is Sigmas
            ? try inputs.value("floats_strength", as: Sigmas.self).values : [try inputs.float("floats_strength")]
        let (start, end) = (try inputs.double("start_percent"), try inputs.double("end_percent"))
        for (index, strength) in strengths.enumerated() {
            let t = strengths.count > 1 ? Double(index) / Double(strengths.count - 1) : 0
            keyframes.add(.init(strength: strength, start: start + (end - start) * t, isGuaranteed: index == 0))
        }
        return .of(keyframes)
    }
}
