import Tensors
import Testing

@testable import Pictures

@Suite("Resampling") struct ResamplingTests {
    @Test(
        "every method gives PyTorch's or Pillow's values", arguments: Resampling.allCases.filter { $0 != .bislerp && $0 != .nearest },
        [(29, 21, Cropping.disabled), (53, 47, .disabled), (24, 36, .center)])
    func golden(method: Resampling, size: (width: Int, height: Int, cropping: Cropping)) throws {
        let image = try Picture.read(ExpectedValues.path("rgb.png")).image
        let resized = try image.resized(width: size.width, height: size.height, by: method, cropping: size.cropping)
        let name = "scale-\(method.rawValue)-\(size.width)x\(size.height)-\(size.cropping.rawValue)"
        let expected = try ExpectedValues.shared.tensor("\(name)/2.0/image")
        #expect(largestDifference(resized.pixels, expected) <= 1e-5)
    }

    @Test("planes and channels-last pictures resize alike", arguments: Resampling.allCases)
    func channelOrder(method: Resampling) throws {
        let image = try Picture.read(ExpectedValues.path("rgb.png")).image
        let last = try image.pixels.resized(width: 17, height: 45, by: method, channels: .last)
        let first = try image.pixels.channelsFirst().resized(width: 17, height: 45, by: method, channels: .first)
        #expect(largestDifference(last, first.channelsLast()) == 0)
    }

    @Test("the same size is the same picture", arguments: Resampling.allCases)
    func identity(method: Resampling) throws {
        let image = try Picture.read(ExpectedValues.path("rgb.png")).image
        let same = try image.resized(width: image.width, height: image.height, by: method)
        // Bislerp takes directions and lengths apart and puts them together again.
        #expect(largestDifference(same.pixels, image.pixels) <= (method == .bislerp ? 1e-6 : 0))
    }

    @Test("bislerp keeps the length of vectors, opposite ones go through the middle, zeros stay zeros")
    func bislerp() throws {
        let latent = Tensor([1, 0, 0, 1], shape: [1, 1, 2, 2])
        let wide = try latent.resized(width: 4, height: 1, by: .bislerp, channels: .last).floats
        for place in 0..<4 {
            let length = (wide[2 * place] * wide[2 * place] + wide[2 * place + 1] * wide[2 * place + 1]).squareRoot()
            #expect(abs(length - 1) < 1e-6)
        }
        let opposite = Tensor([1, 0, -1, 0], shape: [1, 1, 2, 2])
        #expect(try abs(opposite.resized(width: 3, height: 1, by: .bislerp, channels: .last).floats[2]) < 1e-6)
        #expect(try Tensor.zeros([1, 3, 3, 4]).resized(width: 5, height: 7, by: .bislerp, channels: .last).isZero)
    }

    @Test("any small size goes to any other without leaving the buffers", arguments: Resampling.allCases)
    func sizes(method: Resampling) throws {
        for old in 1...5 {
            for new in 1...5 {
                let image = Tensor(repeating: 1, shape: [1, old, 6 - old, 3])
                let resized = try image.resized(width: new, height: 6 - new, by: method, cropping: .center, channels: .last)
                #expect(resized.shape == [1, 6 - new, new, 3])
                #expect(largestDifference(resized, Tensor(repeating: 1, shape: resized.shape)) < 1e-5, "\(old) to \(new)")
            }
        }
    }
}
