public import ThalwegEngine
internal import ThalwegFormats

extension Preprocessing {
    /// The network's inputs `[rows, inputWidth]`; embedded categories are their row in the embedding, as a number, in
    /// the last columns. Tables find their columns by name; extra columns do no harm.
    ///
    /// - Parameter rows: Which examples, in which order; nil for all.
    /// - Throws: `DataError` when a column is missing, holds texts where numbers are needed, or the shape of the arrays
    ///   differs.
    public func inputs(_ examples: Examples, rows: [Int]? = nil, dataType: DataType = .float32) throws -> Tensor {
        precondition(dataType.isFloatingPoint, "inputs are floating-point numbers, not \(dataType.rawValue)")
        let count = rows?.count ?? examples.count
        let (bytes, overflow) = count.multipliedReportingOverflow(by: inputWidth * 8)
        guard !overflow, bytes <= usableMemory else {
            throw DataError(
                .tooLarge, "\(count) examples of \(inputWidth) numbers are more than this machine's memory can hold")
        }
        switch dataType {
        case .float64: return try inputs(examples, rows: rows, count: count, Double.self)
        case .float32: return try inputs(examples, rows: rows, count: count, Float.self)
        case .float16, .bfloat16, .int32, .int64, .uint8, .bool:
            return try inputs(examples, rows: rows, count: count, Float.self).cast(to: dataType)
        }
    }

    private func inputs<Scalar: TensorScalar & BinaryFloatingPoint>(
        _ examples: Examples, rows: [Int]?, count: Int, _: Scalar.Type
    ) throws -> Tensor {
        let shape: Shape = [count, inputWidth]
        switch (input, examples) {
        case (.columns(let features), .table(let table)):
            let writers: [ColumnWriter<Scalar>] = try writers(features, table)
            return Tensor(shape: shape, dataType: Scalar.dataType) { bytes in
                let target = bytes.bindMemory(to: Scalar.self)
                // A block of rows at a time, so that its part of the target stays in the cache.
                for block in stride(from: 0, to: count, by: 256) {
                    for writer in writers {
                        writer.write(rows, block..<min(block + 256, count), target.baseAddress!, inputWidth)
                    }
                }
            }
        case (.features(let features), .arrays(let inputs, _)):
            try checkShape(inputs, [features.count])
            let numerics = features.map { feature in
                guard case .numeric(let numeric) = feature.encoding else { preconditionFailure("a numeric feature") }
                return numeric
            }
            return Tensor(shape: shape, dataType: Scalar.dataType) { bytes in
                var target = bytes.bindMemory(to: Scalar.self).baseAddress!
                ArrayReader.rows(of: inputs, rows) { row in
                    for (place, numeric) in numerics.enumerated() {
                        numeric.encode(row[place], into: target)
                        target += numeric.width
                    }
                }
            }
        case (.array(let array), .arrays(let inputs, _)):
            try checkShape(inputs, array.shape)
            return Tensor(shape: shape, dataType: Scalar.dataType) { bytes in
                array.encode(inputs, rows, into: bytes.bindMemory(to: Scalar.self))
            }
        case (.columns, .arrays):
            throw DataError(.mismatch, "the model was trained on a table, these examples are arrays")
        case (.features, .table(let table)), (.array, .table(let table)):
            throw DataError(
                .mismatch, file: table.source, "the model was trained on arrays, these examples are a table")
        }
    }

    private func checkShape(_ inputs: Tensor, _ expected: [Int]) throws {
        let found = Array(inputs.shape.dropFirst())
        guard found == expected || (inputs.rank == 2 && found == [expected.reduce(1, *)]) else {
            throw DataError(
                .mismatch, tensor: "inputs",
                "examples of shape \(Shape(found)), the model was trained on \(Shape(expected))")
        }
    }

    /// A writer for each used feature; embedded ones write at the end of the row.
    private func writers<Scalar: TensorScalar & BinaryFloatingPoint>(
        _ features: [Feature], _ table: Table
    ) throws -> [ColumnWriter<Scalar>] {
        var byName: [String: Column] = [:]
        for column in table.columns { byName[column.name] = column }
        var offset = 0
        var embedded = inputWidth - embeddings.count
        return try features.compactMap { feature in
            if case .ignored = feature.encoding { return nil }
            guard let column = byName[feature.name] else {
                let nearest = nearestName(to: feature.name, among: table.columns.map(\.name))
                throw DataError(
                    .missingColumn, file: table.source, column: feature.name,
                    "the model needs this column" + (nearest.map { "; did the file mean it by '\($0)'?" } ?? ""))
            }
            defer { if feature.isEmbedded { embedded += 1 } else { offset += feature.width } }
            return try ColumnWriter(feature, column, table, offset: feature.isEmbedded ? embedded : offset)
        }
    }
}

