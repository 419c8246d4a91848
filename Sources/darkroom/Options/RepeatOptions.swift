import ArgumentParser
import Foundation
import Workflows

/// How often a workflow runs, and what moves between the runs.
struct RepeatOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Runs the workflow so many times. After each run values move on as its file says (control after generate); where it says nothing, "
                + "seeds count up.", valueName: "n"))
    var `repeat`: Int?

    @Option(
        help: ArgumentHelp(
            "What all seeds do after each run, whatever the file says: increment, decrement, randomize or fixed.", valueName: "how"))
    var repeatMode: RepeatMode?

    func validate() throws {
        if let count = self.repeat, !(1...100_000).contains(count) { throw ValidationError("--repeat takes 1 to 100000, not \(count)") }
        if repeatMode != nil, self.repeat == nil { throw ValidationError("--repeat-mode says how --repeat goes on: give both") }
    }
}

/// What seeds may do between runs.
enum RepeatMode: String, ExpressibleByArgument, CaseIterable {
    case increment, decrement, randomize, fixed

    var mode: AfterGenerate.Mode {
        switch self {
        case .increment: .increment
        case .decrement: .decrement
        case .randomize: .randomize
        case .fixed: .fixed
        }
    }
}
