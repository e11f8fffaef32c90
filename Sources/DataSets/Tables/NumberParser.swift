/// Reads decimal numbers from bytes: exact, without a `String` per cell.
///
/// Accepts an optional sign, digits with at most one point, an optional exponent, and `inf`/`infinity`. Up to 2^53 in
/// digits and 10^±22 in exponent one multiplication is exact; up to 19 digits with as many decimals one long division is;
/// everything else goes to the standard library, which rounds correctly in any locale.
enum NumberParser {
    /// The number that the bytes spell, or nil when they spell something else.
    @inline(never)
    static func parse(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        var cursor = start
        guard cursor < end else { return nil }
        var negative = false
        if cursor.pointee == UInt8(ascii: "-") || cursor.pointee == UInt8(ascii: "+") {
            negative = cursor.pointee == UInt8(ascii: "-")
            cursor += 1
        }
        var mantissa: UInt64 = 0
        let digitsStart = cursor
        while cursor < end, case let digit = cursor.pointee &- 48, digit < 10 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            cursor += 1
        }
        var digits = cursor - digitsStart
        var exponent = 0
        if cursor < end, cursor.pointee == UInt8(ascii: ".") {
            cursor += 1
            let fractionStart = cursor
            while cursor < end, case let digit = cursor.pointee &- 48, digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                cursor += 1
            }
            exponent = fractionStart - cursor
            digits -= exponent
        }
        if digits == 0 { return infinity(digitsStart, end, negative) }
        if digits > 19 { digits -= leadingZeros(digitsStart, cursor) }
        if cursor < end {
            guard cursor.pointee | 0x20 == UInt8(ascii: "e"), let written = writtenExponent(cursor + 1, end) else {
                return nil
            }
            exponent += written
        }
        if digits <= 19 {
            if mantissa <= 1 << 53 {
                if exponent == 0 { return negative ? -Double(mantissa) : Double(mantissa) }
                if exponent < 0, exponent >= -22 {
                    let value = Double(mantissa) / power(-exponent)
                    return negative ? -value : value
                }
                if exponent > 0, exponent <= 22 {
                    let value = Double(mantissa) * power(exponent)
                    return negative ? -value : value
                }
            } else if exponent < 0, exponent >= -19 {
                let value = quotient(mantissa, wholePowers[-exponent])
                return negative ? -value : value
            }
        }
        return slowly(start, end)
    }

    /// The number that the bytes spell with a decimal comma, thousands apart by points or not: `1,5`, `1.234,5`.
    static func parseDecimalComma(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        guard end - start <= 64 else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { plain in
            var count = 0
            var hasComma = false
            var digits = 0  // since the start or the last point
            var isGrouped = false
            func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
            var cursor = start
            while cursor < end {
                var byte = cursor.pointee
                cursor += 1
                if isDigit(byte) {
                    digits += 1
                } else {
                    if isGrouped && digits != 3 && !hasComma { return nil }
                    if byte == UInt8(ascii: ".") {
                        let isFirst = !isGrouped
                        guard !hasComma, isFirst ? (1...3).contains(digits) : digits == 3 else { return nil }
                        if isFirst, plain[count - digits] == UInt8(ascii: "0") { return nil }
                        isGrouped = true
                        digits = 0
                        continue
                    }
                    if byte == UInt8(ascii: ",") {
                        guard !hasComma else { return nil }
                        hasComma = true
                        byte = UInt8(ascii: ".")
                    }
                }
                plain[count] = byte
                count += 1
            }
            if isGrouped && digits != 3 && !hasComma { return nil }
            guard let base = plain.baseAddress else { return nil }
            return parse(UnsafePointer(base), UnsafePointer(base) + count)
        }
    }

    static func isNumber(_ text: String) -> Bool {
        var bytes = Array(text.trimmed.utf8)
        return bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return parse(UnsafePointer(start), UnsafePointer(start) + bytes.count) != nil
        }
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    @inline(__always)
    private static func power(_ exponent: Int) -> Double {
        switch exponent {
        case 1: 1e1
        case 2: 1e2
        case 3: 1e3
        case 4: 1e4
        case 5: 1e5
        case 6: 1e6
        default: powers[exponent]
        }
    }

    private static let wholePowers: [UInt64] = (0...19).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    /// `mantissa / divisor`, rounded once: a 128 by 64 bit division gives 62 bits or more, and what is left over sets the
    /// last of them, which is far below the rounding place.
    private static func quotient(_ mantissa: UInt64, _ divisor: UInt64) -> Double {
        let mantissaShift = mantissa.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let numerator = mantissa << mantissaShift
        let denominator = divisor << divisorShift
        // The quotient must fit 64 bits: halve the numerator where it is not below the denominator.
        let halved = numerator >= denominator ? 1 : 0
        let high = numerator >> halved
        let low = halved == 1 ? numerator << 63 : 0
        let (quotient, rest) = denominator.dividingFullWidth((high, low))
        let bits = rest == 0 ? quotient : quotient | 1
        let scale = divisorShift - mantissaShift - 64 + halved
        return Double(bits) * Double(sign: .plus, exponent: scale, significand: 1)
    }

    /// Zeros before the first digit that counts.
    private static func leadingZeros(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
        var zeros = 0
        var cursor = start
        while cursor < end, cursor.pointee == UInt8(ascii: "0") || cursor.pointee == UInt8(ascii: ".") {
            zeros += cursor.pointee == UInt8(ascii: "0") ? 1 : 0
            cursor += 1
        }
        return zeros
    }

    /// A whole exponent, or nil. Held within ±100,000: beyond, every number is zero or infinite.
    private static func writtenExponent(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int? {
        var cursor = start
        guard cursor < end else { return nil }
        let negative = cursor.pointee == UInt8(ascii: "-")
        if negative || cursor.pointee == UInt8(ascii: "+") { cursor += 1 }
        guard cursor < end else { return nil }
        var value = 0
        while cursor < end {
            let digit = cursor.pointee &- 48
            guard digit < 10 else { return nil }
            value = min(value * 10 + Int(digit), 100_000)
            cursor += 1
        }
        return negative ? -value : value
    }

    private static func infinity(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ negative: Bool
    ) -> Double? {
        let count = end - start
        guard count == 3 || count == 8 else { return nil }
        for (index, expected) in "infinity".utf8.prefix(count).enumerated() where start[index] | 0x20 != expected {
            return nil
        }
        return negative ? -.infinity : .infinity
    }

    /// The grammar is checked already.
    private static func slowly(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        Double(String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self))
    }
}
