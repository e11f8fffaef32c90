import Thalweg

/// What a made-up tensor holds.
enum Sample {
    case normal(Shape)
    /// In [0, 1).
    case uniform(Shape)
    /// Whole numbers from 0 up to a limit.
    case whole(Shape, below: Int)
    /// Zeros and ones, as floating-point numbers.
    case flags(Shape)

    /// With more examples in a batch, the second axis.
    func larger(by more: Int) -> Sample {
        func larger(_ shape: Shape) -> Shape {
            Shape(shape.enumerated().map { $0 == 1 ? max(1, $1 + more) : $1 })
        }
        return switch self {
        case .normal(let shape): .normal(larger(shape))
        case .uniform(let shape): .uniform(larger(shape))
        case .whole(let shape, let limit): .whole(larger(shape), below: limit)
        case .flags(let shape): .flags(larger(shape))
        }
    }

    func tensor(_ key: RandomKey, _ dataType: DataType = .float32) -> Tensor {
        switch self {
        case .normal(let shape): .randomNormal(shape, key: key, dataType: dataType)
        case .uniform(let shape): .randomUniform(shape, key: key, dataType: dataType)
        case .whole(let shape, let limit):
            (Tensor.randomUniform(shape, key: key, dataType: .float64) * Double(limit)).floor().cast(to: .int64)
        case .flags(let shape): (Tensor.randomUniform(shape, key: key) .< 0.5).cast(to: dataType)
        }
    }
}
