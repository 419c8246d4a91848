import ArgumentParser
import Session

/// Where models, input pictures and results lie.
struct FolderOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A folder of models in ComfyUI's layout (checkpoints/, loras/, vae/ …); may be given several times. "
                + "Model files that lie directly in it are found too.",
            discussion: "Without it: DARKROOM_MODELS (folders separated by colons), ./models, and models/ beside the workflow.",
            valueName: "dir"))
    var models: [String] = []

    @Option(name: .long, help: ArgumentHelp("Where pictures to load lie (./input, or input/ beside the workflow).", valueName: "dir"))
    var inputDir: String?

    @Option(name: .long, help: ArgumentHelp("Where results are written (./output).", valueName: "dir"))
    var outputDir: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file in the form of ComfyUI's extra_model_paths.yaml that names more folders of models; may be given several times "
                + "(./extra_model_paths.yaml, if there is one).", valueName: "file"))
    var extraModelPaths: [String] = []

    /// What was said of folders.
    var rules: FolderRules {
        var rules = FolderRules()
        (rules.models, rules.input, rules.output, rules.extraModelPaths) = (models, inputDir, outputDir, extraModelPaths)
        return rules
    }

    /// A session that sees these folders, for commands that compute nothing.
    var session: Session {
        Session(SessionConfiguration(program: Version.number, environment: .ofThisProcess, folders: rules))
    }
}
