import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the program's version and the kernels in use.")

    func run() {
        print("darkroom \(Version.number)")
    }
}
