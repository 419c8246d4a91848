import Foundation
import Testing

@testable import Files

@Suite("Writing files") struct AtomicFileTests {
    @Test("a file has its name only when it is whole")
    func whole() throws {
        let scratch = Scratch()
        try AtomicFile.write("old", to: scratch.file("a"))
        do {
            let file = try AtomicFile(path: scratch.file("a"))
            try file.write(String(repeating: "new", count: 100_000))
            #expect(scratch.text("a") == "old")
            try file.commit()
        }
        #expect(scratch.text("a")?.count == 300_000)
        do {
            let dropped = try AtomicFile(path: scratch.file("b"))
            try dropped.write("never")
        }
        #expect(scratch.names == ["a"])
    }

    @Test("a name that is taken is left alone unless it is to be replaced")
    func taken() throws {
        let scratch = Scratch()
        try scratch.put("first", "a")
        let file = try AtomicFile(path: scratch.file("a"))
        try file.write("second")
        #expect(try !file.commit(replacing: false))
        #expect(scratch.text("a") == "first")
        #expect(try file.commit())
        #expect(scratch.text("a") == "second")
    }

    @Test("a device or a pipe is written to, and stays what it is")
    func device() throws {
        let scratch = Scratch()
        // A pipe of our own: were it replaced, no device of the machine would be lost.
        let pipe = scratch.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = Thread { _ = try? FileHandle(forReadingAtPath: pipe)?.readToEnd() }
        reader.start()
        try AtomicFile.write("through", to: pipe)
        #expect(FileIdentity(path: pipe)?.kind == .other)
        #expect(scratch.names == ["pipe"])
    }

    @Test("a link stays, and what it leads to is written")
    func link() throws {
        let scratch = Scratch()
        try scratch.put("old", "a")
        #expect(symlink("a", scratch.file("b")) == 0)
        try AtomicFile.write("new", to: scratch.file("b"))
        #expect(scratch.text("a") == "new")
        #expect(FileIdentity(path: scratch.file("b"), followingLinks: false)?.kind == .link)
    }

    @Test("with a folder for temporary files, folders are made as they are needed")
    func folders() throws {
        let scratch = Scratch()
        let file = try AtomicFile(path: scratch.file("x/y/a"), temporaryFolder: scratch.file("temporary"))
        try file.write("deep")
        try file.commit()
        #expect(scratch.names == ["temporary", "x", "x/y", "x/y/a"])
    }

    @Test("a folder that isn't there, or is none, is an error with the path and the reason")
    func refused() throws {
        let scratch = Scratch()
        try scratch.put("", "file")
        let missing = #expect(throws: FileProblem.self) { try AtomicFile(path: scratch.file("no/a")) }
        #expect(missing?.code == .unwritable && missing?.path == scratch.file("no/a"))
        #expect(missing?.reason == "can't be written: No such file or directory")
        let file = #expect(throws: FileProblem.self) { try Folder.make(scratch.file("file/below")) }
        #expect(file?.code == .unwritable && file?.isPermanent == true)
    }

    @Test("whichever change fails, the name has all of the old file or all of the new one, and nothing else is left")
    func everyFault() throws {
        let new = String(repeating: "n", count: 200_000)
        for count in 0... {
            let scratch = Scratch()
            try scratch.put("old", "a")
            WriteFaults.begin(after: count, below: scratch.path)
            var problem: FileProblem?
            do throws(FileProblem) {
                let file = try AtomicFile(path: scratch.file("a"))
                for start in stride(from: 0, to: 200_000, by: 50_000) { try file.write(String(new.dropFirst(start).prefix(50_000))) }
                try file.commit()
            } catch { problem = error }
            guard WriteFaults.end(below: scratch.path) else {
                #expect(problem == nil && scratch.text("a") == new && count >= 5, "\(count)")
                break
            }
            #expect(problem?.code == .noSpace && problem?.hint == "the disk is full", "\(count)")
            #expect(scratch.text("a") == "old" && scratch.names == ["a"], "\(count)")
        }
    }

    @Test("what was added to a shared file by a write that failed is taken away again")
    func appending() throws {
        let scratch = Scratch()
        let file = try LockedFile(scratch.file("shelf"))
        try file.append(Array("whole".utf8))
        WriteFaults.begin(after: 0, below: scratch.path)
        #expect(throws: FileProblem.self) { try file.append(Array("partly".utf8)) }
        WriteFaults.end(below: scratch.path)
        #expect(scratch.text("shelf") == "whole")
        if LockedFile(ifFree: scratch.file("shelf")) != nil { Issue.record("the lock was given away twice") }
    }
}
