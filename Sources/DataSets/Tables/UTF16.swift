internal import ThalwegFormats

enum UTF16Mark {
    /// Whether the bytes begin with the byte order mark of UTF-16.
    static func isAt(startOf bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }
}

extension FileBytes {
    /// The text in UTF-8 when its byte order mark says that it is UTF-16; the file itself otherwise.
    ///
    /// - Throws: `DataError` (kind `encoding`) naming the line of a half character.
    func asUTF8() throws -> FileBytes {
        guard UTF16Mark.isAt(startOf: bytes) else { return self }
        let isBig = bytes[0] == 0xFE
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 2 + bytes.count / 16)
        var line = 1
        var offset = 2
        func unit(_ offset: Int) -> UInt16? {
            guard offset + 2 <= bytes.count else { return nil }
            let raw = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            return isBig ? UInt16(bigEndian: raw) : UInt16(littleEndian: raw)
        }
        while let first = unit(offset) {
            offset += 2
            var scalar = Unicode.Scalar(first)
            if scalar == nil, UTF16.isLeadSurrogate(first), let second = unit(offset), UTF16.isTrailSurrogate(second) {
                scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
                offset += 2
            }
            guard let scalar, let units = UTF8.encode(scalar) else { throw halfCharacter(line) }
            if scalar == "\n" { line += 1 }
            text.append(contentsOf: units)
        }
        guard offset == bytes.count else { throw halfCharacter(line) }
        return FileBytes(text, name: name)
    }

    private func halfCharacter(_ line: Int) -> DataError {
        DataError(
            .encoding, file: name, line: line,
            "half a character of UTF-16, which the byte order mark promises; save the file as UTF-8")
    }
}
