import Foundation
import Testing
import WorkflowEngine

@testable import Nodes
@testable import Workflows

@Suite("Specifications and implementations")
struct NodeTableTests {
    @Test("every specification can be read, and its defaults lie in their ranges")
    func specificationsAreSound() {
        for type in NodeCatalog.standard.types {
            #expect(NodeCatalog.standard.problems(of: type).isEmpty, "\(type)")
            guard let spec = NodeCatalog.standard.spec(type) else {
                Issue.record("\(type) can't be read")
                continue
            }
            #expect(spec.type == type)
            for input in spec.inputs {
                #expect(defaultLiesInRange(input), "\(type).\(input.name)")
            }
        }
    }

    @Test("every implementation has a specification, and none is listed twice")
    func implementationsAreSpecified() {
        #expect(NodeTable.byType.count == NodeTable.all.count)
        for type in NodeTable.byType.keys {
            #expect(NodeCatalog.standard.spec(type)?.isKnownOnly == false, "NodeSpecs has no \(type)")
        }
    }

    @Test("every specification that isn't known by interface only has an implementation")
    func specificationsAreImplemented() {
        for type in NodeCatalog.standard.types where NodeCatalog.standard.spec(type)?.isKnownOnly == false {
            #expect(NodeTable.byType[type] != nil, "NodeTable has no \(type); known_only: true says that nothing computes it")
        }
    }

    @Test("docs/nodes.md is what `make docs` writes")
    func pageIsCurrent() throws {
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: project.appending(path: "docs/nodes.md"), encoding: .utf8)
        #expect(page == NodeReference().page, "run make docs")
    }

    @Test("no alias is another node's name, and none is claimed twice")
    func aliasesAreUnique() {
        var owners: [String: String] = [:]
        for type in NodeCatalog.standard.types {
            for alias in NodeCatalog.standard.spec(type)?.aliases ?? [] {
                #expect(!NodeCatalog.standard.types.contains(alias), "\(alias) of \(type) is a type")
                #expect(owners.updateValue(type, forKey: alias) == nil, "\(alias) of \(type) is taken")
            }
        }
    }

    private func defaultLiesInRange(_ input: InputSpec) -> Bool {
        switch input.kind {
        case .integer(let spec):
            guard let value = spec.default else { return true }
            return spec.min.map { $0 <= value } ?? true && spec.max.map { value <= $0 } ?? true
        case .float(let spec):
            guard let value = spec.default else { return true }
            return spec.min.map { $0 <= value } ?? true && spec.max.map { value <= $0 } ?? true
        case .choice(let spec):
            return spec.default.map(spec.choices.contains) ?? true
        default: return true
        }
    }
}
