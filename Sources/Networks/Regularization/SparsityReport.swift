internal import ThalwegEngine

/// What L1 has done: how many weights are zero, and which inputs the first layer still uses.
public struct SparsityReport: Sendable, CustomStringConvertible {
    public let weights: [(name: String, zero: Int, count: Int)]
    public let usedFeatures: [String]
    public let unusedFeatures: [String]

    /// - Parameters:
    ///   - featureNames: names of the inputs; numbers when empty.
    ///   - tolerance: a weight of at most this size counts as zero.
    public init(_ model: some Module, featureNames: [String] = [], tolerance: Double = 0) {
        let matrices = model.inventory().parameters.filter {
            $0.parameter.role == .weight && $0.parameter.shape.rank >= 2
        }
        weights = matrices.map { entry in
            let values = entry.parameter.value.doubles()
            return (entry.name, values.count { abs($0) <= tolerance }, values.count)
        }
        var (used, unused): ([String], [String]) = ([], [])
        if let first = matrices.first?.parameter {
            let greatest = first.value.abs().max(along: 0).doubles()
            for (index, value) in greatest.enumerated() {
                let name = index < featureNames.count ? featureNames[index] : String(index)
                if value > tolerance { used.append(name) } else { unused.append(name) }
            }
        }
        (usedFeatures, unusedFeatures) = (used, unused)
    }

    public var description: String {
        let lines = weights.map { entry in
            let percent = entry.count == 0 ? 0 : 100 * entry.zero / entry.count
            return "\(entry.name): \(entry.zero) of \(entry.count) weights are zero (\(percent) %)"
        }
        let total = usedFeatures.count + unusedFeatures.count
        let dropped = unusedFeatures.isEmpty ? "" : "; unused: " + unusedFeatures.joined(separator: ", ")
        return (lines + ["\(usedFeatures.count) of \(total) features are used\(dropped)"]).joined(separator: "\n")
    }
}
