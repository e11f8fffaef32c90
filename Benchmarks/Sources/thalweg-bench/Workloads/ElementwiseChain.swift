import Thalweg

extension Workload {
    /// The sum of gelu(1.5 x + 0.1) · sigmoid(x) and its gradient.
    static let elementwiseChain = Workload(
        name: "elementwise_chain",
        kind: .steps { setting in
            ElementwiseRunner(try setting.tensor("data/x", or: .normal([4096, 1024])), threads: setting.threads)
        })
}

private final class ElementwiseRunner: Runner {
    private let function: CompiledFunction
    private let x: Tensor

    init(_ x: Tensor, threads: Int) {
        self.x = x
        evaluate([x])
        function = CompiledFunction(inputs: [(x.shape, x.dataType)], threads: threads) { arguments in
            let (sum, gradients) = valueAndGradient(
                of: { (($0[0] * 1.5 + 0.1).gelu() * $0[0].sigmoid()).sum() }, at: arguments)
            return [sum] + gradients
        }
    }

    var leastBytes: Int { function.argumentBytes }

    func reset() {}

    @discardableResult
    func advance() -> Tensor { function([x])[0] }

    func profile() throws -> PlanProfile { try function.profile([x]) }

    /// The sum and the first seven elements of the gradient.
    func losses(_ count: Int) -> [Double] {
        let results = function([x])
        return results[0].doubles() + results[1].flattened()[0..<7].doubles()
    }
}
