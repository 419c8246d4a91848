public import Descriptions

extension ConditioningHooks: Recipe {
    public static var blank: ConditioningHooks { ConditioningHooks() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.list("hooks", &hooks)
    }
}

extension ConditioningHooks.Hook: Described {
    public static var blank: ConditioningHooks.Hook { .init(LoRAChange.blank, modelStrength: 0, textStrength: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        let kind = try visitor.kind("kind", ChangeTable.name(of: type(of: change)))
        if visitor.isReading { change = try ChangeTable.blank(kind) }
        try visitor.within("change") { try change.describe(to: visitor) }
        try visitor.visit("modelStrength", &modelStrength)
        try visitor.visit("textStrength", &textStrength)
        try visitor.visit(part: "keyframes", &keyframes)
    }
}

extension HookKeyframes: Described {
    public static var blank: HookKeyframes { HookKeyframes() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.list("keyframes", &keyframes)
    }
}

extension HookKeyframes.Keyframe: Described {
    public static var blank: HookKeyframes.Keyframe { .init(strength: 0, start: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("strength", &strength)
        try visitor.visit("start", &start)
        try visitor.visit("isGuaranteed", &isGuaranteed)
    }
}
