internal import ThalwegEngine

extension GradientCheckTable {
    /// Every differentiable operation of the engine's catalog, on inputs away from kinks and poles.
    static let operations: [GradientCheckCase] = OperationCase.catalog.filter(\.isDifferentiable).map { operation in
        GradientCheckCase(kind: .operation, name: operation.name) {
            let check = GradientCheck()
            let samples = operation.samples(.float64, seed: 5)
            let numbers = samples.indices.filter {
                samples[$0].dataType == .float64 && samples[$0].elementCount > 0
            }
            return check(numbers.map { ("input \($0)", samples[$0]) }) { points in
                var inputs = samples
                for (place, point) in zip(numbers, points) { inputs[place] = point }
                return check.combined(operation.function(inputs))
            }
        }
    }
}
