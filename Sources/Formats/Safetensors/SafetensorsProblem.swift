/// What is wrong with a safetensors file: the facts, and where. Whoever reads the file makes an error of their own from it.
public struct SafetensorsProblem: Error, Sendable, Equatable {
    public enum Kind: Sendable, CaseIterable {
        /// The file ends before its contents do.
        case truncated
        case headerTooLong, notJSON, malformed
        case unknownType, duplicateName
        /// A shape that can't be: too many dimensions, a size below zero, more bytes than any computer has.
        case badShape
        /// A range of another length than shape and type need.
        case sizeMismatch
        case rangesOverlap, gap, trailingBytes
    }

    public var kind: Kind
    /// Byte in the file.
    public var offset: UInt64?
    /// The tensor's name, shortened where it is very long.
    public var tensor: String?
    /// One sentence without a full stop.
    public var reason: String
    public var hint: String?

    init(_ kind: Kind, offset: Int?, tensor: String? = nil, reason: String, hint: String? = nil) {
        self.kind = kind
        self.offset = offset.map { UInt64(max(0, $0)) }
        self.tensor = tensor
        self.reason = reason
        self.hint = hint
    }
}

extension SafetensorsProblem: CustomStringConvertible {
    /// `tensor "x": reason, at byte 8`.
    public var description: String {
        (tensor.map { "tensor \"\($0)\": " } ?? "") + reason + (offset.map { ", at byte \($0)" } ?? "")
    }
}
