// The pictures of docs/augmentation.md: what each operation makes of some digits. Prints SVG.
//
//     swift run -c release --package-path Examples augmentation-pictures > docs/images/augmentation.svg
import Thalweg

let rows = [
    "flip(probability=0)", "flip(probability=0.5)", "rotate(degrees=30)", "shift(pixels=1.5)", "crop(padding=2)",
    "zoom(share=0.3)", "shear(degrees=25)", "elastic(pixels=0.6, smoothness=1.5)", "brightness(share=0.4)",
    "contrast(share=0.8)", "noise(deviation=0.15)", "cutout(size=0.4)",
    "saturation(share=1)", "hue(degrees=120)", "mixup(alpha=1)",
]
let count = 8
let (cell, gap, left) = (44, 8, 250)

guard case .arrays(let digits, let labels?) = Digits.examples else { fatalError("digits have labels") }
let order = Array(20..<(20 + count))
let gray = digits.cast(to: .float32) / 16  // [1797, 8, 8]
let few = gray.gathered(at: Tensor(order))

/// Each digit in a color of its own, [n, 8, 8, 3].
func colored(_ images: Tensor) -> Tensor {
    let colors = (0..<count).flatMap { index -> [Float] in
        let place = Float(index) / Float(count)
        return [1 - place, 0.25 + 0.5 * place, 0.3 + 0.7 * place]
    }
    return images.reshaped(to: [count, 8, 8, 1]) * Tensor(colors, shape: [count, 1, 1, 3])
}

func pictures(_ text: String) throws -> Tensor {
    if text.hasPrefix("saturation") || text.hasPrefix("hue") {
        return try ImageAugmentation(parsing: text)(colored(few), seed: 7)
    }
    guard text.hasPrefix("mixup") else { return try ImageAugmentation(parsing: text)(few, seed: 7) }
    // A batch of a training set, encoded and taken back to gray.
    let (preprocessing, _) = try Preprocessing.fit(Digits.examples, options: .init(normalize: .none, scale: 16))
    let (y, _) = try preprocessing.targets(Digits.examples, dataType: .float32)
    let mix = try BatchAugmentation(ImageAugmentation(parsing: text), preprocessing: preprocessing, seed: 7)
    return try mix(x: preprocessing.inputs(Digits.examples), y: y, rows: order, epoch: 0).x.reshaped(to: [count, 8, 8])
}

let height = rows.count * (cell + gap) + gap
var svg = """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(left + count * (cell + gap))" height="\(height)" \
    font-family="sans-serif" font-size="13" role="img" aria-label="What each augmentation makes of eight digits">
    <rect width="100%" height="100%" fill="#fff"/>

    """
for (row, text) in rows.enumerated() {
    let images = try pictures(text)
    let values = images.doubles()
    let channels = images.rank == 4 ? 3 : 1
    let top = gap + row * (cell + gap)
    let name = row == 0 ? "as they are" : text
    svg += "<text x=\"8\" y=\"\(top + cell / 2 + 4)\" fill=\"#222\">\(name)</text>\n"
    for image in 0..<count {
        // Pixels of one color are one path: squares of a unit each.
        var paths: [String: String] = [:]
        for place in 0..<64 {
            let color = (0..<3).map { channel in
                let value = values[(image * 64 + place) * channels + (channels == 3 ? channel : 0)]
                let level = Int((min(max(value, 0), 1) * 15).rounded())
                return String(level, radix: 16)
            }.joined()
            paths[color, default: ""] += "M\(place % 8) \(place / 8)h1v1h-1z"
        }
        let place = "translate(\(left + image * (cell + gap)) \(top)) scale(\(Double(cell) / 8))"
        svg += "<g transform=\"\(place)\" shape-rendering=\"crispEdges\"><path fill=\"#000\" d=\"M0 0h8v8h-8z\"/>"
        for (color, path) in paths.sorted(by: { $0.key < $1.key }) where color != "000" {
            svg += "<path fill=\"#\(color)\" d=\"\(path)\"/>"
        }
        svg += "</g>\n"
    }
}
print(svg + "</svg>")
