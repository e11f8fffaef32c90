import ThalwegDataSets
public import ThalwegTraining

/// The network as boxes from top to bottom, each with what it does, the shape it gives and its parameters.
public struct NetworkDrawing: Sendable {
    public struct Box: Codable, Hashable, Sendable {
        public var name: String
        /// Numbers that it gives for one example.
        public var output: Int
        public var parameters: Int
    }

    /// From the inputs down.
    public let boxes: [Box]
    /// Category tables beside the numbers, joined before the first layer.
    public let embeddings: [Box]

    public init(_ architecture: DenseNetwork.Architecture) {
        embeddings = architecture.embeddings.enumerated().map { index, embedding in
            Box(
                name:
                    "Embedding \(index) of \(grouped(embedding.count)) categories",
                output: embedding.width, parameters: embedding.count * embedding.width)
        }
        var width =
            architecture.inputs - architecture.embeddings.count + architecture.embeddings.reduce(0) { $0 + $1.width }
        var boxes = [Box(name: "Inputs", output: architecture.inputs, parameters: 0)]
        if !embeddings.isEmpty {
            boxes.append(Box(name: "Numbers beside embeddings", output: width, parameters: 0))
        }
        let normalizes = architecture.batchNorm || architecture.layerNorm
        for (index, units) in architecture.hidden.enumerated() {
            let hasBias = !(normalizes && architecture.normalizesBeforeActivation)
            func box(_ name: String, _ parameters: Int = 0) {
                boxes.append(Box(name: name, output: units, parameters: parameters))
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
                name: "Dense (output)", output: architecture.outputs,
                parameters: width * architecture.outputs + architecture.outputs))
        self.boxes = boxes
    }

    /// The network in the language of Graphviz: `thalweg info RUN --dot | dot -Tsvg`.
    public var dot: String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        func node(_ name: String, _ box: Box) -> String {
            let weight = box.parameters > 0 ? "\n\(counted(box.parameters, "parameter"))" : ""
            let label = quoted("\(box.name)\n\(box.output)\(weight)").replacing("\n", with: "\\n")
            return "    \(name) [label=\(label)\(box.parameters > 0 ? ", style=bold" : "")];"
        }
        var lines = ["digraph network {", "    node [shape=box, fontname=\"sans-serif\"];"]
        lines += boxes.enumerated().map { node("layer\($0)", $1) }
        lines += embeddings.enumerated().map { node("embedding\($0)", $1) }
        // Categories are inputs, too; their tables meet the numbers in the second box.
        for index in embeddings.indices { lines.append("    layer0 -> embedding\(index) -> layer1;") }
        lines.append("    " + boxes.indices.map { "layer\($0)" }.joined(separator: " -> ") + ";")
        return (lines + ["}"]).joined(separator: "\n")
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
        let rows = (embeddings + boxes).map { [$0.name, "\($0.output)", grouped($0.parameters)] }
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
                "\(box.output)" + (box.parameters > 0 ? " · \(grouped(box.parameters)) par." : ""),
                pixel(x + width - 10),
                pixel(y + 20), anchor: "end", class: "soft")
    }
}
