public import Problems

/// Every kind of problem a workflow can have. The one registry: `docs/diagnostics.md` is checked against it.
public enum DiagnosticCode: String, ProblemCode {
    // Reading
    case unreadableFile = "unreadable-file"
    case fileTooLarge = "file-too-large"
    case notUTF8 = "not-utf8"
    case syntax
    case tabIndentation = "tab-indentation"
    case unknownAnchor = "unknown-anchor"
    case tooManyAliases = "too-many-aliases"
    case unsupportedTag = "unsupported-tag"
    case tooDeep = "too-deep"
    case tooManyValues = "too-many-values"
    case duplicateKey = "duplicate-key"
    case wrongShape = "wrong-shape"
    case unknownKey = "unknown-key"
    case unknownForm = "unknown-form"
    case unsupportedForm = "unsupported-form"
    case recursiveSubgraph = "recursive-subgraph"
    case lostInConversion = "lost-in-conversion"
    case wrappedWorkflow = "wrapped-workflow"
    case unreadablePart = "unreadable-part"
    case builtFromSettings = "built-from-settings"
    case settingLeftOut = "setting-left-out"
    case settingAssumed = "setting-assumed"
    case ambiguousBroadcast = "ambiguous-broadcast"
    case looseLink = "loose-link"
    case leftOver = "left-over"
    case unsupportedLoop = "unsupported-loop"
    // Parameters and overrides
    case unknownParameter = "unknown-parameter"
    case unknownOverride = "unknown-override"
    case emptyForeach = "empty-foreach"
    case unevenForeach = "uneven-foreach"
    // Meaning
    case missingType = "missing-type"
    case unknownType = "unknown-type"
    case missingInput = "missing-input"
    case unknownInput = "unknown-input"
    case ignoredInput = "ignored-input"
    case wrongType = "wrong-type"
    case valueConverted = "value-converted"
    case outOfRange = "out-of-range"
    case notInChoices = "not-in-choices"
    case badLink = "bad-link"
    case unknownNode = "unknown-node"
    case unknownOutput = "unknown-output"
    case ambiguousOutput = "ambiguous-output"
    case typeMismatch = "type-mismatch"
    case cycle
    case missingFile = "missing-file"
    case badOutputName = "bad-output-name"
    case noOutputs = "no-outputs"
    case brokenUpstream = "broken-upstream"
    case deprecatedNode = "deprecated-node"
    case notImplemented = "not-implemented"
    case invalidSpec = "invalid-spec"

    public var category: ProblemCategory {
        switch self {
        case .missingFile: .missingFile
        case .unreadableFile, .fileTooLarge, .notUTF8: .unusableFile
        default: .wrongInput
        }
    }

    /// What it means, for the reference.
    public var meaning: String { entry.meaning }

    /// What usually helps.
    public var hint: String { entry.hint }

    /// The error `type` ComfyUI's server gives for the same problem, where it has one.
    public var serverType: String? {
        switch self {
        case .unknownType, .missingType: "invalid_prompt"
        case .missingInput: "required_input_missing"
        case .wrongType: "invalid_input_type"
        case .notInChoices, .missingFile: "value_not_in_list"
        case .badLink: "bad_linked_input"
        case .typeMismatch: "return_type_mismatch"
        case .unknownNode, .unknownOutput: "exception_during_validation"
        case .noOutputs: "prompt_no_outputs"
        default: nil
        }
    }

