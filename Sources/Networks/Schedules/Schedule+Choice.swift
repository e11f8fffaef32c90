extension Schedule: Choice {
    public static let kind = "schedule"
    public static let names = [
        "constant", "inverse", "exponential", "inverse_square_root", "staircase", "table", "cosine", "one_cycle",
        "plateau",
    ]

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        let curve: Curve
        switch name {
        case "inverse": curve = .inverse(decay: try settings.number("decay", default: 1, in: -1e30...1e30))
        case "exponential": curve = .exponential(factor: try settings.number("factor", default: 0.95, in: 0...1e30))
        case "inverse_square_root": curve = .inverseSquareRoot(k: try settings.number("k", default: 1, in: 0...1e30))
        case "staircase":
            curve = .staircase(
                factor: try settings.number("factor", default: 0.5, in: 0...1e30),
                every: try settings.integer("every", default: 10, in: 1...1_000_000_000))
        case "table":
            let epochs = try settings.numbers("epochs")
            let rates = try settings.numbers("rates")
            guard epochs.count == rates.count, zip(epochs, epochs.dropFirst()).allSatisfy({ $0 < $1 }),
                rates.allSatisfy({ $0 >= 0 })
            else {
                throw settings.invalid("epochs", "\(epochs)", "rising numbers, one for each of the rates \(rates)")
            }
            curve = .table(epochs: epochs, rates: rates)
        case "cosine":
            curve = .cosine(
                warmup: try settings.number("warmup", default: 0, in: 0...1e9),
                cycles: try settings.integer("cycles", default: 1, in: 1...1_000_000_000),
                growth: try settings.number("growth", default: 1, in: 0.01...100),
                floor: try settings.number("floor", default: 0, in: 0...1))
        case "one_cycle":
            curve = .oneCycle(
                rise: try settings.number("rise", default: 0.3, in: 0...1),
                start: try settings.number("start", default: 25, in: 1...1e9),
                end: try settings.number("end", default: 1e4, in: 1...1e15))
        case "plateau":
            curve = .plateau(
                factor: try settings.number("factor", default: 0.1, in: 0...1e30),
                patience: try settings.integer("patience", default: 10),
                threshold: try settings.number("threshold", default: 1e-4, in: 0...1),
                floor: try settings.number("floor", default: 0, in: 0...1))
        default: curve = .constant
        }
        try self.init(curve, allowsRising: try settings.flag("rising", default: false))
    }

    public var specification: Specification {
        var result =
            switch curve {
            case .constant: Specification("constant")
            case .inverse(let decay): Specification("inverse", ["decay": decay])
            case .exponential(let factor): Specification("exponential", ["factor": factor])
            case .inverseSquareRoot(let k): Specification("inverse_square_root", ["k": k])
            case .staircase(let factor, let every): Specification("staircase", ["factor": factor, "every": every])
            case .table(let epochs, let rates): Specification("table", ["epochs": epochs, "rates": rates])
            case .cosine(let warmup, let cycles, let growth, let floor):
                Specification("cosine", ["warmup": warmup, "cycles": cycles, "growth": growth, "floor": floor])
            case .oneCycle(let rise, let start, let end):
                Specification("one_cycle", ["rise": rise, "start": start, "end": end])
            case .plateau(let factor, let patience, let threshold, let floor):
                Specification(
                    "plateau", ["factor": factor, "patience": patience, "threshold": threshold, "floor": floor])
            }
        if allowsRising { result.settings.append(.init(name: "rising", value: "true")) }
        return result
    }
}
