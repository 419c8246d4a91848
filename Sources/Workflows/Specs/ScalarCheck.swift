// What a specification says about a scalar, for literals and for what comes over a link alike.

package import Problems

/// A scalar that an input doesn't take, ready for a message: "200 is above the maximum 100".
package typealias ScalarMismatch = PlainProblem<DiagnosticCode>

extension InputSpec.Kind {
    /// A scalar that came over a link, as the node gets it.
    ///
    /// ComfyUI looks at literals only and hands a linked value on as it is, so that Python decides what works. Here it is
    /// converted where Python's arithmetic takes it for the same: INT and BOOLEAN as FLOAT, BOOLEAN and whole FLOATs as INT, numbers
    /// as BOOLEAN (0 is false). A text is never taken for a number nor a number for a text: nodes of ComfyUI fail on both.
    /// Ranges and choices hold as for literals.
    package func checked(_ scalar: Scalar, checksRanges: Bool = true) throws(ScalarMismatch) -> Scalar {
        let converted = try converted(scalar)
        if checksRanges { try checkRange(of: converted) }
        return converted
    }

    private func converted(_ scalar: Scalar) throws(ScalarMismatch) -> Scalar {
        switch (self, scalar) {
        case (.integer, .integer), (.float, .float), (.string, .string), (.file, .string), (.boolean, .boolean): return scalar
        case (.integer, .boolean(let truth)): return .integer(.signed(truth ? 1 : 0))
        case (.integer, .float(let number)):
            guard let whole = IntegerLiteral(whole: number) else {
                throw ScalarMismatch(
                    code: .wrongType, reason: "\(number.shortText) is not a whole number of 64 bits",
                    hint: "round it before it is linked here")
            }
            return .integer(whole)
        case (.float, .integer(let number)): return .float(number.double)
        case (.float, .boolean(let truth)): return .float(truth ? 1 : 0)
        case (.boolean, .integer(let number)): return .boolean(number != .signed(0))
        case (.boolean, .float(let number)): return .boolean(number != 0)
        case (.choice(let spec), .list(let elements)) where spec.multiple:
            var chosen: [Scalar] = []
            for element in elements { chosen.append(try choice(element, spec)) }
            return .list(chosen)
        case (.choice(let spec), _): return try choice(scalar, spec)
        case (.socket(let type), _): return try taken(scalar, by: type)
        case (.integer, _), (.float, _), (.string, _), (.boolean, _), (.file, _):
            throw ScalarMismatch(
                code: .wrongType, reason: "\(scalar.excerpt) is of type \(scalar.typeName), it takes \(wanted)",
                hint: "link an output of that type, or a node between that converts it")
        }
    }

    /// One of the choices; a number counts as its digits, since choices such as 2, 4, 8 are numbers in ComfyUI.
    private func choice(_ scalar: Scalar, _ spec: InputSpec.ChoiceSpec) throws(ScalarMismatch) -> Scalar {
        let text: String =
            switch scalar {
            case .string(let text): text
            case .integer, .float, .boolean, .list: scalar.excerpt
            }
        if spec.choices.contains(text) { return .string(text) }
        throw spec.mismatch(of: text, written: scalar.excerpt)
    }

    /// A socket that takes scalars by name or takes anything. What it says about nothing else, it says about no range.
    private func taken(_ scalar: Scalar, by type: PortType) throws(ScalarMismatch) -> Scalar {
        func takes(_ name: String) -> Bool { type.accepts(PortType(name)) }
        if takes(scalar.typeName) { return scalar }
        switch scalar {
        case .string where takes("COMBO"): return scalar
        case .boolean(let truth) where takes("INT"): return .integer(.signed(truth ? 1 : 0))
        case .boolean(let truth) where takes("FLOAT"): return .float(truth ? 1 : 0)
        case .integer(let number) where takes("FLOAT"): return .float(number.double)
        case .float(let number) where takes("INT"):
            if let whole = IntegerLiteral(whole: number) { return .integer(whole) }
        default: break
        }
        throw ScalarMismatch(
            code: .wrongType, reason: "\(scalar.excerpt) is of type \(scalar.typeName), it takes \(type)",
            hint: "link an output of that type")
    }

    /// What the input takes, for messages.
    package var wanted: String {
        switch self {
        case .integer: "INT"
        case .float: "FLOAT"
        case .string: "STRING"
        case .boolean: "BOOLEAN"
        case .choice: "one of its choices"
        case .file(let spec): "the name of a file of \(spec.folder)"
        case .socket(let type): type.description
        }
    }

    // MARK: Ranges

    /// Refuses a number outside of the range, and what is no number at all.
    ///
    /// An infinity passes where the range itself is declared to reach so far.
    func checkRange(of scalar: Scalar) throws(ScalarMismatch) {
        switch (self, scalar) {
        case (.integer(let spec), .integer(let number)):
            if let least = spec.min, number < least { throw tooSmall(number.description, least) }
            if let most = spec.max, number > most { throw tooLarge(number.description, most) }
        case (.float(let spec), .float(let number)):
            if number.isNaN || (number.isInfinite && number != spec.min && number != spec.max) {
                throw ScalarMismatch(code: .outOfRange, reason: "\(number) is no number to compute with", hint: rangeText)
            }
            if let least = spec.min, number < least { throw tooSmall(number.shortText, least.shortText) }
            if let most = spec.max, number > most { throw tooLarge(number.shortText, most.shortText) }
        default: break
        }
    }

    private func tooSmall(_ value: String, _ least: some CustomStringConvertible) -> ScalarMismatch {
        ScalarMismatch(code: .outOfRange, reason: "\(value) is below the minimum \(least)", hint: rangeText)
    }

    private func tooLarge(_ value: String, _ most: some CustomStringConvertible) -> ScalarMismatch {
        ScalarMismatch(code: .outOfRange, reason: "\(value) is above the maximum \(most)", hint: rangeText)
    }

    /// `allowed: 1 to 100`, for whoever wrote something else; `nil` without a range.
    var rangeText: String? {
        let (least, most): (String?, String?) =
            switch self {
            case .integer(let spec): (spec.min?.description, spec.max?.description)
            case .float(let spec): (spec.min?.shortText, spec.max?.shortText)
            case .socket, .string, .boolean, .choice, .file: (nil, nil)
            }
        return switch (least, most) {
        case (let least?, let most?): "allowed: \(least) to \(most)"
        case (let least?, nil): "allowed: \(least) and more"
        case (nil, let most?): "allowed: up to \(most)"
        case (nil, nil): nil
        }
    }
}

extension InputSpec.ChoiceSpec {
    /// The message for what isn't among the choices, with the nearest one.
    func mismatch(of name: String, written: String) -> ScalarMismatch {
        ScalarMismatch(
            code: .notInChoices, reason: "\(written) isn't one of its \(choices.count) choices",
            hint: otherNames[ChoiceList.key(name)].map { "did you mean \($0)?" }
                ?? NearestMatch.hint(for: name, among: choices, called: "choices")
                ?? "choices: \(choices.prefix(8).joined(separator: ", "))\(choices.count > 8 ? ", …" : "")")
    }
}
