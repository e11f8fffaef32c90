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
    var file: File?

    /// Arrays that are taken out as they are used, so that nobody holds what is not needed any more.
    final class File {
        private var tensors: [String: Tensor]

        init(_ tensors: [String: Tensor]) { self.tensors = tensors }

        func take(_ name: String) throws -> Tensor {
            guard let tensor = tensors.removeValue(forKey: name) else {
                throw BenchmarkError("the file has no \(name)")
            }
            return tensor
        }

        /// All whose names begin so, without that beginning.
        func takeAll(_ prefix: String) -> [String: Tensor] {
            let names = tensors.keys.filter { $0.hasPrefix(prefix) }
            return Dictionary(
                uniqueKeysWithValues: names.map {
                    (String($0.dropFirst(prefix.count)), tensors.removeValue(forKey: $0)!)
                })
        }
    }

    func tensor(_ name: String, or sample: Sample) throws -> Tensor {
        guard let file else {
            return sample.tensor(RandomKey(seed: 1).split(name.utf8.reduce(0) { $0 * 31 + Int($1) }), dataType)
        }
        let tensor = try file.take(name)
        return tensor.cast(to: tensor.dataType.isFloatingPoint ? dataType : .int64)
    }

    func batches(x: Sample, y: Sample, _ input: (Tensor) -> Tensor) throws -> [(x: Tensor, y: Tensor)] {
        let (x, y) = (try tensor("data/x", or: x.larger(by: more)), try tensor("data/y", or: y.larger(by: more)))
        return (0..<x.shape[0]).map { (input(x[$0]), y[$0]) }
    }

    /// The model with the file's weights, or with those it starts with.
    func prepared(_ model: any Layer, _ state: ([String: Tensor]) -> [String: Tensor]) throws -> any Layer {
        model.cast(to: dataType)
        if let file { try model.load(state(file.takeAll("param/"))) }
        return model
    }
}

extension [String: Tensor] {
    /// Under other names; those not listed keep theirs.
    func renamed(_ names: [String: String]) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: map { (names[$0.key] ?? $0.key, $0.value) })
    }
}
