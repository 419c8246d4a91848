internal import Formats

/// Something in a saved workflow that wasn't plain, with its place.
struct UINote: Hashable {
    var code: DiagnosticCode
    var message: String
    var position: SourcePosition
}
