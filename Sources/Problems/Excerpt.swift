extension String {
    /// Cut for a message: names in hostile files may be megabytes long.
    package var excerpt: String { count <= 120 ? self : String(prefix(117)) + "…" }
}
