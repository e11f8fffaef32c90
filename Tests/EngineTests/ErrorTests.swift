import Testing
import ThalwegEngine

@Suite struct ErrorTests {
    private let x = Tensor.range(12, dataType: .float32).reshaped(to: [3, 4])

    @Test(arguments: [3, -4, 1 << 40])
    func indexOutOfRangeThrows(_ index: Int) {
        let indices = Tensor([0, index])
        let cases: [(Tensor, DataType)] = [
            (x.gathered(at: indices), .float32), (x.scatterAdded(.ones([2, 4]), at: indices), .float32),
            (x.scatterReplaced(.ones([2, 4]), at: indices), .float32),
            (x.gatheredElements(at: indices.reshaped(to: [2, 1]).broadcast(to: [2, 4]), along: 0), .float32),
        ]
        for device in [Device.cpu, .reference] {
            for (tensor, _) in cases {
                #expect(throws: EngineError.self) { try evaluateChecked([tensor], on: device) }
                // Still pending, and still wrong.
                #expect(throws: EngineError.self) { try evaluateChecked([tensor], on: device) }
            }
        }
        let message = #expect(throws: EngineError.self) { try evaluateChecked([cases[0].0]) }
        #expect(message?.description.contains("\(index)") == true)
        #expect(message?.description.contains("size 3") == true)
    }

    @Test func elementIndexOutOfRangeIsNamed() {
        let error = #expect(throws: EngineError.self) {
            try evaluateChecked([
                x.gatheredElements(at: Tensor([[0, 7]] as [[Int]]).transposed().broadcast(to: [2, 4]), along: 0)
            ])
        }
        #expect(error?.description.contains("outside") == true)
    }

    @Test func compiledFunctionThrows() throws {
        let pick = CompiledFunction(inputs: [([3], .float32), ([1], .int64)]) { [$0[0].gathered(at: $0[1])] }
        let values = Tensor([1, 2, 3] as [Float])
        #expect(throws: EngineError.self) { try pick.call([values, Tensor([5])]) }
        #expect(try pick.call([values, Tensor([-1])])[0].doubles() == [3])
    }

    /// A long chain behind a wrong index does not trap while it is recorded.
    @Test func errorsWaitForTheReader() {
        var y = x.gathered(at: Tensor([9]))
        for _ in 0..<3000 { y = y + 1 }
        #expect(throws: EngineError.self) { try evaluateChecked([y]) }
    }
}
