import Foundation
import Testing

/// Holds the picture of docs/architecture.md: who may import whom.
@Suite("Architecture") struct ArchitectureTests {
    /// Modules of ours that each module may import. Everything else that is ours is upward.
    static let allowed: [String: Set<String>] = [
        "CTensorKernels": [],
        "CPictureCodecs": ["CPNG", "CJPEG"],
        "CMappedFiles": [],
        "CProcesses": [],
        "Problems": [],
        "Cancellations": [],
        "Files": ["Problems"],
        "Digests": ["CCrypto"],
        "Formats": ["Problems", "Files", "CYAJL", "CYAML"],
        "Tensors": ["CTensorKernels", "Cancellations", "Problems"],
        "Checkpoints": ["Problems", "Files", "Formats", "Cancellations", "Tensors", "Digests", "CMappedFiles"],
        "Pictures": [
            "Problems", "Files", "Cancellations", "Tensors", "Digests", "CPNG", "CJPEG", "CWebP", "CGIF", "CFreeType", "CPictureCodecs",
        ],
        "COpenBLAS": [],
        "LinearAlgebra": ["COpenBLAS", "Problems"],
        "Descriptions": ["Problems", "Tensors", "Checkpoints", "Pictures", "Digests"],
        "Prompts": ["Problems", "Tensors"],
        "Networks": [
            "Prompts", "Descriptions", "Problems", "Cancellations", "Tensors", "Checkpoints", "Pictures", "Digests",
        ],
        "Samplers": ["Problems", "Tensors", "Pictures", "Descriptions"],
        "Diffusion": [
            "Networks", "Samplers", "Prompts", "Descriptions", "Problems", "Files", "Formats", "Cancellations", "Tensors", "LinearAlgebra",
            "Checkpoints", "Pictures", "Digests",
        ],
        "Workflows": ["Problems", "Files", "Formats"],
        "WorkflowEngine": ["Workflows", "Problems", "Files", "Formats", "Cancellations", "Digests"],
        "Nodes": [
            "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "LinearAlgebra", "Pictures",
            "Checkpoints",
            "Tensors", "Digests", "Problems", "Files", "Formats",
        ],
        "Session": [
            "Nodes", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Pictures", "Checkpoints", "Tensors", "CProcesses", "Problems",
            "Files",
            "Formats", "Cancellations",
        ],
        "GoldenSupport": [
            "Nodes", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "Pictures",
            "Checkpoints", "Tensors", "Digests", "Problems", "Files",
        ],
    ]

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func swiftFiles(under folder: String) -> [URL] {
        let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }

    static var ours: Set<String> {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
        return Set(names ?? [])
    }

