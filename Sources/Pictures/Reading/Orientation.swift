import Tensors

extension Picture {
    /// The picture turned upright.
    ///
    /// - Parameter orientation: EXIF's number, 1…8: which edges of the stored picture are top and left.
    func turned(_ orientation: Int) -> Picture {
        guard orientation != 1 else { return self }
        var picture = self
        picture.image = Image(image.pixels.turned(orientation))
        picture.transparency = transparency.map { mask in
            let turned = mask.values.reshaped(mask.values.shape + [1]).turned(orientation)
            return Mask(turned.reshaped(Array(turned.shape.dropLast())))
        }
        return picture
    }
}

extension Tensor {
    fileprivate func turned(_ orientation: Int) -> Tensor {
        switch orientation {
        case 2: flipped(2)
        case 3: flipped(1).flipped(2)
        case 4: flipped(1)
        case 5: permuted([0, 2, 1, 3])
        case 6: permuted([0, 2, 1, 3]).flipped(2)
        case 7: permuted([0, 2, 1, 3]).flipped(1).flipped(2)
        case 8: permuted([0, 2, 1, 3]).flipped(1)
        default: self
        }
    }
}
