import Foundation
import Thalweg

/// Where a workload's weights and batches come from, and how it runs.
struct Setting {
    /// What floating-point numbers are converted to.
    var dataType = DataType.float32
    /// Of the matrix products of a training step.
    var precision = ProductPrecision.full
    var threads = Threads.available
    /// How many examples more a batch has than the workload, and units more its hidden layers where those have no structure
    /// of their own: made-up data only.
    var more = 0
    /// Whether a single course of steps is run and nothing is put back: then first values need not be kept.
    var isOnce = false
    /// The harness's arrays: weights (`param/NAME`) and batches (`data/x`, `data/y`, batch index first). All is made up
    /// where there are none.
    var file: [String: Tensor]?

    func tensor(_ name: String, or sample: Sample) throws -> Tensor {
        guard let file else {
            return sample.tensor(RandomKey(seed: 1).split(name.utf8.reduce(0) { $0 * 31 + Int($1) }), dataType)
        }
        guard let tensor = file[name] else { throw BenchmarkError("the file has no \(name)") }
        return tensor.cast(to: tensor.dataType.isFloatingPoint ? dataType : .int64)
    }

    func batches(x: Sample, y: Sample, _ input: (Tensor) -> Tensor) throws -> [(x: Tensor, y: Tensor)] {
        let (x, y) = (try tensor("data/x", or: x.larger(by: more)), try tensor("data/y", or: y.larger(by: more)))
        return (0..<x.shape[0]).map { (input(x[$0]), y[$0]) }
    }

    /// The model with the file's weights, or with those it starts with.
    func prepared(_ model: any Layer, _ state: ([String: Tensor]) -> [String: Tensor]) throws -> any Layer {
        model.cast(to: dataType)
        guard let file else { return model }
        let prefix = "param/"
        let weights = file.filter { $0.key.hasPrefix(prefix) }
        try model.load(
            state(
                Dictionary(uniqueKeysWithValues: weights.map { (String($0.key.dropFirst(prefix.count)), $0.value) })))
        return model
    }
}

extension [String: Tensor] {
    /// Under other names; those not listed keep theirs.
    func renamed(_ names: [String: String]) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: map { (names[$0.key] ?? $0.key, $0.value) })
    }
}
