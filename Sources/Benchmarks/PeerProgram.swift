import ArgumentParser
import Foundation

/// Another runtime on the same networks, run by a script in `peers`.
struct PeerProgram {
    /// A measurement as the scripts print it.
    struct Line: Decodable {
        var peer: String
        var what: String
        var layout: String
        var wall_best: Double
        var cpu_best: Double
        var peak_megabytes: Int
        var isStep: Bool { what.hasPrefix("U-Net") }
    }

    /// The runtimes that there is a script for, named like the Python module that each needs.
    enum Runtime: String, CaseIterable { case torch, openvino }

    /// A Python interpreter that can import torch, and the runtime's own module if that is another one.
    var python: String
    var runtime: Runtime

    /// The runtimes that `python` has.
    static func found(by python: String) throws -> [PeerProgram] {
        let programs = try Runtime.allCases.map { PeerProgram(python: python, runtime: $0) }.filter { try $0.isInstalled }
        guard !programs.isEmpty else { throw ValidationError("\(python) has none of the modules that --peer can time: torch, openvino") }
        return programs
    }

    func run(size: Int, batch: Int, threads: Int, runs: Int, stepOnly: Bool) throws -> [Line] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "peers/\(runtime)_unet.py")
        let (status, data) = try start(
            [script.path, "--size", "\(size)", "--batch", "\(batch)", "--threads", "\(threads)", "--runs", "\(runs)"]
                + (stepOnly ? ["--only", "unet"] : []))
        guard status == 0 else { throw ValidationError("\(python) \(script.lastPathComponent) failed") }
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    }

    private var isInstalled: Bool {
        get throws {
            try start(["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('\(runtime)') is None)"]).status == 0
        }
    }

    private func start(_ arguments: [String]) throws -> (status: Int32, output: Data) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        process.standardOutput = output
        do { try process.run() } catch { throw ValidationError("\(python) doesn't start: \(error.localizedDescription)") }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, data)
    }
}
