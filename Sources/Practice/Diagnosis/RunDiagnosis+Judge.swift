internal import ThalwegDataSets
internal import ThalwegTraining

extension RunDiagnosis {
    /// Puts together what was found, the most important first, and says what to do next.
    mutating func judge(_ evidence: RunEvidence, _ facts: RunFacts) {
        var found: [(tier: Tier, verdict: Verdict)] = []
        func add(_ tier: Tier, _ finding: Finding, _ remedies: [Remedy]) {
            // What training noticed and what its data say is told once.
            let isKnown = found.contains {
                let other = $0.verdict.finding
                return other.explains(finding)
                    || other.kind == finding.kind && (other.place == finding.place || finding.kind == .leakage)
            }
            guard !isKnown else { return }
            var finding = finding
            if finding.actions.isEmpty { finding.actions = remedies.map(\.action) }
            let isFault = tier == .figures || tier == .fault || finding.kind == .plateau
            found.append((tier, Verdict(finding: finding, isFault: isFault, remedies: remedies)))
        }
        for leak in duplicates where leak.isLeakage { add(.figures, leak.finding, leak.remedies(facts)) }
        if let mismatch = mismatch(facts) { add(.fault, mismatch.finding, mismatch.remedies) }
        if let labelDoubt, labelDoubt.isFault { add(.fault, labelDoubt.finding, labelDoubt.remedies(facts)) }
        for finding in evidence.findings {
            add(Tier(finding.kind), finding, finding.actions.map { facts.remedy(for: $0, of: finding.kind) })
        }
        if let errors {
            for gap in errors.gaps.filter({ $0.verdict == .large }).sorted(by: { $0.size > $1.size }) {
                guard let kind = Finding.Kind(rawValue: gap.question.rawValue) else { continue }
                if kind == .devOverfitting, let test = twoSampleTests["dev-test"], test.isDifferent {
                    add(.fault, differentTest(test, gap, errors), [Self.oneDistribution])
                } else {
                    add(
                        .gap, Finding(kind, errors.sentence(gap).capitalizedFirst), Recipe.remedies(for: gap, of: facts)
                    )
                }
            }
        }
        // Where bias is large its remedies are those; where nothing can be told, or nothing is left to gain, none is due.
        let isMoot =
            errors.map { $0[.avoidableBias]?.verdict == .large || $0.tooFewToJudge != nil || $0.isFaultless } ?? false
        let narrow = isMoot ? nil : Recipe.narrowLayer(facts)
        if let narrow { add(.remark, narrow, [Recipe.biggerNetwork(facts)]) }
        // Stable: within a tier in the order found.
        verdicts = found.enumerated().sorted {
            ($0.element.tier.rawValue, $0.offset) < ($1.element.tier.rawValue, $1.offset)
        }
        .map(\.element.verdict)
        var folders = AdvisedFolders(facts)
        for place in verdicts.indices {
            var known: Set<[Remedy.Setting]> = []
            verdicts[place].remedies = verdicts[place].remedies.map { folders($0) }.filter {
                $0.settings.isEmpty || known.insert($0.settings).inserted
            }
        }
        let main = verdicts.first { $0.isFault || $0.isGap }
        // What is no error's cause comes after what is: it changes what is learned.
        let remarked = verdicts.filter { !$0.isFault && !$0.isGap }.flatMap(\.remedies)
        // A network that may well be too small comes before a search with it.
        let isNarrow = main == nil && narrow != nil
        next = (main?.remedies ?? (isNarrow ? [] : likely(facts).map { folders($0) })) + remarked
    }

    /// What comes first: figures that cannot be trusted, then what is broken, then where the error comes from.
    enum Tier: Int {
        case figures, fault, gap, remark

        init(_ kind: Finding.Kind) {
            switch kind {
            case .leakage, .duplicates, .sentinelValues: self = .figures
            case .explodingGradients, .rateTooHigh, .symmetricWeights, .vanishingGradients, .unscaledInputs,
                .labelErrors, .deadUnits, .saturation, .rateTooLow, .dataMismatch, .outliers:
                self = .fault
            case .avoidableBias, .variance, .devOverfitting: self = .gap
            // A plateau is a symptom: the gap that goes with it says more.
            case .classImbalance, .skewedTarget, .narrowLayer, .plateau: self = .remark
            }
        }
    }

