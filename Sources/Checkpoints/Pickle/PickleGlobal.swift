import Tensors

/// Names in a pickle that mean something to the reader. All others are inert, and those with which a pickle could do harm in
/// Python have the file refused.
///
/// Nothing is ever called: each case is carried out by the reader itself, on data.
enum PickleGlobal {
    case rebuildTensor, rebuildTensorV3, rebuildParameter, rebuildFromType
    case orderedDict, list, set, size
    case storage(DType)
    case untypedStorage
    case dtype(DType)
    case inert

    /// - Returns: `nil` when the name is one that attacks use.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameter
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("builtins", "dict"), ("__builtin__", "dict"):
            self = .orderedDict
        case ("builtins", "list"), ("__builtin__", "list"): self = .list
        case ("builtins", "set"), ("__builtin__", "set"), ("builtins", "frozenset"), ("__builtin__", "frozenset"): self = .set
        case ("torch", "Size"): self = .size
        case ("torch", "UntypedStorage"), ("torch.storage", "UntypedStorage"), ("torch.storage", "_UntypedStorage"):
            self = .untypedStorage
        case ("torch", _), ("torch.storage", _), ("torch.cuda", _):
            if let type = Self.storages[name] {
                self = .storage(type)
            } else if module == "torch", let type = Self.types[name] {
                self = .dtype(type)
            } else if Self.isHarmful(module: module, name: name) {
                return nil
            } else {
                self = .inert
            }
        default:
            if Self.isHarmful(module: module, name: name) { return nil }
            self = .inert
        }
    }

    private static let storages: [String: DType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8,
        "BoolStorage": .bool,
    ]

    private static let types: [String: DType] = [
        "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "float8_e4m3fn": .float8E4M3,
        "float8_e5m2": .float8E5M2, "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8,
        "bool": .bool,
    ]

    /// Modules that no model needs and that attacks on `pickle.load` go through.
    private static let harmfulModules: Set<String> = [
        "os", "posix", "nt", "posixpath", "ntpath", "sys", "subprocess", "shutil", "socket", "ssl", "ctypes", "importlib", "imp",
        "runpy", "code", "codeop", "pty", "platform", "webbrowser", "urllib", "http", "ftplib", "smtplib", "telnetlib", "requests",
        "httplib", "urllib2", "commands", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve",
        "tempfile", "io", "_io", "multiprocessing", "threading", "_thread", "asyncio", "concurrent", "signal", "gc", "inspect",
        "types", "bdb", "pdb", "cProfile", "timeit", "doctest", "ensurepip", "pip", "setuptools", "distutils",
        "venv", "site", "zipimport", "pkgutil", "pydoc", "idlelib", "lib2to3", "unittest", "sqlite3",
        "curses", "fcntl", "mmap", "winreg", "_winreg", "msvcrt", "_winapi", "_posixsubprocess",
    ]

    /// Names of otherwise needed modules.
    private static let harmfulNames: [String: Set<String>] = [
        "builtins": builtinFunctions, "__builtin__": builtinFunctions, "__builtins__": builtinFunctions,
        "torch": ["load", "compile", "hub", "ops", "classes", "jit"],
        "functools": ["partial", "reduce", "partialmethod", "singledispatch"],
        "operator": ["attrgetter", "itemgetter", "methodcaller", "call"],
        "_operator": ["attrgetter", "itemgetter", "methodcaller", "call"],
        "numpy": ["load", "fromfile", "f2py", "fromregex", "loadtxt", "genfromtxt", "save", "savetxt"],
    ]
    private static let builtinFunctions: Set<String> = [
        "eval", "exec", "execfile", "compile", "open", "file", "getattr", "setattr", "delattr", "__import__", "input", "raw_input",
        "globals", "locals", "vars", "breakpoint", "help", "apply", "map", "filter", "reduce", "exit", "quit", "print", "memoryview",
        "type", "super", "object.__getattribute__", "__build_class__", "classmethod", "staticmethod", "property",
    ]
    private static let harmfulParts = [
        "torch.hub", "torch.utils", "torch._dynamo", "torch._inductor", "torch.jit", "torch.serialization", "torch.distributed",
        "torch.multiprocessing", "torch.package", "torch.fx", "torch.testing", "torch.cpp_extension", "numpy.testing", "numpy.f2py",
        "numpy.distutils",
    ]

    static func isHarmful(module: String, name: String) -> Bool {
        let top = module.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        if harmfulModules.contains(top) { return true }
        // A dotted name (protocol 4) reaches through attributes: "getattr" or "__globals__" anywhere in it tell enough.
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.contains(where: { $0.hasPrefix("__") && $0 != "__main__" }) { return true }
        if harmfulParts.contains(where: { module == $0 || module.hasPrefix($0 + ".") }) { return true }
        return parts.contains { harmfulNames[module]?.contains($0) ?? false }
    }
}
