import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

/// Watches a run for the trainer: gathers the cost curve and, where asked for, how the layers stand; tells findings once each.
final class RunWatch {
    private let configuration: TrainingConfiguration
    private let folder: RunFolder
    private let network: DenseNetwork
    private let levels: CostLevels
    private let activity: UnitActivity
    /// Steps between two looks at the layers, beside the first few.
    private let interval: Int
    private(set) var findings: [Finding] = []
    /// Of every step, for what happens quickly; nil where `course` tells every step.
    private var steps: CostCurve?
    /// As `metrics.csv` tells it, for the course of the whole run.
    private var course = CostCurve()
    private var layers: [LayerWatch] = []
    private var sample: Tensor?
    private var log: RowLog<LayerWatch>?
    /// Told of every new finding.
    var report: (Finding) -> Void = { _ in }

    /// Training examples whose answers are looked at.
    static let sampleSize = 512
    /// Looks at the layers in a whole run, about.
    static let looks = 100

    init(
        _ configuration: TrainingConfiguration, folder: RunFolder, network: DenseNetwork, levels: CostLevels,
        totalSteps: Int, rowsTellSteps: Bool
    ) {
        self.configuration = configuration
        self.folder = folder
        self.network = network
        self.levels = levels
        activity = UnitActivity(network, threads: configuration.threads)
        steps = rowsTellSteps ? nil : CostCurve()
        interval = max(1, totalSteps / Self.looks)
    }

    /// - Parameter length: bytes of `watch.csv` that belong to the checkpoint a run goes on from; nil for a new run.
    func start(keeping length: UInt64?) throws {
        if length != nil {
            findings = (try? folder.findings()) ?? []
            course = CostCurve((try? folder.metricsRows()) ?? [])
            if steps != nil { steps = course }
        }
        guard configuration.watch else { return }
        log = try RowLog(folder.watch, keeping: length)
        if length != nil { layers = (try? folder.watchRows()) ?? [] }
    }

    /// Bytes of `watch.csv` on the disk.
    func synchronize() throws -> UInt64? {
        try log?.synchronize()
        return log?.length
    }

    /// Whether the layers are looked at in this step: often in the beginning, where most goes wrong, then at equal distances.
    func isDue(_ step: Int) -> Bool { log != nil && (step % interval == 0 || step & (step - 1) == 0) }

    /// Takes what a step told, after its row of `metrics.csv`.
    func observe(_ result: TrainingStep.Result, step: Int, rate: Double, inputs: Tensor) throws {
        steps?.append(step: step, cost: result.cost, rate: rate)
        if step % interval == 0 || step & (step - 1) == 0 { review(.running) }
        if let log, !result.layers.isEmpty {
            let sample = sample ?? inputs[0..<min(Self.sampleSize, inputs.shape[0])]
            self.sample = sample
            let shares = activity(sample)
            for norms in result.layers {
                let row = LayerWatch(step: step, norms, activity: shares[norms.layer])
                layers.append(row)
                try log.append(row)
            }
            tell(LayerReview(layers, configuration: configuration).findings)
        }
    }

    /// Takes a row of `metrics.csv`.
    func observe(_ row: MetricsRow) { course.append(row) }

    /// Looks at the course of training.
    func review(_ state: CourseReview.State) {
        let curve = state == .finished ? course : steps ?? course
        tell(CourseReview(curve, configuration: configuration, levels: levels, state: state).findings)
    }

    /// Findings of a kind that was told before are left out, and those that another one explains.
    func tell(_ found: [Finding]) {
        for finding in found where !findings.contains(where: { $0.kind == finding.kind || $0.explains(finding) }) {
            findings.append(finding)
            // A killed run keeps what it noticed; a folder that cannot be written ends the run at its next checkpoint.
            try? save()
            report(finding)
        }
    }

    /// Writes `findings.json`.
    func save() throws { try folder.write(findings, to: folder.findingsFile) }
}
