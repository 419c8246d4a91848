public import Problems

/// What dense linear algebra could not do, and why.
public typealias LinearAlgebraError = PlainProblem<LinearAlgebraErrorCode>

public enum LinearAlgebraErrorCode: String, ProblemCode {
    /// OpenBLAS isn't installed, or is one that lacks something.
    case noLibrary = "linear-algebra-no-library"
    /// The matrix holds numbers that are none, or the method found no end.
    case noSolution = "linear-algebra-no-solution"

    public var category: ProblemCategory { .failed }

    public var meaning: String {
        switch self {
        case .noLibrary: "OpenBLAS, which decomposes matrices, can't be used."
        case .noSolution: "A matrix can't be decomposed or inverted."
        }
    }

    public var hint: String {
        switch self {
        case .noLibrary: "Install it: apt-get install libopenblas0."
        case .noSolution: "Look whether the model's weights hold infinities or NaN."
        }
    }
}

extension LinearAlgebraError {
    init(_ code: Code, _ reason: String) { self.init(code: code, reason: reason, hint: code.hint) }
}
