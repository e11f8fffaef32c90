internal import CKernels

/// Names a sequence of random numbers. The numbers are a function of the key and their position alone
/// (Philox4x32-10, Salmon et al. 2011), so results depend neither on threads nor on order.
///
/// The root of a key may be a tensor: a captured step takes it as an argument and draws fresh numbers at each replay.
public struct RandomKey: Sendable {
    let root: Tensor
    let stream: UInt64

    /// The key that a seed names.
    public init(seed: UInt64) {
        root = Tensor(Int(bitPattern: UInt(seed)), dataType: .int64)
        stream = 0
    }

    /// A key whose root is an `int64` scalar tensor, such as an argument of a captured function.
    public init(tensor: Tensor, file: StaticString = #fileID, line: UInt = #line) {
        CallSite("RandomKey", file, line).require(
            tensor.dataType == .int64 && tensor.rank == 0,
            "a key is an int64 scalar, found \(tensor.dataType.rawValue)\(tensor.shape)")
        root = tensor
        stream = 0
    }

    private init(root: Tensor, stream: UInt64) {
        self.root = root
        self.stream = stream
    }

    /// An independent key; equal indices give equal keys.
    public func split(_ index: Int) -> RandomKey {
        // SplitMix64's finalizer spreads neighboring indices over the whole range of streams.
        var z = stream &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(bitPattern: Int64(index)) &+ 1)
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return RandomKey(root: root, stream: z ^ (z >> 31))
    }
}

/// Random numbers on the host, for shuffles and sampling: the same counter-based sequence.
public struct RandomSource: RandomNumberGenerator, Sendable {
    private let key: UInt64
    private let stream: UInt64
    private var counter: UInt64 = 0
    private var spare: UInt64?

    /// The sequence named by a key whose root is known (not an argument of a captured function).
    public init(key: RandomKey) {
        self.key = UInt64(bitPattern: key.root.scalars(as: Int64.self)[0])
        stream = key.stream
    }

    public mutating func next() -> UInt64 {
        if let value = spare {
            spare = nil
            return value
        }
        let words = RandomSource.block(key: key, stream: stream, counter: counter)
        counter &+= 1
        spare = UInt64(words[2]) << 32 | UInt64(words[3])
        return UInt64(words[0]) << 32 | UInt64(words[1])
    }

    /// One block of Philox: four words.
    package static func block(key: UInt64, stream: UInt64, counter: UInt64) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: 4) { words, count in
            tw_philox(key, stream, counter, words.baseAddress!)
            count = 4
        }
    }

    /// Uniform in [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
