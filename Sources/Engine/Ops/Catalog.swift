/// One public operation with inputs to try it on: what tests and `thalweg gradcheck` go through.
public struct OperationCase: Sendable {
    /// What an input is filled with.
    public enum Domain: Sendable {
        /// Numbers between the bounds, spread so that no two are close: kinks and ties are avoided.
        case numbers(ClosedRange<Double>)
        /// `int64` between the bounds.
        case whole(ClosedRange<Int>)
        /// `bool`, some of each.
        case flags
    }

    /// How far derivatives exist at the sample inputs.
    public enum Smoothness: Sendable, Comparable {
        /// No gradient: the result is not a number, or is constant between jumps.
        case none
        /// A gradient, and a second one that is zero or changes by jumps.
        case once
        case twice
    }

    public struct Input: Sendable {
        public let shape: Shape
        public let domain: Domain
    }

    public let name: String
    public let inputs: [Input]
    public let smoothness: Smoothness
    /// Whether the operation takes integer tensors in place of `numbers`.
    public let takesIntegers: Bool
    public let function: @Sendable ([Tensor]) -> Tensor

    public init(
        _ name: String, _ inputs: [Input], _ smoothness: Smoothness = .twice, integers: Bool = false,
        _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        self.name = name
        self.inputs = inputs
        self.smoothness = smoothness
        takesIntegers = integers
        self.function = function
    }

    public var isDifferentiable: Bool { smoothness > .none }

    /// Inputs for the case; `numbers` are of the given type (integers: whole numbers from 0 to 9).
    public func samples(_ type: DataType, seed: UInt64 = 0) -> [Tensor] {
        var random = RandomSource(key: RandomKey(seed: seed))
        return inputs.map { input in
            let count = input.shape.elementCount
            switch input.domain {
            case .numbers(let range) where type.isFloatingPoint:
                // One number in each of `count` equal parts of the range, in random order.
                let width = (range.upperBound - range.lowerBound) / Double(max(count, 1))
                let values = (0..<count).shuffled(using: &random).map {
                    range.lowerBound + (Double($0) + 0.3 + 0.4 * random.uniform()) * width
                }
                return Tensor(values, shape: input.shape).cast(to: type)
            case .numbers: return whole(0...9, input.shape, &random).cast(to: type)
            case .whole(let range): return whole(range, input.shape, &random)
            case .flags: return Tensor((0..<count).map { _ in Bool.random(using: &random) }, shape: input.shape)
            }
        }
    }

    private func whole(_ range: ClosedRange<Int>, _ shape: Shape, _ random: inout RandomSource) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Int.random(in: range, using: &random) }, shape: shape)
    }

    /// A line or more for every public operation.
    public static var catalog: [OperationCase] {
        functions + pairs + reductions + orders + movements + choices + products + windows + sources
    }
}

extension OperationCase: CustomStringConvertible {
    public var description: String { name }
}

// How the tables below are written: `on` names the shapes, `in` the range of the numbers.
extension OperationCase {
    static let usual = -2.0...2.0

    static func one(
        _ name: String, on shape: Shape = [3, 4], in range: ClosedRange<Double> = usual,
        _ smoothness: Smoothness = .twice,
        integers: Bool = false, _ function: @escaping @Sendable (Tensor) -> Tensor
    ) -> OperationCase {
        OperationCase(name, [Input(shape: shape, domain: .numbers(range))], smoothness, integers: integers) {
            function($0[0])
        }
    }

    static func two(
        _ name: String, on first: Shape = [3, 4], by second: Shape = [3, 4], in range: ClosedRange<Double> = usual,
        and other: ClosedRange<Double>? = nil, _ smoothness: Smoothness = .twice, integers: Bool = false,
        _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> OperationCase {
        let inputs = [
            Input(shape: first, domain: .numbers(range)), Input(shape: second, domain: .numbers(other ?? range)),
        ]
        return OperationCase(name, inputs, smoothness, integers: integers) { function($0[0], $0[1]) }
    }

    static func three(
        _ name: String, on shapes: [Shape], in range: ClosedRange<Double> = usual, _ smoothness: Smoothness = .twice,
        integers: Bool = false, _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) -> OperationCase {
        let inputs = shapes.map { Input(shape: $0, domain: .numbers(range)) }
        return OperationCase(name, inputs, smoothness, integers: integers, function)
    }

    /// Integer inputs first, then numbers.
    static func indexed(
        _ name: String, _ indices: Shape, _ range: ClosedRange<Int>, on shapes: [Shape],
        _ smoothness: Smoothness = .twice,
        integers: Bool = true, _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) -> OperationCase {
        let numbers = shapes.map { Input(shape: $0, domain: .numbers(usual)) }
        return OperationCase(
            name, [Input(shape: indices, domain: .whole(range))] + numbers, smoothness, integers: integers, function)
    }

    static func logic(_ name: String, _ count: Int, _ function: @escaping @Sendable ([Tensor]) -> Tensor)
        -> OperationCase
    {
        let inputs = [Input](repeating: Input(shape: [3, 4], domain: .flags), count: count)
        return OperationCase(name, inputs, .none, function)
    }
}
