// For files that have one form: the first thing that is otherwise is the error.

extension SourceTree {
    /// The value of a key.
    ///
    /// - Throws: `SourceProblem` when this is no map, or one without the key.
    public func member(_ key: String) throws(SourceProblem) -> SourceTree {
        for entry in try map() where entry.key == key { return entry.value }
        throw SourceProblem(.wrongShape, "\"\(key)\" is missing", at: position)
    }

    /// - Throws: `SourceProblem` when it is something else.
    public func map() throws(SourceProblem) -> [Entry] {
        guard let entries else { throw expected("a map") }
        return entries
    }

    /// - Throws: `SourceProblem` when it is something else.
    public func list() throws(SourceProblem) -> [SourceTree] {
        guard let elements else { throw expected("a list") }
        return elements
    }

    /// - Throws: `SourceProblem` when it is something else.
    public func text() throws(SourceProblem) -> String {
        guard let string else { throw expected("a text") }
        return string
    }

    /// - Throws: `SourceProblem` when it is something else, or a number that isn't whole or too large.
    public func integer() throws(SourceProblem) -> Int {
        guard case .number(let digits) = content, let value = Int(digits) else { throw expected("a whole number") }
        return value
    }

    private func expected(_ wanted: String) -> SourceProblem {
        var found = kind
        if case .number(let digits) = content { found = "the number \(digits.prefix(40))" }
        return SourceProblem(.wrongShape, "\(wanted) is expected here, not \(found)", at: position)
    }
}
