import ThalwegDataSets

/// Judges a run by how its layers stood: gradients that vanish or explode, dead and saturated units, updates of the wrong size.
public struct LayerReview: Sendable {
    private let looks: [(step: Int, layers: [LayerWatch])]
    private let configuration: TrainingConfiguration

    /// - Parameter rows: of `watch.csv`, in order.
    public init(_ rows: [LayerWatch], configuration: TrainingConfiguration) {
        var looks: [(step: Int, layers: [LayerWatch])] = []
        for row in rows {
            if looks.last?.step == row.step {
                looks[looks.count - 1].layers.append(row)
            } else {
                looks.append((row.step, [row]))
            }
        }
        self.looks = looks
        self.configuration = configuration
    }

    /// Looks before anything is said, so that one odd batch is no finding.
    static let fewest = 3

    /// The clearest first.
    public var findings: [Finding] {
        guard looks.count >= Self.fewest else { return [] }
        return [exploding, deadUnits, vanishing, saturation, tooLargeUpdates, tooSmallUpdates].compactMap { $0 }
    }

    private var first: ArraySlice<(step: Int, layers: [LayerWatch])> { looks.prefix(Self.fewest) }
    private var latest: ArraySlice<(step: Int, layers: [LayerWatch])> { looks.suffix(Self.fewest) }
    private var step: Int { looks[looks.count - 1].step }
    private var names: [String] { looks[0].layers.map(\.layer) }

    /// A weight's layers where `isTrue` holds at every one of some looks.
    private func layers(
        _ looks: ArraySlice<(step: Int, layers: [LayerWatch])>,
        where isTrue: (_ layer: LayerWatch, _ look: [LayerWatch]) -> Bool
    ) -> [String] {
        names.filter { name in
            looks.allSatisfy { look in
                look.layers.first { $0.layer == name }.map { isTrue($0, look.layers) } ?? false
            }
        }
    }

    private func place(_ layers: [String]) -> String {
        layers.count > 1 ? "\(layers[0]) to \(layers[layers.count - 1])" : layers[0]
    }

    // MARK: Gradients

    /// The part of the largest relative gradient below which a layer learns nothing.
    static let vanishingPart = 1e-5
    /// Healthy layers have gradients of a hundredth of their weights to a few times their size.
    static let explodingGradient = 30.0

    private var vanishing: Finding? {
        // Weights at zero block what lies before them: that is another fault.
        guard looks[0].layers.allSatisfy({ $0.weightNorm > 0 }) else { return nil }
        func part(_ layer: LayerWatch, _ look: [LayerWatch]) -> Double {
            let largest = look.compactMap(\.relativeGradient).max() ?? 0
            return largest > 0 ? (layer.relativeGradient ?? 0) / largest : 1
        }
        let affected = layers(latest) { part($0, $1) < Self.vanishingPart }
        guard let worst = affected.first, let look = looks.last,
            let row = look.layers.first(where: { $0.layer == worst })
        else { return nil }
        return Finding(
            .vanishingGradients,
            "beside their weights, the gradients of \(place(affected)) are below \(numberText(Self.vanishingPart)) of the "
                + "largest layer's (\(numberText(part(row, look.layers))) at \(worst)): "
                + (affected.count > 1 ? "they learn nothing" : "it learns nothing"),
            actions: Remedies(configuration).strongerSignals, place: place(affected), step: step)
    }

    private var exploding: Finding? {
        let affected = layers(latest) { layer, _ in
            layer.relativeGradient.map { !($0 < Self.explodingGradient) } ?? false
        }
        guard !affected.isEmpty, let look = looks.last else { return nil }
        let largest = look.layers.compactMap(\.relativeGradient).max() ?? 0
        let isEarly = looks.count == Self.fewest
        return Finding(
            .explodingGradients,
            "the gradients of \(place(affected)) are up to \(numberText(largest)) times as large as the weights (healthy: "
                + "0.01 to 1)",
            actions: isEarly ? Remedies(configuration).smallerSignals : Remedies(configuration).lowerRate,
            place: place(affected), step: step)
    }

    // MARK: Units

    static let deadPart = 0.6
    static let saturatedPart = 0.5
    static let saturatedPartLater = 0.95

    private var deadUnits: Finding? {
        // The first steps move units about: what is dead for good is so later, too.
        guard looks.count >= 5 else { return nil }
        let affected = layers(latest) { layer, _ in layer.dead ?? 0 > Self.deadPart }
        guard let look = looks.last,
            let worst = look.layers.filter({ affected.contains($0.layer) }).max(by: { $0.dead ?? 0 < $1.dead ?? 0 })
        else { return nil }
        return Finding(
            .deadUnits,
            "\(percentText(worst.dead ?? 0)) of the units of \(worst.layer) answer 0 to every one of a sample of training "
                + "examples: they get no gradient and do not come back",
            actions: Remedies(configuration).livingUnits, place: place(affected), step: step)
    }

    /// Tight from the start, where it keeps a network from learning; near the end a sure network may well be at its bounds.
    private var saturation: Finding? {
        let early = layers(first) { layer, _ in layer.saturated ?? 0 > Self.saturatedPart }
        let affected =
            early.isEmpty ? layers(latest) { layer, _ in layer.saturated ?? 0 > Self.saturatedPartLater } : early
        guard let look = early.isEmpty ? looks.last : first.last,
            let worst = look.layers.filter({ affected.contains($0.layer) })
                .max(by: { $0.saturated ?? 0 < $1.saturated ?? 0 })
        else { return nil }
        return Finding(
            .saturation,
            "\(percentText(worst.saturated ?? 0)) of the answers of \(worst.layer) lie beyond 0.95 of the activation's range, "
                + "where its slope is almost 0", actions: Remedies(configuration).unsaturated, place: place(affected),
            step: look.step)
    }

    // MARK: Updates

    static let largeUpdate = 0.5
    static let smallUpdate = 1e-5

    private var tooLargeUpdates: Finding? {
        let affected = layers(first) { layer, _ in layer.weightNorm > 0 && layer.updateRatio > Self.largeUpdate }
        guard let look = first.last, !affected.isEmpty else { return nil }
        let largest = look.layers.filter { affected.contains($0.layer) }.map(\.updateRatio).max() ?? 0
        return Finding(
            .rateTooHigh,
            "each of the first steps changed the weights of \(place(affected)) by up to \(numberText(largest)) of their size "
                + "(healthy: about 0.001 to 0.1)", actions: Remedies(configuration).lowerRate, place: place(affected),
            step: look.step)
    }

    private var tooSmallUpdates: Finding? {
        // Not before training has gone on for a while: a warm-up begins small.
        guard looks.count >= 30 else { return nil }
        let ratios = looks.map { look in look.layers.map(\.updateRatio).max() ?? 0 }
        guard let largest = ratios.max(), largest < Self.smallUpdate else { return nil }
        return Finding(
            .rateTooLow,
            "no step so far changed any layer by more than \(numberText(largest)) of its weights (healthy: about 0.001)",
            actions: Remedies(configuration).higherRate, step: step)
    }
}
