extension Tensor {
    /// Computes the value now, if it is not known yet. Traps where the computation fails (an index out of range).
    public func evaluate(threads: Int? = nil, file: StaticString = #fileID, line: UInt = #line) {
        ThalwegEngine.evaluate([self], threads: threads, file: file, line: line)
    }

    /// The value's memory, row-major; valid inside `body` only.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let buffer = materialized
        return try withExtendedLifetime(buffer) {
            try body(UnsafeRawBufferPointer(start: buffer.memory, count: elementCount * dataType.size))
        }
    }

    var materialized: Buffer { value(CallSite("reading", #fileID, #line)) }

    private func value(_ site: CallSite) -> Buffer {
        if let value = node.value { return value }
        evaluate(file: site.file, line: site.line)
        return node.value!
    }

    /// The elements in row-major order. `S` must be the tensor's own type.
    public func scalars<S: TensorScalar>(
        as type: S.Type, file: StaticString = #fileID, line: UInt = #line
    ) -> [S] {
        CallSite("scalars", file, line)
            .require(S.dataType == dataType, "a \(dataType.rawValue) tensor cannot be read as \(S.self); cast it first")
        return elements(S.self, CallSite("scalars", file, line))
    }

    /// The elements as `Double`, whatever the type (`int64` beyond 2^53 rounds).
    public func doubles(file: StaticString = #fileID, line: UInt = #line) -> [Double] {
        let type = dataType
        let site = CallSite("doubles", file, line)
        return switch type {
        case .float64: elements(Double.self, site)
        case .float32: elements(Float.self, site).map(Double.init)
        case .int32: elements(Int32.self, site).map(Double.init)
        case .int64: elements(Int64.self, site).map(Double.init)
        case .uint8: elements(UInt8.self, site).map(Double.init)
        case .bool: elements(Bool.self, site).map { $0 ? 1 : 0 }
        case .float16, .bfloat16:
            elements(UInt16.self, site).map { ScalarBits.decode(UInt64($0), as: type) }
        }
    }

    /// The memory as an array of a type of the right size.
    private func elements<S: BitwiseCopyable>(_: S.Type, _ site: CallSite) -> [S] {
        let buffer = value(site)
        return withExtendedLifetime(buffer) {
            Array(
                UnsafeRawBufferPointer(start: buffer.memory, count: elementCount * dataType.size).bindMemory(to: S.self)
            )
        }
    }

    /// The single element of a tensor that has one.
    public func item(file: StaticString = #fileID, line: UInt = #line) -> Double {
        let site = CallSite("item", file, line)
        site.require(elementCount == 1, "shape \(shape) has \(elementCount) elements, not one")
        let (buffer, type) = (value(site), dataType)
        return withExtendedLifetime(buffer) {
            var bits: UInt64 = 0
            withUnsafeMutableBytes(of: &bits) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: buffer.memory, count: type.size))
            }
            return ScalarBits.decode(UInt64(littleEndian: bits), as: type)
        }
    }
}

extension Tensor: CustomStringConvertible {
    /// The values, nested like the axes; long axes are shortened to their first and last three.
    public var description: String {
        if node.isSymbolic { return "Tensor(symbolic \(dataType.rawValue)\(shape))" }
        // Integers beyond 2^53 are no doubles.
        let integers = dataType == .int64 ? scalars(as: Int.self) : []
        let values = dataType == .int64 ? [] : doubles()
        func text(_ place: Int) -> String {
            switch dataType {
            case .bool: values[place] == 0 ? "false" : "true"
            case .int64: String(integers[place])
            case .int32, .uint8: String(Int(values[place]))
            case .float32, .float16, .bfloat16: "\(Float(values[place]))"
            case .float64: "\(values[place])"
            }
        }
        let strides = shape.strides
        func render(_ axis: Int, _ offset: Int) -> String {
            guard axis < rank else { return text(offset) }
            let size = shape[axis]
            let shown = size <= 8 ? Array(0..<size) : Array(0..<3) + [-1] + Array(size - 3..<size)
            let separator = axis == rank - 1 ? ", " : ",\n" + String(repeating: " ", count: axis + 1)
            let parts = shown.map { $0 < 0 ? "…" : render(axis + 1, offset + $0 * strides[axis]) }
            return "[" + parts.joined(separator: separator) + "]"
        }
        return render(0, 0)
    }
}
