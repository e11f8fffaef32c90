internal import Foundation

/// The dictionary at the start of an `.npy` array: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
    private(set) var descriptor = ""
    private(set) var type = StoredType.uint8
    private(set) var bigEndian = false
    private(set) var fortranOrder = false
    private(set) var dimensions: [Int] = []

    /// - Throws: `DataError` made by `fail` for anything but the three fields in Python's spelling.
    init(_ text: [UInt8], fail: (DataError.Kind, String) -> DataError) throws {
        var scanner = PythonScanner(text)
        do {
            var seen: Set<String> = []
            try scanner.take("{")
            while !scanner.takeIfPresent("}") {
                let key = try scanner.string()
                guard seen.insert(key).inserted else { throw PythonScanner.Failure(problem: "'\(key)' stands twice") }
                try scanner.take(":")
                switch key {
                case "descr":
                    guard scanner.peek() != UInt8(ascii: "[") else {
                        throw fail(.unsupported, "it holds records (several fields a row), which are not supported")
                    }
                    descriptor = try scanner.string()
                case "fortran_order": fortranOrder = try scanner.boolean()
                case "shape": dimensions = try scanner.tuple()
                default: throw PythonScanner.Failure(problem: "unknown field '\(key)'")
                }
                if !scanner.takeIfPresent(",") {
                    try scanner.take("}")
                    break
                }
            }
            try scanner.end()
            for field in ["descr", "fortran_order", "shape"] where !seen.contains(field) {
                throw PythonScanner.Failure(problem: "the field '\(field)' is missing")
            }
        } catch let failure as PythonScanner.Failure {
            throw fail(.malformed, "the .npy header is broken: \(failure.problem)")
        }
        guard let order = descriptor.first, let type = Self.storedType(String(descriptor.dropFirst())) else {
            throw fail(.unsupported, Self.refusal(descriptor))
        }
        switch order {
        case "<", "=", "|": bigEndian = false
        case ">": bigEndian = true
        default: throw fail(.unsupported, Self.refusal(descriptor))
        }
        self.type = type
    }

    private static func storedType(_ code: String) -> StoredType? {
        switch code {
        case "f8": .float64
        case "f4": .float32
        case "f2": .float16
        case "i8": .int64
        case "i4": .int32
        case "i2": .int16
        case "i1": .int8
        case "u8": .uint64
        case "u4": .uint32
        case "u2": .uint16
        case "u1": .uint8
        case "b1": .bool
        default: nil
        }
    }

    private static func refusal(_ descriptor: String) -> String {
        let what =
            switch descriptor.dropFirst().first ?? descriptor.first {
            case "U", "S", "a": "texts; store labels as numbers instead"
            case "O": "Python objects (a pickle), which could run code; store plain numbers instead"
            case "c": "complex numbers"
            case "M", "m": "dates or durations; store numbers instead"
            case "V": "raw records"
            default: "an unknown type"
            }
        return "its type '\(descriptor)' is not supported: \(what)"
    }
}

/// The few literals of Python that an `.npy` header uses.
private struct PythonScanner {
    struct Failure: Error { let problem: String }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func peek() -> UInt8? {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        return offset < bytes.count ? bytes[offset] : nil
    }

    mutating func takeIfPresent(_ expected: Character) -> Bool {
        guard peek() == expected.asciiValue else { return false }
        offset += 1
        return true
    }

    mutating func take(_ expected: Character) throws {
        guard takeIfPresent(expected) else { throw Failure(problem: "expected '\(expected)'") }
    }

    mutating func string() throws -> String {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw Failure(problem: "expected a text in quotes")
        }
        guard let end = bytes[(offset + 1)...].firstIndex(of: quote),
            let text = String(validating: bytes[(offset + 1)..<end], as: UTF8.self)
        else { throw Failure(problem: "a text is not closed or not UTF-8") }
        offset = end + 1
        return text
    }

    private mutating func word() -> String {
        _ = peek()
        let start = offset
        while offset < bytes.count, Character(Unicode.Scalar(bytes[offset])).isLetter { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    mutating func boolean() throws -> Bool {
        switch word() {
        case "True": true
        case "False": false
        default: throw Failure(problem: "expected True or False")
        }
    }

    mutating func tuple() throws -> [Int] {
        try take("(")
        var numbers: [Int] = []
        while !takeIfPresent(")") {
            numbers.append(try natural())
            if !takeIfPresent(",") {
                try take(")")
                break
            }
        }
        return numbers
    }

    private mutating func natural() throws -> Int {
        _ = peek()
        let start = offset
        var value = 0
        while offset < bytes.count, (48...57).contains(bytes[offset]) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = tens.addingReportingOverflow(Int(bytes[offset]) - 48)
            guard !overflow, !overflow2 else { throw Failure(problem: "a size is too large") }
            value = sum
            offset += 1
        }
        guard offset > start else { throw Failure(problem: "expected a whole number in the shape") }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "L") { offset += 1 }  // Python 2 wrote 10L
        return value
    }

    mutating func end() throws {
        guard peek() == nil else { throw Failure(problem: "text after the dictionary") }
    }
}
