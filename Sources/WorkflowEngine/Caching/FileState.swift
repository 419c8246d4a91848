internal import Glibc

extension WrittenFile {
    /// The file as it is now; `nil` when it isn't there.
    init?(now file: OutputFile) {
        var information = stat()
        guard stat(file.path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(
            file: file, size: Int64(information.st_size),
            modified: Int64(information.st_mtim.tv_sec) * 1_000_000_000 + Int64(information.st_mtim.tv_nsec))
    }

    /// Whether the file is still the one that was written.
    var isIntact: Bool { WrittenFile(now: file) == self }
}
