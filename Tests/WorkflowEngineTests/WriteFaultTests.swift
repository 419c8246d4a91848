import Files
import Testing

@testable import WorkflowEngine

@Suite("Writes of the cache that fail") struct WriteFaultTests {
    static let text = """
        nodes:
          blob: {type: Blob, seed: 5, size: 100000}
          mixed: {type: MixBlobs, a: blob, b: blob, amount: 0.3}
          size: {type: Measure, blob: mixed}
          shown: {type: Show, value: size}
        """

    @Test("whichever write of a run fails, the run succeeds and what is in the folder is whole")
    func everyWrite() async throws {
        let expected = try await ToyEngine(memoryBudget: 0).run(Self.text).report.texts.map(\.text)
        for count in 0..<1000 {
            let folder = TemporaryFolder()
            WriteFaults.begin(after: count, below: folder.path)
            let disk = DiskCache(folder: folder.path)
            let outcome = try await ToyEngine(disk: disk).run(Self.text, wantsValues: false)
            disk.flush()
            let isHit = WriteFaults.end(below: folder.path)
            #expect(outcome.report.exitCode == 0 && outcome.report.texts.map(\.text) == expected, "\(count)")

            let after = DiskCache(folder: folder.path)
            #expect(after.verify().damaged.isEmpty, "\(count)")
            #expect(CacheFolder.names(in: folder.path + "/temporary") == [], "\(count)")
            let again = try await ToyEngine(disk: after).run(Self.text, wantsValues: false)
            #expect(again.report.texts.map(\.text) == expected && again.report.warnings == [], "\(count)")
            if !isHit {
                #expect(count >= 8, "a run makes more writes than \(count)")
                return
            }
        }
        Issue.record("every one of a thousand writes failed")
    }
}
