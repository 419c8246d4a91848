import Problems
import Foundation
import Testing
import Workflows

@Suite("Sweeps") struct SweepTests {
    private func values(_ text: String) throws -> [String] { try SweepAxis(text).values.map { Sweep.written($0) } }

    @Test("lists, ranges with both ends, falling ranges and steps")
    func ranges() throws {
        #expect(try values("seed=1..4") == ["1", "2", "3", "4"])
        #expect(try values("cfg=5..6/0.25") == ["5", "5.25", "5.5", "5.75", "6"])
        #expect(try values("cfg=0.1..0.5/0.1") == ["0.1", "0.2", "0.3", "0.4", "0.5"])
        #expect(try values("steps=30..10/10") == ["30", "20", "10"])
        #expect(try values("a.b=euler,heun") == ["euler", "heun"])
        #expect(try values(#"prompt=a tree\, red,a house"#) == ["a tree, red", "a house"])
        #expect(try values("file=a..b") == ["a..b"])
        #expect(try SweepAxis("seed=18446744073709551615").values == [.number("18446744073709551615")])
    }

    @Test("values from the first column of a file")
    func file() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString).csv")
        try "red, x\n\n\"a \"\"big\"\" tree, green\",y\n7\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try values("prompt=@\(file.path)") == ["red", "a \"big\" tree, green", "7"])
    }

    @Test(
        "what makes no sweep is refused with a reason",
        arguments: [
            "seed", "=1", "seed=1..99999999", "cfg=1..2/0", "cfg=1..2/-1", "a=@/no/such/file", "cfg=0..1/0.0000001",
        ])
    func refusals(text: String) {
        #expect(throws: SweepError.self) { try SweepAxis(text) }
    }

    @Test("a grid runs every combination, the last axis fastest; pairs go side by side")
    func combinations() throws {
        let seeds = try SweepAxis("seed=1,2"), scales = try SweepAxis("sampled.cfg=4,5,6")
        let grid = try Sweep([seeds, scales]).points
        #expect(grid.map(\.fileLabel) == ["seed1_cfg4", "seed1_cfg5", "seed1_cfg6", "seed2_cfg4", "seed2_cfg5", "seed2_cfg6"])
        #expect(grid[4].indices == [1, 1])
        #expect(grid[4].label == "seed=2, cfg=5")
        #expect(throws: SweepError.self) { try Sweep([seeds, scales], .pairs) }
        #expect(throws: SweepError.self) { try Sweep([seeds, seeds]) }
        let pairs = try Sweep([seeds, SweepAxis("cfg=4,5")], .pairs).points
        #expect(pairs.map(\.fileLabel) == ["seed1_cfg4", "seed2_cfg5"])
    }
}
