public import ThalwegFormats

/// A 128-bit digest of data, to notice that they changed: XXH64 with two seeds. Not made against forgery.
public struct Fingerprint: Sendable {
    private var parts: [UInt64] = []

    public init() {}

    /// Adds a file's (or any) bytes; order matters.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        parts.append(Self.xxh64(bytes, seed: 0))
        parts.append(Self.xxh64(bytes, seed: 0x7468_616C_7765_6721))
    }

    /// Adds a file's bytes.
    public mutating func add(_ file: FileBytes) {
        withExtendedLifetime(file) { add($0.bytes) }
    }

    /// Adds what another digest was made of.
    mutating func add(_ other: Fingerprint) { parts += other.parts }

    /// 32 hexadecimal digits.
    public var text: String {
        let (first, second) = parts.withUnsafeBytes { bytes in
            parts.count == 2 ? (parts[0], parts[1]) : (Self.xxh64(bytes, seed: 1), Self.xxh64(bytes, seed: 2))
        }
        return [first, second].map { value in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    @inline(__always)
    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotated(lane &+ input &* prime2, 31) &* prime1
    }

    /// The XXH64 hash (public specification, version 0.1.1).
    static func xxh64(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        @inline(__always) func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let count = bytes.count
        var offset = 0
        var hash: UInt64
        if count >= 32 {
            var (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
            while offset + 32 <= count {
                a = round(a, word(offset))
                b = round(b, word(offset + 8))
                c = round(c, word(offset + 16))
                d = round(d, word(offset + 24))
                offset += 32
            }
            hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
            for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        } else {
            hash = seed &+ prime5
        }
        hash &+= UInt64(count)
        while offset + 8 <= count {
            hash = rotated(hash ^ round(0, word(offset)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset + 4 <= count {
            let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < count {
            hash = rotated(hash ^ UInt64(bytes[offset]) &* prime5, 11) &* prime1
            offset += 1
        }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }
}
