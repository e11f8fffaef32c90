import ThalwegDataSets
import ThalwegTraining

/// The network as boxes from top to bottom, each with what it does, the shape it gives and its parameters.
struct NetworkDrawing {
    struct Box: Hashable {
        var name: String
        /// Of one example.
        var output: String
        var parameters: Int
    }

    let boxes: [Box]
    /// Category tables beside the numbers, joined before the first layer.
    let embeddings: [Box]

    init(_ architecture: DenseNetwork.Architecture) {
        embeddings = architecture.embeddings.enumerated().map { index, embedding in
            Box(
                name:
                    "Embedding \(index) of \(grouped(embedding.count)) categories",
                output: "\(embedding.width)", parameters: embedding.count * embedding.width)
        }
        var width =
            architecture.inputs - architecture.embeddings.count + architecture.embeddings.reduce(0) { $0 + $1.width }
        var boxes = [Box(name: "Inputs", output: "\(architecture.inputs)", parameters: 0)]
        if !embeddings.isEmpty {
            boxes.append(Box(name: "Numbers beside embeddings", output: "\(width)", parameters: 0))
        }
        let normalizes = architecture.batchNorm || architecture.layerNorm
        for (index, units) in architecture.hidden.enumerated() {
            let hasBias = !(normalizes && architecture.normalizesBeforeActivation)
            func box(_ name: String, _ parameters: Int = 0) {
                boxes.append(Box(name: name, output: "\(units)", parameters: parameters))
            }
            box("Dense", width * units + (hasBias ? units : 0))
            if !architecture.normalizesBeforeActivation { box("\(architecture.activation)") }
            if architecture.batchNorm { box("Batch norm", 2 * units) }
            if architecture.layerNorm { box("Layer norm", 2 * units) }
            if architecture.normalizesBeforeActivation { box("\(architecture.activation)") }
            let keep = architecture.keepProbabilities[index]
            if keep < 1 { box("Dropout, keeps \(numberText(keep))") }
            width = units
        }
        boxes.append(
            Box(
                name: "Dense (output)", output: "\(architecture.outputs)",
                parameters: width * architecture.outputs + architecture.outputs))
        self.boxes = boxes
    }

    var html: HTML {
        let (width, height, gap) = (300.0, 30.0, 16.0)
        let left = 20.0
        let total = Double(boxes.count) * (height + gap)
        let side = Double(embeddings.count) * (height + 6)
        let full = max(total, embeddings.isEmpty ? 0 : height + gap + side)
        let description = boxes.map { "\($0.name): gives \($0.output), \(grouped($0.parameters)) parameters" }
            .joined(separator: "; ")
        let svg = element(
            "svg",
            [
                "class": "chart network", "viewBox": "0 0 \(Int(ChartFrame.width)) \(Int(full))", "role": "img",
                "aria-label": "The network", "style": "max-width:46rem",
            ]
        ) {
            element("title") { "The network" }
            element("desc") { description }
            for (index, box) in boxes.enumerated() {
                let top = Double(index) * (height + gap)
                if index > 0 {
                    line(pixel(left + width / 2), pixel(top - gap), pixel(left + width / 2), pixel(top), class: "axis")
                }
                Self.drawn(box, x: left, y: top, width: width, height: height)
            }
            for (index, box) in embeddings.enumerated() {
                let (x, top) = (left + width + 60, height + gap + Double(index) * (height + 6))
                line(
                    pixel(left + width), pixel(height * 1.5 + gap), pixel(x), pixel(top + height / 2), class: "axis")
                Self.drawn(box, x: x, y: top, width: width, height: height)
            }
        }
        let rows = (embeddings + boxes).map { [$0.name, $0.output, grouped($0.parameters)] }
        return chartFigure(
            title: "Layers from the inputs down", svg: svg,
            table: DataTable("Layers", columns: ["layer", "output", "parameters"], rows: rows))
    }

    private static func drawn(_ box: Box, x: Double, y: Double, width: Double, height: Double) -> HTML {
        element(
            "rect",
            [
                "class": box.parameters > 0 ? "box weighty" : "box", "x": pixel(x), "y": pixel(y),
                "width": pixel(width),
                "height": pixel(height), "rx": "6",
            ])
            + text(shortened(box.name, to: 30), pixel(x + 10), pixel(y + 20), anchor: "start")
            + text(
                box.output + (box.parameters > 0 ? " · \(grouped(box.parameters)) par." : ""), pixel(x + width - 10),
                pixel(y + 20), anchor: "end", class: "soft")
    }
}
