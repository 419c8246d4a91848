public import Descriptions
public import Samplers

/// A patch that says how the model was trained: other predictions, other noise levels.
public protocol SamplingPatch: ModelPatch {
    /// The settings with this patch, from those before it.
    func applied(to settings: SamplingSettings) -> SamplingSettings
}

extension Model {
    /// What the network predicts and at which noise levels, with all patches.
    public var samplingSettings: SamplingSettings {
        patches.reduce(trained) { ($1 as? any SamplingPatch)?.applied(to: $0) ?? $0 }
    }
}

/// Says how a model was trained, instead of what its checkpoint says.
public struct SamplingOverride: SamplingPatch {
    public var settings: SamplingSettings
    public init(_ settings: SamplingSettings) { self.settings = settings }

    public func applied(to settings: SamplingSettings) -> SamplingSettings { self.settings }

    public static var blank: SamplingOverride { SamplingOverride(SamplingSettings()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("SamplingOverride"))
        try visitor.visit(part: "settings", &settings)
    }
}
