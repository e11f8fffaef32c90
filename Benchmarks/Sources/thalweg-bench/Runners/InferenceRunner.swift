import Thalweg

/// Calls of a model on one batch.
final class InferenceRunner: Runner {
    private let function: CompiledFunction
    private let input: Tensor
    private let weightBytes: Int

    init(_ model: any Layer, input: Tensor, threads: Int) {
        self.input = input
        weightBytes = model.parameterCount * input.dataType.size
        evaluate([input])
        let inventory = model.inventory()
        function = CompiledFunction(inputs: [(input.shape, input.dataType)], threads: threads) { arguments in
            defer { inventory.releaseValues() }
            return [model(arguments[0])]
        }
    }

    var leastBytes: Int { function.argumentBytes + weightBytes }

    func reset() {}

    @discardableResult
    func advance() -> Tensor { function([input])[0] }

    func profile() throws -> PlanProfile { try function.profile([input]) }

    func losses(_ count: Int) -> [Double] { advance().doubles() }
}
