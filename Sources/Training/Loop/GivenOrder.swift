import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

/// The order of the training examples in every epoch, out of an `.npy` file of integers `[epochs, examples]`.
///
/// Row e holds every number from 0 to examples - 1 once: the examples of epoch e, one batch after the other.
struct GivenOrder {
    /// A digest of the file.
    let fingerprint: String
    private let numbers: [Int64]
    private let examples: Int
    /// Epochs that it orders.
    let epochs: Int

    /// - Parameter epochs: how many the run may go through.
    /// - Throws: `DataError` for a file that cannot be read, an array of another type or shape, too few epochs, and an
    ///   epoch that is no permutation.
    init(path: String, examples: Int, epochs: Int) throws {
        let url = URL(fileURLWithPath: path)
        var digest = Fingerprint()
        let array = try NumPy.readNPY(url, name: path)
        digest.add(try FileBytes(url, name: path))
        guard [.uint8, .int32, .int64].contains(array.dataType) else {
            throw DataError(
                .unsupported, file: path, "holds \(array.dataType.rawValue); an order is made of whole numbers")
        }
        guard array.rank == 2, array.shape[1] == examples else {
            throw DataError(
                .mismatch, file: path,
                "shape \(array.shape), expected [epochs, \(examples)] for \(examples) training examples")
        }
        guard array.shape[0] >= epochs else {
            throw DataError(
                .mismatch, file: path, "orders for \(array.shape[0]) epochs, the run may go through \(epochs)")
        }
        fingerprint = digest.text
        numbers = array.cast(to: .int64).scalars(as: Int64.self)
        self.examples = examples
        self.epochs = array.shape[0]
        for epoch in 0..<array.shape[0] { try requirePermutation(epoch, file: path) }
    }

    private func requirePermutation(_ epoch: Int, file: String) throws {
        var seen = [Bool](repeating: false, count: examples)
        for number in numbers[(epoch * examples)..<((epoch + 1) * examples)] {
            guard (0..<Int64(examples)).contains(number) else {
                throw DataError(
                    .invalidValue, file: file,
                    "epoch \(epoch) (from 0) names example \(number); there are 0 to \(examples - 1)")
            }
            guard !seen[Int(number)] else {
                throw DataError(
                    .invalidValue, file: file, "epoch \(epoch) (from 0) names example \(number) twice")
            }
            seen[Int(number)] = true
        }
    }

    func order(epoch: Int) -> [Int] { numbers[(epoch * examples)..<((epoch + 1) * examples)].map { Int($0) } }
}

extension TrainingConfiguration {
    /// The order that the setting `batch-order` names, if it does.
    ///
    /// - Throws: `ConfigurationError` with a full batch, which has no order; `DataError` as `GivenOrder`.
    func givenOrder(examples: Int, epochs: Int) throws -> GivenOrder? {
        guard let batchOrder else { return nil }
        guard stepsPerEpoch(examples: examples) > 1 else {
            throw ConfigurationError(
                key: "batch-order", problem: "needs mini-batches: with a full batch there is no order")
        }
        return try GivenOrder(path: batchOrder, examples: examples, epochs: epochs)
    }
}
