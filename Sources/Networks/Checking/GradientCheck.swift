public import ThalwegEngine

/// Compares gradients with central differences, (f(w + epsilon) - f(w - epsilon)) / (2·epsilon), in float64.
///
///     let report = GradientCheck()([("x", x)]) { p in p[0].tanh().sum() }
///     print(report.verdict)          // great
public struct GradientCheck: Sendable {
    public var epsilon: Double
    /// At most so many components of each tensor are checked, drawn at random; nil checks all.
    public var componentLimit: Int?
    public var seed: UInt64

    public init(epsilon: Double = 1e-5, componentLimit: Int? = 100, seed: UInt64 = 0) {
        self.epsilon = epsilon
        self.componentLimit = componentLimit
        self.seed = seed
    }

    /// Checks a scalar function of float64 tensors.
    public func callAsFunction(
        _ points: [(name: String, value: Tensor)], file: StaticString = #fileID, line: UInt = #line,
        _ function: @escaping ([Tensor]) -> Tensor
    ) -> GradientReport {
        for point in points {
            require(
                point.value.dataType == .float64,
                "gradient check: '\(point.name)' is \(point.value.dataType.rawValue), expected float64", file: file,
                line: line)
        }
        let values = points.map(\.value)
        let shapes = values.map { (shape: $0.shape, dataType: $0.dataType) }
        let both = CompiledFunction(inputs: shapes) { inputs in
            let result = valueAndGradient(of: function, at: inputs)
            return [result.value] + result.gradients
        }(values)
        let cost = CompiledFunction(inputs: shapes) { [function($0)] }
        let center = both[0].item()
        var random = RandomSource(key: RandomKey(seed: seed))

        let checks = points.indices.map { number -> TensorCheck in
            let scalars = values[number].doubles()
            func costMoved(_ component: Int, by distance: Double) -> Double {
                var moved = scalars
                moved[component] += distance
                var arguments = values
                arguments[number] = Tensor(moved, shape: values[number].shape)
                return cost(arguments)[0].item()
            }
            var check = TensorCheck(
                name: points[number].name, shape: values[number].shape, noise: 1.8e-15 * max(abs(center), 1) / epsilon)
            let gradient = both[number + 1].doubles()
            for component in components(of: scalars.count, &random) {
                let (above, below) = (costMoved(component, by: epsilon), costMoved(component, by: -epsilon))
                check.add(component, gradient[component], above: above, center: center, below: below, epsilon)
            }
            return check
        }
        return GradientReport(
            value: center, error: TensorCheck.error(checks),
            entries: checks.map { $0.entry(count: $0.shape.elementCount) })
    }

    private func components(of count: Int, _ random: inout RandomSource) -> [Int] {
        guard let limit = componentLimit, count > limit else { return Array(0..<count) }
        var chosen: Set<Int> = []
        while chosen.count < limit { chosen.insert(Int.random(in: 0..<count, using: &random)) }
        return chosen.sorted()
    }
}

/// Sums over one tensor's components.
private struct TensorCheck {
    let name: String
    let shape: Shape
    /// What rounding alone may put between a gradient and its difference.
    let noise: Double
    private var pairs: [(component: Int, gradient: Double, approximate: Double)] = []
    private var atKinks = 0
    private var zero = 0
    private var tooSmall = 0

    init(name: String, shape: Shape, noise: Double) {
        self.name = name
        self.shape = shape
        self.noise = noise
    }

    mutating func add(
        _ component: Int, _ gradient: Double, above: Double, center: Double, below: Double, _ epsilon: Double
    ) {
        let approximate = (above - below) / (2 * epsilon)
        let isClose = abs(gradient - approximate) <= 1e-7 * (abs(gradient) + abs(approximate)) + noise
        // Different slopes to the right and the left: a kink, where a difference says nothing.
        let (right, left) = ((above - center) / epsilon, (center - below) / epsilon)
        if !isClose, abs(right - left) > 1e-3 * (abs(right) + abs(left)) + 10 * noise {
            atKinks += 1
        } else {
            pairs.append((component, gradient, approximate))
            if gradient == 0 && approximate == 0 {
                zero += 1
            } else if max(abs(gradient), abs(approximate)) <= noise {
                tooSmall += 1
            }
        }
    }

    static func error(_ checks: [TensorCheck]) -> Double {
        let pairs = checks.flatMap(\.pairs)
        func norm(_ part: ((component: Int, gradient: Double, approximate: Double)) -> Double) -> Double {
            pairs.reduce(0) { $0 + part($1) * part($1) }.squareRoot()
        }
        let difference = norm { $0.gradient - $0.approximate }
        if difference.isNaN { return .infinity }
        let allowed = (checks.map(\.noise).max() ?? 0) * Double(pairs.count).squareRoot()
        if difference == 0 { return 0 }
        let error = difference / (norm { $0.gradient } + norm { $0.approximate })
        // A gradient so small that rounding hides it (a bias before a batch normalization) cannot be measured.
        return error > 1e-7 && difference <= allowed ? 0 : error
    }

    func entry(count: Int) -> GradientReport.Entry {
        func distance(_ pair: (component: Int, gradient: Double, approximate: Double)) -> Double {
            let distance = abs(pair.gradient - pair.approximate)
            return distance.isNaN ? .infinity : distance
        }
        let worst = pairs.max { distance($0) < distance($1) } ?? (0, 0, 0)
        let index = zip(shape.strides, shape).map { stride, size in worst.component / max(stride, 1) % max(size, 1) }
        return GradientReport.Entry(
            name: name, error: Self.error([self]), worst: (index, worst.gradient, worst.approximate),
            checked: pairs.count, count: count, atKinks: atKinks, zero: zero, tooSmall: tooSmall)
    }
}
