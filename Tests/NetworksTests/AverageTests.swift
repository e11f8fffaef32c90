import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

@Suite struct AverageTests {
    @Test func firstStepsWithAndWithoutCorrection() {
        let series = [40.0, 49, 45]
        expectClose(
            ExponentiallyWeightedAverage.smoothed(series, beta: 0.9, correctsBias: false), [4, 8.5, 12.15], 1e-14,
            "plain")
        expectClose(
            ExponentiallyWeightedAverage.smoothed(series, beta: 0.9),
            [40, 8.5 / 0.19, 12.15 / 0.271], 1e-13, "corrected")
        #expect(ExponentiallyWeightedAverage(beta: 0.9).value.isNaN)
        // A constant series is its own average from the first step on, for beta near 1 too.
        var average = ExponentiallyWeightedAverage(beta: 0.999999)
        for _ in 0..<5 { #expect(abs(average.add(3) - 3) < 1e-9) }
    }

    @Test func weightAverageIsCorrected() {
        let model = Dense(2, 1, dataType: .float64, key: key())
        let inventory = model.inventory()
        let averages = WeightAverage(decay: 0.9)
        var state = averages.initialState(for: inventory)
        let first = [Tensor([[1.0, 2]]), Tensor([3.0])]
        state = averages.update(state, parameters: first)
        expectClose(averages.values(state, step: Tensor(1.0))[0].doubles(), [1, 2], 1e-14, "first")
        state = averages.update(state, parameters: first.map { $0 * 2 })
        expectClose(averages.values(state, step: Tensor(2.0))[1].doubles(), [3 * (0.09 + 0.2) / 0.19], 1e-14, "second")
    }
}
