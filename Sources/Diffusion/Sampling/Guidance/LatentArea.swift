internal import Tensors

/// A rectangle of a latent, in cells.
struct LatentArea: Sendable, Hashable {
    var height: Int
    var width: Int
    var y: Int
    var x: Int

    init(height: Int, width: Int, y: Int, x: Int) {
        (self.height, self.width, self.y, self.x) = (height, width, y, x)
    }

    /// An area of a conditioning on a latent of a size; shares are rounded half to even, and at least one cell is
    /// left.
    init(_ area: Conditioning.Area, height: Int, width: Int) {
        switch area {
        case .cells(let h, let w, let y, let x): self.init(height: h, width: w, y: y, x: x)
        case .shares(let h, let w, let y, let x):
            func cells(_ share: Double, of size: Int) -> Int {
                let product = (share * Double(size)).rounded(.toNearestOrEven)
                return Int(max(-1e6, min(1e6, product.isNaN ? 0 : product)))
            }
            self.init(
                height: max(1, cells(h, of: height)), width: max(1, cells(w, of: width)), y: cells(y, of: height),
                x: cells(x, of: width))
        }
    }

    /// The bounding box of what is not 0 in masks `[n, height, width]`: at least 8 × 8 cells, and that at the origin
    /// when all is 0.
    init(boundsOf mask: Tensor) {
        let (rows, columns) = (mask.shape[1], mask.shape[2])
        var (top, left, bottom, right) = (Int.max, Int.max, -1, -1)
        mask.withFloats { m in
            for index in 0..<m.count where m[index] != 0 {
                let (row, column) = (index / columns % rows, index % columns)
                (top, left, bottom, right) = (min(top, row), min(left, column), max(bottom, row), max(right, column))
            }
        }
        if bottom < 0 {
            self.init(height: 8, width: 8, y: 0, x: 0)
        } else {
            self.init(height: max(8, bottom - top + 1), width: max(8, right - left + 1), y: top, x: left)
        }
    }

    /// The part that lies within a latent of that size; `nil` when there is none.
    func clipped(height: Int, width: Int) -> LatentArea? {
        guard y >= 0, x >= 0 else { return nil }
        let clipped = LatentArea(height: min(self.height, height - y), width: min(self.width, width - x), y: y, x: x)
        return clipped.height > 0 && clipped.width > 0 ? clipped : nil
    }

    func contains(_ other: LatentArea) -> Bool {
        other.y >= y && other.x >= x && y + height >= other.y + other.height && x + width >= other.x + other.width
    }

    /// The rectangle cut out of `[…, height, width]` tensors of rank 3 or 4.
    func cut(from tensor: Tensor) -> Tensor {
        let rows = tensor.rank - 2
        return tensor.narrowed(rows, from: y, count: height).narrowed(rows + 1, from: x, count: width)
    }
}
