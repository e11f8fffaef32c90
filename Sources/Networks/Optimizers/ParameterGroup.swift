/// Own settings for some parameters, chosen by name: the first group whose pattern fits counts.
public struct ParameterGroup: Codable, Hashable, Sendable {
    /// A name with `*` for any part: `layers.0.*`, `*.bias`.
    public var pattern: String
    /// Multiplies the rate: 0.1 for the body of a network whose head is new.
    public var rateMultiplier: Double
    /// Replaces the optimizer's weight decay.
    public var weightDecay: Double?

    public init(_ pattern: String, rateMultiplier: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.rateMultiplier = rateMultiplier
        self.weightDecay = weightDecay
    }

    public func matches(_ name: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return name == pattern }
        guard name.hasPrefix(first) else { return false }
        var rest = name.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