    private var entry: (meaning: String, hint: String) {
        switch self {
        case .unreadableFile: ("The file can't be opened or read.", "Check the path and the permissions.")
        case .fileTooLarge:
            ("The file is larger than any workflow.", "Check that it is a workflow, not a model or an archive.")
        case .notUTF8: ("The file isn't UTF-8 text.", "Save it again as UTF-8.")
        case .syntax: ("The text breaks the rules of YAML or JSON.", "Look at the marked place and just before it.")
        case .tabIndentation: ("A tab stands where YAML wants spaces.", "Replace tabs by spaces.")
        case .unknownAnchor: ("An alias names an anchor that nothing before it defines.", "Define it first with &name.")
        case .tooManyAliases: ("Aliases multiply the content beyond any use.", "Write the repeated parts out.")
        case .unsupportedTag: ("A YAML tag asks for a type that workflows don't have.", "Remove the tag.")
        case .tooDeep: ("Values are nested deeper than any workflow.", "Flatten the structure.")
        case .tooManyValues: ("The file holds more values than any workflow.", "Check that it is a workflow.")
        case .duplicateKey: ("A name is given twice in one place.", "Remove or rename one of them.")
        case .wrongShape: ("A value has the wrong structure (a list where a map belongs).", "See the workflow format.")
        case .unknownKey: ("A key that the workflow format doesn't have.", "Check the spelling.")
        case .unknownForm: ("The text is no workflow in any known form.", "A workflow has nodes with a type each.")
        case .unsupportedForm: ("The form is known but can't be read yet.", "Save the workflow in another form.")
        case .recursiveSubgraph: ("A subgraph contains itself, or subgraphs multiply beyond any use.", "Take the inner instance out.")
        case .lostInConversion: ("The other form can't say this; it was left out.", "Look whether the result still means the same.")
        case .builtFromSettings:
            ("The picture carries no workflow; one was built from its text of settings.", "Look at it with darkroom convert.")
        case .settingLeftOut:
            (
                "A setting of the picture's text that the workflow built from it doesn't do.",
                "Add it to the workflow that darkroom convert writes."
            )
        case .settingAssumed:
            ("A value that the picture's text doesn't give, or not so that it can be used.", "Set it: --set node.input=value.")
        case .wrappedWorkflow: ("The workflow lies inside other data.", "Save the workflow alone.")
        case .unreadablePart:
            ("One of the texts that a picture carries is damaged; another one is used.", "Look whether the result still means the same.")
        case .ambiguousBroadcast:
            ("It isn't plain which broadcast of cg-use-everywhere an input gets.", "Link the input, or narrow a node's patterns.")
        case .looseLink:
            ("A link or named wire of a saved workflow leads to nothing.", "Join the input again, or remove the link.")
        case .leftOver:
            ("A saved workflow holds something that nothing takes: a value, a node, a link.", "Save the workflow again in ComfyUI.")
        case .unsupportedLoop:
            ("A loop that can't be written out before the run.", "Write its number of rounds as a number.")
        case .unknownParameter: ("A ${name} that the workflow doesn't declare.", "Declare it under parameters.")
        case .unknownOverride:
            ("--set names neither a parameter nor an input.", "Use a parameter's name, or node.input.")
        case .emptyForeach: ("A foreach has nothing to walk.", "Write a list, a range 1..8, a pattern *.png, a folder or @file.")
        case .unevenForeach: ("Inputs of one foreach have different numbers of elements.", "Give each of them as many as the others.")
        case .missingType: ("A node doesn't say what it is.", "Give it a type.")
        case .unknownType: ("There is no node type of this name.", "Run `darkroom nodes` to list what there is.")
        case .missingInput: ("An input that the node needs isn't given.", "Link or write it.")
        case .unknownInput: ("The node has no input of this name.", "Run `darkroom nodes TYPE` to list its inputs.")
        case .ignoredInput: ("The node has no input of this name; ComfyUI ignores it, so it is ignored.", "Remove it.")
        case .wrongType: ("A literal can't be converted to the input's type.", "Write a value of that type.")
        case .valueConverted:
            ("A literal is read as another value than it says, as ComfyUI reads it.", "Write the value that is meant.")
        case .outOfRange: ("A number is below the least or above the largest allowed.", "Use a value in the range.")
        case .notInChoices: ("A choice that the input doesn't offer.", "Use one of the listed choices.")
        case .badLink: ("A link isn't written as one, or a literal stands where only a link can.", "Link an output.")
        case .unknownNode: ("A link names a node that isn't there.", "Check the node's name.")
        case .unknownOutput: ("A link names an output that the node doesn't have.", "Use one of its outputs.")
        case .ambiguousOutput: ("A link doesn't say which of several outputs is meant.", "Write node.OUTPUT.")
        case .typeMismatch: ("The linked output has another type than the input takes.", "Link a matching output.")
        case .cycle: ("Nodes depend on one another in a circle.", "Break the circle at one of the listed links.")
        case .missingFile: ("A model or input file isn't in the folders that were searched.", "Put it there, or name another.")
        case .badOutputName: ("Results can't be saved under this name.", "Use a name relative to the output folder.")
        case .noOutputs: ("Nothing in the workflow gives a result.", "Add a node such as SaveImage.")
        case .brokenUpstream: ("This output can't run because a node before it is wrong.", "Repair the named node.")
        case .deprecatedNode: ("The node type is kept for old files only.", "Use its successor.")
        case .notImplemented: ("The node type is known, but nothing here can run it.", "Remove it, or skip its outputs.")
        case .invalidSpec: ("A node specification is wrong: an error of the program.", "Report it.")
        }
    }
}
