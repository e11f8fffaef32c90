import Thalweg

/// A workload with its state, ready to step.
protocol Runner: AnyObject {
    /// Puts the state back to the first step's.
    func reset()
    /// One step; training: the loss before its update, inference: the output.
    @discardableResult func advance() -> Tensor
    /// So many steps, one after the other.
    func run(_ steps: Int)
    /// Where the time of a step goes.
    func profile() throws -> PlanProfile
    /// The losses of the first `count` steps; inference: the values of the output.
    func losses(_ count: Int) -> [Double]
    /// Bytes that a step cannot help reading and writing: state, batch and result, once each.
    var leastBytes: Int { get }
}

extension Runner {
    func run(_ steps: Int) {
        for _ in 0..<steps { advance() }
    }

    /// What a step's result comes down to: a loss itself, or the mean of squares.
    func value(_ result: Tensor) -> Double {
        result.rank == 0 ? result.item() : result.cast(to: .float64).square().mean().item()
    }
}

extension CompiledFunction {
    /// Bytes of the arguments and of what is returned.
    var argumentBytes: Int { (inputs + outputs).reduce(0) { $0 + $1.shape.elementCount * $1.dataType.size } }
}
