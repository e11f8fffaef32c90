extension Tensor {
    /// Computes the value now, if it is not known yet. Traps where the computation fails (an index out of range).
    public func evaluate(threads: Int? = nil) { ThalwegEngine.evaluate([self], threads: threads) }

    /// The value's memory, row-major; valid inside `body` only.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(materialized.bytes.prefixBytes(elementCount * dataType.size))
    }

    var materialized: Buffer {
        if let value = node.value { return value }
        evaluate()
        return node.value!
    }

    /// The elements in row-major order. `S` must be the tensor's own type.
    public func scalars<S: TensorScalar>(
        as type: S.Type, file: StaticString = #fileID, line: UInt = #line
    ) -> [S] {
        CallSite("scalars", file, line)
            .require(S.dataType == dataType, "a \(dataType.rawValue) tensor cannot be read as \(S.self); cast it first")
        return withBytes { Array($0.bindMemory(to: S.self)) }
    }

    /// The elements as `Double`, whatever the type (`int64` beyond 2^53 rounds).
    public func doubles() -> [Double] {
        switch dataType {
        case .float64: return scalars(as: Double.self)
        case .float32: return scalars(as: Float.self).map(Double.init)
        case .int32: return scalars(as: Int32.self).map(Double.init)
        case .int64: return scalars(as: Int64.self).map(Double.init)
        case .uint8: return scalars(as: UInt8.self).map(Double.init)
        case .bool: return scalars(as: Bool.self).map { $0 ? 1 : 0 }
        case .float16, .bfloat16:
            let type = dataType
            return withBytes { bytes in
                bytes.bindMemory(to: UInt16.self).map { ScalarBits.decode(UInt64($0), as: type) }
            }
        }
    }

    /// The single element of a tensor that has one.
    public func item(file: StaticString = #fileID, line: UInt = #line) -> Double {
        CallSite("item", file, line).require(elementCount == 1, "shape \(shape) has \(elementCount) elements, not one")
        return doubles()[0]
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func prefixBytes(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: baseAddress, count: count)
    }
}

extension Tensor: CustomStringConvertible {
    /// The values, nested like the axes; long axes are shortened to their first and last three.
    public var description: String {
        if node.isSymbolic { return "Tensor(symbolic \(dataType.rawValue)\(shape))" }
        let values = doubles()
        let isWhole = !dataType.isFloatingPoint
        func text(_ value: Double) -> String {
            if dataType == .bool { return value == 0 ? "false" : "true" }
            return isWhole ? String(Int(value)) : dataType == .float32 ? "\(Float(value))" : "\(value)"
        }
        let strides = shape.strides
        func render(_ axis: Int, _ offset: Int) -> String {
            guard axis < rank else { return text(values[offset]) }
            let size = shape[axis]
            let shown = size <= 8 ? Array(0..<size) : Array(0..<3) + [-1] + Array(size - 3..<size)
            let separator = axis == rank - 1 ? ", " : ",\n" + String(repeating: " ", count: axis + 1)
            let parts = shown.map { $0 < 0 ? "…" : render(axis + 1, offset + $0 * strides[axis]) }
            return "[" + parts.joined(separator: separator) + "]"
        }
        return render(0, 0)
    }
}
