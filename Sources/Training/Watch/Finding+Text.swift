extension Finding {
    /// One line for the terminal: what it is, how one knows, and the first thing to do.
    package var line: String {
        var line = "\(kind.rawValue.replacing("-", with: " ")): \(evidence)"
        guard let action = actions.first else { return line }
        line += "; \(action.advice)"
        if !action.settings.isEmpty {
            line +=
                " (" + action.settings.map { "--set \($0.key)=\($0.value.shellQuoted)" }.joined(separator: " ") + ")"
        }
        return line
    }

    /// Whether `other` is a symptom of this one.
    package func explains(_ other: Finding) -> Bool {
        switch other.kind {
        case .plateau:
            [
                .symmetricWeights, .vanishingGradients, .explodingGradients, .deadUnits, .saturation, .rateTooHigh,
                .rateTooLow, .unscaledInputs, .outliers, .sentinelValues,
            ].contains(kind)
        case .rateTooLow: [.symmetricWeights, .vanishingGradients, .deadUnits].contains(kind)
        case .explodingGradients: [.rateTooHigh, .unscaledInputs].contains(kind)
        case .deadUnits, .saturation: kind == .symmetricWeights
        case .avoidableBias, .variance, .dataMismatch, .devOverfitting, .vanishingGradients, .symmetricWeights,
            .rateTooHigh, .leakage, .duplicates, .classImbalance, .unscaledInputs, .labelErrors, .outliers,
            .sentinelValues, .skewedTarget, .narrowLayer:
            false
        }
    }
}
