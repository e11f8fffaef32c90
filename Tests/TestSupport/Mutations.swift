/// Random numbers that every run repeats (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// One random change to a file: bytes set, flipped, cut, doubled, removed or inserted.
public func mutated(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard !bytes.isEmpty else { break }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        // Headers lie at the front: half of the changes go there.
        let spot = Bool.random(using: &random) ? place : place % min(bytes.count, 100)
        let end = min(spot + Int.random(in: 1...16, using: &random), bytes.count)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[spot] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[spot] = UInt8.random(in: 0...255, using: &random)
        case 2:
            bytes[spot] = [0, 0xFF, 0x7F, 0x80, 0x22, 0x2C, 0x0A, 0x0D, 0x39][Int.random(in: 0..<9, using: &random)]
        case 3: bytes.removeSubrange(spot..<end)
        case 4: bytes.removeSubrange(spot...)
        case 5: bytes.insert(contentsOf: bytes[spot..<end], at: spot)
        case 6: bytes.insert(UInt8.random(in: 0...255, using: &random), at: spot)
        default: for index in spot..<end { bytes[index] = 0xFF }
        }
    }
    return bytes
}
