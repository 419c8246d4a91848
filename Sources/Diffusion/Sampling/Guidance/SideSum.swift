internal import Tensors

/// The weighted mean of a side's predictions, place by place.
struct SideSum {
    private let shape: [Int]
    private var values: [Float]
    private var weights: [Float]

    init(shape: [Int]) {
        self.shape = shape
        values = [Float](repeating: 0, count: shape.reduce(1, *))
        // Not 0: a place that no entry covers gives 0, not NaN.
        weights = [Float](repeating: 1e-37, count: shape[0] * shape[2] * shape[3])
    }

    /// - Parameters:
    ///   - prediction: `[batch, channels, h, w]` of the area.
    ///   - weight: `[batch, 1, h, w]` of the area.
    mutating func add(_ prediction: Tensor, _ weight: Tensor, in area: LatentArea?) {
        let (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
        let area = area ?? LatentArea(height: height, width: width, y: 0, x: 0)
        prediction.withFloats { p in
            weight.withFloats { w in
                for item in 0..<batch {
                    for row in 0..<area.height {
                        let weightStart = (item * area.height + row) * area.width
                        let place = (item * height + row + area.y) * width + area.x
                        for column in 0..<area.width { weights[place + column] += w[weightStart + column] }
                        for channel in 0..<channels {
                            let source = ((item * channels + channel) * area.height + row) * area.width
                            let target = ((item * channels + channel) * height + row + area.y) * width + area.x
                            for column in 0..<area.width {
                                values[target + column] += p[source + column] * w[weightStart + column]
                            }
                        }
                    }
                }
            }
        }
    }

    var mean: Tensor {
        let plane = shape[2] * shape[3]
        let perItem = shape[1] * plane
        return Tensor(shape: shape) { out in
            for index in 0..<out.count { out[index] = values[index] / weights[index / perItem * plane + index % plane] }
        }
    }
}

/// How much of each place is still uncovered.
struct Coverage {
    private let shape: [Int]
    private var rest: [Float]

    /// - Parameter shape: `[batch, 1, height, width]`
    init(shape: [Int]) {
        self.shape = shape
        rest = [Float](repeating: 1, count: shape.reduce(1, *))
    }

    mutating func subtract(_ weight: Tensor, in area: LatentArea?) {
        let area = area ?? LatentArea(height: shape[2], width: shape[3], y: 0, x: 0)
        weight.withFloats { w in
            for index in 0..<w.count {
                let (item, row, column) =
                    (index / (area.height * area.width), index / area.width % area.height, index % area.width)
                rest[(item * shape[2] + row + area.y) * shape[3] + column + area.x] -= w[index]
            }
        }
    }

    var values: Tensor { Tensor(rest.map { max(0, $0) }, shape: shape) }
}
