internal import Problems

/// A picture `[height, width, channels]` that is written and read in bands of rows: in memory while there is room, else in a file.
///
/// Not for sharing: one computation writes it, reads it, and lets it go.
public final class BandedPicture {
    /// Bytes of memory that the pictures of a computation may still take, and files for those that find none.
    public final class Room {
        public fileprivate(set) var free: Int
        /// Pictures that went to a file so far.
        public fileprivate(set) var spilled = 0
        /// Files that no picture is in any more. The system holds their pages; writing over those costs less than new ones do.
        private var spare: [SpillFile] = []
        public init(_ bytes: Int) { free = bytes }

        /// Files made so far and not thrown away.
        var spareFiles: Int { spare.count }

        /// The smallest spare file that is large enough, else the largest one made larger, else a new one.
        fileprivate func file(_ byteCount: Int) throws(SpillError) -> SpillFile {
            spilled += 1
            let index = spare.indices.filter { spare[$0].byteCount >= byteCount }.min { spare[$0].byteCount < spare[$1].byteCount }
            guard let index = index ?? spare.indices.max(by: { spare[$0].byteCount < spare[$1].byteCount }) else {
                return try SpillFile(byteCount: byteCount)
            }
            let file = spare.remove(at: index)
            try file.grow(to: byteCount)
            return file
        }

        fileprivate func takeBack(_ file: SpillFile) { spare.append(file) }
    }

    public let height: Int
    public let width: Int
    public let channels: Int
    /// The sums of a norm over all that is written, where somebody wants them.
    private var sums: GroupNormSums?
    private let place: Place
    private let room: Room?

    private enum Place {
        case memory(TensorStorage, byteOffset: Int)
        case file(SpillFile)
    }

    /// A picture to be written; in memory if `room` has enough.
    ///
    /// - Throws: `SpillError`.
    public init(height: Int, width: Int, channels: Int, room: Room) throws {
        (self.height, self.width, self.channels) = (height, width, channels)
        let bytes = height * width * channels * 4
        if bytes <= room.free {
            place = .memory(TensorStorage(byteCount: bytes), byteOffset: 0)
            room.free -= bytes
            self.room = room
        } else {
            place = .file(try room.file(bytes))
            self.room = room
        }
    }

    /// Looks at a picture that is there, `[1, height, width, channels]`; it can't be written to.
    public init(_ x: Tensor) {
        precondition(x.rank == 4 && x.shape[0] == 1 && x.dtype == .float32, "one picture was expected, not \(x.shape)")
        (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        place = .memory(x.storage, byteOffset: x.byteOffset)
        room = nil
    }

    deinit {
        switch place {
        case .memory: room?.free += height * width * channels * 4
        case .file(let file): room?.takeBack(file)
        }
    }

    /// Whether reading costs memory: what is in memory is looked at where it lies.
    public var isInFile: Bool { if case .file = place { true } else { false } }

    /// Whether it isn't somebody else's.
    public var isWritable: Bool { room != nil }

    /// Gathers the sums of a group norm from now on, of what is written in the order of rows; or doesn't.
    public func gatherSums(_ wanted: Bool) { sums = wanted ? GroupNormSums(channels: channels) : nil }

    /// What a group norm does to each channel of what was written since `gatherSums(true)`.
    public func groupNormFactors(_ weights: NormWeights, epsilon: Float) -> GroupNormFactors {
        guard let sums else { preconditionFailure("nobody gathered the sums of a norm") }
        return sums.factors(weights, epsilon: epsilon)
    }

    /// Some rows, `[1, rows, width, channels]`.
    ///
    /// Where the picture is in memory they are looked at, not copied: writing the same rows changes them.
    ///
    /// - Throws: `SpillError`.
    public func rows(_ rows: Range<Int>) throws -> Tensor {
        try read(rows.lowerBound * width..<rows.upperBound * width, shape: [1, rows.count, width, channels])
    }

    /// Some pixels in the order of rows, `[1, tokens, channels]`.
    ///
    /// - Throws: `SpillError`.
    public func tokens(_ tokens: Range<Int>) throws -> Tensor { try read(tokens, shape: [1, tokens.count, channels]) }

    private func read(_ pixels: Range<Int>, shape: [Int]) throws -> Tensor {
        precondition(pixels.lowerBound >= 0 && pixels.upperBound <= height * width, "pixels \(pixels) of \(height)×\(width)")
        let start = pixels.lowerBound * channels * 4
        switch place {
        case .memory(let storage, let offset):
            return Tensor(storage, byteOffset: offset + start, shape: shape, dtype: .float32)
        case .file(let file):
            return try Tensor(shape: shape) { try file.read(into: UnsafeMutableRawBufferPointer($0), at: start) }
        }
    }

    /// Writes rows from `first` on.
    ///
    /// - Throws: `SpillError`.
    public func write(_ band: Tensor, at first: Int) throws {
        try write(band, tokens: first * width..<first * width + band.count / channels)
    }

    /// Writes pixels in the order of rows.
    ///
    /// - Throws: `SpillError`.
    public func write(_ band: Tensor, tokens: Range<Int>) throws {
        precondition(
            tokens.lowerBound >= 0 && tokens.upperBound <= height * width && band.count == tokens.count * channels,
            "\(band.shape) to pixels \(tokens) of [\(height), \(width), \(channels)]")
        sums?.add(band)
        let offset = tokens.lowerBound * channels * 4
        try band.withBytes { bytes in
            switch place {
            case .memory(let storage, _):
                // Safe: memory of a picture that is written is its own, and bands that were read from there are done with.
                precondition(room != nil, "this picture belongs to somebody else")
                if let start = bytes.baseAddress { (storage.start + offset).copyMemory(from: start, byteCount: bytes.count) }
            case .file(let file): try file.write(bytes, at: offset)
            }
        }
    }
}
