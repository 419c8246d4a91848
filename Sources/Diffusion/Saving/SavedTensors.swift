internal import Cancellations
internal import Checkpoints
public import Descriptions
public import Files
internal import Tensors

/// What goes into a model file: names, types and shapes now, the tensors one at a time while the file is written.
///
/// So a patched checkpoint of any size is written in the memory of its largest tensor.
public struct SavedTensors: Sendable {
    /// Text beside the tensors.
    public var metadata: [(key: String, value: String)] = []
    private var writer = SafetensorsWriter()
    private var tensors: [String: @Sendable () throws -> Tensor] = [:]

    public init() {}

    /// Names in the order of the file.
    public var names: [String] { writer.entries.map(\.name) }

    /// Adds a tensor that is made when its turn comes.
    mutating func add(_ name: String, _ info: TensorInfo, _ tensor: @escaping @Sendable () throws -> Tensor) {
        guard tensors.updateValue(tensor, forKey: name) == nil else { return }
        writer.add(name, info)
    }

    /// Adds an empty tensor whose name alone says something.
    mutating func addMark(_ name: String) { add(name, TensorInfo(dtype: .float32, shape: [0])) { .zeros([0]) } }

    /// Adds a tensor of a source, in the type that `stored` had it before patches made it `float32`.
    mutating func add(_ name: String, from source: any TensorSource, named original: String, storedAs stored: TensorInfo?) {
        guard var info = source.directory[original] else { return }
        let type = stored?.dtype ?? info.dtype
        let narrows = info.dtype == .float32 && [.float16, .bfloat16].contains(type)
        if narrows { info.dtype = type }
        add(name, info) { [info] in
            let tensor = try source.tensor(named: original)
            return narrows ? tensor.float32().rounded(to: info.dtype) : tensor
        }
    }

    /// Writes everything into a file that the caller commits.
    ///
    /// - Returns: the first number in it that is NaN or infinite.
    @discardableResult
    public func write(into file: AtomicFile) throws -> NotANumber? {
        var writer = writer
        var found: NotANumber?
        writer.metadata = metadata
        try writer.write(into: file) { name in
            try Cancellation.check()
            guard let make = tensors[name] else { preconditionFailure("\(name) was never added") }
            let tensor = try make()
            if found == nil, let first = tensor.firstNotFinite {
                found = NotANumber(place: name, file: nil, isInfinite: first.value.isInfinite)
            }
            return tensor
        }
        return found
    }
}
