import Foundation

/// `embed-files TYPE OUTPUT FILE…`: writes a Swift file in which the enum `TYPE` holds the text of every FILE.
///
/// Run by the build plugin of the same name. A raw string literal compiles in no time where an array of bytes takes minutes.
@main
enum EmbedFilesTool {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { throw UsageError() }
        var source = """
            /// Files that travel inside the program, written by the EmbedFiles build plugin.
            enum \(arguments[1]) {
                /// Name without its extension, and the file's text.
                static let files: [(name: StaticString, text: StaticString)] = [

            """
        for path in arguments.dropFirst(3) {
            let url = URL(fileURLWithPath: path)
            let text = try String(contentsOf: url, encoding: .utf8)
            let name = url.deletingPathExtension().lastPathComponent
            source += "        (\"\(name)\", #####\"\"\"\n\(text)\n\"\"\"#####),\n"
        }
        source += "    ]\n}\n"
        // What is there already stays as it is: a newer date alone would compile the module that it belongs to again, and every
        // module above, whenever the build system runs this program once more.
        if (try? String(contentsOfFile: arguments[2], encoding: .utf8)) == source { return }
        try source.write(toFile: arguments[2], atomically: true, encoding: .utf8)
    }

    struct UsageError: Error {}
}
