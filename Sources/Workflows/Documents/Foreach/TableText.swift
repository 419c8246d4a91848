internal import Problems
internal import Files
internal import Formats

/// Texts of values: a value a line, or a table with commas (RFC 4180: quotes around what holds commas, quotes or line breaks).
public enum TableText {
    public struct Cell: Sendable, Equatable {
        public var text: String
        /// A quoted cell is a text, even if it looks like a number.
        public var isQuoted: Bool
    }

    /// The rows of a table. Empty lines don't count; blanks around unquoted cells neither.
    public static func rows(_ text: String) -> [[Cell]] {
        var rows: [[Cell]] = []
        var row: [Cell] = []
        var cell = String.UnicodeScalarView()
        var isQuoted = false, isInside = false
        var scalars = text.unicodeScalars[...]
        func end() {
            row.append(Cell(text: isQuoted ? String(cell) : String(cell).trimmed(), isQuoted: isQuoted))
            (cell, isQuoted) = (String.UnicodeScalarView(), false)
        }
        func endRow() {
            end()
            if row.count > 1 || row[0].isQuoted || !row[0].text.isEmpty { rows.append(row) }
            row = []
        }
        while let scalar = scalars.popFirst() {
            if isInside {
                guard scalar == "\"" else {
                    cell.append(scalar)
                    continue
                }
                if scalars.first == "\"" {
                    cell.append("\"")
                    scalars.removeFirst()
                } else {
                    isInside = false
                }
                continue
            }
            switch scalar {
            case "\"" where !isQuoted && cell.allSatisfy({ $0 == " " }):
                (isQuoted, isInside) = (true, true)
                cell = String.UnicodeScalarView()
            case ",": end()
            case "\n", "\r": endRow()
            case " " where isQuoted: break
            default: cell.append(scalar)
            }
        }
        endRow()
        return rows
    }

    /// The first column of a table, or the lines of any other text: numbers and switches as such, everything else as a text.
    ///
    /// - Parameter isTable: whether commas part columns.
    public static func values(_ text: String, isTable: Bool) -> [WorkflowDocument.Value] {
        if isTable { return rows(text).compactMap { $0.first.flatMap { $0.text.isEmpty && !$0.isQuoted ? nil : value($0) } } }
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = String(line).trimmed()
            return line.isEmpty ? nil : value(Cell(text: line, isQuoted: false))
        }
    }

    static func value(_ cell: Cell) -> WorkflowDocument.Value {
        guard !cell.isQuoted else { return .string(cell.text) }
        switch PlainScalar.content(of: cell.text) {
        case .number(let number): return .number(number)
        case .boolean(let flag): return .boolean(flag)
        default: return .string(cell.text)
        }
    }

    static func isTable(_ path: String) -> Bool { path.lowercased().hasSuffix(".csv") }

    private static let largest = 4 << 20

    /// The text of a file of values.
    ///
    /// - Throws: `SweepError` when it can't be read, is larger than 4 MiB, or isn't UTF-8.
    static func read(_ path: String) throws(SweepError) -> String {
        let text: String?
        do throws(FileProblem) { text = try ReadableFile.text(of: path, limit: largest, regularOnly: false) } catch {
            throw SweepError(
                error.code == .overLimit
                    ? "the values' file \(path) is larger than 4 MB" : "the values' file \(path) can't be read: \(error.systemReason)")
        }
        guard let text else { throw SweepError("the values' file \(path) isn't UTF-8 text") }
        return text
    }
}
