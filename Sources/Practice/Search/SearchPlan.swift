public import ThalwegTraining

/// How a search proposes settings.
public enum SearchStrategy: String, Sendable, Codable, CaseIterable {
    /// Over the whole space.
    case random
    /// Two fifths of the trials over the whole space, then a fifth near the best so far, another nearer still, and the
    /// last nearest.
    case coarseToFine = "coarse-to-fine"
    /// All for a ninth of the epochs, the best third for a third, the best ninth for all of them (Jamieson and
    /// Talwalkar 2016).
    case halving
    /// Every combination.
    case grid
}

/// Which trainings a search does, as a function of its settings and of those that have ended.
///
/// Trainings come in stages; a stage is decided when the one before has ended. So the trials are the same however many
/// run at a time, and whenever the search was interrupted.
public struct SearchPlan: Sendable {
    public var strategy: SearchStrategy
    /// Proposals, the unchanged settings (trial 0) among them.
    public var trials: Int
    public var seed: UInt64
    /// The best so many trials, and trial 0, are trained again on other dev examples, and the best on average wins.
    public var finalists: Int
    /// Further trainings of each finalist.
    public var folds = 3
    public var space: SearchSpace
    public var objective: SearchObjective
    public var constraints: [SearchConstraint] = []
    /// What every trial starts from.
    public var base: TrainingConfiguration
    /// What settings are where a trial leaves them alone, as far as the space searches them.
    public var defaults: [String: SearchValue] = [:]
    /// Epochs of a whole training with these settings.
    public var epochs: @Sendable ([String: SearchValue]) -> Int

    /// A promotion keeps one in so many.
    static let reduction = 3

    public init(
        strategy: SearchStrategy, trials: Int, seed: UInt64, finalists: Int = 3, space: SearchSpace,
        objective: SearchObjective, base: TrainingConfiguration,
        epochs: @escaping @Sendable ([String: SearchValue]) -> Int
    ) {
        self.strategy = strategy
        self.trials = trials
        self.seed = seed
        self.finalists = finalists
        self.space = space
        self.objective = objective
        self.base = base
        self.epochs = epochs
    }

    /// The trainings that can be done now: those of the present stage that have not ended. Empty at the end.
    ///
    /// - Throws: `SearchError.journal` when the records are not of this plan, `ConfigurationError` for a grid that is
    ///   too large.
    public func jobs(after records: [TrialRecord]) throws -> [TrialJob] {
        let ended = Dictionary(records.map { ($0.key, $0) }) { $1 }
        for stage in [explore, confirm] {
            let stages = try stage(records)
            while let jobs = stages() {
                for job in jobs {
                    guard let record = ended[job.key], record.parameters != job.parameters else { continue }
                    throw SearchError.journal(
                        problem: "trial \(job.trial) had other settings than this search would give it")
                }
                let open = jobs.filter { ended[$0.key] == nil }
                if !open.isEmpty { return open }
            }
        }
        return []
    }

    /// Trials that are proposed.
    func proposals() throws -> Int {
        strategy == .grid ? try grid().count : trials
    }

    // MARK: Stages

    private func explore(_ records: [TrialRecord]) throws -> () -> [TrialJob]? {
        switch strategy {
        case .random: return once(random(trials).enumerated().map(TrialJob.init))
        case .grid: return once(try grid().enumerated().map(TrialJob.init))
        case .coarseToFine: return coarseToFine(records)
        case .halving: return halving(records)
        }
    }

    private func once(_ jobs: [TrialJob]) -> () -> [TrialJob]? {
        var rest: [TrialJob]? = jobs
        return {
            defer { rest = nil }
            return rest
        }
    }

    private func grid() throws -> [[String: SearchValue]] {
        [[:]] + (try space.grid(limit: SearchOptions.mostTrials, base: base))
    }

    /// The first `count` proposals: the settings as they are, then random ones, all different.
    ///
    /// - Parameter sharesOut: whether they divide every axis among them, so that none is left to luck.
    private func random(_ count: Int, sharesOut: Bool = false) -> [[String: SearchValue]] {
        var proposals: [[String: SearchValue]] = [[:]]
        extend(&proposals, to: count) { random in
            var random = random
            if sharesOut { random.round = 1..<count }
            return space.drawn(random, base: base)
        }
        return proposals
    }

