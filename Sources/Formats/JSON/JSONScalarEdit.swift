/// Replaces single numbers and texts in a JSON text and leaves every other byte as it is.
public enum JSONScalarEdit {
    /// - Parameter edits: places where a number or a text begins, and what comes there. Places that hold something else stay.
    public static func replacing(_ edits: [(position: SourcePosition, text: String)], in text: String) -> String {
        guard !edits.isEmpty else { return text }
        let sorted = edits.sorted { $0.position < $1.position }
        var result = ""
        var next = 0
        var line: Int32 = 1, column: Int32 = 1
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        while index < scalars.endIndex {
            while next < sorted.count, sorted[next].position < SourcePosition(line: Int(line), column: Int(column)) { next += 1 }
            if next < sorted.count, sorted[next].position.line == line, sorted[next].position.column == column,
                let end = endOfScalar(scalars, from: index)
            {
                result += sorted[next].text
                column += Int32(scalars.distance(from: index, to: end))
                index = end
                next += 1
                continue
            }
            let scalar = scalars[index]
            result.unicodeScalars.append(scalar)
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
            index = scalars.index(after: index)
        }
        return result
    }

    /// Just behind the number or text that begins here.
    private static func endOfScalar(_ scalars: String.UnicodeScalarView, from start: String.Index) -> String.Index? {
        var index = start
        if scalars[start] == "\"" {
            index = scalars.index(after: index)
            while index < scalars.endIndex, scalars[index] != "\"" {
                if scalars[index] == "\\" { index = scalars.index(after: index) }
                if index < scalars.endIndex { index = scalars.index(after: index) }
            }
            return index < scalars.endIndex ? scalars.index(after: index) : nil
        }
        guard scalars[start] == "-" || ("0"..."9").contains(scalars[start]) else { return nil }
        while index < scalars.endIndex, "+-.eE".unicodeScalars.contains(scalars[index]) || ("0"..."9").contains(scalars[index]) {
            index = scalars.index(after: index)
        }
        return index
    }
}
