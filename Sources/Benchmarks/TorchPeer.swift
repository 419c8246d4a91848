import ArgumentParser
import Foundation

/// PyTorch on the same networks, run by `peers/torch_unet.py`.
struct TorchPeer {
    /// A measurement as the script prints it.
    struct Line: Decodable {
        var peer: String
        var what: String
        var layout: String
        var wall_best: Double
        var cpu_best: Double
        var peak_megabytes: Int
        var isStep: Bool { what.hasPrefix("U-Net") }
    }

    /// A Python interpreter that can import torch.
    var python: String

    func run(size: Int, batch: Int, threads: Int, runs: Int, stepOnly: Bool) throws -> [Line] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "peers/torch_unet.py")
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments =
            [script.path, "--size", "\(size)", "--batch", "\(batch)", "--threads", "\(threads)", "--runs", "\(runs)"]
            + (stepOnly ? ["--only", "unet"] : [])
        process.standardOutput = output
        do { try process.run() } catch { throw ValidationError("\(python) doesn't start: \(error.localizedDescription)") }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(python) \(script.lastPathComponent) failed; it needs a Python with torch")
        }
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    }
}
