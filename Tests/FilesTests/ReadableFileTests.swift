import Files
import Foundation
import Testing

@Suite("Reading files") struct ReadableFileTests {
    @Test("a file is read whole, up to a limit")
    func whole() throws {
        let scratch = Scratch()
        try scratch.put("a lighthouse", "a")
        try scratch.put("", "empty")
        #expect(try ReadableFile.text(of: scratch.file("a"), limit: 12) == "a lighthouse")
        #expect(try ReadableFile.contents(of: scratch.file("empty"), limit: 0) == [])
        let error = #expect(throws: FileProblem.self) { try ReadableFile.contents(of: scratch.file("a"), limit: 11) }
        #expect(error?.code == .overLimit && error?.reason == "the file has 12 bytes, at most 11 are accepted")
    }

    @Test("what isn't there, can't be opened or is no file says so with its path")
    func refused() {
        let scratch = Scratch()
        func code(_ path: String) -> FileProblem.Code? {
            do throws(FileProblem) { _ = try ReadableFile(path) } catch { return error.path == path ? error.code : nil }
            return nil
        }
        #expect(code(scratch.file("nothing")) == .notFound)
        #expect(code(scratch.file("nothing") + "/below") == .notFound)
        #expect(code(scratch.path) == .notRegular)
        #expect(code("/dev/null") == .notRegular)
        #expect(code("a\0b") == .notFound)
    }

    @Test("a pipe is read until its writer closes it, and never beyond the limit")
    func pipes() async throws {
        let scratch = Scratch()
        let path = scratch.file("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        func feed(_ count: Int) {
            Thread.detachNewThread {
                guard let file = fopen(path, "w") else { return }
                signal(SIGPIPE, SIG_IGN)
                for _ in 0..<count { fputs(String(repeating: "x", count: 1000), file) }
                fclose(file)
            }
        }
        feed(300)
        #expect(try ReadableFile.contents(of: path, limit: 300_000, regularOnly: false).count == 300_000)
        feed(301)
        let error = #expect(throws: FileProblem.self) { try ReadableFile.contents(of: path, limit: 300_000, regularOnly: false) }
        #expect(error?.code == .overLimit)
        // Without a writer: refused at once instead of waited for.
        let refusal = #expect(throws: FileProblem.self) { try ReadableFile.contents(of: path, limit: 10) }
        #expect(refusal?.code == .notRegular)
    }

    @Test("positioned reads give what is there and no more")
    func positions() throws {
        let scratch = Scratch()
        try scratch.put("0123456789", "a")
        let file = try ReadableFile(scratch.file("a"))
        #expect(try file.bytes(at: 3, count: 4) == Array("3456".utf8))
        #expect(try file.bytes(at: 8, count: .max) == Array("89".utf8))
        #expect(try file.bytes(at: 20, count: 4) == [])
        var pieces: [Int] = []
        try file.forEachPiece(of: 4) { pieces.append($0.count) }
        #expect(pieces == [4, 4, 2])
    }

    @Test("a file's identity changes with its content, its name or its attributes")
    func identity() throws {
        let scratch = Scratch()
        try scratch.put("one", "a")
        let first = try #require(FileIdentity(path: scratch.file("a")))
        #expect(first.kind == .regular && first.size == 3 && first == FileIdentity(path: scratch.file("a")))
        try AtomicFile.write("two", to: scratch.file("a"))
        #expect(FileIdentity(path: scratch.file("a")) != first)
        try scratch.link("link", to: "a")
        #expect(FileIdentity(path: scratch.file("link"))?.kind == .regular)
        #expect(FileIdentity(path: scratch.file("link"), followingLinks: false)?.kind == .link)
        #expect(FileIdentity(path: scratch.path)?.kind == .folder)
        #expect(FileIdentity(path: scratch.file("none")) == nil)
    }
}
