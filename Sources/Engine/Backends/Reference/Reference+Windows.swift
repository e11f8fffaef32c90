extension Reference {
    typealias Input = (row: Program.Row, values: Values)

    /// y[n, p, o] = Σ x[n, p·stride - low + tap·dilation, c] · w[o, c, tap], read for y, for x or for w.
    static func convolution(_ op: ConvolutionOp, _ inputs: [Input], _ row: Program.Row) -> Values {
        let (x, w, y) =
            switch op.kind {
            case .forward: (inputs[0].row.shape, inputs[1].row.shape, row.shape)
            case .inputGradient: (row.shape, inputs[1].row.shape, inputs[0].row.shape)
            case .weightGradient: (inputs[0].row.shape, row.shape, inputs[1].row.shape)
            }
        let (a, b) = (inputs[0].values.floats, inputs[1].values.floats)
        var result = [Double](repeating: 0, count: row.shape.elementCount)
        let taps = coordinates(Shape(Array(w[2...])))
        let perGroup = w[0] / op.groups
        for (yPlace, position) in coordinates(y).enumerated() {
            let out = position[y.rank - 1]
            for tap in taps {
                guard let source = place(position, tap, x, op.sliding) else { continue }
                for channel in 0..<w[1] {
                    let xPlace = source + out / perGroup * w[1] + channel
                    let wPlace = index([out, channel] + tap, w)
                    switch op.kind {
                    case .forward: result[yPlace] += a[xPlace] * b[wPlace]
                    case .inputGradient: result[xPlace] += a[yPlace] * b[wPlace]
                    case .weightGradient: result[wPlace] += a[xPlace] * b[yPlace]
                    }
                }
            }
        }
        return Values(result)
    }

    static func window(_ op: WindowOp, _ inputs: [Input], _ row: Program.Row) -> Values {
        let (x, y) =
            switch op.kind {
            case .maxPool, .averagePool, .maxPoolPick: (inputs[0].row.shape, row.shape)
            case .maxPoolGradient: (row.shape, inputs[1].row.shape)
            case .averagePoolGradient: (row.shape, inputs[0].row.shape)
            }
        let values = inputs.map(\.values.floats)
        var result = [Double](repeating: 0, count: row.shape.elementCount)
        let taps = coordinates(Shape(op.size))
        for (window, position) in coordinates(y).enumerated() {
            let channel = position[y.rank - 1]
            let places = taps.compactMap { place(position, $0, x, op.sliding) }.map { $0 + channel }
            let divisor = Double(op.countsPadding ? taps.count : max(places.count, 1))
            // PyTorch's rule: the first of equal ones, and any NaN.
            func greatest() -> Int? {
                places.reduce(nil) { best, next in
                    guard let best else { return next }
                    return values[0][next] > values[0][best] || values[0][next].isNaN ? next : best
                }
            }
            switch op.kind {
            case .maxPool: result[window] = greatest().map { values[0][$0] } ?? -.infinity
            case .maxPoolGradient: if let place = greatest() { result[place] += values[1][window] }
            case .maxPoolPick: result[window] = greatest().map { values[1][$0] } ?? 0
            case .averagePool: result[window] = places.reduce(0) { $0 + values[0][$1] } / divisor
            case .averagePoolGradient: for place in places { result[place] += values[0][window] / divisor }
            }
        }
        return Values(result)
    }

    /// The place of channel 0 of the pixel of `x` that a window's element falls on; nil in the padding.
    private static func place(_ position: [Int], _ tap: [Int], _ x: Shape, _ sliding: Sliding) -> Int? {
        var coordinate = [position[0]]
        for axis in tap.indices {
            let source = sliding.source(position[axis + 1], tap[axis], axis: axis)
            guard source >= 0, source < x[axis + 1] else { return nil }
            coordinate.append(source)
        }
        return index(coordinate + [0], x)
    }

    private static func index(_ coordinate: [Int], _ shape: Shape) -> Int {
        zip(coordinate, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
