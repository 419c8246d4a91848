import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Hostile torch files") struct HostileTorchFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    typealias P = PickleBytes

    func refusal(_ bytes: [UInt8]) throws -> CheckpointError? {
        do {
            _ = try TorchFile(path: folder.write(bytes, to: "m.ckpt"))
            return nil
        } catch let error as CheckpointError { return error }
    }

    static let tensor = P.tensor(P.storage("0", count: 6), shape: [6], strides: [1])
    static let six = P.floats([1, 2, 3, 4, 5, 6])

    static func named(_ tensor: [UInt8]) -> [UInt8] { P.dict([(P.text("a"), tensor)]) }

    static let pickles: [Refusal] = [
        Refusal("os.system called", P.call(P.name("os", "system"), [P.text("true")]), .forbidden),
        Refusal("posix.system called", P.call(P.name("posix", "system"), [P.text("true")]), .forbidden),
        Refusal("eval by its old name", P.call(P.name("__builtin__", "eval"), [P.text("1")]), .forbidden),
        Refusal("exec by stack", P.text("builtins") + P.text("exec") + [0x93], .forbidden),
        Refusal("a dotted name", P.text("torch") + P.text("nn.Module.__init__.__globals__") + [0x93], .forbidden),
        Refusal("INST of subprocess", [0x28] + P.text("ls") + Array("isubprocess\nPopen\n".utf8), .forbidden),
        Refusal("getattr", P.name("builtins", "getattr"), .forbidden),
        Refusal("torch.load of another file", P.call(P.name("torch", "load"), [P.text("x")]), .forbidden),
        Refusal("torch.hub", P.name("torch.hub", "load"), .forbidden),
        Refusal("an import", P.name("importlib", "import_module"), .forbidden),
        Refusal("runpy", P.name("runpy", "_run_code"), .forbidden),
        Refusal("a call of a call's result", P.call(P.call(P.name("collections", "OrderedDict"), []), [P.int(1)]), .forbidden),
        Refusal("an extension code", [0x82, 1], .forbidden),
        Refusal("out-of-band buffers", [0x97], .forbidden),
        Refusal("an unknown protocol", [0x80, 99], .unsupported),
        Refusal("a persistent id that is no storage", P.text("file:///etc/passwd") + [0x51], .badPickle),
        Refusal("an empty stack", [0x30], .badPickle),
        Refusal("a mark that isn't there", [0x75], .badPickle),
        Refusal("a key without value", [0x7D, 0x28, 0x4E, 0x75], .badPickle),
        Refusal("a recall of nothing", [0x68, 9], .badPickle),
        Refusal("a text longer than the file", [0x58, 0xFF, 0xFF, 0xFF, 0x7F], .truncated),
        Refusal("a text of 2^63 bytes", [0x8D, 0, 0, 0, 0, 0, 0, 0, 0x80], .truncated),
        Refusal("an integer of 4 GB", [0x8B, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
        Refusal(
            "nested types",
            P.call(
                P.name("torch._tensor", "_rebuild_from_type_v2"),
                [
                    P.name("torch._tensor", "_rebuild_from_type_v2"), P.none, P.tuple([P.none, P.none, P.none]), P.none,
                ]), .forbidden),
        Refusal(
            "a tensor beyond its storage", named(P.tensor(P.storage("0", count: 6), offset: 1, shape: [6], strides: [1])), .sizeMismatch),
        Refusal("strides beyond its storage", named(P.tensor(P.storage("0", count: 6), shape: [2, 3], strides: [4, 1])), .sizeMismatch),
        Refusal("a negative stride", named(P.tensor(P.storage("0", count: 6), offset: 5, shape: [6], strides: [-1])), .badShape),
        Refusal("a negative offset", named(P.tensor(P.storage("0", count: 6), offset: -1, shape: [1], strides: [1])), .badPickle),
        Refusal(
            "a shape that overflows", named(P.tensor(P.storage("0", count: 6), shape: [1 << 62, 1 << 62], strides: [0, 0])), .badShape),
        Refusal("strides that overflow", named(P.tensor(P.storage("0", count: 6), shape: [2, 2], strides: [.max, .max])), .badShape),
        Refusal("a gigabyte out of one number", named(P.tensor(P.storage("0", count: 6), shape: [1 << 28], strides: [0])), .tooLarge),
        Refusal(
            "a storage that is larger than its file", named(P.tensor(P.storage("0", count: 7), shape: [6], strides: [1])), .sizeMismatch),
        Refusal("a storage that isn't there", named(P.tensor(P.storage("1", count: 6), shape: [6], strides: [1])), .truncated),
        Refusal("a storage under a path", named(P.tensor(P.storage("../../etc/passwd", count: 6), shape: [6], strides: [1])), .truncated),
        Refusal(
            "a storage of two types", P.list([tensor, P.tensor(P.storage("0", type: "ByteStorage", count: 6), shape: [6], strides: [1])]),
            .badPickle),
        // A list in itself, and lists of lists of lists: 2 to the power of 60 parts in 400 bytes.
        Refusal("a circle", [0x5D, 0x71, 1] + [0x68, 1, 0x61], .tooLarge),
        Refusal(
            "a billion laughs",
            named(
                [0x5D]
                    + (1...60).flatMap {
                        UInt8($0) < 60 ? [0x71, UInt8($0), 0x30, 0x5D, 0x28, 0x68, UInt8($0), 0x68, UInt8($0), 0x65] as [UInt8] : []
                    }), .tooLarge),
    ]

    @Test("what would do harm is refused", arguments: pickles)
    func refuses(fault: Refusal) throws {
        let error = try #require(try refusal(P.torchZip(fault.bytes, ["0": Self.six])), "\(fault.what) is accepted")
        #expect(error.code == fault.code, "\(fault.what): \(error)")
    }

    @Test("a memo place far away takes no memory")
    func farMemo() throws {
        #expect(try refusal(P.torchZip([0x7D, 0x72, 0xFF, 0xFF, 0xFF, 0xFF], [:])) == nil)
    }

    @Test("a stack of millions is refused")
    func deepStack() throws {
        #expect(try refusal(P.torchZip([UInt8](repeating: 0x4E, count: 1_100_000), [:]))?.code == .tooLarge)
    }

    static let archives: [Refusal] = [
        Refusal("no data.pkl", P.zip([("archive/version", [0x33])]), .unknownFormat),
        Refusal("a compressed entry", P.zip([("archive/data.pkl", P.pickle(P.none))], method: 8), .unsupported),
        Refusal("a name twice", P.zip([("a/data.pkl", P.pickle(P.none)), ("a/data.pkl", P.pickle(P.none))]), .duplicateName),
        Refusal("a name that climbs", P.zip([("a/data.pkl", P.pickle(P.none)), ("a/../../x", [])]), .forbidden),
        Refusal("an absolute name", P.zip([("a/data.pkl", P.pickle(P.none)), ("/etc/x", [])]), .forbidden),
        Refusal("a TorchScript program", P.zip([("a/data.pkl", P.pickle(P.none)), ("a/constants.pkl", [])]), .unsupported),
        Refusal("big-endian numbers", P.zip([("a/data.pkl", P.pickle(P.none)), ("a/byteorder", Array("big".utf8))]), .unsupported),
    ]

    @Test("archives that PyTorch wouldn't write are refused", arguments: archives)
    func refusesArchives(fault: Refusal) throws {
        let error = try #require(try refusal(fault.bytes), "\(fault.what) is accepted")
        #expect(error.code == fault.code, "\(fault.what): \(error)")
    }

    @Test("entries that share bytes are refused")
    func overlap() throws {
        // Two directory entries for one local header, the second under a name as long as the first.
        var bytes = P.zip([("a/data.pkl", P.pickle(P.none)), ("a/data.pkm", P.pickle(P.none))])
        let local = try #require(bytes.firstRange(of: Array("a/data.pkm".utf8)))
        bytes.replaceSubrange(local, with: Array("a/data.pkl".utf8))
        let central = try #require(bytes.lastRange(of: Array("a/data.pkm".utf8)))
        bytes.replaceSubrange(central.lowerBound - 4..<central.lowerBound, with: [0, 0, 0, 0])
        #expect(try refusal(bytes)?.code == .badArchive)
        bytes.replaceSubrange(central, with: Array("a/data.pkl".utf8))
        #expect(try refusal(bytes)?.code == .duplicateName)
    }

    @Test("a file cut anywhere is refused")
    func truncation() throws {
        let zip = P.torchZip(Self.named(Self.tensor), ["0": Self.six])
        #expect(try refusal(zip) == nil)
        for length in 0..<zip.count { #expect(try refusal(Array(zip[..<length])) != nil, "zip: \(length) bytes are accepted") }
        let legacyTensor = P.tensor(P.storage("0", count: 6, view: P.none), shape: [6], strides: [1])
        let legacy = P.torchLegacy(Self.named(legacyTensor), keys: ["0"], storages: [(6, Self.six)])
        #expect(try refusal(legacy) == nil)
        for length in 0..<legacy.count { #expect(try refusal(Array(legacy[..<length])) != nil, "legacy: \(length) bytes are accepted") }
    }

    @Test("any byte changed to anything is read or refused, never a crash")
    func mutations() throws {
        let zip = P.torchZip(Self.named(Self.tensor), ["0": Self.six], zip64: true)
        for index in zip.indices {
            for value in [zip[index] ^ 1, 0xFF] {
                var bytes = zip
                bytes[index] = value
                let path = try folder.write(bytes, to: "x.pt")
                do {
                    let file = try CheckpointFile.open(path)
                    for name in file.directory.keys {
                        // Not more than the file holds, whatever a damaged shape says.
                        #expect(try file.tensor(named: name).byteCount <= bytes.count, "byte \(index) is \(value)")
                    }
                } catch {
                    #expect((error as? CheckpointError)?.reason.isEmpty == false, "byte \(index) is \(value): \(error)")
                }
            }
        }
    }
}

extension Array<UInt8> {
    func lastRange(of other: [UInt8]) -> Range<Int>? {
        indices.reversed().first { self[$0...].starts(with: other) }.map { $0..<$0 + other.count }
    }
}