    static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let position = words.firstIndex(of: "import"), position <= 1, position + 1 < words.count else { return nil }
            return words[position + 1].split(separator: ".").first.map(String.init)
        }
    }

    @Test("modules import downwards only", arguments: allowed.keys.sorted())
    func importsPointDown(module: String) throws {
        let allowed = Self.allowed[module, default: []]
        for file in Self.swiftFiles(under: "Sources/\(module)") {
            for name in try Self.imports(of: file) where Self.ours.contains(name) {
                #expect(allowed.contains(name), "\(file.lastPathComponent) of \(module) imports \(name)")
            }
        }
    }

    /// What Package.swift says that each target depends on, by the target's name.
    static func declaredDependencies() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        var declared: [String: Set<String>] = [:]
        for part in text.split(separator: /\.(?:executableT|t)arget\(/).dropFirst() {
            guard let name = part.firstMatch(of: /name: "([^"]+)"/)?.1, let start = part.firstRange(of: "dependencies: ["),
                start.lowerBound < part.firstRange(of: "swiftSettings:")?.lowerBound ?? part.endIndex
            else { continue }
            // Products name their package behind their own name; brackets don't nest.
            let list = part[start.upperBound...].prefix { $0 != "]" }.replacing(/package: "[^"]+"/, with: "")
            declared[String(name)] = Set(list.matches(of: /"([^"]+)"/).map { String($0.1) })
        }
        return declared
    }

    @Test("what a target declares, it imports")
    func nothingIsDeclaredInVain() throws {
        let declared = try Self.declaredDependencies()
        #expect(declared.count > 10)
        for (target, dependencies) in declared {
            let folder = target == "fuzz-readers" ? "Fuzz" : "Sources/\(target)"
            let files = Self.swiftFiles(under: folder)
            // Targets in C name headers, not modules.
            guard !files.isEmpty else { continue }
            let imported = Set(try files.flatMap { try Self.imports(of: $0) })
            for dependency in dependencies.subtracting(imported) {
                Issue.record("\(target) declares \(dependency) and imports it nowhere")
            }
        }
    }

    @Test("every module has its place in the picture")
    func everyModuleIsListed() {
        let programs: Set<String> = ["darkroom", "Benchmarks", "golden", "embed-files", "fuzz-readers", "worker-faults"]
        for module in Self.ours where !programs.contains(module) && !Self.systemLibraries.contains(module) {
            #expect(Self.allowed[module] != nil, "\(module) isn't in the picture")
        }
    }

    static var systemLibraries: Set<String> {
        Set(ours.filter { FileManager.default.fileExists(atPath: root.appending(path: "Sources/\($0)/module.modulemap").path) })
    }

    @Test("system libraries are a module map and a header, nothing else")
    func systemLibrariesAreThin() throws {
        for library in Self.systemLibraries {
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources/\(library)").path)
            #expect(Set(files) == ["module.modulemap", "shim.h"], "\(library)")
        }
    }

    /// Folders whose networks compute through `Operations` alone.
    static let networks = ["Networks", "Diffusion/Control", "Diffusion/Models"]

    @Test("networks compute through operations, so that every step can be counted and stopped", arguments: networks)
    func networksUseOperations(folder: String) throws {
        // A call of a free function of Tensors: no dot before it, no declaration.
        let free = try Regex(
            #"(^|[^.\w`])(linear|convolution|groupNorm|layerNorm|attention|geglu|silu|gelu|quickGELU|relu|softmax|gatherRows|lincomb|upsampledNearest)\("#
        )
        for file in Self.swiftFiles(under: "Sources/\(folder)") {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let isCode = !line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
                guard isCode, line.contains(free), !line.contains("func "), !line.contains("case ") else { continue }
                Issue.record("\(file.lastPathComponent): \(line)")
            }
        }
    }

    @Test("no source file of logic is longer than 500 lines")
    func filesStayShort() throws {
        for file in Self.swiftFiles(under: "Sources") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 500, "\(file.lastPathComponent) has \(lines) lines: which is its second concept?")
        }
    }

    @Test("a family of models is named in its own file and in the list, nowhere else")
    func familiesAreValues() throws {
        let folder = "Sources/Checkpoints/Families"
        let list = try String(contentsOf: Self.root.appending(path: "\(folder)/ModelFamily.swift"), encoding: .utf8)
        var names: Set<String> = []
        for file in Self.swiftFiles(under: folder) {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /public static let (\w+) = (?:ModelFamily|unclip)[.(]/) {
                names.insert(String(match.1))
                #expect(list.contains(".\(match.1),"), "\(match.1) of \(file.lastPathComponent) isn't in ModelFamily.all")
            }
        }
        #expect(names.count >= 13)
        for file in Self.swiftFiles(under: "Sources") where !file.path.contains(folder) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /(?:ModelFamily|family ==|family !=) ?\.(\w+)/) {
                #expect(
                    !names.contains(String(match.1)),
                    "\(file.lastPathComponent) asks for the family \(match.1): which property of a family does it mean?")
            }
        }
    }

    /// Folders of `Nodes` that hold no nodes aren't looked at: they have no list.
    @Test("a node stands in the file that bears its name, or in one whose first line lists it, and in its folder's list")
    func nodesAreFound() throws {
        let lists = Self.swiftFiles(under: "Sources/Nodes").filter {
            $0.path.hasSuffix("Nodes.swift") && $0.lastPathComponent != "Nodes.swift"
        }
        #expect(lists.count >= 12)
        for list in lists {
            let folder = list.deletingLastPathComponent().lastPathComponent
            let listed = try String(contentsOf: list, encoding: .utf8).matches(of: /(\w+)\.self,/).map { String($0.1) }
            #expect(listed == listed.sorted { $0.lowercased() < $1.lowercased() }, "\(list.lastPathComponent) isn't sorted")
            var declared: Set<String> = []
            for file in Self.swiftFiles(under: "Sources/Nodes/\(folder)") {
                let text = try String(contentsOf: file, encoding: .utf8)
                let nodes = Self.nodes(in: text)
                declared.formUnion(nodes.map(\.swift))
                let name = file.deletingPathExtension().lastPathComponent
                if nodes.map(\.type) == [name] || nodes.isEmpty { continue }
                #expect(
                    Self.listedNodes(in: text) == nodes.map(\.type),
                    "\(file.lastPathComponent) must begin with // Nodes: \(nodes.map(\.type).joined(separator: ", "))")
            }
            #expect(Set(listed) == declared, "\(list.lastPathComponent): \(declared.symmetricDifference(listed).sorted())")
        }
    }

    /// The nodes that a file declares: their Swift types and what workflows call them.
    static func nodes(in text: String) -> [(swift: String, type: String)] {
        text.matches(of: /(?m)^struct (\w+): (?:LoRA)?Node \{\n(?: +static let type = "([^"]+)")?/).map {
            (String($0.1), String($0.2 ?? $0.1))
        }
    }

    /// What the first comment of a file lists: `// Nodes: A, B`.
    static func listedNodes(in text: String) -> [String] {
        let comment = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("// ") }
        let line = comment.map { $0.dropFirst(3) }.joined(separator: " ")
        guard line.hasPrefix("Nodes: ") else { return [] }
        return line.dropFirst(7).split(separator: ", ").map(String.init)
    }
}
