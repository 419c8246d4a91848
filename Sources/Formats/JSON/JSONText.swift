/// Builds JSON piece by piece: the one place that knows how it is written.
///
/// yajl can write, too, but neither Python's blanks nor its escapes.
public struct JSONText: Sendable {
    /// How it looks; what it means is the same.
    public enum Form: Sendable {
        /// As Python's `json.dumps` prints it: `", "` and `": "` between things, ASCII only, and `NaN` where a number isn't one. That is
        /// what ComfyUI writes into pictures, so the same workflow gives the same bytes.
        case python
        /// Nothing between things, letters as UTF-8.
        case compact
    }

    private let form: Form
    /// The text so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []

    public init(_ form: Form = .python) { self.form = form }

    /// The text so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A text as a JSON string.
    public static func quoted(_ text: String, _ form: Form = .python) -> String {
        var json = JSONText(form)
        json.string(text)
        return json.text
    }

    /// Appends what is JSON already.
    public mutating func raw(_ piece: String) { bytes += piece.utf8 }

    // MARK: Scalars

    public mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        switch form {
        case .python: for unit in value.utf16 { escaped(unit) }
        case .compact:
            for byte in value.utf8 {
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    escaped(UInt16(byte))
                } else {
                    bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// One unit in ASCII. Letters beyond the first plane are two of them, in Python as in JavaScript.
    private mutating func escaped(_ unit: UInt16) {
        func short(_ letter: Unicode.Scalar) -> [UInt8] { [UInt8(ascii: "\\"), UInt8(ascii: letter)] }
        switch unit {
        case 0x22: bytes += short("\"")
        case 0x5C: bytes += short("\\")
        case 0x0A: bytes += short("n")
        case 0x0D: bytes += short("r")
        case 0x09: bytes += short("t")
        case 0x08: bytes += short("b")
        case 0x0C: bytes += short("f")
        case 0x20...0x7E: bytes.append(UInt8(unit))
        default:
            let digits = String(unit, radix: 16)
            raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }

    public mutating func number(_ value: Double) {
        if value.isNaN {
            raw("NaN")
        } else if value.isInfinite {
            raw(value < 0 ? "-Infinity" : "Infinity")
        } else {
            raw("\(value)")
        }
    }

    // MARK: Several

    private var comma: String { form == .python ? ", " : "," }
    private var colon: String { form == .python ? ": " : ":" }

    /// `{"key": …, …}`; `body` writes the value of each key.
    public mutating func object<Item>(_ items: some Sequence<Item>, key: (Item) -> String, body: (inout JSONText, Item) -> Void) {
        raw("{")
        members(items, isFirst: true, key: key, body: body)
        raw("}")
    }

    /// `"key": …, …`, within an object that is open.
    ///
    /// - Parameter isFirst: whether nothing stands before them in it.
    public mutating func members<Item>(
        _ items: some Sequence<Item>, isFirst: Bool, key: (Item) -> String, body: (inout JSONText, Item) -> Void
    ) {
        var isFirst = isFirst
        for item in items {
            if !isFirst { raw(comma) }
            isFirst = false
            string(key(item))
            raw(colon)
            body(&self, item)
        }
    }

    /// `[…, …]`; `body` writes each element.
    public mutating func array<Item>(_ items: some Sequence<Item>, body: (inout JSONText, Item) -> Void) {
        raw("[")
        var isFirst = true
        for item in items {
            if !isFirst { raw(comma) }
            isFirst = false
            body(&self, item)
        }
        raw("]")
    }
}
