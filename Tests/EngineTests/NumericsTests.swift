import Testing
import ThalwegEngine

@Suite struct NumericsTests {
    @Test func normHasNoSlopeAtZero() {
        let slope = gradient(of: { $0.norm() }, at: Tensor.zeros([3], dataType: .float64))
        #expect(slope.doubles() == [0, 0, 0])
        let unit = gradient(of: { $0.norm() }, at: Tensor([3.0, 4.0])).doubles()
        #expect(zip(unit, [0.6, 0.8]).allSatisfy { abs($0 - $1) < 1e-15 })
    }

    @Test func longSumsAreStable() {
        let n = 10_000_000
        let expected = Double(Float(0.1)) * Double(n)
        let column = Tensor([Float](repeating: 0.1, count: n))
        let sums = [
            column.sum(), column.reshaped(to: [n / 10, 10]).sum(along: 0),
            column.reshaped(to: [10, n / 10]).sum(along: 1),
            column.reshaped(to: [100, n / 100]).sum(), column.dot(Tensor.ones([n])),
        ]
        for (number, sum) in sums.enumerated() {
            let total = expected / Double(sum.elementCount)
            for value in sum.doubles() { #expect(abs(value - total) / total < 1e-6, "sum \(number)") }
        }
        #expect(abs(matmul(column, Tensor.ones([n])).item() - expected) / expected < 1e-4)
        #expect(abs(column.mean().item() - Double(Float(0.1))) < 1e-7)
    }

    @Test func varianceOfLargeNumbers() {
        let x = Tensor((0..<100_000).map { Float(10_000 + $0 % 3) })
        #expect(abs(x.variance().item() - 2.0 / 3) < 1e-3)
    }

    @Test func castsSaturate() {
        let x = Tensor([-1e30, -3e9, -1.9, -0.5, 0.5, 1.9, 255.7, 3e9, 1e30, .nan, .infinity, -.infinity] as [Double])
        let expected: [DataType: [Double]] = [
            .int32: [-2147483648, -2147483648, -1, 0, 0, 1, 255, 2147483647, 2147483647, 0, 2147483647, -2147483648],
            .uint8: [0, 0, 0, 0, 0, 1, 255, 255, 255, 0, 255, 0],
            .bool: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ]
        for (type, values) in expected {
            for source in [DataType.float64, .float32] {
                #expect(x.cast(to: source).cast(to: type).doubles() == values, "\(source.rawValue) to \(type.rawValue)")
            }
        }
        #expect(x.cast(to: .int64).scalars(as: Int.self)[8...] == [.max, 0, .max, .min])
        #expect(x.cast(to: .float32).cast(to: .int64).scalars(as: Int.self)[8...] == [.max, 0, .max, .min])
        #expect(Tensor([-1, 256, 257]).cast(to: .uint8).doubles() == [255, 0, 1])
    }

    @Test func halfPrecisionRounds() {
        let x = Tensor(
            [1.0, 1.0009765625, 1.00048828125, 65504, 65519.9, 65520, 1e-8, 3e-8, -0.1, .infinity] as [Double])
        #expect(
            x.cast(to: .float16).doubles() == [
                1, 1.0009765625, 1, 65504, 65504, .infinity, 0, 5.9604644775390625e-8, -0.0999755859375, .infinity,
            ])
        #expect(
            Tensor([1.00390625, 1.01171875, 3e38] as [Double]).cast(to: .bfloat16).doubles()[..<2] == [1, 1.015625])
        #expect(Tensor([Double.nan]).cast(to: .float16).isNaN().item() == 1)
    }

    @Test(arguments: [DataType.float32, .float64])
    func nanWins(_ type: DataType) {
        let x = Tensor([1, .nan, 3, -.infinity, .nan, 2] as [Double]).cast(to: type)
        for device in [Device.cpu, .reference] {
            let results = [
                x.max(), x.min(), x.sum(), maximum(x, 2)[1], minimum(Tensor([2.0] as [Double]).cast(to: type), x)[1],
            ]
            evaluate(results, on: device)
            for result in results { #expect(result.item().isNaN) }
            let order = [x.argmax(), x.argmin(), x.argsorted(), x.argsorted(descending: true)]
            evaluate(order, on: device)
            #expect(order[0].doubles() == [1])
            #expect(order[1].doubles() == [1])
            #expect(order[2].doubles() == [3, 0, 5, 2, 1, 4])
            #expect(order[3].doubles() == [2, 5, 0, 3, 1, 4])
            let compared = [x .== x, x .!= x, x .< 2, x .>= 2]
            evaluate(compared, on: device)
            #expect(compared[0].doubles() == [1, 0, 1, 1, 0, 1])
            #expect(compared[1].doubles() == [0, 1, 0, 0, 1, 0])
            #expect(compared[2].doubles() == [1, 0, 0, 1, 0, 0])
            #expect(compared[3].doubles() == [0, 0, 1, 0, 0, 1])
        }
    }

    @Test func typesOfResults() {
        let flags = Tensor([true, false, true])
        #expect(flags.sum().dataType == .int64)
        #expect(flags.sum().item() == 2)
        #expect(Tensor([200, 100] as [UInt8]).sum().item() == 300)
        #expect((Tensor([1, 2] as [Int32]) .< 2).dataType == .bool)
        #expect(Tensor([1.0, 2] as [Double]).argmax().dataType == .int64)
        #expect((Tensor([1, 2] as [Int32]) + 1).dataType == .int32)
        #expect(Tensor([7, -7] as [Int32]).remainder(3).doubles() == [1, 2])
        #expect((Tensor([7, -7, 5] as [Int32]) / Tensor([2, 2, 0] as [Int32])).doubles() == [3, -4, 0])
        #expect((Tensor([Int.min]) / Tensor([-1])).scalars(as: Int.self) == [.min])
        #expect((Tensor([250] as [UInt8]) + 10).doubles() == [4])
    }

    @Test func extremesOfFunctions() {
        for type in [DataType.float32, .float64] {
            let x = Tensor([-1000, -100, -1, 0, 1, 100, 1000] as [Double]).cast(to: type)
            #expect(x.sigmoid().isFinite().all().item() == 1)
            #expect(x.tanh().doubles().last == 1)
            #expect(x.exp().doubles().first == 0)
            #expect(x.softmax().sum().item() == 1)
            #expect(x.logSoftmax().doubles() == [-2000, -1100, -1001, -1000, -999, -900, 0])
            #expect(x.logSumExp().item() == 1000)
            #expect(Tensor.full([3], -.infinity, dataType: type).logSumExp().item() == -.infinity)
        }
    }

    @Test func printing() {
        #expect(Tensor([Int.max, Int.min]).description == "[9223372036854775807, -9223372036854775808]")
        #expect(Tensor([[1.5, 2], [3, 4]] as [[Float]]).description == "[[1.5, 2.0],\n [3.0, 4.0]]")
        #expect(Tensor([true, false]).description == "[true, false]")
        #expect(Tensor.range(20).description == "[0, 1, 2, …, 17, 18, 19]")
    }
}
