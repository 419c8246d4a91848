import Foundation
import Problems
import Testing

private struct Toy: Problem {
    enum Code: String, ProblemCode {
        case broken = "toy-broken"
        case gone = "toy-gone"
        var category: ProblemCategory { self == .broken ? .failed : .missingFile }
        var meaning: String { "A toy." }
        var hint: String { "Play." }
    }

    var code: Code
    var reason: String
    var hint: String?
    var location = ProblemLocation()
    var cause: (any Error)?
}

private struct Plain: Error, CustomStringConvertible { var description: String }

@Suite("Problems") struct ProblemTests {
    @Test("one line says place, sentence, cause and remedy")
    func line() {
        var toy = Toy(code: .broken, reason: "the wheel is off")
        #expect("\(toy)" == "the wheel is off")
        toy.hint = "put it on"
        toy.location = ProblemLocation(file: "car.toy", offset: 812, tensor: "wheel")
        #expect("\(toy)" == "car.toy, tensor wheel, byte 812: the wheel is off (put it on)")
        toy.cause = Plain(description: "a bump")
        #expect("\(toy)" == "car.toy, tensor wheel, byte 812: the wheel is off, because a bump (put it on)")
    }

    @Test("places read as people write them")
    func places() {
        #expect("\(ProblemLocation(file: "a.yaml", line: 12, column: 5))" == "a.yaml:12:5")
        #expect("\(ProblemLocation(line: 12, column: 5))" == "12:5")
        #expect("\(ProblemLocation(node: "n", nodeType: "T", input: "i", element: 2))" == "node \"n\" (T), element 2")
        #expect("\(ProblemLocation(tensor: "t", subject: "UNet"))" == "UNet, tensor t")
        #expect("\(ProblemLocation())" == "")
    }

    @Test("a terminal gets a line for each cause, and the nearest remedy")
    func report() {
        let inner = Toy(code: .gone, reason: "no such file", hint: "copy it", location: ProblemLocation(file: "wheel"))
        let outer = Toy(code: .broken, reason: "can't roll", cause: inner)
        #expect(outer.report == "can't roll\n    because wheel: no such file\n    hint: copy it")
    }

    @Test("data leaves out what isn't known and lists causes from the outermost on")
    func record() throws {
        let inner = Toy(code: .gone, reason: "no such file", cause: Plain(description: "ENOENT"))
        let outer = Toy(code: .broken, reason: "can't roll", location: ProblemLocation(line: 3), cause: inner)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(ProblemRecord(outer)), as: UTF8.self) == """
                {"category":"failed","causes":[{"category":"missing-file","code":"toy-gone","message":"no such file"},\
                {"category":"failed","code":"unknown","message":"ENOENT"}],"code":"toy-broken","line":3,"message":"can't roll"}
                """)
    }

    @Test("the exit code of several problems is that of the worst; only missing files give 3")
    func exitCodes() {
        #expect(ProblemCategory.exitCode(of: []) == 0)
        #expect(ProblemCategory.exitCode(of: [.missingFile, .missingFile]) == 3)
        #expect(ProblemCategory.exitCode(of: [.missingFile, .wrongInput]) == 2)
        #expect(ProblemCategory.exitCode(of: [.missingFile, .wrongInput, .failed]) == 1)
        #expect(ProblemCategory.exitCode(of: [.failed, .interrupted]) == 130)
        #expect(ProblemCategory.unusableFile.exitCode == 2)
    }
}
