import Foundation
import Pictures
import Tensors

/// A picture as text that a terminal draws.
struct TerminalPicture {
    /// Ways to draw in a terminal.
    enum Form: String, CaseIterable {
        /// https://sw.kovidgoyal.net/kitty/graphics-protocol
        case kitty
        /// https://iterm2.com/documentation-images.html
        case iterm2
        /// DEC's bitmaps, as xterm and many others draw them.
        case sixel
        /// Two pixels in each cell, by the characters that fill its upper half.
        case blocks

        /// What the terminal says about itself; blocks work everywhere.
        static var ofThisTerminal: Form {
            let environment = ProcessInfo.processInfo.environment
            let program = environment["TERM_PROGRAM"] ?? "", terminal = environment["TERM"] ?? ""
            if environment["KITTY_WINDOW_ID"] != nil || terminal.contains("kitty") || program == "ghostty" { return .kitty }
            if program == "iTerm.app" || program == "WezTerm" { return .iterm2 }
            if terminal.hasPrefix("foot") || terminal.contains("mlterm") { return .sixel }
            return .blocks
        }
    }

    let image: Image
    let form: Form
    /// Lines of the terminal that it takes.
    let rows: Int

    /// - Parameters:
    ///   - image: the first picture of it is drawn.
    ///   - columns: of the terminal.
    init(_ image: Image, form: Form, columns: Int) throws {
        self.form = form
        // A cell is about twice as high as wide. Small latents keep two pixels a row at most.
        let highest = form == .blocks ? min(20, max(image.height / 2, 4)) : 16
        let room = Double(max(columns - 1, 8))
        let ratio = Double(image.width) / Double(max(image.height, 1))
        rows = max(1, min(highest, Int(room / ratio / 2)))
        switch form {
        case .blocks: self.image = try image.resized(width: max(1, Int(Double(rows * 2) * ratio)), height: rows * 2, by: .area)
        case .sixel: self.image = try image.resized(width: max(1, Int(Double(rows * 18) * ratio)), height: rows * 18, by: .bilinear)
        case .kitty, .iterm2: self.image = image
        }
    }

    /// Draws below the cursor and leaves it at the start of the line after the picture.
    var text: String {
        if form == .blocks { return blocks }
        // Make room first, so that a scrolling screen doesn't move the place that is drawn to.
        let room = String(repeating: "\n", count: rows)
        return "\(room)\u{1B}[\(rows)A\u{1B}7\(graphics)\u{1B}8\u{1B}[\(rows)B\r"
    }

    private var graphics: String {
        switch form {
        case .kitty: kitty
        case .iterm2:
            "\u{1B}]1337;File=inline=1;height=\(rows);preserveAspectRatio=1:\(Data(png).base64EncodedString())\u{7}"
        case .sixel: sixel
        case .blocks: ""
        }
    }

    private var png: [UInt8] { (try? PNGWriter.encode(image, level: PNGWriter.previewLevel)) ?? [] }

    /// Base64 in pieces of at most 4096 characters.
    private var kitty: String {
        let data = Array(Data(png).base64EncodedString().utf8)
        var text = ""
        for start in stride(from: 0, to: data.count, by: 4096) {
            let end = min(start + 4096, data.count)
            let control = start == 0 ? "a=T,f=100,r=\(rows),C=1,q=2," : ""
            text += "\u{1B}_G\(control)m=\(end < data.count ? 1 : 0);\(String(decoding: data[start..<end], as: UTF8.self))\u{1B}\\"
        }
        return text
    }

    private var blocks: String {
        let bytes = image.pixels.item(0).quantizedToBytes()
        let (width, channels) = (image.width, image.channels)
        func color(_ row: Int, _ column: Int) -> String {
            let start = (row * width + column) * channels
            return "\(bytes[start]);\(bytes[start + min(1, channels - 1)]);\(bytes[start + min(2, channels - 1)])"
        }
        var text = ""
        for row in 0..<rows {
            for column in 0..<width {
                text += "\u{1B}[38;2;\(color(2 * row, column));48;2;\(color(2 * row + 1, column))m▀"
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }

    /// Bands of six rows, each colour of a 6×6×6 cube in a pass of its own.
    private var sixel: String {
        let bytes = image.pixels.item(0).quantizedToBytes()
        let (width, height, channels) = (image.width, image.height, image.channels)
        func entry(_ row: Int, _ column: Int) -> Int {
            let start = (row * width + column) * channels
            return (0..<3).reduce(0) { $0 * 6 + (Int(bytes[start + min($1, channels - 1)]) * 5 + 127) / 255 }
        }
        var text = "\u{1B}Pq\"1;1;\(width);\(height)"
        for color in 0..<216 { text += "#\(color);2;\(color / 36 * 20);\(color / 6 % 6 * 20);\(color % 6 * 20)" }
        for top in stride(from: 0, to: height, by: 6) {
            var patterns: [Int: [UInt8]] = [:]
            for row in top..<min(top + 6, height) {
                for column in 0..<width {
                    patterns[entry(row, column), default: [UInt8](repeating: 63, count: width)][column] += 1 << UInt8(row - top)
                }
            }
            for (color, pattern) in patterns.sorted(by: { $0.key < $1.key }) {
                text += "#\(color)\(String(decoding: pattern, as: UTF8.self))$"
            }
            text += "-"
        }
        return text + "\u{1B}\\"
    }
}
