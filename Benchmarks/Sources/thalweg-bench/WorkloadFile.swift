import Foundation
import Thalweg

/// Weights (`param/NAME`) and batches (`data/x`, `data/y`, batch index first) of a workload.
struct WorkloadFile {
    /// What floating-point numbers are converted to.
    let dataType: DataType
    /// Of the matrix products of a training step.
    let precision: ProductPrecision
    private let tensors: [String: Tensor]

    init(_ url: URL, dataType: DataType, precision: ProductPrecision) throws {
        self.precision = precision
        tensors = try NumPy.readNPZ(url)
        self.dataType = dataType
    }

    func tensor(_ name: String) throws -> Tensor {
        guard let tensor = tensors[name] else { throw BenchmarkError("the file has no \(name)") }
        return tensor.cast(to: tensor.dataType.isFloatingPoint ? dataType : .int64)
    }

    func batches(_ input: (Tensor) -> Tensor) throws -> [(x: Tensor, y: Tensor)] {
        let (x, y) = (try tensor("data/x"), try tensor("data/y"))
        return (0..<x.shape[0]).map { (input(x[$0]), y[$0]) }
    }

    /// The model with the file's weights.
    func load(_ model: any Layer, _ state: ([String: Tensor]) -> [String: Tensor]) throws -> any Layer {
        let prefix = "param/"
        let weights = tensors.filter { $0.key.hasPrefix(prefix) }
        model.cast(to: dataType)
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
