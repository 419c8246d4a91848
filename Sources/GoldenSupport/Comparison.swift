internal import Foundation
public import Tensors

/// How far values are from their reference, over any number of arrays.
public struct Comparison: Sendable {
    /// Largest difference of an element.
    public private(set) var largest = 0.0
    /// Mean difference of the worst array.
    public private(set) var mean = 0.0
    /// What was wrong beyond differences: shapes, texts, counts. One sentence each.
    public private(set) var mismatches: [String] = []
    private var exceeded: [String] = []
    private let tolerance: GoldenCase.Tolerance?

    public init(tolerance: GoldenCase.Tolerance?) { self.tolerance = tolerance }

    public var passed: Bool { mismatches.isEmpty && exceeded.isEmpty }

    /// What failed, one sentence each.
    public var failures: [String] { mismatches + exceeded }

    /// Notes something that is wrong without being a number.
    public mutating func mismatch(_ sentence: String) { mismatches.append(sentence) }

    /// Compares an array with its reference, element by element. Equal shapes are demanded; NaN equals NaN.
    public mutating func compare(_ found: Tensor, to reference: Tensor, name: String) {
        guard found.shape == reference.shape else {
            return mismatch("\(name) has shape \(found.shape), the reference \(reference.shape)")
        }
        compare(found.float32().floats, to: reference.float32().floats, name: name)
    }

    /// Compares numbers with their reference. Without a tolerance they must be equal.
    public mutating func compare<Number: BinaryFloatingPoint>(_ found: [Number], to reference: [Number], name: String) {
        guard found.count == reference.count else {
            return mismatch("\(name) has \(found.count) values, the reference \(reference.count)")
        }
        var (largest, sum, worst) = (0.0, 0.0, 0)
        var relativeExceeded = false
        for (index, (a, b)) in zip(found, reference).enumerated() {
            if a == b || (a.isNaN && b.isNaN) { continue }
            let difference = abs(Double(a) - Double(b))
            if !difference.isFinite {
                return mismatch("\(name)[\(index)] is \(a), the reference \(b)")
            }
            if difference > largest { (largest, worst) = (difference, index) }
            sum += difference
            if let tolerance, difference > tolerance.max_abs,
                difference > (tolerance.max_rel ?? 0) * abs(Double(b))
            {
                relativeExceeded = true
            }
        }
        let mean = found.isEmpty ? 0 : sum / Double(found.count)
        self.largest = max(self.largest, largest)
        self.mean = max(self.mean, mean)
        guard let tolerance else {
            if largest > 0 { exceeded.append("\(name): differs by \(short(largest)) at \(worst), and no tolerance is given") }
            return
        }
        if relativeExceeded || mean > tolerance.mean_abs ?? .infinity {
            exceeded.append(
                "\(name): largest difference \(short(largest)) at \(worst) (tolerance \(short(tolerance.max_abs))), "
                    + "mean \(short(mean)) (tolerance \(tolerance.mean_abs.map(short) ?? "none"))")
        }
    }

    /// Compares texts, numbers or lists that must be equal.
    public mutating func expect<Value: Equatable>(_ found: Value, equals reference: Value, name: String) {
        if found != reference {
            mismatch("\(name) is \(String(describing: found).prefix(120)), the reference \(String(describing: reference).prefix(120))")
        }
    }
}

/// Three significant digits.
func short(_ value: Double) -> String { value == 0 ? "0" : String(format: "%.3g", value) }
