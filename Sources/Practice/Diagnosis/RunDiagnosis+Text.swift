internal import ThalwegDataSets
internal import ThalwegTraining

extension RunDiagnosis {
    /// For people: the errors, what is wrong, what to do next.
    ///
    /// - Parameter explains: adds which knob serves which error.
    public func text(explains: Bool = false) -> String {
        var lines: [String] = []
        if let errors { lines += table(errors) + [""] }
        lines += (errors == nil ? remarks : []) + statements + (errors == nil ? [] : remarks)
        if let curve { lines += remarks(on: curve) }
        if let learningCurve { lines += [""] + Self.table(learningCurve, errors) }
        if !next.isEmpty {
            lines += ["", "What to do, in this order:"]
            for (place, remedy) in next.enumerated() {
                lines.append("  \(place + 1). \(remedy.advice)")
                if let command = remedy.command { lines.append("     \(command)") }
            }
        }
        if explains { lines += [""] + Self.controls }
        return lines.joined(separator: "\n")
    }

    private func table(_ errors: Diagnosis) -> [String] {
        var rows = [[metric, "", "95 % interval", "examples", "gap"]]
        for level in errors.levels {
            let isHuman = level.name == "human"
            let gap = errors.gaps.first { $0.to == level.name }
            var range = level.interval.map { "\(errors.text($0.low)) to \(errors.text($0.high))" } ?? ""
            if isHuman {
                switch errors.bayesSource {
                case .given: break
                case .estimated: range += " (estimate)"
                case .unknown: range += " (unknown)"
                }
            }
            let gapText = gap.map { gap -> String in
                var size = errors.size(gap.size)
                if let most = gap.most {
                    size =
                        most <= 0
                        ? "none" : gap.size > 0 ? "at least \(size)" : "at most \(errors.size(most))"
                }
                return "\(gap.question.name) \(size)" + (size == "none" ? "" : ", \(gap.verdict.word)")
            }
            rows.append([
                level.name, isHuman && errors.bayesSource != .given ? "" : errors.text(level.error), range,
                level.examples.map(grouped) ?? "", gapText ?? "",
            ])
        }
        return aligned(rows)
    }

    private var statements: [String] {
        var lines: [String] = []
        for verdict in verdicts where verdict.isFault {
            let place = verdict.finding.place.map { " (\($0))" } ?? ""
            lines.append("\(verdict.finding.kind.title)\(place): \(verdict.finding.evidence)")
        }
        if let errors, lines.isEmpty || errors.outcome == .gaps { lines += errors.sentences }
        lines += verdicts.filter { !$0.isFault && !$0.isGap }.map {
            "\($0.finding.kind.title.capitalizedFirst): \($0.finding.evidence)."
        }
        if lines.isEmpty { lines.append("Nothing was noticed while it trained.") }
        return lines
    }

    private func remarks(on curve: CurveReading) -> [String] {
        if curve.hasOvertrained, let epoch = curve.bestDevEpoch, let rise = curve.devRise {
            return [
                "The dev cost was lowest at epoch \(epoch) of \(curve.epochs) and rose by \(percentText(rise)) to the end."
            ]
        }
        let bias = errors?[.avoidableBias]?.verdict
        if curve.isStillFalling, bias == .large || bias == .unknown, errors?.largest.contains(.variance) != true,
            let twice = curve.twiceTrain
        {
            return [
                "The training cost still falls, by \(percentText(curve.fallPerEpoch)) an epoch: to \(percentText(twice.factor)) of it at "
                    + "twice the epochs if it goes on so."
            ]
        }
        return []
    }

    private static func table(_ curve: LearningCurve, _ errors: Diagnosis?) -> [String] {
        func text(_ error: Double) -> String { errors?.text(error) ?? numberText(error) }
        var rows = [["training examples", "train", "dev", "95 % interval"]]
        for point in curve.points {
            rows.append([
                grouped(point.examples), text(point.train), text(point.dev),
                "\(text(point.interval.low)) to \(text(point.interval.high))",
            ])
        }
        if let twice = curve.twice {
            rows.append([
                "\(grouped(twice.examples)) (expected)", "", text(twice.error),
                "\(text(twice.interval.low)) to \(text(twice.interval.high))",
            ])
        }
        return aligned(rows)
    }

    /// Which knob serves which error.
    public static var controls: [String] {
        ["Which knob serves which error:"]
            + aligned(Recipe.controls.map { ["  " + $0.question.name, $0.knobs.joined(separator: "; ")] })
    }
}

extension Gap.Verdict {
    fileprivate var word: String {
        switch self {
        case .large: "large"
        case .small: "small"
        case .tooFew: "too few examples to tell"
        case .unknown: "unknown"
        }
    }
}

extension Finding.Kind {
    /// For people: `Rate too high`.
    var title: String { rawValue.split(separator: "-").joined(separator: " ").capitalizedFirst }
}