    /// Adds proposals that were not there; ends early when the space seems to have no others.
    private func extend(
        _ proposals: inout [[String: SearchValue]], to count: Int, _ draw: (TrialRandom) -> [String: SearchValue]
    ) {
        var known = Set(proposals)
        while proposals.count < count {
            var random = TrialRandom(seed: seed, trial: proposals.count)
            var fresh = draw(random)
            while known.contains(fresh) {
                random.attempt += 1
                guard random.attempt < 50 else { return }
                fresh = draw(random)
            }
            known.insert(fresh)
            proposals.append(fresh)
        }
    }

    /// Ends of the rounds of coarse-to-fine, in trials: two, three, four and five fifths.
    package static func rounds(_ trials: Int) -> [Int] {
        (2...5).map { (trials * $0 + 4) / 5 }.reduce(into: []) { ends, end in
            if end > ends.last ?? 0 { ends.append(end) }
        }
    }

    private func coarseToFine(_ records: [TrialRecord]) -> () -> [TrialJob]? {
        var round = 0
        let ends = Self.rounds(trials)
        var proposals: [[String: SearchValue]] = []
        return {
            guard round < ends.count else { return nil }
            let start = proposals.count
            if round == 0 {
                proposals = random(ends[0], sharesOut: true)
            } else {
                let earlier = proposals
                let best = ranking(records.filter { $0.fold == 0 && $0.trial < start })
                    .filter { $0.record.status == .finished }.map { earlier[$0.record.trial] }
                // Around the best tenth, in windows of 0.6, 0.4 and 0.27 of the range.
                let centers = best.prefix(max(start / 10, 1))
                let width = (1..<round).reduce(0.6) { width, _ in width * 2 / 3 }
                extend(&proposals, to: ends[round]) { random in
                    guard !centers.isEmpty else { return space.drawn(random, base: base) }
                    return space.drawn(
                        random, near: centers[random.trial % centers.count], defaults: defaults, width: width,
                        base: base)
                }
            }
            round += 1
            guard proposals.count > start else { return nil }
            return proposals.enumerated().dropFirst(start).map(TrialJob.init)
        }
    }

    /// Shares of the epochs, rung by rung: 1/9, 1/3, 1, as far as epochs and trials allow.
    package static func rungs(epochs: Int, trials: Int) -> [Double] {
        var shares = [1.0]
        var (epochs, trials) = (epochs, trials)
        while shares.count < 3, epochs >= reduction * 2, trials > reduction {
            shares.insert(shares[0] / Double(reduction), at: 0)
            epochs /= reduction
            trials /= reduction
        }
        return shares
    }

    private func halving(_ records: [TrialRecord]) -> () -> [TrialJob]? {
        let shares = Self.rungs(epochs: epochs([:]), trials: trials)
        var (rung, places) = (0, trials)
        var entrants = random(trials).enumerated().map(TrialJob.init)
        return {
            guard rung < shares.count else { return nil }
            if rung > 0 {
                let before = entrants
                places = (places + Self.reduction - 1) / Self.reduction
                let ended = records.filter { $0.fold == 0 && $0.rung == rung - 1 }
                let best = ranking(ended).filter { $0.record.status == .finished }
                    .prefix(places).map(\.record.trial)
                // The unchanged settings go all the way: what is found is measured by them.
                entrants = before.filter { $0.trial == 0 || best.contains($0.trial) }
            }
            entrants = entrants.map { job in
                var job = job
                job.rung = rung
                job.epochs = max(Int((Double(epochs(job.parameters)) * shares[rung]).rounded()), 1)
                return job
            }
            rung += 1
            return entrants
        }
    }

    /// Finalists on other dev examples.
    private func confirm(_ records: [TrialRecord]) throws -> () -> [TrialJob]? {
        guard finalists > 0 else { return once([]) }
        let candidates = contenders(records)
        let chosen = candidates.prefix(finalists) + candidates.dropFirst(finalists).filter { $0.record.trial == 0 }
        return once(
            chosen.flatMap { standing in
                (1...folds).map { fold in
                    var job = TrialJob((standing.record.trial, standing.record.parameters))
                    job.fold = fold
                    return job
                }
            })
    }
}

extension TrialJob {
    init(_ proposal: (offset: Int, element: [String: SearchValue])) {
        self.init(trial: proposal.offset, parameters: proposal.element)
    }
}
