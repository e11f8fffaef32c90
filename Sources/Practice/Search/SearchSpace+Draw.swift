import Foundation
import ThalwegEngine
import ThalwegTraining

extension SearchSpace {
    /// Settings for one trial.
    ///
    /// - Parameter coordinate: the place of a parameter on an axis of its scale, from 0 to 1, or nil to leave the
    ///   setting as it is.
    private func values(
        base: TrainingConfiguration, point: (SearchParameter, [String: SearchValue]) -> [Double]?
    ) -> [String: SearchValue] {
        var values: [String: SearchValue] = [:]
        for parameter in parameters where values[parameter.key] == nil {
            guard isActive(parameter, beside: values, base: base), let point = point(parameter, values) else {
                continue
            }
            values[parameter.key] = parameter.scale.value(at: point)
        }
        return values
    }

    /// Settings drawn at random over the whole space. A parameter's numbers depend on seed, trial and its name alone:
    /// other parameters come and go without changing them.
    func drawn(_ random: TrialRandom, base: TrainingConfiguration) -> [String: SearchValue] {
        values(base: base) { parameter, _ in
            if parameter.skip > 0, random(parameter, "skip") < parameter.skip { return nil }
            return parameter.scale.axes.map { random(parameter, $0) }
        }
    }

    /// Settings drawn near those of an earlier trial: within `width` of the range around each number, on the
    /// parameter's own scale; a choice changes with the probability `width`.
    ///
    /// - Parameter defaults: what settings are where a trial leaves them alone.
    func drawn(
        _ random: TrialRandom, near center: [String: SearchValue], defaults: [String: SearchValue], width: Double,
        base: TrainingConfiguration
    ) -> [String: SearchValue] {
        values(base: base) { parameter, values in
            let isSkipped: Bool
            if parameter.skip > 0 {
                let changes = random(parameter, "change") < width || !isActive(parameter, beside: center, base: base)
                isSkipped = changes ? random(parameter, "skip") < parameter.skip : center[parameter.key] == nil
            } else {
                isSkipped = false
            }
            guard !isSkipped else { return nil }
            let around = (center[parameter.key] ?? defaults[parameter.key]).flatMap { parameter.scale.point(of: $0) }
            return parameter.scale.axes.enumerated().map { axis, name in
                let u = random(parameter, name)
                guard let around = around?[axis] else { return u }
                if parameter.scale.isCategorical(axis: axis) {
                    return random(parameter, name + "change") < width ? u : around
                }
                // Moved, not cut, at the ends: the window keeps its width.
                let low = min(max(around - width / 2, 0), 1 - width)
                return low + u * width
            }
        }
    }

    /// Every combination of the parameters' values; those of parameters that a condition leaves out are not repeated.
    ///
    /// - Throws: `ConfigurationError` beyond `limit` combinations.
    func grid(limit: Int, base: TrainingConfiguration) throws -> [[String: SearchValue]] {
        var combinations: [[String: SearchValue]] = [[:]]
        for parameter in parameters {
            let grid = parameter.scale.grid(parameter.points)
            combinations = combinations.flatMap { values -> [[String: SearchValue]] in
                guard values[parameter.key] == nil, isActive(parameter, beside: values, base: base) else {
                    return [values]
                }
                let skipped = parameter.skip > 0 ? [values] : []
                return skipped + grid.map { values.merging([parameter.key: $0]) { $1 } }
            }
            guard combinations.count <= limit else {
                throw ConfigurationError(
                    problem: "the grid has more than \(limit) combinations; search fewer parameters, give them fewer "
                        + "points, or take another strategy")
            }
        }
        return combinations
    }
}

/// The random numbers of one trial.
struct TrialRandom {
    var seed: UInt64
    var trial: Int
    /// Counts further draws, where the first gave a trial that was there already.
    var attempt = 0
    /// Trials that share out every axis among them: each of as many equal parts of it has one of them, in random order
    /// (Latin hypercube, McKay, Beckman and Conover 1979).
    var round: Range<Int>?

    /// Uniform in [0, 1).
    func callAsFunction(_ parameter: SearchParameter, _ axis: String) -> Double {
        let number = number(parameter, axis, trial: trial)
        guard let round, attempt == 0 else { return number }
        let part = round.count { self.number(parameter, axis, trial: $0) < number }
        return (Double(part) + self.number(parameter, axis + "/part", trial: trial)) / Double(round.count)
    }

    private func number(_ parameter: SearchParameter, _ axis: String, trial: Int) -> Double {
        var name: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(parameter.name)/\(axis)".utf8 { name = (name ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let key = RandomKey(seed: seed ^ 0x7365_6172_6368).split(trial).split(attempt).split(
            Int(truncatingIfNeeded: name))
        var source = RandomSource(key: key)
        return source.uniform()
    }
}
