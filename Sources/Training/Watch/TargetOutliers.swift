internal import Foundation
import ThalwegDataSets

/// Values to predict that lie so far out that the few of them make most of the squared error.
struct TargetOutliers {
    /// What lies further from the median than so many times the distance between the quartiles (4 hold 99.99999 % of a normal
    /// distribution).
    static let farthest = 20.0
    /// The part of the squared error from which on they decide what is learned.
    static let dominance = 0.5
    /// The part of the examples that is few.
    static let few = 0.01

    /// Places among the values, the farthest first.
    var places: [Int]
    /// Of the squared distance of all values from their median.
    var share: Double

    /// nil where there are none.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }
        guard sorted.count >= Assessment.fewest else { return nil }
        let (median, spread) = (quantile(0.5), quantile(0.75) - quantile(0.25))
        guard spread > 0 else { return nil }
        func distance(_ place: Int) -> Double { abs(values[place] - median) / spread }
        places = values.indices.filter { distance($0) > Self.farthest }.sorted { distance($0) > distance($1) }
        guard !places.isEmpty, places.count <= max(1, Int(Self.few * Double(values.count))) else { return nil }
        let far = places.reduce(0) { $0 + pow(distance($1), 2) }
        share = far / values.indices.reduce(0) { $0 + pow(distance($1), 2) }
        guard share > Self.dominance else { return nil }
    }
}

extension DataFindings {
    /// - Parameter targets: of the training examples, with the name of each one's place in its file.
    static func outliers(_ targets: [Double], named name: (Int) -> String, loss: RegressionLoss) -> Finding? {
        guard let outliers = TargetOutliers(targets) else { return nil }
        let rows = outliers.places.prefix(3).map { "\(name($0)): \(numberText(targets[$0]))" }.joined(separator: "; ")
        let more = outliers.places.count > 3 ? "; and \(grouped(outliers.places.count - 3)) more" : ""
        var actions = [
            Finding.Action("look at these rows first: correct them, or take them out, if they are wrong")
        ]
        if loss == .squared {
            actions.append(
                .init(
                    "if they are right, minimize absolute errors, which a few large ones do not dominate",
                    settings: [.init("regression-loss", "absolute")]))
        }
        return Finding(
            .outliers,
            "\(grouped(outliers.places.count)) of \(grouped(targets.count)) training examples "
                + "\(outliers.places.count == 1 ? "makes" : "make") \(percentText(outliers.share)) of the squared distance from the "
                + "median (\(rows)\(more)): what is learned, and every figure, follows them",
            actions: actions)
    }
}
