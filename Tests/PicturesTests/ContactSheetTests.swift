import Foundation
import Pictures
import Tensors
import Testing

@Suite("Contact sheet") struct ContactSheetTests {
    private func flat(_ value: Float, _ width: Int, _ height: Int) -> Image {
        Image(Tensor(repeating: value, shape: [1, height, width, 3]))
    }

    @Test("every picture has its place, missing ones stay white, labels are drawn outside of them")
    func places() throws {
        let sheet = ContactSheet(
            columns: .init(name: "seed", values: ["1", "2", "3"]),
            rows: .init(name: "cfg", values: ["4.5", "a very long value that needs cutting"]))
        let found = try sheet.image([flat(0.2, 64, 48), nil, flat(0.4, 64, 48), flat(0.6, 32, 48), flat(0.8, 64, 48), flat(0, 64, 48)])
        #expect(found.batch == 1 && found.channels == 3)
        found.pixels.withFloats { pixels in
            func count(_ value: Float) -> Int { (0..<found.width * found.height).count { abs(pixels[$0 * 3] - value) < 1e-6 } }
            #expect(count(0.2) >= 64 * 48)
            #expect(count(0.4) >= 64 * 48)
            #expect(count(0.6) >= 32 * 48)
            #expect(count(1) > 64 * 48)
            #expect(pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
        }
    }

    @Test("large pictures are made smaller until the sheet fits")
    func fitting() throws {
        var sheet = ContactSheet(columns: .init(name: "x", values: (0..<10).map(String.init)))
        sheet.maximumSide = 500
        let found = try sheet.image((0..<10).map { _ in flat(0.5, 300, 200) })
        #expect(found.width <= 500 && found.height <= 500)
    }
}
