public import Diffusion
public import Networks
public import Pictures
public import WorkflowEngine

/// The values of this domain by input name. `inputs.int`, `.unsigned`, `.double`, `.string`, `.boolean` come from the
/// engine; what may be absent is asked for with `optional…` or with a default.
extension NodeInputs {
    public func image(_ name: String) throws -> Image { try value(name) }
    public func optionalImage(_ name: String) throws -> Image? { try optional(name) }
    public func mask(_ name: String) throws -> Mask { try value(name) }
    public func optionalMask(_ name: String) throws -> Mask? { try optional(name) }
    public func latent(_ name: String) throws -> Latent { try value(name) }
    public func optionalLatent(_ name: String) throws -> Latent? { try optional(name) }
    public func conditioning(_ name: String) throws -> Conditioning { try value(name) }
    public func optionalConditioning(_ name: String) throws -> Conditioning? { try optional(name) }
    public func textEncoder(_ name: String) throws -> TextEncoder { try value(name) }
    public func model(_ name: String) throws -> Model { try value(name) }
    public func optionalModel(_ name: String) throws -> Model? { try optional(name) }
    public func vae(_ name: String) throws -> VAE { try value(name) }
    public func optionalVAE(_ name: String) throws -> VAE? { try optional(name) }
    public func controlNet(_ name: String) throws -> ControlNet { try value(name) }

    /// A choice or the name of a file, as the workflow spells it.
    public func choice(_ name: String) throws -> String { try string(name) }

    /// A choice as one of the cases of an enum whose raw values are the choices.
    ///
    /// - Throws: `NodeError.Code.badValue` for anything else, listing the cases.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) throws -> Choice {
        let text = try string(name)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw NodeError(.badValue, input: name, "\"\(text)\" isn't one of \(known)")
        }
        return choice
    }

    public func int(_ name: String, default value: Int) throws -> Int { has(name) ? try int(name) : value }
    public func double(_ name: String, default value: Double) throws -> Double { has(name) ? try double(name) : value }
    public func float(_ name: String) throws -> Float { Float(try double(name)) }
    public func float(_ name: String, default value: Float) throws -> Float { has(name) ? try float(name) : value }
    public func string(_ name: String, default value: String) throws -> String { has(name) ? try string(name) : value }
    public func boolean(_ name: String, default value: Bool) throws -> Bool { has(name) ? try boolean(name) : value }

    /// Every element of an input, for nodes that take whole lists.
    ///
    /// - Throws: `NodeInputError` when an element is of another type.
    public func all<Value: WorkflowValue>(_ name: String, as type: Value.Type = Value.self) throws -> [Value] {
        try list(name).map { element in
            guard let value = element as? Value else {
                throw NodeInputError(input: name, expected: "\(type)", found: element.typeName)
            }
            return value
        }
    }
}
