import ThalwegDataSets
import ThalwegEngine
public import ThalwegNetworks

extension TrainedModel {
    /// Checks the gradients of a run's network on some of its training examples: float64, penalties included, dropout off.
    ///
    /// - Throws: as `init(run:)`, and `DataError` when the run's data are gone.
    public static func gradientReport(run path: String, examples count: Int) throws -> GradientReport {
        let model = try TrainedModel(run: path)
        var configuration = try model.configuration()
        configuration.dataType = .float64
        let data = try PreparedData(configuration)
        let used = min(count, data.train.count)
        let x = data.train.x[0..<used].cast(to: .float64)
        let y =
            data.train.y.dataType.isFloatingPoint || data.train.weights != nil
            ? data.train.learned[0..<used].cast(to: .float64) : data.train.y[0..<used]
        ThalwegEngine.evaluate([x, y])
        let objective = try Objective(configuration, data: data)
        let network = model.network
        return try GradientCheck()(
            network, regularization: Regularization(l2: configuration.l2, l1: configuration.l1),
            examples: data.train.count, ignoringDropout: true
        ) { context in
            objective.loss(network(x, context), y)
        }
    }
}
