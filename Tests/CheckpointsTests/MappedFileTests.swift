import Checkpoints
import Foundation
import Glibc
import Testing

@Suite("Mapped files") struct MappedFileTests {
    @Test("a file that is cut short while it is mapped ends the process with its name and a remedy")
    func cutShort() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 7, count: 100_000), to: "model.bin")
        let outcome = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) { [path = path as String] in
            let file = try MappedFile(path: path)
            guard file.bytes[99_999] == 7 else { return }
            truncate(path, 100)
            exit(Int32(file.bytes[99_999]))
        }
        let message = String(decoding: outcome?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("error: \(path) was cut short"))
        #expect(message.contains("hint: put the whole file back"))
    }

    @Test("a bus error elsewhere is nobody's file")
    func elsewhere() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 7, count: 100_000), to: "model.bin")
        await #expect(processExitsWith: .signal(SIGBUS)) { [path = path as String] in
            let file = try MappedFile(path: path)
            _ = file.bytes[0]
            kill(getpid(), SIGBUS)
            while true { usleep(1000) }
        }
    }
}
