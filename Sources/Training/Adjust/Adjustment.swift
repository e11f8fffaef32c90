import ThalwegNetworks

/// A change made to a run while it trains, as the setting `adjustments` keeps it: `1200: learning-rate=0.001`.
///
/// The setting replays it at the same step, so that the run can be reproduced bit for bit.
public struct Adjustment: Sendable, Hashable, CustomStringConvertible {
    public enum Change: Sendable, Hashable, CustomStringConvertible {
        /// The base rate from here on: a schedule goes on from it.
        case learningRate(Double)
        /// Epochs in all: the end, and what a schedule makes of it.
        case epochs(Int)
        /// Training ends here.
        case stop

        public var description: String {
            switch self {
            case .learningRate(let rate): "learning-rate=\(rate)"
            case .epochs(let epochs): "epochs=\(epochs)"
            case .stop: "stop"
            }
        }

        init?(parsing text: String) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            switch (parts[0], parts.count == 2 ? parts[1] : nil) {
            case ("stop", nil): self = .stop
            case ("learning-rate", let value?):
                guard let rate = Double(value), rate > 0, rate.isFinite else { return nil }
                self = .learningRate(rate)
            case ("epochs", let value?):
                guard let epochs = Int(value), (1...Setting.manyWhole).contains(epochs) else { return nil }
                self = .epochs(epochs)
            default: return nil
            }
        }
    }

    /// Steps done before it takes effect.
    public var step: Int
    public var change: Change

    public init(step: Int, _ change: Change) {
        self.step = step
        self.change = change
    }

    /// Reads what `description` writes; nil for anything else.
    public init?(parsing text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0).trimmed
        }
        guard parts.count == 2, let step = Int(parts[0]), step >= 0, let change = Change(parsing: parts[1]) else {
            return nil
        }
        self.init(step: step, change)
    }

    public var description: String { "\(step): \(change)" }
}

extension Adjustment: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let adjustment = Adjustment(parsing: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no adjustment")
        }
        self = adjustment
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Adjustment.Change: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let change = Self(parsing: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no change")
        }
        self = change
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
