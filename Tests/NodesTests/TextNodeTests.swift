import Testing
import WorkflowEngine

@testable import Nodes

@Suite("Nodes for texts")
struct TextNodeTests {
    private func run<Value: WorkflowValue>(
        _ node: some Node, _ inputs: KeyValuePairs<String, any WorkflowValue>, as type: Value.Type = Value.self
    ) throws -> Value {
        let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")
        let context = NodeContext(services: services, run: RunContext(node: "1", type: "Test"))
        let outputs = try node.run(NodeInputs(inputs), in: context)
        guard case .value(let value)? = outputs.values.first, let value = value as? Value else {
            throw NodeError(.wrongType, "no such output")
        }
        return value
    }

    @Test(
        "a slice counts code points, and negative places from the end",
        arguments: [(-5, -1, "worl"), (0, 5, "hello"), (3, 2, ""), (-99, 99, "hello world"), (-99, -98, "")])
    func substring(start: Int64, end: Int64, expected: String) throws {
        let found: String = try run(StringSubstring(), ["string": "hello world", "start": start, "end": end])
        #expect(found == expected)
    }

    @Test("a title capitalises after every character without case")
    func title() throws {
        let found: String = try run(CaseConverter(), ["string": "straße it's", "mode": "Title Case"])
        #expect(found == "Straße It'S")
    }

    @Test(
        "groups are filled into a replacement by number and by name",
        arguments: [(#"<\1>"#, "a<1>b<22>"), (#"[\g<d>]\n"#, "a[1]\nb[22]\n"), (#"\\"#, #"a\b\"#)])
    func replacement(template: String, expected: String) throws {
        let found: String = try run(
            RegexReplace(), ["string": "a1b22", "regex_pattern": #"(?P<d>\d+)"#, "replace": template])
        #expect(found == expected)
    }

    @Test("a group that the pattern doesn't have is an error, a pattern that isn't one finds nothing")
    func badPatterns() throws {
        #expect(throws: NodeError.self) {
            let _: String = try run(RegexReplace(), ["string": "a", "regex_pattern": "a", "replace": #"\3"#])
        }
        let found: Bool = try run(RegexMatch(), ["string": "a", "regex_pattern": "("])
        #expect(!found)
    }
}
