internal import Foundation
package import ThalwegEngine

/// The way of arrays whose features share one unit (images, signals): one mean and one deviation for all.
struct ArrayEncoding: Codable, Sendable, Hashable {
    /// Of one example.
    var shape: [Int]
    var scale: Double
    var center: Double
    var deviation: Double
    /// The least and the largest training value; models of earlier versions do not tell.
    var range: ClosedRange<Double>?

    /// Arrays of bytes, of more than two axes or of 64 features and more are taken for such.
    static func applies(to inputs: Tensor) -> Bool {
        inputs.dataType == .uint8 || inputs.rank > 2 || inputs.shape.dropFirst().reduce(1, *) >= 64
    }

    init(fitting inputs: Tensor, rows: [Int], options: PreprocessingOptions) {
        shape = Array(inputs.shape.dropFirst())
        scale = options.scale
        center = 0
        deviation = 1
        let size = shape.reduce(1, *)
        var least = Double.infinity
        var most = -Double.infinity
        var mean = 0.0
        var squares = 0.0
        // Row by row, joined by the rule for two groups' moments: stable, and one pass.
        var count = 0.0
        let scale = scale
        ArrayReader.rows(of: inputs, rows) { row in
            var sum = 0.0
            for value in row {
                let value = value / scale
                sum += value
                least = min(least, value)
                most = max(most, value)
            }
            let rowMean = sum / Double(size)
            var rowSquares = 0.0
            for value in row { rowSquares += (value / scale - rowMean) * (value / scale - rowMean) }
            let total = count + Double(size)
            let difference = rowMean - mean
            mean += difference * Double(size) / total
            squares += rowSquares + difference * difference * count * Double(size) / total
            count = total
        }
        range = least.isFinite && most.isFinite ? least...most : nil
        switch options.normalize {
        case .standard: (center, deviation) = (mean, (squares / max(count, 1)).squareRoot())
        case .minmax: (center, deviation) = (least, most - least)
        case .none: break
        }
        if !(deviation > 0 && deviation.isFinite) { deviation = 1 }
        if !center.isFinite { center = 0 }
    }
}

/// Rows of a tensor of any type as `Double`.
package enum ArrayReader {
    /// Calls `body` for each of `rows`, in their order; for all when nil.
    package static func rows(of tensor: Tensor, _ rows: [Int]?, _ body: (UnsafeBufferPointer<Double>) -> Void) {
        switch tensor.dataType {
        case .float32: read(tensor, Float.self, rows, body) { Double($0) }
        case .float64: read(tensor, Double.self, rows, body) { $0 }
        case .int32: read(tensor, Int32.self, rows, body) { Double($0) }
        case .int64: read(tensor, Int64.self, rows, body) { Double($0) }
        case .uint8, .bool: read(tensor, UInt8.self, rows, body) { Double($0) }
        case .float16: read(tensor, UInt16.self, rows, body) { Self.double(half: $0) }
        case .bfloat16: read(tensor, UInt16.self, rows, body) { Double(Float(bitPattern: UInt32($0) << 16)) }
        }
    }

    /// IEEE half precision, without `Float16`, which not every platform has.
    private static func double(half bits: UInt16) -> Double {
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    private static func read<Scalar: BitwiseCopyable>(
        _ tensor: Tensor, _: Scalar.Type, _ rows: [Int]?, _ body: (UnsafeBufferPointer<Double>) -> Void,
        convert: (Scalar) -> Double
    ) {
        let size = tensor.shape.dropFirst().reduce(1, *)
        let row = UnsafeMutableBufferPointer<Double>.allocate(capacity: size)
        defer { row.deallocate() }
        tensor.withBytes { bytes in
            let scalars = bytes.bindMemory(to: Scalar.self)
            func pass(_ index: Int) {
                for place in 0..<size { row.initializeElement(at: place, to: convert(scalars[index * size + place])) }
                body(UnsafeBufferPointer(row))
            }
            if let rows { for index in rows { pass(index) } } else { for index in 0..<tensor.shape[0] { pass(index) } }
        }
    }
}
