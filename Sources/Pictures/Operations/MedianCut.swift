extension Palette {
    /// Heckbert's median cut (1982) with Pillow's choices: the box with the most pixels is cut next, across its longest side
    /// when sides are weighted by brightness, where half of the pixels lie.
    ///
    /// - Parameter bytes: RGB triples.
    init(medianCutOf bytes: [UInt8], colours wanted: Int) {
        var counts: [Int: Int] = [:]
        for pixel in stride(from: 0, to: bytes.count - 2, by: 3) {
            counts[Int(bytes[pixel]) << 16 | Int(bytes[pixel + 1]) << 8 | Int(bytes[pixel + 2]), default: 0] += 1
        }
        // In a fixed order, whatever the dictionary's is.
        let all = counts.map { ColourCount(colour: $0.key, count: $0.value) }.sorted { $0.colour > $1.colour }
        var boxes = [ColourBox(all)]
        while boxes.count < wanted {
            guard let index = boxes.indices.filter({ boxes[$0].members.count > 1 }).max(by: { boxes[$0].pixels < boxes[$1].pixels })
            else { break }
            let (upper, lower) = boxes[index].cut()
            boxes[index] = upper
            boxes.append(lower)
        }
        colours = boxes.filter { $0.pixels > 0 }.map(\.mean)
        if colours.isEmpty { colours = [[0, 0, 0]] }
    }
}

private struct ColourCount {
    var colour: Int
    var count: Int

    func channel(_ axis: Int) -> Int { colour >> (16 - 8 * axis) & 0xFF }
}

/// Some colours of a picture that will become one.
private struct ColourBox {
    var members: [ColourCount]
    var pixels: Int

    init(_ members: [ColourCount]) {
        self.members = members
        pixels = members.reduce(0) { $0 + $1.count }
    }

    var mean: [UInt8] {
        (0..<3).map { axis in
            let sum = members.reduce(0) { $0 + $1.channel(axis) * $1.count }
            return UInt8(min(255, (sum + pixels / 2) / max(pixels, 1)))
        }
    }

    /// The brighter and the darker half. There must be two colours at least.
    func cut() -> (upper: ColourBox, lower: ColourBox) {
        let weights = [77, 150, 29]
        var axis = 0
        var longest = -1
        for candidate in 0..<3 {
            let values = members.map { $0.channel(candidate) }
            let length = ((values.max() ?? 0) - (values.min() ?? 0)) * weights[candidate]
            if length > longest { (longest, axis) = (length, candidate) }
        }
        let sorted = members.sorted { ($0.channel(axis), $0.colour) > ($1.channel(axis), $1.colour) }
        var taken = 0
        var split = 0
        while split < sorted.count, taken * 2 < pixels {
            taken += sorted[split].count
            split += 1
        }
        split = max(1, min(split, sorted.count - 1))
        return (ColourBox(Array(sorted[..<split])), ColourBox(Array(sorted[split...])))
    }
}
