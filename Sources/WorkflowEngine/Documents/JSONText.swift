/// Builds JSON the way Python's `json.dumps` prints it: `", "` and `": "` between things, ASCII only, and `NaN`
/// where a number isn't one. That is what ComfyUI writes into pictures, so the same workflow gives the same bytes.
struct JSONText {
    private(set) var text = ""

    mutating func raw(_ piece: String) { text += piece }

    mutating func string(_ value: String) {
        text += "\""
        for unit in value.utf16 {
            switch unit {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x08: text += "\\b"
            case 0x0C: text += "\\f"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        text += "\""
    }

    mutating func number(_ value: Double) {
        if value.isNaN {
            text += "NaN"
        } else if value.isInfinite {
            text += value < 0 ? "-Infinity" : "Infinity"
        } else {
            text += "\(value)"
        }
    }

    /// `{"key": …, …}`; `body` writes the value of each key.
    mutating func object<Item>(_ items: some Sequence<Item>, key: (Item) -> String, body: (inout JSONText, Item) -> Void) {
        text += "{"
        var first = true
        for item in items {
            if !first { text += ", " }
            first = false
            string(key(item))
            text += ": "
            body(&self, item)
        }
        text += "}"
    }

    /// `[…, …]`; `body` writes each element.
    mutating func array<Item>(_ items: some Sequence<Item>, body: (inout JSONText, Item) -> Void) {
        text += "["
        var first = true
        for item in items {
            if !first { text += ", " }
            first = false
            body(&self, item)
        }
        text += "]"
    }
}
