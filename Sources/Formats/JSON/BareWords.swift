/// Python's `NaN`, `Infinity` and `-Infinity`, which JSON doesn't have. ComfyUI writes them (`is_changed`).
enum BareWords {
    /// Overwrites each one outside a string by as many digits, so that offsets stay, and returns what stood where.
    static func replace(in bytes: inout [UInt8]) -> [Int: String] {
        var found: [Int: String] = [:]
        var index = 0
        let count = bytes.count
        while index < count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "N"):
                if matches("NaN", in: bytes, at: index) { found[index] = "NaN"; overwrite(&bytes, index, 3) }
            case UInt8(ascii: "I"):
                if matches("Infinity", in: bytes, at: index) {
                    let negative = index > 0 && bytes[index - 1] == UInt8(ascii: "-")
                    found[negative ? index - 1 : index] = negative ? "-Infinity" : "Infinity"
                    overwrite(&bytes, index, 8)
                }
            default: break
            }
            index += 1
        }
        return found
    }

    private static func matches(_ word: StaticString, in bytes: [UInt8], at index: Int) -> Bool {
        guard index + word.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private static func overwrite(_ bytes: inout [UInt8], _ start: Int, _ count: Int) {
        for index in start..<start + count { bytes[index] = UInt8(ascii: "1") }
    }
}
