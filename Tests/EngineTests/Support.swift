import Testing
import ThalwegEngine

/// Shape, type and elements agree; `tolerance` is relative to the greatest magnitude expected (at least 1).
func expectClose(
    _ found: Tensor, _ expected: Tensor, tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    #expect(found.dataType == expected.dataType, "\(what)", sourceLocation: sourceLocation)
    guard found.shape == expected.shape, found.dataType == expected.dataType else { return }
    if !found.dataType.isFloatingPoint {
        #expect(bytes(found) == bytes(expected), "\(what): \(found) is not \(expected)", sourceLocation: sourceLocation)
        return
    }
    let (a, b) = (found.doubles(), expected.doubles())
    let scale = b.filter(\.isFinite).reduce(1) { max($0, abs($1)) }
    let wrong = a.indices.first { place in
        !(a[place] == b[place] || a[place].isNaN && b[place].isNaN || abs(a[place] - b[place]) <= tolerance * scale)
    }
    if let wrong {
        Issue.record("\(what): element \(wrong) is \(a[wrong]), not \(b[wrong])", sourceLocation: sourceLocation)
    }
}

func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }

/// Numbers that weigh the elements of a result, so that no gradient cancels.
func weights(_ shape: Shape, seed: UInt64) -> Tensor {
    Tensor.randomUniform(shape, in: 0.5..<1.5, key: RandomKey(seed: seed), dataType: .float64)
        * Tensor.select(
            Tensor.randomUniform(shape, key: RandomKey(seed: seed + 1)) .< 0.3, Tensor(-1, dataType: .float64), 1.0)
}

/// |analytic - numeric| / (|analytic| + |numeric|) of a scalar function, with central differences; 0 where both vanish.
func gradientError(at points: [Tensor], of function: ([Tensor]) -> Tensor) -> Double {
    let inputs = points.map { (shape: $0.shape, dataType: $0.dataType) }
    let value = CompiledFunction(inputs: inputs) { [function($0)] }
    let gradients = CompiledFunction(inputs: inputs) { valueAndGradient(of: function, at: $0).gradients }
    let analytic = gradients(points).flatMap { $0.doubles() }
    var numeric: [Double] = []
    for (number, point) in points.enumerated() {
        let scalars = point.doubles()
        func moved(_ place: Int, _ value: Double) -> [Tensor] {
            var (changed, arguments) = (scalars, points)
            changed[place] = value
            arguments[number] = Tensor(changed, shape: point.shape)
            return arguments
        }
        for place in scalars.indices {
            let (above, below) = (scalars[place] + 1e-5, scalars[place] - 1e-5)
            let rise = value(moved(place, above))[0].item() - value(moved(place, below))[0].item()
            numeric.append(rise / (above - below))
        }
    }
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let sum = norm(analytic) + norm(numeric)
    // What rounding of the function alone puts into a difference.
    let difference = norm(zip(analytic, numeric).map { $0 - $1 })
    return sum < 1e-8 ? (difference < 1e-8 ? 0 : 1) : difference / sum
}
