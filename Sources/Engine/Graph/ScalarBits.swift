/// A number as the bits of a data type: how constants are stored in the graph, exactly and comparably.
enum ScalarBits {
    static func encode(_ value: Double, as type: DataType) -> UInt64 {
        switch type {
        case .float32: UInt64(Float(value).bitPattern)
        case .float64: value.bitPattern
        case .float16: UInt64(HalfPrecision.float16Bits(Float(value)))
        case .bfloat16: UInt64(HalfPrecision.bfloat16Bits(Float(value)))
        case .int32: UInt64(UInt32(bitPattern: Int32(clampingNaN: value)))
        case .int64: UInt64(bitPattern: Int64(clampingNaN: value))
        case .uint8: UInt64(UInt8(clampingNaN: value))
        case .bool: value != 0 ? 1 : 0
        }
    }

    static func encode(_ value: Int, as type: DataType) -> UInt64 {
        type == .int64 ? UInt64(bitPattern: Int64(value)) : encode(Double(value), as: type)
    }

    static func decode(_ bits: UInt64, as type: DataType) -> Double {
        switch type {
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: bits)
        case .float16: Double(HalfPrecision.float(float16Bits: UInt16(truncatingIfNeeded: bits)))
        case .bfloat16: Double(HalfPrecision.float(bfloat16Bits: UInt16(truncatingIfNeeded: bits)))
        case .int32: Double(Int32(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .int64: Double(Int64(bitPattern: bits))
        case .uint8: Double(UInt8(truncatingIfNeeded: bits))
        case .bool: bits & 1 == 0 ? 0 : 1
        }
    }

    /// Whether the type holds the value without change (floating types: always, rounded).
    static func represents(_ value: Double, _ type: DataType) -> Bool {
        type.isFloatingPoint || decode(encode(value, as: type), as: type) == value
    }
}

extension FixedWidthInteger {
    /// Truncates towards zero, saturates, and turns NaN into 0.
    init(clampingNaN value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = Self(value)
        }
    }
}

/// 16-bit floating formats through their bits: Swift's `Float16` does not exist on every platform.
enum HalfPrecision {
    static func float(bfloat16Bits bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    static func bfloat16Bits(_ value: Float) -> UInt16 {
        if value.isNaN { return 0x7FC0 }
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
    }

    static func float(float16Bits bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            return sign == 0 ? magnitude : -magnitude
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | (fraction << 13))
        default: return Float(bitPattern: sign | ((exponent + 112) << 23) | (fraction << 13))
        }
    }

    /// Rounds to nearest, ties to even.
    static func float16Bits(_ value: Float) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        if value.isNaN { return sign | 0x7E00 }
        let magnitude = value.magnitude
        if magnitude >= 65520 { return sign | 0x7C00 }
        if magnitude < 0x1p-14 {
            return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
        }
        let bits = magnitude.bitPattern
        let rounded = bits &+ 0xFFF &+ ((bits >> 13) & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded >> 13) &- (112 << 10))
    }
}