    /// Remedies where no gap is certain: a search, then what costs no capacity, then those for the largest gap by size, the human level
    /// taken as low as it may be.
    private func likely(_ facts: RunFacts) -> [Remedy] {
        guard let errors, errors.outcome != .fine, !errors.isFaultless else { return [] }
        if let judged = errors.tooFewToJudge {
            return [
                Remedy(
                    "more-data",
                    "gather more examples: a set of fewer than \(Gap.fewest) (\(judged)) tells nothing, and settings chosen by it "
                        + "are chosen by chance")
            ]
        }
        return [Recipe.search(facts), Recipe.smallerSteps(facts)].compactMap { $0 } + strong(facts, errors)
    }

    private func strong(_ facts: RunFacts, _ errors: Diagnosis) -> [Remedy] {
        if curve?.hasOvertrained == true, let gap = errors[.variance] { return Recipe.remedies(for: gap, of: facts) }
        let open = errors.gaps.filter { $0.verdict != .small && $0.question != .devOverfitting }
        guard let gap = open.max(by: { ($0.most ?? $0.size) < ($1.most ?? $1.size) }) else { return [] }
        return Recipe.remedies(for: gap, of: facts)
    }

    private func mismatch(_ facts: RunFacts) -> (finding: Finding, remedies: [Remedy])? {
        let gap = errors?[.dataMismatch]
        let test = twoSampleTests["dev"]
        guard gap?.verdict == .large || test?.isDifferent == true else { return nil }
        var evidence: [String] = []
        if let errors, let gap, gap.verdict == .large { evidence.append(errors.sentence(gap).capitalizedFirst) }
        if let test, test.isDifferent {
            evidence.append("Dev examples differ from training examples: a small network \(test.sentence).")
            if errors?[.dataMismatch] == nil {
                evidence.append("What is called variance here may be mismatch: both lie between train and dev.")
            }
        }
        let columns = (shifts["dev"] ?? []).prefix(3)
        if !columns.isEmpty {
            evidence.append(
                "Columns that differ: " + columns.map { "\($0.column) (\($0.description))" }.joined(separator: "; ")
                    + ".")
        }
        let place = columns.first?.column
        let question = gap ?? errors?[.variance]
        guard var question else { return (Finding(.dataMismatch, evidence.joined(separator: " "), place: place), []) }
        question.question = .dataMismatch
        return (
            Finding(.dataMismatch, evidence.joined(separator: " "), place: place),
            Recipe.remedies(for: question, of: facts)
        )
    }

    /// The error on test differs because its examples do.
    private func differentTest(_ test: TwoSampleTest, _ gap: Gap, _ errors: Diagnosis) -> Finding {
        Finding(
            .dataMismatch,
            "Test examples differ from dev examples (a small network \(test.sentence)): \(errors.sentence(gap)) "
                + "Choosing by such a dev set aims at the wrong target.", place: "test")
    }

    private static let oneDistribution = Remedy(
        "one-distribution",
        "take dev and test examples from one distribution, the one that counts: mix both and divide anew at random")
}

extension TwoSampleTest {
    /// `tells them apart: AUC 0.91 (0.89 to 0.92; 0.5 is chance)`.
    var sentence: String {
        func short(_ value: Double) -> String { numberText((value * 1000).rounded() / 1000) }
        return "tells them apart: AUC \(short(auc)) (\(short(interval.low)) to \(short(interval.high)); 0.5 is chance)"
    }
}

extension RunFacts {
    /// What a finding of the training or of the data advises, with the command that does it.
    func remedy(for action: Finding.Action, of kind: Finding.Kind) -> Remedy {
        guard action != .findRate else {
            return Remedy(
                "find-rate", action.advice,
                command: "thalweg train --config \("\(run)/config.toml".shellQuoted) --find-rate")
        }
        return action.settings.isEmpty
            ? Remedy(kind.rawValue, action.advice)
            : remedy(action.settings[0].key, action.advice, action.settings)
    }
}

extension DuplicatedRows {
    var finding: Finding {
        Finding(
            .leakage,
            "\(grouped(duplicated)) of \(grouped(examples)) \(part) examples (\(percentText(share))) stand in the training set, too, "
                + "target included; among the training examples themselves \(percentText(natural)) are twins. "
                + "The \(part) error tells how well the network remembers them.",
            place: part)
    }

    func remedies(_ facts: RunFacts) -> [Remedy] {
        [Remedy("separate", "take these examples out of the training file, then train and judge again")]
    }
}
