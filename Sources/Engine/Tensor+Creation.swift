extension Tensor {
    /// Elements in row-major order.
    public init<S: TensorScalar>(
        _ scalars: [S], shape: Shape, file: StaticString = #fileID, line: UInt = #line
    ) {
        let site = CallSite("Tensor.init", file, line)
        site.require(shape.elementCount == scalars.count, "\(scalars.count) scalars do not fill shape \(shape)")
        self.init(shape: shape, dataType: S.dataType) { memory in
            scalars.withUnsafeBytes { memory.copyMemory(from: $0) }
        }
    }

    /// A vector.
    public init<S: TensorScalar>(_ scalars: [S]) { self.init(scalars, shape: [scalars.count]) }

    /// A matrix from rows of equal length.
    public init<S: TensorScalar>(_ rows: [[S]], file: StaticString = #fileID, line: UInt = #line) {
        let width = rows.first?.count ?? 0
        CallSite("Tensor.init", file, line)
            .require(rows.allSatisfy { $0.count == width }, "rows have different lengths: \(rows.map(\.count))")
        self.init(Array(rows.joined()), shape: [rows.count, width])
    }

    /// A scalar.
    public init(_ value: Double, dataType: DataType = .float32) { self = .full([], value, dataType: dataType) }

    /// A whole number, exact.
    public init(_ value: Int, dataType: DataType = .int64) {
        self = .constant(bits: ScalarBits.encode(value, as: dataType), shape: [], dataType: dataType)
    }

    /// Elements written by `body`, in row-major order, into memory that starts as zeros.
    public init(
        shape: Shape, dataType: DataType, initializing body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows {
        Tensor.requireSizes(shape)
        let buffer = Buffer(byteCount: shape.elementCount * dataType.size)
        buffer.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0)
        try body(buffer.mutableBytes)
        self.init(Node(value: buffer, shape: shape, dataType: dataType))
    }

    private static func requireSizes(_ shape: Shape) {
        CallSite("Tensor", #fileID, #line).require(
            shape.allSatisfy { $0 >= 0 } && shape.rank <= ShapeRules.maximumRank,
            "\(shape) is no shape: sizes are not negative, axes at most \(ShapeRules.maximumRank)")
    }

    static func constant(bits: UInt64, shape: Shape, dataType: DataType) -> Tensor {
        requireSizes(shape)
        return Tensor(Node(.source(.constant(bits: bits)), [], shape: shape, dataType: dataType))
    }

    /// `value` everywhere.
    public static func full(_ shape: Shape, _ value: Double, dataType: DataType = .float32) -> Tensor {
        constant(bits: ScalarBits.encode(value, as: dataType), shape: shape, dataType: dataType)
    }

    public static func zeros(_ shape: Shape, dataType: DataType = .float32) -> Tensor {
        full(shape, 0, dataType: dataType)
    }

    public static func ones(_ shape: Shape, dataType: DataType = .float32) -> Tensor {
        full(shape, 1, dataType: dataType)
    }

    /// The coordinate along `axis` of each element, `int64`.
    static func index(_ shape: Shape, axis: Int) -> Tensor {
        Tensor(Node(.source(.index(axis: axis)), [], shape: shape, dataType: .int64))
    }

    /// 0, 1, …, count - 1.
    public static func range(_ count: Int, dataType: DataType = .int64) -> Tensor {
        index([count], axis: 0).cast(to: dataType)
    }

    /// `count` numbers from `start` to `end`, both included, at equal distances.
    public static func linearSpace(from start: Double, to end: Double, count: Int, dataType: DataType = .float32)
        -> Tensor
    {
        guard count > 1 else { return full([count], start, dataType: dataType) }
        let steps = range(count, dataType: .float64) * ((end - start) / Double(count - 1)) + start
        return steps.cast(to: dataType)
    }

    /// Ones on the diagonal of an n by n matrix.
    public static func identity(_ n: Int, dataType: DataType = .float32) -> Tensor {
        (index([n, n], axis: 0) .== index([n, n], axis: 1)).cast(to: dataType)
    }

    /// Uniform in `range`, decided by `key` alone.
    public static func randomUniform(
        _ shape: Shape, in range: Range<Double> = 0..<1, key: RandomKey, dataType: DataType = .float32,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let unit = random(.uniform, shape, key: key, dataType: dataType, CallSite("randomUniform", file, line))
        if range == 0..<1 { return unit }
        return unit * (range.upperBound - range.lowerBound) + range.lowerBound
    }

    /// Normal with the given mean and deviation, decided by `key` alone.
    public static func randomNormal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, key: RandomKey, dataType: DataType = .float32,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let unit = random(.normal, shape, key: key, dataType: dataType, CallSite("randomNormal", file, line))
        if mean == 0, standardDeviation == 1 { return unit }
        return unit * standardDeviation + mean
    }

    /// 64 random bits an element (`int64`), decided by `key` alone.
    public static func randomBits(_ shape: Shape, key: RandomKey) -> Tensor {
        record(.random(.bits, stream: key.stream), [key.root], shape: shape, dataType: .int64)
    }

    private static func random(
        _ distribution: Distribution, _ shape: Shape, key: RandomKey, dataType: DataType, _ site: CallSite
    ) -> Tensor {
        requireSizes(shape)
        site.require(dataType.isFloatingPoint, "random numbers of type \(dataType.rawValue) do not exist")
        let drawn: DataType = dataType == .float64 ? .float64 : .float32
        return record(
            .random(distribution, stream: key.stream), [key.root], shape: shape, dataType: drawn
        ).cast(to: dataType)
    }
}
