internal import Foundation
public import ThalwegEngine
internal import ThalwegFormats
internal import ThalwegNetworks

/// Augments batches of a training set whose images are encoded already: undoes the encoding, changes the images, encodes again.
public struct BatchAugmentation: Sendable {
    private let augmentation: ImageAugmentation
    private let kind: ImageKind
    private let encoding: ArrayEncoding
    private let classes: Int
    private let seed: UInt64
    private let threads: Int

    /// - Parameter preprocessing: of the training set.
    /// - Throws: `DataError` for examples that are no images (two axes, or three with the channels last), and for operations on
    ///   colors where there are none.
    public init(
        _ augmentation: ImageAugmentation, preprocessing: Preprocessing, seed: UInt64, threads: Int? = nil
    ) throws {
        guard case .array(let encoding) = preprocessing.input, (2...3).contains(encoding.shape.count) else {
            throw DataError(.unsupported, "only images can be augmented; these examples are none")
        }
        let shape = encoding.shape
        kind = ImageKind(height: shape[0], width: shape[1], channels: shape.count == 3 ? shape[2] : 1)
        if let operation = augmentation.operations.first(where: \.needsColors), kind.channels != 3 {
            throw DataError(
                .unsupported,
                "\(operation.specification.name) needs three colors; these images have \(kind.channels == 1 ? "one" : "\(kind.channels) channels")"
            )
        }
        self.augmentation = augmentation
        self.encoding = encoding
        self.seed = seed
        self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        classes = preprocessing.task == .multiclass ? preprocessing.classes.count : 0
    }

    /// Inputs and targets of a batch.
    ///
    /// - Parameters:
    ///   - x: all training examples, encoded (float32 or float64).
    ///   - y: their targets.
    ///   - rows: the batch; all examples when nil.
    /// - Returns: targets as in `y`; with `mixup` distributions `[n, classes]` where there are more than two classes.
    public func callAsFunction(x: Tensor, y: Tensor, rows: [Int]?, epoch: Int) -> (x: Tensor, y: Tensor) {
        let rows = rows ?? Array(0..<x.shape[0])
        let partners = partners(rows, of: x.shape[0], epoch: epoch)
        let inputs: Tensor =
            x.dataType == .float64
            ? images(x, rows, partners, epoch, Double.self) : images(x, rows, partners, epoch, Float.self)
        return (inputs, targets(y, rows, partners))
    }

    /// What an example is mixed with, and the share that stays of it; nil without `mixup`.
    private func partners(_ rows: [Int], of count: Int, epoch: Int) -> [(row: Int, share: Double)]? {
        guard
            let place = augmentation.operations.firstIndex(where: { if case .mixup = $0 { true } else { false } }),
            case .mixup(let alpha) = augmentation.operations[place]
        else { return nil }
        return rows.map { row in
            var draws = AugmentationDraws(seed: seed, epoch: epoch, example: row, operation: place)
            return (draws.index(count), draws.beta(alpha))
        }
    }

    private func images<Scalar: TensorScalar & BinaryFloatingPoint & Sendable>(
        _ x: Tensor, _ rows: [Int], _ partners: [(row: Int, share: Double)]?, _ epoch: Int, _: Scalar.Type
    ) -> Tensor {
        let size = kind.size
        return Tensor(shape: [rows.count, size], dataType: Scalar.dataType) { target in
            x.withBytes { bytes in
                let job = BatchJob<Scalar>(
                    source: bytes.bindMemory(to: Scalar.self).baseAddress!,
                    target: target.bindMemory(to: Scalar.self).baseAddress!)
                let parts = max(min(threads, rows.count), 1)
                DispatchQueue.concurrentPerform(iterations: parts) { part in
                    let own = (part * rows.count / parts)..<((part + 1) * rows.count / parts)
                    var (image, changed, other) = (
                        [Float](repeating: 0, count: size), [Float](repeating: 0, count: size),
                        [Float](repeating: 0, count: size)
                    )
                    for place in own {
                        change(job, rows[place], &image, &changed, epoch)
                        if let (row, share) = partners?[place] {
                            change(job, row, &image, &other, epoch)
                            for index in 0..<size {
                                changed[index] = Float(share) * changed[index] + Float(1 - share) * other[index]
                            }
                        }
                        let to = job.target + place * size
                        for index in 0..<size {
                            to[index] = Scalar((Double(changed[index]) - encoding.center) / encoding.deviation)
                        }
                    }
                }
            }
        }
    }

    /// One image out of the training set, changed.
    private func change<Scalar: BinaryFloatingPoint>(
        _ job: BatchJob<Scalar>, _ row: Int, _ image: inout [Float], _ changed: inout [Float], _ epoch: Int
    ) {
        let from = job.source + row * kind.size
        for index in image.indices { image[index] = Float(Double(from[index]) * encoding.deviation + encoding.center) }
        let range = encoding.range ?? 0...1
        image.withUnsafeBufferPointer { image in
            changed.withUnsafeMutableBufferPointer { changed in
                augmentation.change(
                    image.baseAddress!, into: changed.baseAddress!, kind, range: range, seed: seed, epoch: epoch,
                    example: row)
            }
        }
    }

    private func targets(_ y: Tensor, _ rows: [Int], _ partners: [(row: Int, share: Double)]?) -> Tensor {
        let own = y.gathered(at: Tensor(rows))
        guard let partners else { return own }
        let other = y.gathered(at: Tensor(partners.map(\.row)))
        let type: DataType = y.dataType.isFloatingPoint ? y.dataType : .float32
        func soft(_ targets: Tensor) -> Tensor { classes > 0 ? targets.oneHot(classes, dataType: type) : targets }
        let shape: Shape = y.rank == 2 || classes > 0 ? [rows.count, 1] : [rows.count]
        let shares = Tensor(partners.map(\.share)).cast(to: type).reshaped(to: shape)
        return shares * soft(own) + (1 - shares) * soft(other)
    }
}

/// The memory that parts of a batch share: each writes rows of its own.
private struct BatchJob<Scalar>: @unchecked Sendable {
    let source: UnsafePointer<Scalar>
    let target: UnsafeMutablePointer<Scalar>
}
