internal import Cancellations
extension Palette {
    /// Heckbert's median cut (1982) with Pillow's choices: the box with the most pixels is cut next, across its longest side
    /// when sides are weighted by brightness, where half of the pixels lie.
    ///
    /// - Parameter bytes: RGB triples.
    init(medianCutOf bytes: [UInt8], colours wanted: Int) throws {
        let root = ColourBox(try ColourCount.all(in: bytes))
        guard root.pixels > 0 else {
            self.init([[0, 0, 0]])
            return
        }
        var heap = LargestFirst()
        heap.add(root)
        cutting: for _ in 1..<max(wanted, 1) {
            try Cancellation.check()
            var next: ColourBox?
            while next == nil {
                guard let box = heap.removeLargest() else { break cutting }
                if box.members.count > 1 { next = box }
            }
            guard let halves = next?.cut() else { break }
            heap.add(halves.0)
            heap.add(halves.1)
        }
        self.init(root.leaves.map(\.mean))
    }
}

private struct ColourCount {
    /// 0xRRGGBB
    var colour: Int
    var count: Int

    func channel(_ axis: Int) -> Int { colour >> (16 - 8 * axis) & 0xFF }

    /// The different colours. Where there are more than 65,536, their lowest bits are taken off until there aren't.
    static func all(in bytes: [UInt8]) throws -> [ColourCount] {
        var counts: [Int: Int] = [:]
        var shift = 0
        func reduced(_ colour: Int) -> Int {
            let mask = (0xFF >> shift) << shift
            return colour & (mask << 16 | mask << 8 | mask)
        }
        for pixel in stride(from: 0, to: bytes.count - 2, by: 3) {
            if pixel % (3 << 16) == 0 { try Cancellation.check() }
            let colour = Int(bytes[pixel]) << 16 | Int(bytes[pixel + 1]) << 8 | Int(bytes[pixel + 2])
            counts[reduced(colour), default: 0] += 1
            while counts.count > 65_536 {
                shift += 1
                counts = Dictionary(counts.map { (reduced($0.key), $0.value) }, uniquingKeysWith: +)
            }
        }
        // In a fixed order, whatever the dictionary's is.
        return counts.map { ColourCount(colour: $0.key, count: $0.value) }.sorted { $0.colour > $1.colour }
    }
}

/// Some colours of a picture that will become one, or two halves of it.
private final class ColourBox {
    let members: [ColourCount]
    let pixels: Int
    private var halves: (ColourBox, ColourBox)?

    init(_ members: [ColourCount]) {
        self.members = members
        pixels = members.reduce(0) { $0 + $1.count }
    }

    /// The boxes that weren't cut, brighter ones first.
    var leaves: [ColourBox] {
        guard let halves else { return [self] }
        return halves.0.leaves + halves.1.leaves
    }

    var mean: [UInt8] {
        (0..<3).map { axis in
            let sum = members.reduce(0) { $0 + $1.channel(axis) * $1.count }
            return UInt8(min(255, (sum + pixels / 2) / pixels))
        }
    }

    /// The brighter and the darker half. There must be two colours at least.
    func cut() -> (ColourBox, ColourBox) {
        let weights = [77, 150, 29]
        var axis = 0
        var longest = -1
        for candidate in 0..<3 {
            let values = members.map { $0.channel(candidate) }
            let length = ((values.max() ?? 0) - (values.min() ?? 0)) * weights[candidate]
            if length > longest { (longest, axis) = (length, candidate) }
        }
        let sorted = members.sorted { ($0.channel(axis), $0.colour) > ($1.channel(axis), $1.colour) }
        // More than half of the pixels, and all that equal the last of them along the axis.
        var taken = 0
        var split = 0
        while split < sorted.count, taken * 2 <= pixels {
            taken += sorted[split].count
            split += 1
        }
        while split < sorted.count, sorted[split].channel(axis) == sorted[split - 1].channel(axis) { split += 1 }
        if split == sorted.count {
            // Nothing is left: the darkest value goes to the other half.
            while split > 1, sorted[split - 1].channel(axis) == sorted[sorted.count - 1].channel(axis) { split -= 1 }
        }
        let pair = (ColourBox(Array(sorted[..<split])), ColourBox(Array(sorted[split...])))
        halves = pair
        return pair
    }
}

/// A binary heap of boxes by number of pixels. Among equals the order is that of the heap itself, as in Pillow.
private struct LargestFirst {
    /// From 1 on: the children of `i` are `2i` and `2i + 1`.
    private var boxes: [ColourBox] = []

    private subscript(place: Int) -> ColourBox {
        get { boxes[place - 1] }
        set { boxes[place - 1] = newValue }
    }

    mutating func add(_ box: ColourBox) {
        boxes.append(box)
        var place = boxes.count
        while place > 1, box.pixels > self[place / 2].pixels {
            self[place] = self[place / 2]
            place /= 2
        }
        self[place] = box
    }

    mutating func removeLargest() -> ColourBox? {
        guard let largest = boxes.first, let last = boxes.popLast() else { return nil }
        guard !boxes.isEmpty else { return largest }
        var place = 1
        while place * 2 <= boxes.count {
            var child = place * 2
            if child < boxes.count, self[child].pixels < self[child + 1].pixels { child += 1 }
            if last.pixels > self[child].pixels { break }
            self[place] = self[child]
            place = child
        }
        self[place] = last
        return largest
    }
}
