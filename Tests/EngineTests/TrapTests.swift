import Testing
import ThalwegEngine

/// Programming mistakes end the process with a message that names the operation, the shapes and the caller.
@Suite struct TrapTests {
    private func expect(
        _ result: ExitTest.Result?, says parts: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        for part in parts { #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation) }
    }

    @Test func shapesThatDoNotBroadcast() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = maximum(Tensor.zeros([2, 3]), Tensor.zeros([4]))
        }
        expect(result, says: "maximum", "[2, 3]", "[4]", "TrapTests.swift")
    }

    @Test func typesThatDiffer() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]) + Tensor([1, 2] as [Float])
        }
        expect(result, says: "+", "int64", "float32", "cast")
    }

    @Test func fractionBesideIntegers() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]) * 0.5
        }
        expect(result, says: "*", "0.5", "int64")
    }

    @Test func axisOutOfRange() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]).sum(along: 2)
        }
        expect(result, says: "sum", "axis 2", "rank 2", "TrapTests.swift")
    }

    @Test func productOfUnequalDepths() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = matmul(Tensor.zeros([2, 3]), Tensor.zeros([4, 5]))
        }
        expect(result, says: "matmul", "[2, 3]", "[4, 5]", "TrapTests.swift")
    }

    @Test func reshapeOfAnotherSize() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]).reshaped(to: [4, -1])
        }
        expect(result, says: "reshaped", "[2, 3]", "[4, -1]")
    }

    @Test func sliceOutside() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([3])[.stride(from: 3, by: -1)]
        }
        expect(result, says: "subscript", "[3]", "TrapTests.swift")
    }

    @Test func symbolicRead() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = CompiledFunction(inputs: [([2], .float32)]) { x in
                _ = x[0].scalars(as: Float.self)
                return x
            }
        }
        expect(result, says: "symbolic", "float32[2]", "TrapTests.swift")
    }

    @Test func wrongScalarType() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).scalars(as: Float.self)
        }
        expect(result, says: "scalars", "int64", "Float")
    }

    @Test func itemOfMany() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).item()
        }
        expect(result, says: "item", "[2]")
    }

    @Test func gradientOfAnInteger() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = gradient(of: { $0.sum() }, at: Tensor([1, 2]))
        }
        expect(result, says: "int64[2]", "gradient", "TrapTests.swift")
    }

    @Test func gradientOfAVector() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = gradient(of: { $0 * 2 }, at: Tensor([1, 2] as [Float]))
        }
        expect(result, says: "[2]", "scalar")
    }

    @Test func indexOutOfRange() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).gathered(at: Tensor([7])).item()
        }
        expect(result, says: "gather", "7", "size 2", "TrapTests.swift")
    }

    @Test func elementIndexOutOfRange() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
            x.gatheredElements(at: Tensor([0, 1, -4, 2], shape: [2, 2]), along: 1).evaluate()
        }
        expect(result, says: "gather", "index -4 at position 2", "size 3")
    }

    @Test func compiledFunctionWithOtherShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let double = CompiledFunction(inputs: [([2], .float32)]) { [$0[0] * 2] }
            _ = double([Tensor.zeros([3])])
        }
        expect(result, says: "argument 0", "float32[3]", "float32[2]", "TrapTests.swift")
    }

    @Test func scanOverWhatIsNoSequence() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let add = CompiledFunction(inputs: [([2], .float32), ([2], .float32)], donated: [0: 0]) { [$0[0] + $0[1]] }
            _ = try add.scan([.zeros([2]), .zeros([2])], over: [1], count: 3)
        }
        expect(result, says: "argument 1", "float32[2]", "a sequence of", "TrapTests.swift")
    }

    @Test func scanOverWhatIsCarried() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let add = CompiledFunction(inputs: [([2], .float32), ([2], .float32)], donated: [0: 0]) { [$0[0] + $0[1]] }
            _ = try add.scan([.zeros([3, 2]), .zeros([2])], over: [0], count: 3)
        }
        expect(result, says: "scan", "is no sequence", "TrapTests.swift")
    }

    @Test func negativeSize() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, -1])
        }
        expect(result, says: "[2, -1]")
    }
}
