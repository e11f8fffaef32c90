internal import Foundation

/// Where each pixel of a changed image comes from: an affine map about the center, and a field of displacements.
struct ImageMap {
    /// Rows of the 2 by 3 matrix from (y, x) about the center to (y, x) about the center.
    private var a = (1.0, 0.0, 0.0)
    private var b = (0.0, 1.0, 0.0)
    private(set) var isIdentity = true
    private var field: (dy: [Float], dx: [Float])?

    /// The map that first goes through `self`: its output is the other's input.
    private mutating func compose(_ y: (Double, Double, Double), _ x: (Double, Double, Double)) {
        func row(_ r: (Double, Double, Double)) -> (Double, Double, Double) {
            (r.0 * y.0 + r.1 * x.0, r.0 * y.1 + r.1 * x.1, r.0 * y.2 + r.1 * x.2 + r.2)
        }
        (a, b) = (row(a), row(b))
        isIdentity = false
    }

    /// Adds what an operation does to places; the others draw nothing.
    mutating func add(_ operation: ImageOperation, height: Int, width: Int, _ draws: inout AugmentationDraws) {
        switch operation {
        case .flip(let probability, let isVertical):
            guard draws.uniform() < probability else { return }
            if isVertical { compose((-1, 0, 0), (0, 1, 0)) } else { compose((1, 0, 0), (0, -1, 0)) }
        case .rotate(let degrees):
            let angle = draws.within(degrees) * .pi / 180
            compose((cos(angle), -sin(angle), 0), (sin(angle), cos(angle), 0))
        case .shift(let pixels): compose((1, 0, draws.within(pixels)), (0, 1, draws.within(pixels)))
        case .crop(let padding):
            let span = 2 * padding + 1
            compose(
                (1, 0, Double(draws.index(span) - padding)), (0, 1, Double(draws.index(span) - padding)))
        case .zoom(let share):
            let factor = 1 / (1 + draws.within(share))
            compose((factor, 0, 0), (0, factor, 0))
        case .shear(let degrees): compose((1, 0, 0), (tan(draws.within(degrees) * .pi / 180), 1, 0))
        case .elastic(let pixels, let smoothness):
            field = (
                Self.smoothNoise(height, width, pixels, smoothness, &draws),
                Self.smoothNoise(height, width, pixels, smoothness, &draws)
            )
            isIdentity = false
        case .brightness, .contrast, .saturation, .hue, .noise, .cutout, .mixup: return
        }
    }

    /// Uniform noise, smoothed along both axes, scaled to this quadratic mean.
    private static func smoothNoise(
        _ height: Int, _ width: Int, _ size: Double, _ smoothness: Double, _ draws: inout AugmentationDraws
    ) -> [Float] {
        var field = (0..<(height * width)).map { _ in Float(draws.within(1)) }
        let reach = Int((smoothness * 3).rounded(.up))
        let kernel = (-reach...reach).map { Float(exp(-pow(Double($0) / smoothness, 2) / 2)) }
        func smooth(_ count: Int, _ step: Int, _ start: Int) {
            let line = (0..<count).map { field[start + $0 * step] }
            for place in 0..<count {
                var (sum, weight) = (Float(0), Float(0))
                for (offset, factor) in kernel.enumerated() {
                    let near = place + offset - reach
                    guard near >= 0, near < count else { continue }
                    sum += factor * line[near]
                    weight += factor
                }
                field[start + place * step] = sum / weight
            }
        }
        for y in 0..<height { smooth(width, 1, y * width) }
        for x in 0..<width { smooth(height, width, x) }
        let mean = (field.reduce(0) { $0 + $1 * $1 } / Float(max(field.count, 1))).squareRoot()
        let scale = mean > 0 ? Float(size) / mean : 0
        return field.map { $0 * scale }
    }

    /// The image seen through the map: bilinear between pixels, `fill` outside.
    func sample(
        _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, height: Int, width: Int,
        channels: Int,
        fill: Float
    ) {
        let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
        for row in 0..<height {
            for column in 0..<width {
                let place = row * width + column
                var (y, x) = (Double(row) - middleY, Double(column) - middleX)
                if let field {
                    y += Double(field.dy[place])
                    x += Double(field.dx[place])
                }
                let fromY = a.0 * y + a.1 * x + a.2 + middleY
                let fromX = b.0 * y + b.1 * x + b.2 + middleX
                // Rounding must not blur what lies exactly on a pixel.
                let (top, left) = ((fromY + 1e-9).rounded(.down), (fromX + 1e-9).rounded(.down))
                let (v, u) = (Float(max(fromY - top, 0)), Float(max(fromX - left, 0)))
                let (y0, x0) = (Int(top), Int(left))
                for channel in 0..<channels {
                    func pixel(_ y: Int, _ x: Int) -> Float {
                        y >= 0 && y < height && x >= 0 && x < width
                            ? source[(y * width + x) * channels + channel] : fill
                    }
                    var value = pixel(y0, x0) * (1 - u) * (1 - v)
                    if u > 1e-6 { value += pixel(y0, x0 + 1) * u * (1 - v) }
                    if v > 1e-6 { value += pixel(y0 + 1, x0) * (1 - u) * v }
                    if u > 1e-6, v > 1e-6 { value += pixel(y0 + 1, x0 + 1) * u * v }
                    target[place * channels + channel] = value
                }
            }
        }
    }
}
