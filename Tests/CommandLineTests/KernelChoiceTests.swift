import Tensors
import Testing

@Suite("The choice of kernels, from outside")
struct KernelChoiceTests {
    let program: Program
    init() throws { program = try Program() }

    @Test("DARKROOM_KERNELS forces a variant, and version names the one that is really used")
    func forced() throws {
        for variant in KernelVariant.supported {
            let outcome = try program.run("version", environment: ["DARKROOM_KERNELS": variant])
            #expect(outcome.status == 0)
            #expect(outcome.lines.last?.hasPrefix("kernels \(variant), ") == true, "\(outcome.output)")
        }
    }

    @Test("an unknown variant is a wrong call, and the message lists those there are")
    func unknown() throws {
        let outcome = try program.run("version", environment: ["DARKROOM_KERNELS": "abacus"])
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("DARKROOM_KERNELS=abacus is unknown; this build has"), "\(outcome.error)")
        #expect(outcome.error.contains("scalar"))
        #expect(try program.run("run", "none.yaml", environment: ["DARKROOM_KERNELS": "abacus"]).status == 2)
    }
}
