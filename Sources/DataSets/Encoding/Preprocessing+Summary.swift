extension Preprocessing {
    /// How columns become the network's inputs, in one line: `9 columns to 274 inputs: 8 numeric (value and 32 bins), 1 of
    /// categories (one-hot)`.
    public var inputSummary: String {
        switch input {
        case .array(let array):
            let shape = array.shape.map(String.init).joined(separator: "x")
            return "\(shape) numbers, \(options.normalize.words) in common"
        case .features(let features): return summary(features, things: "features")
        case .columns(let features): return summary(features, things: "columns")
        }
    }

    private func summary(_ features: [Feature], things: String) -> String {
        var parts: [String] = []
        let numeric = features.compactMap { feature -> NumericEncoding? in
            guard case .numeric(let numeric) = feature.encoding else { return nil }
            return numeric
        }
        if !numeric.isEmpty {
            var form = [options.normalize.words]
            if let most = numeric.map(\.bins).max(), most > 0 { form.append("up to \(most) bins") }
            let logarithms = numeric.count { $0.logarithmScale != nil }
            if logarithms > 0 { form.append("\(logarithms) by logarithm") }
            let marked = numeric.count(where: \.hasIndicator)
            if marked > 0 { form.append("\(marked) with a mark for missing") }
            parts.append("\(numeric.count) numeric (\(form.joined(separator: ", ")))")
        }
        let categories = features.compactMap { feature -> CategoryEncoding? in
            guard case .categories(let categories) = feature.encoding else { return nil }
            return categories
        }
        let oneHot = categories.filter { !$0.isEmbedded }
        if !oneHot.isEmpty {
            parts.append("\(oneHot.count) one-hot (\(oneHot.reduce(0) { $0 + $1.slots }) categories)")
        }
        let embedded = categories.filter(\.isEmbedded)
        if !embedded.isEmpty {
            parts.append("\(embedded.count) embedded (\(embedded.reduce(0) { $0 + $1.slots }) categories)")
        }
        let unused = features.count { $0.width == 0 }
        if unused > 0 { parts.append("\(unused) not used") }
        let inputs = inputWidth == 1 ? "1 input" : "\(inputWidth) inputs"
        let count = features.count == 1 ? "1 \(things.dropLast())" : "\(features.count) \(things)"
        return "\(count) to \(inputs): " + parts.joined(separator: ", ")
    }
}

extension PreprocessingOptions.Normalization {
    fileprivate var words: String {
        switch self {
        case .standard: "mean 0 and deviation 1"
        case .minmax: "from 0 to 1"
        case .none: "as they are"
        }
    }
}
