internal import Foundation
public import ThalwegEngine
public import ThalwegNetworks

/// Random changes to images that leave alone what they show, a new one in every epoch: more to learn from where data are few.
///
///     let augmentation = try ImageAugmentation(parsing: "rotate(degrees=10), shift(pixels=2)")
///     let batch = augmentation(images, seed: 1, epoch: 3, examples: rows)
///
/// What happens to an example depends on seed, epoch and the example's number alone, not on its batch or on threads. Flips,
/// rotations, shifts, crops, zooms, shears and elastic fields become one map, so that every pixel is sampled once (bilinear; 0
/// outside); then come colors, noise and cutouts, in the order given.
public struct ImageAugmentation: Hashable, Sendable, CustomStringConvertible {
    public var operations: [ImageOperation]

    public init(_ operations: [ImageOperation]) { self.operations = operations }

    /// Reads `rotate(degrees=10), shift(pixels=2)`.
    ///
    /// - Throws: `ChoiceError` for an operation or a setting that does not exist.
    public init(parsing text: String) throws(ChoiceError) {
        operations = []
        var (depth, word) = (0, "")
        for character in text + "," {
            if character == "," && depth == 0 {
                operations.append(try ImageOperation(parsing: word))
                word = ""
                continue
            }
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            word.append(character)
        }
        guard depth == 0 else { throw .malformed(text) }
    }

    public var description: String { operations.map(\.description).joined(separator: ", ") }

    /// Changed images of the same shape.
    ///
    /// - Parameters:
    ///   - images: `[n, height, width]` or `[n, height, width, channels]`.
    ///   - epoch: another epoch, another change.
    ///   - examples: the number of each image; 0 to n - 1 when nil.
    ///   - range: of the numbers in the images; changed ones stay within.
    /// - Returns: float32. `mixup` needs targets and is left out here: see `BatchAugmentation`.
    public func callAsFunction(
        _ images: Tensor, seed: UInt64, epoch: Int = 0, examples: [Int]? = nil, range: ClosedRange<Double> = 0...1
    ) -> Tensor {
        let shape = images.shape
        precondition(
            shape.rank == 3 || shape.rank == 4, "images have shape [n, height, width] or one more axis, not \(shape)")
        let kind = ImageKind(height: shape[1], width: shape[2], channels: shape.rank == 4 ? shape[3] : 1)
        precondition(
            kind.channels == 3 || !operations.contains(where: \.needsColors), "saturation and hue need three channels")
        let source = images.cast(to: .float32)
        source.evaluate()
        return Tensor(shape: shape, dataType: .float32) { target in
            source.withBytes { bytes in
                let from = bytes.bindMemory(to: Float.self).baseAddress!
                let to = target.bindMemory(to: Float.self).baseAddress!
                for place in 0..<shape[0] {
                    change(
                        from + place * kind.size, into: to + place * kind.size, kind, range: range, seed: seed,
                        epoch: epoch, example: examples?[place] ?? place)
                }
            }
        }
    }
}

/// The form of one image, channels last.
struct ImageKind: Hashable, Sendable {
    var height: Int
    var width: Int
    var channels: Int
    var size: Int { height * width * channels }
}

extension ImageAugmentation {
    /// Changes one image.
    func change(
        _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ kind: ImageKind,
        range: ClosedRange<Double>, seed: UInt64, epoch: Int, example: Int
    ) {
        func draws(_ operation: Int) -> AugmentationDraws {
            AugmentationDraws(seed: seed, epoch: epoch, example: example, operation: operation)
        }
        let fill = Float(min(max(0, range.lowerBound), range.upperBound))
        var map = ImageMap()
        for (index, operation) in operations.enumerated() {
            var own = draws(index)
            map.add(operation, height: kind.height, width: kind.width, &own)
        }
        if map.isIdentity {
            target.update(from: source, count: kind.size)
        } else {
            map.sample(
                source, into: target, height: kind.height, width: kind.width, channels: kind.channels, fill: fill)
        }
        let pixels = UnsafeMutableBufferPointer(start: target, count: kind.size)
        let span = range.upperBound - range.lowerBound
        var isPainted = false
        for (index, operation) in operations.enumerated() {
            var own = draws(index)
            switch operation {
            case .brightness(let share):
                let more = Float(own.within(share) * span)
                for place in pixels.indices { pixels[place] += more }
            case .contrast(let share):
                let factor = Float(1 + own.within(share))
                let mean = pixels.reduce(0, +) / Float(max(pixels.count, 1))
                for place in pixels.indices { pixels[place] = mean + (pixels[place] - mean) * factor }
            case .saturation(let share): pixels.mixColors(ColorMatrix.saturation(1 + own.within(share)))
            case .hue(let degrees): pixels.mixColors(ColorMatrix.hue(own.within(degrees) * .pi / 180))
            case .noise(let deviation):
                for place in pixels.indices { pixels[place] += Float(own.normal() * deviation * span) }
            case .cutout(let size): pixels.cut(kind, size: size, fill: fill, &own)
            case .flip, .rotate, .shift, .crop, .zoom, .shear, .elastic, .mixup: continue
            }
            isPainted = true
        }
        guard isPainted else { return }
        let (low, high) = (Float(range.lowerBound), Float(range.upperBound))
        for place in pixels.indices { pixels[place] = min(max(pixels[place], low), high) }
    }
}

/// What three colors become, row by row.
private struct ColorMatrix {
    var rows: [[Float]]

    /// Weights of red, green and blue in gray (Rec. 601).
    private static let gray: [Double] = [0.299, 0.587, 0.114]

    static func saturation(_ factor: Double) -> ColorMatrix {
        ColorMatrix(
            rows: (0..<3).map { row in (0..<3).map { Float((1 - factor) * gray[$0] + ($0 == row ? factor : 0)) } })
    }

    /// A turn about the axis on which all three are equal.
    static func hue(_ angle: Double) -> ColorMatrix {
        let (c, s) = (cos(angle), sin(angle) / 3.0.squareRoot())
        let signs: [[Double]] = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
        return ColorMatrix(
            rows: (0..<3).map { row in
                (0..<3).map { Float((1 - c) / 3 + signs[row][$0] * s + ($0 == row ? c : 0)) }
            })
    }
}

extension UnsafeMutableBufferPointer<Float> {
    fileprivate func mixColors(_ matrix: ColorMatrix) {
        for place in Swift.stride(from: 0, to: count - 2, by: 3) {
            let (r, g, b) = (self[place], self[place + 1], self[place + 2])
            for (offset, row) in matrix.rows.enumerated() {
                self[place + offset] = row[0] * r + row[1] * g + row[2] * b
            }
        }
    }

    /// The square lies with its center anywhere in the image, so that corners are as likely as the middle.
    fileprivate func cut(_ kind: ImageKind, size: Double, fill: Float, _ draws: inout AugmentationDraws) {
        let side = Int((size * Double(Swift.min(kind.height, kind.width))).rounded())
        let (top, left) = (draws.index(kind.height) - side / 2, draws.index(kind.width) - side / 2)
        for y in Swift.max(top, 0)..<Swift.max(Swift.min(top + side, kind.height), Swift.max(top, 0)) {
            for x in Swift.max(left, 0)..<Swift.max(Swift.min(left + side, kind.width), Swift.max(left, 0)) {
                for channel in 0..<kind.channels { self[(y * kind.width + x) * kind.channels + channel] = fill }
            }
        }
    }
}
