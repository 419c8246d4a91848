internal import Problems
internal import Formats

extension Diagnostic {
    /// What is wrong with a text, under the code of a workflow's diagnostics.
    init(_ problem: SourceProblem) {
        let code = DiagnosticCode(problem.kind)
        self.init(problem.isWarning ? .warning : .error, code, problem.reason, position: problem.position, hint: problem.hint ?? code.hint)
    }
}

extension SourceReading {
    var diagnostics: [Diagnostic] { problems.map(Diagnostic.init) }
}

extension DiagnosticCode {
    fileprivate init(_ kind: SourceProblem.Kind) {
        self =
            switch kind {
            case .syntax: .syntax
            case .tabIndentation: .tabIndentation
            case .unknownAnchor: .unknownAnchor
            case .unsupportedTag: .unsupportedTag
            case .duplicateKey: .duplicateKey
            case .wrongShape: .wrongShape
            case .tooDeep: .tooDeep
            case .tooManyValues: .tooManyValues
            case .tooManyAliases: .tooManyAliases
            }
    }
}
