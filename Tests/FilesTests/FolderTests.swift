import Files
import Testing

@Suite("Folders") struct FolderTests {
    @Test("a walk visits everything once, in order, and ends where links lead back")
    func walk() throws {
        let scratch = Scratch()
        try Folder.make(scratch.file("b/c"))
        try scratch.put("", "a")
        try scratch.put("", "b/c/d")
        try scratch.link("b/up", to: "..")
        try scratch.link("b/c/self", to: ".")
        try scratch.link("z", to: "b/c")
        func names(following: Bool) -> [String] {
            var names: [String] = []
            Folder.walk(scratch.path, followingLinks: following) { name, kind in
                names.append("\(name) \(kind)")
                return true
            }
            return names
        }
        #expect(
            names(following: false) == ["a regular", "b folder", "b/c folder", "b/c/d regular", "b/c/self link", "b/up link", "z link"])
        #expect(
            names(following: true) == [
                "a regular", "b folder", "b/c folder", "b/c/d regular", "b/c/self folder", "b/up folder", "z folder", "z/d regular",
                "z/self folder",
            ])
    }

    @Test("names can't lead out of a folder", arguments: ["", ".", "/", "/etc/passwd", "..", "a/../../b", "a\0b", "out/x", "away"])
    func refused(name: String) throws {
        let scratch = Scratch()
        try Folder.make(scratch.file("in"))
        try scratch.link("in/out", to: "..")
        try scratch.link("in/away", to: "nowhere")
        #expect(throws: ConfinedPath.Refusal.self) { try ConfinedPath.resolve(name, in: scratch.file("in")) }
        #expect(throws: ConfinedPath.Refusal.self) { try ConfinedPath.realPath(of: name, in: scratch.file("in")) }
    }

    @Test("names inside are resolved, whether something is there or not; links inside are fine")
    func inside() throws {
        let scratch = Scratch()
        try Folder.make(scratch.file("in/deep"))
        try scratch.link("in/also", to: "deep")
        try scratch.put("", "in/deep/a")
        #expect(try ConfinedPath.resolve("./also//new", in: scratch.file("in")) == scratch.file("in/also/new"))
        #expect(try ConfinedPath.resolve("x", in: scratch.file("not there")) == scratch.file("not there/x"))
        #expect(try ConfinedPath.realPath(of: "also/a", in: scratch.file("in")) == Folder.realPath(scratch.file("in/deep/a")))
        #expect(throws: ConfinedPath.Refusal.missing) { try ConfinedPath.realPath(of: "also/b", in: scratch.file("in")) }
    }
}
