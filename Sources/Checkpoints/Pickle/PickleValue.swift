import Tensors

/// What a pickle describes, as data.
///
/// Containers are numbers of places in the machine's tables: a pickle may put a list into itself, and counted references would
/// neither end nor be freed.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    /// Little-endian two's complement, longer than 8 bytes.
    case bigInt([UInt8])
    case float(Double)
    case text(String)
    /// A range of the file.
    case bytes(Range<Int>)
    case tuple(Int)
    case list(Int)
    case dict(Int)
    /// A name that may be called or instantiated: known to us, or inert.
    case global(PickleGlobal)
    /// Elements of a persistent id: a tensor's storage.
    case storage(Int)
    case tensor(Int)
    /// Something made by an unknown name. It has no content and does nothing.
    case inert
}

/// The elements behind one or more tensors.
struct PickledStorage {
    var key: String
    /// `nil` for untyped storages, whose count is in bytes.
    var dtype: DType?
    var count: Int
    /// Legacy files: this storage is a part of the one of that key, from that element on.
    var view: (root: String, offset: Int)?
}

/// A tensor as a pickle describes it. Offset and strides count elements.
struct PickledTensor {
    var storage: Int
    var dtype: DType
    var offset: Int
    var shape: [Int]
    var strides: [Int]
}
