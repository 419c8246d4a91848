internal import Diffusion
internal import Foundation
internal import Pictures
internal import Problems
internal import Tensors
internal import WorkflowEngine
internal import Workflows

/// What an expression computes with: Python's numbers, and the sizes of pictures and latents.
enum ExpressionValue: Equatable {
    case integer(Int)
    case float(Double)
    /// The dimensions of something: `a[1]` is the second.
    case list([Int])
    /// A picture or a latent: `a.width`, `a.height` in pixels.
    case sized(width: Int, height: Int, dimensions: [Int])

    /// What came in over a link; `nil` for what no expression can use.
    init?(_ value: any WorkflowValue) {
        switch Scalar(value) {
        case .integer(.signed(let value)): self = .integer(Int(value))
        case .integer(.unsigned(let value)): self = .float(Double(value))
        case .float(let value): self = .float(value)
        case .boolean(let value): self = .integer(value ? 1 : 0)
        case .list: return nil
        case .string(let value):
            let text = value.trimmingCharacters(in: .whitespacesAndNewlines)
            if let number = Int(text) {
                self = .integer(number)
            } else if let number = Double(text) {
                self = .float(number)
            } else {
                return nil
            }
        case nil: self.init(sized: value)
        }
    }

    private init?(sized value: any WorkflowValue) {
        switch value {
        case let value as Image:
            self = .sized(width: value.width, height: value.height, dimensions: value.pixels.shape)
        case let value as Mask: self = .sized(width: value.width, height: value.height, dimensions: value.values.shape)
        case let value as Latent:
            self = .sized(width: value.width * 8, height: value.height * 8, dimensions: value.samples.shape)
        default: return nil
        }
    }

    var double: Double {
        get throws(ExpressionError) {
            switch self {
            case .integer(let value): Double(value)
            case .float(let value): value
            case .list, .sized: throw ExpressionError("a picture or a list isn't a number; write .width, .height or [1]")
            }
        }
    }

    var isTrue: Bool {
        get throws(ExpressionError) { try double != 0 }
    }

    /// A condition as a number.
    static func truth(_ value: Bool) -> ExpressionValue { .integer(value ? 1 : 0) }
}

/// What is wrong with an expression: one sentence without a full stop.
typealias ExpressionError = PlainProblem<ExpressionErrorCode>

enum ExpressionErrorCode: String, OnlyProblemCode {
    case invalidExpression = "invalid-expression"
    static var only: Self { .invalidExpression }

    var category: ProblemCategory { .wrongInput }
    var meaning: String { "A formula can't be read, or has no value." }
    var hint: String { "Look at what the message names." }
}
