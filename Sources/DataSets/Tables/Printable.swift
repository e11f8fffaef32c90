extension String {
    /// For a terminal: characters that would steer it instead of being seen (control characters, marks that turn the direction of
    /// what follows) stand as `\u001b`, which JSON reads as what it was.
    ///
    /// - Parameter keepsLines: leaves line breaks and tabs as they are.
    package func printable(keepsLines: Bool = false) -> String {
        func isKept(_ byte: UInt8) -> Bool { keepsLines && (byte == 10 || byte == 9) }
        // What begins with 0xC2 or 0xE2 may be one of them.
        guard utf8.contains(where: { ($0 < 32 && !isKept($0)) || $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else {
            return self
        }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 9 where keepsLines, 10 where keepsLines: text.unicodeScalars.append(scalar)
            case 0..<32, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
