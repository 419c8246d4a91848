import Foundation
import Tensors

/// Cases of a group computed by ComfyUI 0.3.64 with PyTorch 2.15 on a CPU, from the golden tests' folder.
struct GoldenData {
    let cases: [[String: Any]]
    private let header: [String: Any]
    private let bytes: Data

    init(_ group: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../GoldenTests/Cases/cases").standardized
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: group + ".json")))
        cases = (json as? [String: Any])?["cases"] as? [[String: Any]] ?? []
        let file = try Data(contentsOf: folder.appending(path: group + ".safetensors"))
        let length = Int(file.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) })
        header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any] ?? [:]
        bytes = file[(8 + length)...]
    }

    func tensor(_ key: String) -> Tensor {
        guard let entry = header[key] as? [String: Any], let shape = entry["shape"] as? [Int],
            let range = entry["data_offsets"] as? [Int]
        else { return Tensor([]) }
        let part = bytes[bytes.startIndex + range[0]..<bytes.startIndex + range[1]]
        return Tensor(bytes: Array(part), shape: shape, dtype: entry["dtype"] as? String == "I64" ? .int64 : .float32)
    }

    /// The case's tensor of a name.
    func tensor(_ test: [String: Any], _ name: String) -> Tensor {
        tensor((test["tensors"] as? [String: String])?[name] ?? "")
    }
}

/// Largest difference beyond a relative tolerance; infinity when shapes differ. NaN equals NaN.
func excess(_ found: [Float], _ wanted: [Float], relative: Float = 0) -> Float {
    guard found.count == wanted.count else { return .infinity }
    return zip(found, wanted).reduce(0) { worst, pair in
        if pair.0.isNaN && pair.1.isNaN { return worst }
        let difference = abs(pair.0 - pair.1) - relative * abs(pair.1)
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}
