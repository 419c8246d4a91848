import Foundation
import Nodes
import WorkflowEngine
import Workflows

/// Several files in one: a workflow and what it calls and walks, parted by lines `=== name`.
final class Composition {
    nonisolated(unsafe) static let shared = Composition()
    private let folder: String
    private static let names = ["style.yaml", "deep/inner.yaml", "looks.csv", "words.txt"]

    private init() {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        var template = Array("\(parent)/fuzz-composition-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder: \(errno)")
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try? FileManager.default.createDirectory(atPath: folder + "/deep", withIntermediateDirectories: true)
        // Nothing is left behind when the program ends by itself.
        atexit { try? FileManager.default.removeItem(atPath: Composition.shared.folder) }
    }

    /// Writes the parts, and reads and resolves the first.
    func read(_ bytes: UnsafeRawBufferPointer) -> WorkflowDocument? {
        for name in Self.names { unlink("\(folder)/\(name)") }
        var name = "main.yaml"
        var part: [UInt8] = []
        func write() { _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(part)) }
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: "=== ".utf8), let known = Self.names.first(where: { line.dropFirst(4).elementsEqual($0.utf8) }) {
                write()
                (name, part) = (known, [])
            } else {
                part += line + [UInt8(ascii: "\n")]
            }
        }
        write()
        return DocumentReader(catalog: .standard).read(path: "\(folder)/main.yaml").document
    }
}

/// Some files that names and patterns can mean.
struct FewFiles: FileCatalog {
    func contains(_ name: String, in folder: String) -> Bool { names(in: folder).contains(name) }
    func names(in folder: String) -> [String] { ["a.png", "b2.png", "b10.png", "photos/c.png", "photos/deep/d.jpg", "model.safetensors"] }
    func places(of folder: String) -> [String] { ["/fuzz/\(folder)"] }
}
