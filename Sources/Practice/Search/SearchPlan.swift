public import ThalwegTraining

/// How a search proposes settings.
public enum SearchStrategy: String, Sendable, Codable, CaseIterable {
    /// Over the whole space.
    case random
    /// Three quarters of the trials over the whole space for a third of the epochs, the best sixth of them for all
    /// epochs; then the others, in full, near the best so far, nearer, and nearest.
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
    /// Further trainings of each finalist, on as many dev sets, none of which chose it.
    public var folds = Self.fewestFolds
    public var space: SearchSpace
    public var objective: SearchObjective
    /// A metric, lower is better, that decides between finalists whose objectives differ by no more than noise.
    public var tieBreaker: String?
    public var constraints: [SearchConstraint] = []
    /// What every trial starts from.
    public var base: TrainingConfiguration
    /// What settings are where a trial leaves them alone, as far as the space searches them.
    public var defaults: [String: SearchValue] = [:]
    /// Epochs of a whole training with these settings.
    public var epochs: @Sendable ([String: SearchValue]) -> Int

    static let fewestFolds = 3
    static let mostFolds = 4
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
                    guard let record = ended[job.key] else { continue }
                    guard record.parameters == job.parameters else {
                        throw SearchError.journal(
                            problem: "trial \(job.trial) had other settings than this search would give it")
                    }
                    if let epochs = job.epochs, let trained = record.epochs, trained > epochs {
                        throw SearchError.journal(
                            problem: "trial \(job.trial) was trained for \(trained) epochs, not the \(epochs) that "
                                + "this version would give it first; begin the search anew")
                    }
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

    /// Ends of the rounds of coarse-to-fine, in trials: three quarters, and three steps from there to all.
    package static func rounds(_ trials: Int) -> [Int] {
        (9...12).map { (trials * $0 + 11) / 12 }.reduce(into: []) { ends, end in
            if end > ends.last ?? 0 { ends.append(end) }
        }
    }

    /// Coarse is over the whole space and short, fine is near the best and in full.
    private func coarseToFine(_ records: [TrialRecord]) -> () -> [TrialJob]? {
        let (ends, shares) = (Self.rounds(trials), rungs)
        let top = shares.count - 1
        var (rung, round) = (0, 1)
        var proposals = random(ends[0], sharesOut: true)
        var entrants = proposals.enumerated().map { trained(TrialJob($0), rung: 0, shares: shares) }
        return {
            if rung <= top {
                if rung > 0 {
                    let places = (entrants.count + Self.reduction - 1) / Self.reduction
                    entrants = promoted(
                        entrants, records, to: rung, shares: shares,
                        places: rung == top ? Self.places(proposals.count) : places)
                }
                rung += 1
                return entrants
            }
            guard round < ends.count else { return nil }
            let (start, earlier) = (proposals.count, proposals)
            let best = ranking(records.filter { $0.fold == 0 && $0.rung == top && $0.trial < start })
                .first { $0.record.status == .finished }.map { earlier[$0.record.trial] }
            // In windows of 0.6, 0.4 and 0.27 of the range.
            let width = (1..<round).reduce(0.6) { width, _ in width * 2 / 3 }
            extend(&proposals, to: ends[round]) { random in
                best.map { space.drawn(random, near: $0, defaults: defaults, width: width, base: base) }
                    ?? space.drawn(random, base: base)
            }
            round += 1
            return proposals.enumerated().dropFirst(start).map { trained(TrialJob($0), rung: top, shares: shares) }
        }
    }

    /// Trials that are trained for less than all epochs first, where `rungs` has several.
    public var coarseTrials: Int { strategy == .coarseToFine ? Self.rounds(trials)[0] : trials }

    /// Trials of the coarse round that go on to all epochs, beside the settings as they are: a sixth.
    package static func places(_ trials: Int) -> Int { (trials + 5) / 6 }

    /// Shares of the epochs, rung by rung: 1/9, 1/3, 1, as far as epochs and trials allow.
    package static func rungs(epochs: Int, trials: Int, most: Int = 3) -> [Double] {
        var shares = [1.0]
        var (epochs, trials) = (epochs, trials)
        while shares.count < most, epochs >= reduction * 2, trials > reduction {
            shares.insert(shares[0] / Double(reduction), at: 0)
            epochs /= reduction
            trials /= reduction
        }
        return shares
    }

    /// Shares of the epochs that trials are trained for, one after the other; trainings given in steps have one rung.
    public var rungs: [Double] {
        guard base.steps == nil else { return [1] }
        switch strategy {
        case .random, .grid: return [1]
        case .coarseToFine: return Self.rungs(epochs: epochs([:]), trials: trials, most: 2)
        case .halving: return Self.rungs(epochs: epochs([:]), trials: trials)
        }
    }

    private func halving(_ records: [TrialRecord]) -> () -> [TrialJob]? {
        let shares = rungs
        var (rung, places) = (0, trials)
        var entrants = random(trials).enumerated().map { trained(TrialJob($0), rung: 0, shares: shares) }
        return {
            defer { rung += 1 }
            guard rung < shares.count else { return nil }
            if rung > 0 {
                places = (places + Self.reduction - 1) / Self.reduction
                entrants = promoted(entrants, records, to: rung, shares: shares, places: places)
            }
            return entrants
        }
    }

    /// The entrants that did best on the rung below, on the next.
    private func promoted(
        _ entrants: [TrialJob], _ records: [TrialRecord], to rung: Int, shares: [Double], places: Int
    ) -> [TrialJob] {
        let best = ranking(records.filter { $0.fold == 0 && $0.rung == rung - 1 })
            .filter { $0.record.status == .finished }.prefix(places).map(\.record.trial)
        // The settings as they are go all the way: what is found is measured by them.
        return entrants.filter { $0.trial == 0 || best.contains($0.trial) }
            .map { trained($0, rung: rung, shares: shares) }
    }

    /// A training for a rung's share of the epochs.
    private func trained(_ job: TrialJob, rung: Int, shares: [Double]) -> TrialJob {
        guard shares.count > 1 else { return job }
        var job = job
        job.rung = rung
        job.epochs = max(Int((Double(epochs(job.parameters)) * shares[rung]).rounded()), 1)
        return job
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
