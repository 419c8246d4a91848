/// What a safetensors file will hold, known before its bytes are: which tensors, in which order, and what is said beside them.
public struct SafetensorsLayout: Sendable {
    /// Text beside the tensors, written in this order.
    public var metadata: [(key: String, value: String)]
    public private(set) var entries: [(name: String, type: SafetensorsType, shape: [Int])] = []
    /// Bytes of all tensors.
    public private(set) var dataByteCount = 0
    /// Where each one ends in the data.
    private var ends: [Int] = []

    public init(metadata: [(key: String, value: String)] = []) { self.metadata = metadata }

    /// Announces a tensor, which follows those that were announced before. Names must be unique, and the shape one of an array that is
    /// there: the whole must fit the computer.
    public mutating func add(_ name: String, _ type: SafetensorsType, shape: [Int]) {
        guard let bytes = type.byteCount(of: shape), case let (end, overflow) = dataByteCount.addingReportingOverflow(bytes), !overflow
        else { preconditionFailure("\(name): no array has the shape \(shape)") }
        entries.append((name, type, shape))
        ends.append(end)
        dataByteCount = end
    }

    /// Length, JSON and padding to a multiple of 8, as at the file's beginning.
    public func header() -> [UInt8] {
        var json = JSONText(.compact)
        json.raw("{")
        if !metadata.isEmpty {
            json.raw("\"__metadata__\":")
            json.object(metadata, key: \.key) { $0.string($1.value) }
        }
        json.members(zip(entries.indices, entries), isFirst: metadata.isEmpty, key: \.1.name) { json, item in
            let (index, entry) = item
            json.raw("{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":")
            json.array(entry.shape) { $0.raw("\($1)") }
            json.raw(",\"data_offsets\":[\(index == 0 ? 0 : ends[index - 1]),\(ends[index])]}")
        }
        json.raw("}")
        // Data starts aligned, so that mapped tensors can be used in place.
        while json.bytes.count % 8 != 0 { json.raw(" ") }
        return withUnsafeBytes(of: UInt64(json.bytes.count).littleEndian) { Array($0) } + json.bytes
    }
}
