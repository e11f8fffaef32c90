/// Reads JSON strictly, byte by byte, for headers that may be hostile: depth is bounded, doubled keys are refused.
struct JSONScanner {
    struct Failure: Error {
        let offset: Int
        let problem: String
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private func fail(_ problem: String) -> Failure { Failure(offset: offset, problem: problem) }

    mutating func skipSpaces() {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
    }

    /// The next byte that is not a space, without taking it.
    mutating func peek() -> UInt8? {
        skipSpaces()
        return offset < bytes.count ? bytes[offset] : nil
    }

    mutating func take(_ expected: Character) throws {
        guard peek() == expected.asciiValue else { throw fail("expected '\(expected)'") }
        offset += 1
    }

    /// Takes `{"key": value, …}`; `body` must take each value.
    mutating func object(_ body: (inout JSONScanner, String) throws -> Void) throws {
        try take("{")
        var seen: Set<String> = []
        if peek() == UInt8(ascii: "}") {
            offset += 1
            return
        }
        while true {
            let key = try string()
            guard seen.insert(key).inserted else { throw fail("the key '\(key)' stands twice") }
            try take(":")
            try body(&self, key)
            guard peek() == UInt8(ascii: ",") else { break }
            offset += 1
        }
        try take("}")
    }

    /// Takes `[value, …]`; `body` must take each value.
    mutating func array(_ body: (inout JSONScanner) throws -> Void) throws {
        try take("[")
        if peek() == UInt8(ascii: "]") {
            offset += 1
            return
        }
        while true {
            try body(&self)
            guard peek() == UInt8(ascii: ",") else { break }
            offset += 1
        }
        try take("]")
    }

    /// A whole number from 0 to 2^63 - 1.
    mutating func natural() throws -> Int {
        skipSpaces()
        let start = offset
        var value = 0
        while offset < bytes.count, case let digit = Int(bytes[offset]) - 48, (0...9).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = tens.addingReportingOverflow(digit)
            guard !overflow, !overflow2 else { throw fail("a number is too large") }
            value = sum
            offset += 1
        }
        guard offset > start, offset - start == 1 || bytes[start] != UInt8(ascii: "0") else {
            throw fail("expected a whole number")
        }
        return value
    }

    mutating func string() throws -> String {
        try take("\"")
        var utf8: [UInt8] = []
        while true {
            guard offset < bytes.count else { throw fail("a string is not closed") }
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: utf8, as: UTF8.self) else { throw fail("a string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &utf8)
            case ..<0x20: throw fail("a control character in a string")
            default: utf8.append(byte)
            }
        }
    }

    private mutating func escape(into utf8: inout [UInt8]) throws {
        guard offset < bytes.count else { throw fail("a string is not closed") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
        case UInt8(ascii: "b"): utf8.append(8)
        case UInt8(ascii: "f"): utf8.append(12)
        case UInt8(ascii: "n"): utf8.append(10)
        case UInt8(ascii: "r"): utf8.append(13)
        case UInt8(ascii: "t"): utf8.append(9)
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(code), offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
                bytes[offset + 1] == UInt8(ascii: "u")
            {
                offset += 2
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw fail("a broken \\u escape") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fail("a broken \\u escape") }
            utf8.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw fail("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws -> UInt16 {
        guard offset + 4 <= bytes.count else { throw fail("a broken \\u escape") }
        var code: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw fail("a broken \\u escape")
            }
            code = code << 4 | UInt16(digit)
            offset += 1
        }
        return code
    }

    /// Only spaces may be left.
    mutating func end() throws {
        guard peek() == nil else { throw fail("text after the end") }
    }
}
