import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

extension Trainer {
    /// The rows of the untrained network.
    func begin() throws {
        watch.tell(data.findings + network.symmetryFindings(configuration, step: 0))
        if configuration.batchNorm, configuration.batchCount(examples: data.train.count) == 1 {
            let warning =
                "batch norm over batches of one example: each differs from its own mean by nothing, so that nothing is learned from the "
                + "inputs; take a larger --batch-size, or leave --batch-norm out"
            for observer in observers { observer.trainingDidWarn(warning) }
        }
        latestDev = data.dev.map { evaluator($0) }
        var row = newRow()
        row.devCost = latestDev?.cost
        row.devMetric = latestDev?.metric
        if usesStepCost {
            state.pending = row
        } else {
            try record(row.with(train: evaluateTraining()))
        }
    }

    /// One step, and what belongs to the end of an epoch.
    ///
    /// - Parameter tells: whether observers hear where training stands; they always do after the last step.
    func advance(tells: Bool) throws {
        let rate = state.rate(at: progress)
        let rows = batchRows()
        let result = take(rows, rate: rate)
        guard result.cost.isFinite else { throw nonFinite(result, rows: rows, rate: rate) }
        let count = rows?.count ?? data.train.count
        let measure = result.measure(0)
        if usesStepCost {
            var row = state.pending ?? newRow(rate: rate)
            row.trainCost = result.cost
            row.trainMetric = objective.metric(sum: measure, examples: count)
            row.learningRate = rate
            try record(row)
            state.pending = nil
        }
        try watch.observe(result, step: state.step, rate: rate, inputs: data.train.x)
        let number = state.epoch + 1
        epochSums.cost += result.cost * Double(count)
        epochSums.measure += measure
        epochSums.examples += count
        state.step += 1
        state.batch += 1
        options.failpoint.pass(.step)
        if state.batch == stepsPerEpoch { try endEpoch() }
        if tells || isDone { tell(epoch: number, rate: rate) }
        if state.batch == 0 { epochSums = (0, 0, 0) }
    }

    private func take(_ rows: [Int]?, rate: Double) -> TrainingStep.Result {
        let isWatched = watch.isDue(state.step)
        let (x, y) = (data.train.x, data.train.learned)
        guard let augmentation else { return step(x, y, rows: rows, rate: rate, isWatched: isWatched) }
        let batch = augmentation(x: x, y: y, rows: rows, epoch: state.epoch)
        return step(batch.x, batch.y, rate: rate, isWatched: isWatched)
    }

    private var progress: Schedule.Progress {
        Schedule.Progress(
            epoch: state.epoch, step: state.step, stepsPerEpoch: stepsPerEpoch,
            epochs: max((totalSteps + stepsPerEpoch - 1) / stepsPerEpoch, 1))
    }

    /// The examples of the next step; nil for all of them.
    private func batchRows() -> [Int]? {
        guard stepsPerEpoch > 1 else { return nil }
        if currentOrder?.epoch != state.epoch {
            let rows = givenOrder?.order(epoch: state.epoch) ?? order.order(epoch: state.epoch)
            currentOrder = (state.epoch, rows)
        }
        let size = configuration.batchCount(examples: data.train.count)
        let start = state.batch * size
        return currentOrder.map { Array($0.rows[start..<min(start + size, data.train.count)]) }
    }

    private func endEpoch() throws {
        state.epoch += 1
        state.batch = 0
        if let dev = data.dev {
            let score = evaluator(dev)
            guard score.cost.isFinite else { throw nonFiniteDev(score) }
            latestDev = score
            if state.stopping.observe(score.cost, step: state.step, epoch: state.epoch), state.stopping.isActive {
                best = network.stateDictionary()
            }
        } else if usesStepCost {
            // The next step tells everything.
            return
        }
        var row = newRow()
        row.devCost = latestDev?.cost
        row.devMetric = latestDev?.metric
        if usesStepCost {
            state.pending = row
            if let cost = latestDev?.cost { state.rate.observe(cost) }
        } else {
            let train = evaluateTraining()
            state.rate.observe(latestDev?.cost ?? train.cost)
            try record(row.with(train: train))
        }
    }

    func newRow(rate: Double? = nil) -> MetricsRow {
        MetricsRow(step: state.step, epoch: state.epoch, learningRate: rate ?? state.rate(at: progress))
    }

    func record(_ row: MetricsRow) throws {
        try log?.append(row)
        watch.observe(row)
        options.failpoint.pass(.row)
        for observer in observers { observer.trainingDidRecord(row) }
    }

    /// Cost and metric of the training examples; of a fixed random sample of 20,000 where there are more.
    func evaluateTraining() -> Score {
        if trainingSample == nil {
            let limit = 20_000
            if data.train.count > limit {
                trainingSample = data.train.selecting(order.order(epoch: Int.max / 2).prefix(limit).sorted())
            } else {
                trainingSample = data.train
            }
        }
        let sample = trainingSample ?? data.train
        return evaluator(sample)
    }

    private func tell(epoch: Int, rate: Double) {
        let status = TrainingStatus(
            step: state.step, totalSteps: totalSteps, epoch: epoch, epochs: progress.epochs,
            cost: epochSums.cost / Double(max(epochSums.examples, 1)),
            metric: objective.metric(sum: epochSums.measure, examples: epochSums.examples),
            metricName: objective.metricName, devCost: latestDev?.cost, devMetric: latestDev?.metric, rate: rate,
            seconds: seconds, firstStep: firstStep)
        for observer in observers { observer.trainingDidAdvance(status) }
    }

    private static func stepsTooLong(_ rate: Double) -> String {
        "the steps are probably too long; try a lower --learning-rate (now \(rate)) or --set clip=norm(1)"
    }

    private func nonFiniteDev(_ score: Score) -> TrainingError {
        let isFinite = evaluateTraining().cost.isFinite
        if !isFinite { watch.review(.diverged(step: state.step)) }
        let cause =
            isFinite
            ? "this is the cost of the dev examples, which may hold numbers far from those of the training examples"
            : Self.stepsTooLong(state.rate(at: progress))
        return .nonFinite(
            step: state.step, epoch: state.epoch, batch: stepsPerEpoch, value: "\(score.cost)", cause: cause)
    }

    private func nonFinite(_ result: TrainingStep.Result, rows: [Int]?, rate: Double) -> TrainingError {
        let x = rows.map { data.train.x.gathered(at: Tensor($0)) } ?? data.train.x
        let cause: String
        if x.isFinite().all().item() == 0 {
            cause = "the batch holds inputs that are not finite"
        } else if data.train.y.dataType.isFloatingPoint, data.train.y.isFinite().all().item() == 0 {
            cause = "the values to predict are too large for \(configuration.dataType.rawValue)"
        } else if state.step == 0 {
            watch.review(.diverged(step: 0))
            cause =
                "the untrained network already gives it; inputs or initial weights are too large "
                + "(--normalize, --scale, --init)"
        } else {
            watch.review(.diverged(step: state.step))
            cause = Self.stepsTooLong(rate)
        }
        return .nonFinite(
            step: state.step, epoch: state.epoch + 1, batch: state.batch + 1, value: "\(result.cost)", cause: cause)
    }
}

extension MetricsRow {
    func with(train: Score) -> MetricsRow {
        var row = self
        row.trainCost = train.cost
        row.trainMetric = train.metric
        return row
    }
}
