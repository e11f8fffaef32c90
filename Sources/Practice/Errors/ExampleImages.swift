import Foundation
import ThalwegDataSets
import ThalwegEngine

/// Examples that are images, as pictures a page can hold: `[n, height, width]`, or with one, three or four channels at the end.
struct ExampleImages {
    let height: Int
    let width: Int
    private let channels: Int
    private let inputs: Tensor
    private let range: ClosedRange<Double>

    /// nil for what is no images.
    init?(_ examples: Examples) {
        guard case .arrays(let inputs, _) = examples, (3...4).contains(inputs.rank), inputs.elementCount > 0,
            inputs.rank == 3 || [1, 3, 4].contains(inputs.shape[3]), inputs.shape[1] > 1, inputs.shape[2] > 1
        else { return nil }
        (height, width) = (inputs.shape[1], inputs.shape[2])
        channels = inputs.rank == 3 ? 1 : inputs.shape[3]
        self.inputs = inputs
        var (low, high) = (Double.infinity, -Double.infinity)
        ArrayReader.rows(of: inputs, nil) { pixels in
            for pixel in pixels { (low, high) = (min(low, pixel), max(high, pixel)) }
        }
        // Bytes and shares have their ranges; all else goes from the least to the largest number.
        if low >= 0, high <= 1 {
            range = 0...1
        } else if low >= 0, high > 127, high <= 255 {
            range = 0...255
        } else {
            range = min(low, 0)...max(high, 0)
        }
    }

    /// The image at `index` as the address of a BMP file that holds itself.
    func address(_ index: Int) -> String {
        var pixels: [Double] = []
        ArrayReader.rows(of: inputs, [index]) { pixels = Array($0) }
        let stride = (width * 3 + 3) / 4 * 4
        var bytes: [UInt8] = [0x42, 0x4D]
        func append(_ value: Int, _ count: Int) {
            for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
        }
        // File header, then the header of 40 bytes: rows from the bottom up, 24 bits a pixel.
        for (value, count) in [
            (54 + stride * height, 4), (0, 4), (54, 4), (40, 4), (width, 4), (height, 4), (1, 2), (24, 2), (0, 4),
            (stride * height, 4), (2835, 4), (2835, 4), (0, 4), (0, 4),
        ] { append(value, count) }
        for row in (0..<height).reversed() {
            for column in 0..<width {
                let place = (row * width + column) * channels
                let alpha = channels == 4 ? share(pixels[place + 3]) : 1
                for channel in channels == 1 ? [0, 0, 0] : [2, 1, 0] {
                    let value = share(pixels[place + channel]) * alpha + 1 - alpha
                    bytes.append(UInt8((value * 255).rounded()))
                }
            }
            bytes += [UInt8](repeating: 0, count: stride - width * 3)
        }
        return "data:image/bmp;base64," + Data(bytes).base64EncodedString()
    }

    /// From 0, the darkest, to 1.
    private func share(_ value: Double) -> Double {
        let spread = range.upperBound - range.lowerBound
        return spread > 0 ? min(max((value - range.lowerBound) / spread, 0), 1) : 0
    }
}
