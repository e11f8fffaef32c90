#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Reference.Values {
    init(_ buffer: Buffer, _ type: DataType, _ count: Int) {
        let bytes = buffer.bytes
        func load<T>(_: T.Type) -> [T] {
            (0..<count).map { bytes.load(fromByteOffset: $0 * MemoryLayout<T>.stride, as: T.self) }
        }
        switch type {
        case .float32: self.init(load(Float.self).map(Double.init))
        case .float64: self.init(load(Double.self))
        case .float16, .bfloat16: self.init(load(UInt16.self).map { ScalarBits.decode(UInt64($0), as: type) })
        case .int32: self.init(load(Int32.self).map(Int64.init))
        case .int64: self.init(load(Int64.self))
        case .uint8, .bool: self.init(load(UInt8.self).map(Int64.init))
        }
    }

    func buffer(_ type: DataType) -> Buffer {
        let buffer = Buffer(byteCount: count * type.size)
        let bytes = buffer.mutableBytes
        for place in 0..<count {
            let bits =
                isFloating
                ? ScalarBits.encode(floats[place], as: type) : UInt64(bitPattern: integers[place])
            switch type.size {
            case 1: bytes.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: place, as: UInt8.self)
            case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: bits), toByteOffset: place * 2, as: UInt16.self)
            case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: place * 4, as: UInt32.self)
            default: bytes.storeBytes(of: bits, toByteOffset: place * 8, as: UInt64.self)
            }
        }
        return buffer
    }
}

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), from the paper.
enum Philox {
    static func block(key: UInt64, stream: UInt64, counter: UInt64) -> [UInt32] {
        var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
        var c = [counter, counter >> 32, stream, stream >> 32].map { UInt32(truncatingIfNeeded: $0) }
        for _ in 0..<10 {
            let a = UInt64(0xD251_1F53) * UInt64(c[0])
            let b = UInt64(0xCD9E_8D57) * UInt64(c[2])
            c = [
                UInt32(b >> 32) ^ c[1] ^ k0, UInt32(truncatingIfNeeded: b), UInt32(a >> 32) ^ c[3] ^ k1,
                UInt32(truncatingIfNeeded: a),
            ]
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return c
    }

    private static func bits64(_ key: UInt64, _ stream: UInt64, _ index: Int) -> UInt64 {
        let words = block(key: key, stream: stream, counter: UInt64(index / 2))
        return UInt64(words[2 * (index % 2)]) << 32 | UInt64(words[2 * (index % 2) + 1])
    }

    private static func uniform(_ key: UInt64, _ stream: UInt64, _ index: Int, _ type: DataType) -> Double {
        type == .float64
            ? Double(bits64(key, stream, index) >> 11) * 0x1p-53
            : Double(block(key: key, stream: stream, counter: UInt64(index / 4))[index % 4] >> 8) * 0x1p-24
    }

    static func values(_ distribution: Distribution, key: UInt64, stream: UInt64, count: Int, _ type: DataType)
        -> Reference.Values
    {
        switch distribution {
        case .bits: return Reference.Values((0..<count).map { Int64(bitPattern: bits64(key, stream, $0)) })
        case .uniform: return Reference.Values((0..<count).map { uniform(key, stream, $0, type) })
        case .normal:
            return Reference.rounded(
                Reference.Values(
                    (0..<count).map { index in
                        let radius = (-2 * log(1 - uniform(key, stream, index & ~1, type))).squareRoot()
                        let angle = 2 * Double.pi * uniform(key, stream, index | 1, type)
                        return radius * (index % 2 == 0 ? cos(angle) : sin(angle))
                    }), type)
        }
    }
}
