internal import Files
internal import Foundation
internal import WorkflowEngine

/// Which files a saver has begun to write, noted before each appears: a run that is killed before its result is noted finds them again.
///
/// Without it such a run would write its pictures a second time, under the next numbers.
struct PictureTape {
    private let point: ResumePoint?
    /// Names of files below the folder, by the picture's place in its batch.
    private var names: [Int: String] = [:]
    private let earlier: [Int: String]

    /// - Parameter point: `nil` when nothing is kept.
    init(_ point: ResumePoint?) {
        self.point = point
        var earlier: [Int: String] = [:]
        for (key, name) in point?.stored()?.fields ?? [:] {
            if key.hasPrefix(Self.prefix), let index = Int(key.dropFirst(Self.prefix.count)) { earlier[index] = name }
        }
        self.earlier = earlier
        names = earlier
    }

    private static let prefix = "picture "

    /// The path of the file that a killed run wrote for a picture, if it holds just these bytes.
    func written(_ index: Int, _ bytes: [UInt8], in folder: OutputFolder) -> String? {
        // A state may come from anywhere; the name stays below the folder like any other.
        guard let name = earlier[index], let path = try? folder.folder.resolve(name),
            FileIdentity(path: path)?.size == bytes.count,
            (try? ReadableFile.contents(of: path, limit: bytes.count)) == bytes
        else { return nil }
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// Notes that files are about to be written, before the first of them is. A later name of a picture replaces its earlier one.
    mutating func note(_ files: [(index: Int, name: String)]) {
        guard let point else { return }
        for file in files { names[file.index] = file.name }
        point.note(
            StoredValue(fields: Dictionary(uniqueKeysWithValues: names.map { ("\(Self.prefix)\($0.key)", $0.value) })))
    }
}
