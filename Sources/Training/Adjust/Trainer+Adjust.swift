import ThalwegFormats
import ThalwegNetworks

extension Trainer {
    /// Before a step: takes requests, a few times a second, and makes the changes that are due, new ones and those of the
    /// setting `adjustments`.
    func adjust(takesRequests: Bool) throws {
        if takesRequests {
            let now = ContinuousClock.now
            if lastDeskVisit.map({ now - $0 > .milliseconds(200) }) ?? true {
                lastDeskVisit = now
                for request in desk.waiting() { try take(request) }
            }
        }
        while adjusted < configuration.adjustments.count, configuration.adjustments[adjusted].step <= state.step {
            make(configuration.adjustments[adjusted].change)
            adjusted += 1
        }
    }

    /// Writes the changes down before they take effect: a run that is killed then makes them again at the same step.
    private func take(_ request: AdjustmentDesk.Request) throws {
        var answers: [AdjustmentDesk.Answer] = []
        for asked in request.changes {
            let change = possible(asked)
            let refusal = refusal(of: change)
            if refusal == nil { configuration.adjustments.append(Adjustment(step: state.step, change)) }
            answers.append(
                .init(
                    id: request.id, change: change, asked: change == asked ? nil : asked, step: state.step,
                    refusal: refusal))
        }
        state.configuration = configuration
        try writeConfiguration()
        try desk.answer(request, answers)
        for answer in answers {
            let outcome = answer.refusal.map { "refused, \($0)" } ?? "from step \(answer.step) on"
            for observer in observers { observer.trainingDidAdjust("\(answer.change): \(outcome)") }
        }
    }

    /// Epochs that have begun are not taken back: a run that is asked for fewer ends with the present one.
    private func possible(_ change: Adjustment.Change) -> Adjustment.Change {
        guard case .epochs(let epochs) = change else { return change }
        return .epochs(max(epochs, state.epoch + (state.batch > 0 ? 1 : 0)))
    }

    /// Answers those who ask for changes after the last step.
    func closeDesk() throws {
        for request in desk.waiting() {
            try desk.answer(
                request,
                request.changes.map {
                    .init(id: request.id, change: $0, step: state.step, refusal: "training has ended")
                })
        }
    }

    private func refusal(of change: Adjustment.Change) -> String? {
        if isStopped || configuration.adjustments.dropFirst(adjusted).contains(where: { $0.change == .stop }) {
            return "training has been stopped"
        }
        switch change {
        case .learningRate:
            if case .table = state.rate.schedule.curve { return "the schedule 'table' names the rates itself" }
        case .epochs(let epochs):
            if let givenOrder, givenOrder.epochs < epochs {
                return "the file of batch-order holds \(givenOrder.epochs) epochs"
            }
            if configuration.steps != nil { return "the run's length is given in steps" }
        case .stop: break
        }
        return nil
    }

    private func make(_ change: Adjustment.Change) {
        switch change {
        case .learningRate(let rate): state.rate.base = rate
        case .epochs(let epochs): totalSteps = plannedSteps(epochs: epochs)
        case .stop: isStopped = true
        }
    }

    /// The length of the run as planned after so many steps.
    func plannedSteps(at step: Int) -> Int {
        let epochs = configuration.adjustments.last { adjustment in
            if case .epochs = adjustment.change { adjustment.step <= step } else { false }
        }
        guard case .epochs(let number)? = epochs?.change else { return plannedSteps(epochs: configuration.epochs ?? 1) }
        return plannedSteps(epochs: number)
    }

    /// A run that was stopped and is resumed goes on; one that is extended after its length was adjusted is adjusted again.
    func readjust(from saved: CheckpointState) {
        if saved.end == .stopped {
            configuration.adjustments.removeAll { $0.change == .stop && $0.step <= saved.step }
        }
        let before = saved.configuration.epochs
        let isAdjusted = configuration.adjustments.contains { if case .epochs = $0.change { true } else { false } }
        if isAdjusted, let epochs = configuration.epochs, epochs != before {
            configuration.adjustments.append(Adjustment(step: saved.step, .epochs(epochs)))
            configuration.epochs = before
        }
    }
}
