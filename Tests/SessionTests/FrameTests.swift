import Foundation
import Synchronization
import Testing
import WorkflowEngine

@testable import Session

@Suite("Messages between a session and its worker") struct FrameTests {
    /// What reading these bytes comes to, when nothing follows.
    private func read(_ bytes: [UInt8], limits: Frame.Limits = Frame.Limits()) throws -> FrameError? {
        let (one, other) = try FrameChannel.descriptors()
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(one, $0.baseAddress, min($0.count, 4096)) }
            try #require(count > 0)
            rest = rest.dropFirst(count)
        }
        close(one)
        let channel = FrameChannel(descriptor: other, limits: limits)
        var found: FrameError?
        while found == nil {
            do {
                _ = try WorkerMessage(channel.receive(patience: 5))
            } catch {
                found = error
            }
        }
        return found
    }

    private var valid: [UInt8] { get throws { try WorkerMessage.event(.planned(nodes: 3), run: 1).frame.bytes() } }

    @Test("what is sent arrives, also in pieces and from several threads")
    func arrives() throws {
        let (one, other) = try FrameChannel.pair()
        let node = NodeLabel(name: "n", title: "t", type: "T")
        let picture = EncodedPicture(format: .png, width: 1, height: 1, bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
        for sender in 0..<4 {
            #expect(
                PlainThread.start {
                    for step in 0..<20 { try? one.send(.event(.preview(node: node, picture: picture, step: step, of: 20), run: sender)) }
                } == 0)
        }
        var steps: [Int: [Int]] = [:]
        for _ in 0..<80 {
            guard case .event(.preview(_, let found, let step, _), let run) = try WorkerMessage(other.receive(patience: 60)) else {
                return #expect(Bool(false), "another message")
            }
            #expect(found == picture)
            steps[run, default: []].append(step)
        }
        #expect(steps.count == 4 && steps.values.allSatisfy { $0 == Array(0..<20) })
    }

    @Test("a cut message is told from an end, at every byte")
    func cut() throws {
        let valid = try valid
        #expect(try read([]) == .closed)
        #expect(try read(valid) == .closed)
        for count in 1..<valid.count { #expect(try read(Array(valid.prefix(count))) == .cut, "\(count) of \(valid.count) bytes") }
    }

    @Test("lengths are checked before memory is taken")
    func lengths() throws {
        func prefix(_ header: UInt32, _ body: UInt32) -> [UInt8] {
            Frame.mark + [header, body].flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) } }
        }
        #expect(try read(prefix(.max, 0)) == .tooLong(Int(UInt32.max), limit: 64 << 20))
        #expect(try read(prefix(2, .max)) == .tooLong(Int(UInt32.max), limit: 512 << 20))
        #expect(try read(prefix(100, 0), limits: .init(header: 99, body: 1)) == .tooLong(100, limit: 99))
        // Promised and never sent: nothing is taken for it.
        #expect(try read(prefix(64 << 20, 512 << 20)) == .cut)
        #expect(throws: FrameError.tooLong(3, limit: 2)) { try Frame(header: [1, 2, 3]).bytes(limits: .init(header: 2, body: 0)) }
    }

    @Test("what is no message is refused")
    func foreign() throws {
        #expect(try read(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) == .foreign)
        for header in [
            "", "{}", "[]", "null", #"{"kind":"dream"}"#, #"{"kind":"event"}"#, #"{"kind":"report","run":1}"#, #"{"kind":"run","run":1}"#,
            #"{"kind":"event","run":1,"event":{"event":"dreamt"}}"#, String(repeating: "[", count: 100_000),
        ] {
            let found = try read(Frame(header: Array(header.utf8)).bytes())
            guard case .nonsense = found else { Issue.record("\(header.prefix(60)): \(found.map { "\($0)" } ?? "")"); continue }
        }
    }

    @Test("bytes changed at random give a message or an error, never a trap")
    func mutations() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = seed
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        let valid = try valid
        for _ in 0..<2000 {
            var bytes = valid
            for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
            #expect(try read(bytes) != nil, "seed \(seed)")
        }
    }

    @Test("a side that says nothing is noticed")
    func silence() throws {
        let (one, other) = try FrameChannel.pair()
        #expect(throws: FrameError.silent(0.05)) { try other.receive(patience: 0.05) }
        withExtendedLifetime(one) {}
    }
}
