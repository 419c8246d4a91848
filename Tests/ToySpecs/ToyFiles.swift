internal import Workflows

/// Folders with names of files in them.
package struct ToyFiles: FileCatalog {
    package var folders: [String: [String]]

    package init(folders: [String: [String]]) { self.folders = folders }

    package func contains(_ name: String, in folder: String) -> Bool { folders[folder]?.contains(name) == true }
    package func names(in folder: String) -> [String] { folders[folder] ?? [] }
    package func places(of folder: String) -> [String] { ["/toys/\(folder)"] }
}
