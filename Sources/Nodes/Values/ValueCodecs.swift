internal import Problems
internal import Descriptions
internal import Diffusion
internal import Networks
internal import Pictures
internal import Samplers
package import WorkflowEngine

/// Values of this domain as they survive the process and travel to others.
///
/// Pictures, latents and embeddings are written down as they are. A model is a recipe: the digests of its files and what was asked to
/// be changed. Whoever reads it finds the files by their content; where one is missing, the value isn't there, and is made again.
struct ValueCodecs {
    private let byType: [String: any ValueCodec]

    /// - Parameter files: finds the files that recipes name.
    init(files: any FileFinder) {
        var byType: [String: any ValueCodec] = [:]
        func add<Value: WorkflowValue & Described>(_ type: Value.Type) {
            let name = Value.blank.typeName
            byType[name] = DescribedCodec<Value>(typeName: name, files: files)
        }
        add(Image.self)
        add(Mask.self)
        add(Latent.self)
        add(Sigmas.self)
        add(Conditioning.self)
        add(VisionOutput.self)
        add(ConditioningHooks.self)
        add(HookKeyframes.self)
        add(LatentOperation.self)
        add(ScheduleRange.self)
        add(StartNoise.self)
        add(Guider.self)
        add(Model.self)
        add(TextEncoder.self)
        add(VAE.self)
        add(ControlNet.self)
        add(VisionEncoder.self)
        add(StyleModel.self)
        add(UpscaleModel.self)
        add(PhotoMaker.self)
        add(GroundingModel.self)
        add(Sampler.self)
        self.byType = byType
    }

    func codec(for typeName: String) -> (any ValueCodec)? {
        ValueBundle.types.contains(typeName) ? BundleCodec(typeName: typeName, codecs: self) : byType[typeName]
    }
}

extension NodeServices {
    /// The value of a stored form that may come from anywhere; `nil` for a type that isn't stored.
    package func value(_ stored: StoredValue, type: String) throws -> (any WorkflowValue)? {
        try ValueCodecs(files: self).codec(for: type)?.decode(stored)
    }
}

/// Writes and reads several values that travel as one, each by the codec of its type; numbers and texts as they are.
private struct BundleCodec: ValueCodec {
    let typeName: String
    let codecs: ValueCodecs

    func encode(_ value: any WorkflowValue) throws -> StoredValue? {
        guard let bundle = value as? ValueBundle else { return nil }
        var stored = StoredValue()
        stored.fields["count"] = "\(bundle.entries.count)"
        for (index, entry) in bundle.entries.enumerated() {
            let path = "\(index)."
            stored.fields[path + "name"] = entry.name
            stored.fields[path + "type"] = entry.value.typeName
            if let text = Self.text(of: entry.value) {
                stored.fields[path + "value"] = text
                continue
            }
            guard let part = try codecs.codec(for: entry.value.typeName)?.encode(entry.value) else { return nil }
            for (name, text) in part.fields { stored.fields[path + "value." + name] = text }
            stored.tensors += part.tensors.map { $0.renamed(path + "value." + $0.name) }
        }
        return stored
    }

    func decode(_ stored: StoredValue) throws -> any WorkflowValue {
        var bundle = ValueBundle(type: typeName)
        let count: Int = try stored.field("count").number()
        // Each entry has fields of its own, so a wrong count can't make this long.
        guard (0...stored.fields.count).contains(count) else { throw CodecError("\(count) values in a bundle") }
        for index in 0..<count {
            let path = "\(index)."
            let (name, type) = (try stored.field(path + "name"), try stored.field(path + "type"))
            guard bundle[name] == nil else { throw CodecError("\(name) is there twice") }
            if let text = stored.fields[path + "value"] {
                bundle[name] = try Self.scalar(text, type)
                continue
            }
            guard let codec = codecs.codec(for: type) else { throw CodecError("\(name): no value is a \(type)") }
            bundle[name] = try codec.decode(stored.part(path + "value."))
        }
        return bundle
    }

    private static func text(of value: any WorkflowValue) -> String? {
        switch value {
        case let value as Int64: "\(value)"
        case let value as UInt64: "\(value)"
        case let value as Double: "\(value)"
        case let value as Bool: "\(value)"
        case let value as String: value
        default: nil
        }
    }

    private static func scalar(_ text: String, _ type: String) throws -> any WorkflowValue {
        switch type {
        case "INT": if let small = Int64(text) { small } else { try text.number() as UInt64 }
        case "FLOAT": try text.number() as Double
        case "BOOLEAN": try text.number() as Bool
        case "STRING": text
        default: throw CodecError("a \(type) isn't written as a text")
        }
    }
}

extension StoredTensor {
    fileprivate func renamed(_ name: String) -> StoredTensor {
        StoredTensor(name: name, dtype: dtype, shape: shape, byteCount: byteCount) { try withBytes($0) }
    }
}

extension StoredValue {
    /// What lies below a path.
    fileprivate func part(_ path: String) -> StoredValue {
        StoredValue(
            fields: Dictionary(
                uniqueKeysWithValues: fields.filter { $0.key.hasPrefix(path) }.map { (String($0.key.dropFirst(path.count)), $0.value) }),
            tensors: tensors.filter { $0.name.hasPrefix(path) }.map { $0.renamed(String($0.name.dropFirst(path.count))) })
    }
}

/// Writes and reads one type by its own description.
private struct DescribedCodec<Value: WorkflowValue & Described>: ValueCodec {
    let typeName: String
    let files: any FileFinder

    func encode(_ value: any WorkflowValue) throws -> StoredValue? {
        guard var value = value as? Value else { return nil }
        let visitor = StoringVisitor()
        do {
            try value.describe(to: visitor)
        } catch is DescriptionError {
            // Made of something that only this process has.
            return nil
        }
        return visitor.stored
    }

    func decode(_ stored: StoredValue) throws -> any WorkflowValue {
        var value = Value.blank
        try value.describe(to: RestoringVisitor(stored, files: files))
        return value
    }
}
