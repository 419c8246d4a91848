import Foundation
import Synchronization
import Testing
import WorkflowEngine

@testable import Nodes

@Suite("Pictures of a run that was killed") struct PictureTapeTests {
    /// What is kept between two runs.
    private final class Kept: Sendable {
        let state = Mutex<[String: String]?>(nil)
        var point: ResumePoint {
            ResumePoint(
                load: { [self] in state.withLock { $0.map { StoredValue(fields: $0) } } }, due: { false }, save: { _ in },
                saveNow: { [self] value in state.withLock { $0 = value.fields } })
        }
    }

    @Test("what was written before the end is found again by its bytes, and only below the folder")
    func found() throws {
        let place = try TemporaryFolder()
        let folder = OutputFolder(path: place.path + "/out")
        let kept = Kept(), bytes: [UInt8] = [1, 2, 3]
        var tape = PictureTape(kept.point)
        let series = try folder.series(prefix: "sub/a")
        #expect(tape.written(0, bytes, in: folder) == nil)
        tape.note([(0, series.name(number: 1, batchIndex: 0, extension: "png"))])
        // Killed before the file was there: nothing is found.
        #expect(PictureTape(kept.point).written(0, bytes, in: folder) == nil)
        let written = try folder.write(bytes, series: series, from: 1, batchIndex: 0, extension: "png").path
        // Killed after: the same bytes are there, others aren't.
        var again = PictureTape(kept.point)
        #expect(again.written(0, bytes, in: folder) == written)
        #expect(again.written(0, [1, 2, 4], in: folder) == nil)
        #expect(again.written(1, bytes, in: folder) == nil)
        // A second end keeps what the first one left.
        again.note([(1, "sub/a_00002_.png")])
        #expect(PictureTape(kept.point).written(0, bytes, in: folder) == written)
        try Data(bytes).write(to: URL(fileURLWithPath: place.path + "/outside.png"))
        kept.state.withLock { $0 = ["picture 0": "../outside.png", "picture x": "sub/a_00001_.png"] }
        #expect(PictureTape(kept.point).written(0, bytes, in: folder) == nil)
        #expect(PictureTape(nil).written(0, bytes, in: folder) == nil)
    }

    @Test("a number that another program took meanwhile is passed over, and the tape has the name that was written")
    func taken() throws {
        let place = try TemporaryFolder()
        let folder = OutputFolder(path: place.path + "/out")
        let kept = Kept(), bytes: [UInt8] = [1, 2, 3]
        var tape = PictureTape(kept.point)
        let series = try folder.series(prefix: "a")
        _ = try folder.write([9], prefix: "a", extension: "png")
        var tried: [Int] = []
        let written = try folder.write(bytes, series: series, from: 1, batchIndex: 0, extension: "png") { number in
            tried.append(number)
            tape.note([(0, series.name(number: number, batchIndex: 0, extension: "png"))])
        }
        #expect(tried == [1, 2] && written.number == 2)
        #expect(PictureTape(kept.point).written(0, bytes, in: folder) == written.path)
    }
}