/// Writes one column's numbers into its place of every row.
private struct ColumnWriter<Scalar: TensorScalar & BinaryFloatingPoint> {
    private enum Source {
        case numeric(NumericEncoding, [Double])
        /// The slot of each code; the last is that of missing cells. -1 for none.
        case slots([Int], codes: [Int32], isEmbedded: Bool, width: Int)
    }
    private let source: Source
    private let offset: Int

    init(_ feature: Preprocessing.Feature, _ column: Column, _ table: Table, offset: Int) throws {
        self.offset = offset
        switch (feature.encoding, column.values) {
        case (.numeric(let numeric), .numbers(let numbers)): source = .numeric(numeric, numbers)
        case (.numeric, .categories(let codes, let dictionary)):
            let row = codes.firstIndex { $0 >= 0 }
            throw DataError(
                .invalidValue, file: table.source, line: row.map { table.lines[$0] }, column: column.name,
                "expected numbers as in the training data, found '\(row.map { dictionary[Int(codes[$0])] } ?? "")'")
        case (.categories(let categories), .categories(let codes, let dictionary)):
            source = Self.slots(categories, codes, dictionary)
        case (.categories(let categories), .numbers(let numbers)):
            // Categories that happen to look like numbers.
            var codeOf: [Double: Int32] = [:]
            var dictionary: [String] = []
            let codes = numbers.map { number in
                if number.isNaN { return Int32(-1) }
                if let code = codeOf[number] { return code }
                codeOf[number] = Int32(dictionary.count)
                dictionary.append(number.shortText)
                return Int32(dictionary.count - 1)
            }
            source = Self.slots(categories, codes, dictionary)
        case (.ignored, _): preconditionFailure("an ignored column has no writer")
        }
    }

    private static func slots(_ categories: CategoryEncoding, _ codes: [Int32], _ dictionary: [String]) -> Source {
        let slots = categories.slots(of: dictionary).map { $0 ?? -1 } + [categories.missingSlot ?? -1]
        return .slots(slots, codes: codes, isEmbedded: categories.isEmbedded, width: categories.width)
    }

    /// Rows `places` of the target come from `rows` of the column.
    func write(_ rows: [Int]?, _ places: Range<Int>, _ target: UnsafeMutablePointer<Scalar>, _ stride: Int) {
        switch source {
        case .numeric(let numeric, let numbers):
            for place in places {
                numeric.encode(numbers[rows?[place] ?? place], into: target + place * stride + offset)
            }
        case .slots(let slots, let codes, let isEmbedded, let width):
            for place in places {
                let code = codes[rows?[place] ?? place]
                let slot = slots[code < 0 ? slots.count - 1 : Int(code)]
                let start = target + place * stride + offset
                if isEmbedded {
                    start.pointee = Scalar(max(slot, 0))
                } else {
                    for index in 0..<width { start[index] = 0 }
                    if slot >= 0 { start[slot] = 1 }
                }
            }
        }
    }
}

extension ArrayEncoding {
    /// Writes every example row by row. Bytes go through a table of their 256 results.
    fileprivate func encode<Scalar: BinaryFloatingPoint>(
        _ inputs: Tensor, _ rows: [Int]?, into target: UnsafeMutableBufferPointer<Scalar>
    ) {
        let size = shape.reduce(1, *)
        var place = target.baseAddress!
        if inputs.dataType == .uint8 {
            let results = (0..<256).map { Scalar((Double($0) / scale - center) / deviation) }
            inputs.withBytes { bytes in
                results.withUnsafeBufferPointer { results in
                    for row in 0..<(rows?.count ?? inputs.shape[0]) {
                        let start = (rows?[row] ?? row) * size
                        for offset in 0..<size { place[offset] = results[Int(bytes[start + offset])] }
                        place += size
                    }
                }
            }
        } else {
            ArrayReader.rows(of: inputs, rows) { row in
                for offset in 0..<size { place[offset] = Scalar(finite: (row[offset] / scale - center) / deviation) }
                place += size
            }
        }
    }
}
