internal import Checkpoints

/// What the layers of an ESRGAN network are called; three spellings are in use.
struct ESRGANNames: Sendable {
    let first: String
    /// Dense block `number` of residual block `block`, from 1.
    let dense: @Sendable (_ block: Int, _ number: Int) -> String
    /// Convolution `number` of a dense block, from 1, after the block's name.
    let convolution: @Sendable (_ number: Int) -> String
    let trunk: String
    /// The convolutions after each doubling.
    let upsampling: [String]
    let highResolution: String
    let last: String
    let blocks: Int

    /// `nil` when the file is no ESRGAN network.
    init?(_ names: [String: TensorInfo]) {
        func has(_ name: String) -> Bool { names[name + ".weight"] != nil }
        func count(_ name: (Int) -> String) -> Int { (0...).prefix { has(name($0)) }.count }
        if has("model.0"), has("model.1.sub.0.RDB1.conv1.0") {
            // Numbers of a row of modules, those without weights counted: 3 for each doubling, then two convolutions.
            let highest =
                names.keys.compactMap { name -> Int? in
                    let parts = name.split(separator: ".")
                    return parts.count == 3 && parts[0] == "model" ? Int(parts[1]) : nil
                }.max() ?? 0
            let doublings = (highest - 4) / 3
            guard highest >= 4, (highest - 4) % 3 == 0 else { return nil }
            blocks = count { "model.1.sub.\($0).RDB1.conv1.0" }
            first = "model.0"
            dense = { "model.1.sub.\($0).RDB\($1)." }
            convolution = { "conv\($0).0" }
            trunk = "model.1.sub.\(blocks)"
            upsampling = (0..<doublings).map { "model.\(3 * $0 + 3)" }
            highResolution = "model.\(3 * doublings + 2)"
            last = "model.\(3 * doublings + 4)"
        } else if has("conv_first"), has("RRDB_trunk.0.RDB1.conv1") {
            blocks = count { "RRDB_trunk.\($0).RDB1.conv1" }
            first = "conv_first"
            dense = { "RRDB_trunk.\($0).RDB\($1)." }
            convolution = { "conv\($0)" }
            trunk = "trunk_conv"
            upsampling = (1..<10).map { "upconv\($0)" }.filter(has)
            highResolution = "HRconv"
            last = "conv_last"
        } else if has("conv_first"), has("body.0.rdb1.conv1") {
            blocks = count { "body.\($0).rdb1.conv1" }
            first = "conv_first"
            dense = { "body.\($0).rdb\($1)." }
            convolution = { "conv\($0)" }
            trunk = "conv_body"
            upsampling = (1..<10).map { "conv_up\($0)" }.filter(has)
            highResolution = "conv_hr"
            last = "conv_last"
        } else {
            return nil
        }
    }
}
