internal import Foundation
internal import ThalwegFormats

enum UTF8Check {
    /// The offset of the first byte that is not UTF-8; nil when all is well. ASCII passes eight bytes at a time.
    static func firstBadByte(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var offset = 0
        let count = bytes.count
        while offset < count {
            while offset + 8 <= count,
                bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                offset += 8
            }
            guard offset < count else { return nil }
            guard let length = sequenceLength(bytes, at: offset) else { return offset }
            offset += length
        }
        return nil
    }

    /// The length of the sound sequence at `offset`, or nil (RFC 3629: no overlong forms, no surrogates).
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        let first = bytes[offset]
        func continues(_ index: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            offset + index < bytes.count && range.contains(bytes[offset + index])
        }
        switch first {
        case ..<0x80: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : nil
        case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : nil
        case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : nil
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : nil
        case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : nil
        case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : nil
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : nil
        default: return nil
        }
    }

    /// Refuses other encodings and binary files, naming line, column and byte.
    static func check(_ bytes: UnsafeRawBufferPointer, delimiter: UInt8, file: String) throws(DataError) {
        var bad = firstBadByte(bytes)
        let zero = bytes.baseAddress.flatMap { start in
            memchr(start, 0, bad ?? bytes.count).map { UnsafeRawPointer($0) - start }
        }
        if let zero { bad = zero }
        guard let bad else { return }
        let (line, column, position) = place(of: bad, in: bytes, delimiter: delimiter)
        let hex = String(bytes[bad], radix: 16, uppercase: true)
        throw DataError(
            .encoding, file: file, line: line, column: "column \(column)",
            zero != nil
                ? "a zero byte (byte \(position) of the line): this is no text file"
                : "byte \(position) of the line (0x\(hex)) is not UTF-8; save the file as UTF-8")
    }

    /// Line and column (both from 1) of the byte at `offset`, and its place in the line. Only for messages: the column is
    /// counted from the last line break outside quotes.
    private static func place(
        of offset: Int, in bytes: UnsafeRawBufferPointer, delimiter: UInt8
    ) -> (line: Int, column: Int, position: Int) {
        var line = 1
        var lineStart = 0
        var column = 1
        var isQuoted = false
        for index in 0..<offset {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == 0x0A || (byte == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)) {
                line += 1
                lineStart = index + 1
                if !isQuoted { column = 1 }
            } else if byte == delimiter && !isQuoted {
                column += 1
            }
        }
        return (line, column, offset - lineStart + 1)
    }
}
