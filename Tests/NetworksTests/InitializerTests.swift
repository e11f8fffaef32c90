import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

@Suite struct InitializerTests {
    /// Name and the deviation for 300 outputs and 400 inputs.
    private static let deviations: [(String, Double)] = [
        ("zeros", 0), ("normal(scale=0.01)", 0.01), ("normal(10)", 10), ("uniform(limit=0.3)", 0.3 / 3.0.squareRoot()),
        ("xavier", (1.0 / 400).squareRoot()), ("glorot", (2.0 / 700).squareRoot()),
        ("glorot_uniform", (2.0 / 700).squareRoot()), ("he", (2.0 / 400).squareRoot()),
        ("he_uniform", (2.0 / 400).squareRoot()), ("lecun", (1.0 / 400).squareRoot()),
        ("lecun_uniform", (1.0 / 400).squareRoot()), ("orthogonal", (1.0 / 400).squareRoot()),
    ]

    @Test func deviationsEqualTheirFormulas() throws {
        for (text, deviation) in Self.deviations {
            let values = try Initializer(parsing: text)([300, 400], dataType: .float64, key: key(3))
            let found = values.square().mean().item().squareRoot()
            // 120,000 draws: the deviation is known to 0.2 % (one sigma).
            #expect(abs(found - deviation) <= 0.01 * deviation, "\(text): \(found), expected \(deviation)")
            #expect(abs(values.mean().item()) <= 0.02 * deviation, "\(text)")
        }
    }

    @Test func orthogonalRowsOrColumns() {
        let wide = Initializer.orthogonal(gain: 2)([3, 5], dataType: .float64, key: key())
        expectClose(
            matmul(wide, wide.transposed()).doubles(), (4 * Tensor.identity(3, dataType: .float64)).doubles(), 1e-14,
            "rows")
        let tall = Initializer.orthogonal(gain: 1)([5, 3], dataType: .float64, key: key())
        expectClose(
            matmul(tall.transposed(), tall).doubles(), Tensor.identity(3, dataType: .float64).doubles(), 1e-14,
            "columns")
    }

    @Test func identityAndConstants() {
        #expect(Initializer.identity([2, 3], key: key()).doubles() == [1, 0, 0, 0, 1, 0])
        #expect(Initializer.constant(0.5)([2], key: key()).doubles() == [0.5, 0.5])
    }

    @Test func fansCountTheReceptiveField() {
        // A convolution's [out, in, height, width].
        let values = Initializer.he([64, 32, 3, 3], dataType: .float64, key: key(9))
        #expect(abs(values.square().mean().item() - 2.0 / 288) < 0.02 * 2 / 288)
    }

    @Test func namesReadBackAsWritten() throws {
        for name in Initializer.names {
            let initializer = try Initializer(parsing: name)
            #expect(try Initializer(parsing: initializer.description) == initializer)
        }
    }
}
