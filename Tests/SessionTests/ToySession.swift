import Foundation
import Nodes
import Session
import Synchronization
import WorkflowEngine
@testable import Workflows

/// A gate that nodes wait at until the test opens it.
final class Gate: Sendable {
    private let isOpen = Mutex(false)
    let entered = Mutex<[String]>([])

    func open() { isOpen.withLock { $0 = true } }

    func pass(_ context: RunContext) throws {
        entered.withLock { $0.append(context.node) }
        while !isOpen.withLock({ $0 }) {
            try context.checkCancellation()
            usleep(500)
        }
    }

    /// Waits until so many have come.
    func wait(for count: Int) async {
        while entered.withLock({ $0.count }) < count { try? await Task.sleep(for: .milliseconds(1)) }
    }
}

/// Nodes that wait, show, warn and fail; nothing here knows of pictures.
struct ToyNodes: NodeLibrary {
    let gate: Gate
    var numericsVersion: String { "toys" }

    static let catalog = NodeCatalog(texts: [
        (
            "Number",
            "type: Number\ncategory: toys\ninputs:\n  seed: {type: INT, default: 0, min: 0, max: 1000000}\noutputs: [{name: INT, type: INT}]"
        ),
        ("Wait", "type: Wait\ncategory: toys\ninputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
        ("Count", "type: Count\ncategory: toys\ninputs:\n  steps: {type: INT, default: 10}\noutputs: [{name: INT, type: INT}]"),
        ("Fail", "type: Fail\ncategory: toys\ninputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
        ("Show", "type: Show\ncategory: toys\noutput_node: true\ninputs:\n  value: {type: \"*\"}\noutputs: []"),
    ])

    func implementation(of type: String) -> (any NodeImplementation)? {
        Self.catalog.types.contains(type) ? ToyNode(type: type, gate: gate) : nil
    }
}

struct ToyNode: NodeImplementation {
    let type: String
    let gate: Gate

    func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs {
        switch type {
        case "Number": return .of(try inputs.integer("seed"))
        case "Wait":
            try gate.pass(context)
            return .of(try inputs.integer("value"))
        case "Count":
            let steps = try inputs.int("steps")
            for step in 1...max(steps, 1) { context.progress(step, of: steps) }
            return .of(Int64(steps))
        case "Fail": throw ToyFailure()
        default: return NodeOutputs(texts: [inputs["value"].map { "\($0)" } ?? ""])
        }
    }
}

struct ToyFailure: Error, CustomStringConvertible { var description: String { "made to fail" } }

/// A session over toys.
struct ToySession {
    let gate = Gate()
    let session: Session

    init(capacity: Int = 100) {
        let gate = gate
        var configuration = SessionConfiguration(
            program: "test", environment: SessionEnvironment(),
            cache: CacheRules(isOnDisk: false, in: SessionEnvironment()),
            nodes: NodeSource(catalog: ToyNodes.catalog, library: { _ in ToyNodes(gate: gate) }))
        configuration.capacity = capacity
        session = Session(configuration)
    }

    func request(_ nodes: String, id: String? = nil, submitter: String = "", priority: Double = 0) throws -> JobRequest {
        var request = JobRequest(try session.open(.text("nodes:\n" + nodes, name: "toy.yaml")))
        if let id { request.id = JobID(id) }
        (request.submitter, request.priority) = (submitter, priority)
        return request
    }

    /// A job that waits at the gate.
    func waiting(_ id: String = "gate") throws -> JobRequest {
        try request("  w: {type: Wait, value: 1}\n  s: {type: Show, value: w}\n", id: id)
    }

    /// A job that is done at once.
    func quick(_ id: String, submitter: String = "", priority: Double = 0) throws -> JobRequest {
        try request("  n: {type: Number, seed: 5}\n  s: {type: Show, value: n}\n", id: id, submitter: submitter, priority: priority)
    }
}

extension Job {
    /// All its events.
    func allEvents() async -> [JobEvent] {
        var events: [JobEvent] = []
        for await event in self.events() { events.append(event) }
        return events
    }
}
