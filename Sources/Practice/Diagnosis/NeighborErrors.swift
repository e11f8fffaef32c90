import Foundation
internal import ThalwegDataSets
internal import ThalwegEngine
internal import ThalwegTraining

/// What nearest neighbors say about the error of the best possible model.
///
/// Any rule's error on new examples is an upper bound: here the best of 1, 5 and 15 neighbors, each example judged by the others. With ever
/// more examples the error R of one neighbor comes to lie between the Bayes error and about twice of it, so that
/// (K-1)/K (1 - sqrt(1 - K/(K-1) R)) with K classes (Cover and Hart 1967), and R/2 for squared errors (Cover 1968), are lower bounds.
/// With few examples in many dimensions neighbors lie far apart, R is too large, and the lower bound with it: it is an estimate.
struct NeighborErrors {
    /// Examples that are judged, and examples among which their neighbors are sought.
    static let queries = 1000
    static let candidates = 8000

    let best: MeasuredError
    let neighbors: Int
    let low: Double

    /// nil for fewer than 30 examples.
    init?(_ part: PreparedData.Part, preprocessing: Preprocessing) {
        guard part.count >= 30 else { return nil }
        let all = sampled(part.count, Self.candidates, seed: 0x6E65)
        let asked = Array(all.prefix(Self.queries))
        let x = comparable(part.x, embeddings: preprocessing.embeddings.count, rows: all)
        var targets = part.targets(preprocessing).numbers
        if preprocessing.task == .regression { targets = preprocessing.unscaled(targets) }
        let perRow = targets.count / part.count
        let y = all.flatMap { targets[$0 * perRow..<($0 + 1) * perRow] }
        evaluate([x])
        let width = x.shape[1]
        let sizes = [1, 5, 15]
        var losses = sizes.map { _ in [Double]() }
        let norms = x.square().sum(along: 1)
        evaluate([norms])
        for start in stride(from: 0, to: asked.count, by: 250) {
            let end = min(start + 250, asked.count)
            let rows = x[start..<end].reshaped(to: [end - start, width])
            let distances = (norms - matmul(rows, x.transposed()) * 2).scalars(as: Float.self)
            for query in start..<end {
                let nearest = Self.nearest(
                    distances, from: (query - start) * all.count, count: all.count, except: query, sizes[2])
                for (place, size) in sizes.enumerated() {
                    losses[place].append(
                        Self.loss(Array(nearest.prefix(size)), of: query, targets: y, preprocessing: preprocessing))
                }
            }
        }
        let isRegression = preprocessing.task == .regression
        let errors = losses.map { losses -> MeasuredError in
            isRegression
                ? .root(ofSquares: losses) : .counts(wrong: losses.count { $0 > 0 }, of: losses.count)
        }
        let place = errors.indices.min { (errors[$0].value, $0) < (errors[$1].value, $1) } ?? 0
        best = errors[place]
        neighbors = sizes[place]
        if isRegression {
            low = errors[0].value / 2.0.squareRoot()
        } else {
            let k = Double(max(preprocessing.classes.count, 2))
            low = (k - 1) / k * (1 - max(0, 1 - k / (k - 1) * errors[0].value).squareRoot())
        }
    }

    /// The places of the smallest of some distances, the nearest first.
    static func nearest(
        _ distances: [Float], from start: Int, count: Int, except own: Int?, _ size: Int
    ) -> [Int] {
        var found: [(distance: Float, place: Int)] = []
        distances.withUnsafeBufferPointer { distances in
            var worst = Float.infinity
            for place in 0..<count where distances[start + place] < worst && place != own {
                let entry = (distance: distances[start + place], place: place)
                let spot = found.firstIndex { $0.distance > entry.distance } ?? found.count
                found.insert(entry, at: spot)
                if found.count > size { found.removeLast() }
                if found.count == size { worst = found[size - 1].distance }
            }
        }
        return found.map(\.place)
    }

    private static func loss(
        _ neighbors: [Int], of query: Int, targets: [Double], preprocessing: Preprocessing
    ) -> Double {
        guard preprocessing.task == .regression else {
            var votes: [Double: Int] = [:]
            for neighbor in neighbors { votes[targets[neighbor], default: 0] += 1 }
            let most = votes.values.max() ?? 0
            // Among equals the nearest one's class.
            let answer = neighbors.first { votes[targets[$0]] == most }.map { targets[$0] }
            return answer == targets[query] ? 0 : 1
        }
        let width = max(preprocessing.outputWidth, 1)
        return (0..<width).reduce(0) { sum, place in
            let mean = neighbors.reduce(0) { $0 + targets[$1 * width + place] } / Double(max(neighbors.count, 1))
            let error = mean - targets[query * width + place]
            return sum + error * error / Double(width)
        }
    }
}
