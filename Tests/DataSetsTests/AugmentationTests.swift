import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

@Suite struct AugmentationTests {
    /// 4 by 5, numbers 1 to 20 over 20.
    private let image = Tensor((1...20).map { Float($0) / 20 }, shape: [1, 4, 5])

    private func change(_ text: String, _ images: Tensor? = nil, seed: UInt64 = 1, epoch: Int = 0) throws -> [Float] {
        try ImageAugmentation(parsing: text)(images ?? image, seed: seed, epoch: epoch).scalars(as: Float.self)
    }

    @Test func flipsByHand() throws {
        let pixels = image.scalars(as: Float.self)
        let mirrored = (0..<4).flatMap { row in (0..<5).reversed().map { pixels[row * 5 + $0] } }
        #expect(try change("flip(probability=1)") == mirrored)
        #expect(try change("flip(probability=0)") == pixels)
        let upsideDown = (0..<4).reversed().flatMap { row in (0..<5).map { pixels[row * 5 + $0] } }
        #expect(try change("flip(probability=1, vertical=true)") == upsideDown)
        #expect(try change("flip(probability=1), flip(probability=1)") == pixels)
        let both = try (0..<40).map { try change("flip", epoch: $0) == pixels }
        #expect((8...32).contains(both.count { $0 }))
    }

    /// Windows of the image with a border of zeros, each at its place.
    @Test func cropsAreWindows() throws {
        let pixels = image.scalars(as: Float.self)
        var seen: Set<[Float]> = []
        for epoch in 0..<200 { seen.insert(try change("crop(padding=1)", epoch: epoch)) }
        var expected: Set<[Float]> = []
        for y in -1...1 {
            for x in -1...1 {
                expected.insert(
                    (0..<20).map { place in
                        let (row, column) = (place / 5 + y, place % 5 + x)
                        return (0..<4).contains(row) && (0..<5).contains(column) ? pixels[row * 5 + column] : 0
                    })
            }
        }
        #expect(seen == expected)
    }

    /// A bright point goes where a turn by the drawn angle takes it, and its distance from the center stays.
    @Test func rotationsKeepDistances() throws {
        var pixels = [Float](repeating: 0, count: 31 * 31)
        for (y, x) in [(15, 25), (15, 26), (14, 25), (16, 25), (15, 24)] { pixels[y * 31 + x] = 1 }
        for epoch in 0..<20 {
            let turned = try change("rotate(degrees=180)", Tensor(pixels, shape: [1, 31, 31]), epoch: epoch)
            let mass = turned.reduce(0, +)
            let y = turned.indices.reduce(0) { $0 + Float($1 / 31) * turned[$1] } / mass
            let x = turned.indices.reduce(0) { $0 + Float($1 % 31) * turned[$1] } / mass
            #expect(abs(hypot(y - 15, x - 15) - 10) < 0.2 && abs(mass - 5) < 0.5)
        }
    }

    @Test func smallChangesStaySmall() throws {
        let images = Tensor((0..<400).map { Float(0.5 + 0.3 * sin(Double($0) / 40)) }, shape: [1, 20, 20])
        let original = images.scalars(as: Float.self)
        for text in [
            "rotate(degrees=0)", "shift(pixels=0)", "zoom(share=0)", "shear(degrees=0)", "elastic(pixels=0)",
            "brightness(share=0)", "contrast(share=0)", "noise(deviation=0)", "cutout(size=0)",
        ] {
            let same = try change(text, images)
            #expect(zip(same, original).allSatisfy { abs($0 - $1) < 1e-5 }, "\(text)")
        }
        // A field of one pixel on average moves a smooth image a little, everywhere within.
        let moved = try change("elastic(pixels=1, smoothness=3)", images)
        #expect(moved != original && moved.indices.count { abs(moved[$0] - original[$0]) < 0.25 } > 330)
    }

    @Test func colorsStayInRange() throws {
        let colors = Tensor((0..<48).map { Float($0 % 7) / 6 }, shape: [1, 4, 4, 3])
        let original = colors.scalars(as: Float.self)
        for text in ["brightness(0.5)", "contrast(0.9)", "saturation(0.9)", "hue(90)", "noise(0.5)"] {
            for epoch in 0..<10 {
                let changed = try change(text, colors, epoch: epoch)
                #expect(changed.allSatisfy { (0...1).contains($0) } && changed != original, "\(text)")
            }
        }
        // Gray has no color to change.
        let gray = Tensor((0..<48).map { Float($0 / 3) / 16 }, shape: [1, 4, 4, 3])
        for text in ["saturation(0.9)", "hue(180)"] {
            let changed = try change(text, gray)
            #expect(zip(changed, gray.scalars(as: Float.self)).allSatisfy { abs($0 - $1) < 1e-5 }, "\(text)")
        }
    }

    @Test func cutoutsAreSquaresOfZeros() throws {
        let ones = Tensor.ones([1, 10, 10])
        for epoch in 0..<30 {
            let zeros = try change("cutout(size=0.4)", ones, epoch: epoch).count { $0 == 0 }
            #expect(zeros >= 4 && zeros <= 16)
        }
    }

    /// The same example gets the same change in any batch; another epoch, seed or example another one.
    @Test func changesBelongToTheExample() throws {
        let augmentation = try ImageAugmentation(
            parsing: "rotate(20), shift(1), elastic, noise(0.1), brightness, cutout")
        let images = Tensor.randomUniform([6, 9, 9], key: RandomKey(seed: 3))
        func numbers(_ rows: [Int], epoch: Int = 0, seed: UInt64 = 1) -> [[Float]] {
            let batch = images.gathered(at: Tensor(rows))
            let changed = augmentation(batch, seed: seed, epoch: epoch, examples: rows).scalars(as: Float.self)
            return rows.indices.map { Array(changed[$0 * 81..<($0 + 1) * 81]) }
        }
        let whole = numbers([0, 1, 2, 3, 4, 5])
        #expect(numbers([4, 2]) == [whole[4], whole[2]])
        #expect(numbers([0], epoch: 1)[0] != whole[0] && numbers([0], seed: 2)[0] != whole[0])
        let equal = Tensor.ones([2, 9, 9])
        let two = augmentation(equal, seed: 1).scalars(as: Float.self)
        #expect(Array(two[..<81]) != Array(two[81...]))
    }

    @Test func readsBackAsWritten() throws {
        for name in ImageOperation.names {
            let augmentation = try ImageAugmentation(parsing: name + ", shift(pixels=1.5)")
            #expect(try ImageAugmentation(parsing: augmentation.description) == augmentation)
        }
        for text in ["", "rotat(3)", "rotate(degrees=999)", "shift(pixels=1", "flip,,rotate", "crop(padding=-1)"] {
            #expect(throws: (any Error).self, "\(text)") { try ImageAugmentation(parsing: text) }
        }
    }

    @Test func batchesAreEncodedAgain() throws {
        let (preprocessing, _) = try Preprocessing.fit(Digits.examples)
        let x = try preprocessing.inputs(Digits.examples)
        let (y, _) = try preprocessing.targets(Digits.examples, dataType: .float32)
        func batch(_ text: String, threads: Int = 2, rows: [Int] = [5, 900, 31]) throws -> (x: Tensor, y: Tensor) {
            try BatchAugmentation(
                ImageAugmentation(parsing: text), preprocessing: preprocessing, seed: 1, threads: threads
            )(x: x, y: y, rows: rows, epoch: 2)
        }
        let rows = Tensor([5, 900, 31])
        let same = try batch("flip(probability=0)")
        expectClose(same.x, x.gathered(at: rows), 1e-5, "inputs")
        #expect(same.y.scalars(as: Int64.self) == y.gathered(at: rows).scalars(as: Int64.self))
        let turned = try batch("rotate(30), shift(1)")
        #expect(try batch("rotate(30), shift(1)", threads: 1).x.doubles() == turned.x.doubles())
        #expect(turned.x.doubles() != same.x.doubles())
        // Mixed targets are distributions that hold the own class.
        let mixed = try batch("mixup(alpha=1)")
        #expect(mixed.y.shape == [3, 10] && mixed.y.sum(along: 1).doubles().allSatisfy { abs($0 - 1) < 1e-6 })
        let shares = mixed.y.gatheredElements(at: y.gathered(at: rows).reshaped(to: [3, 1]), along: 1).doubles()
        #expect(shares.allSatisfy { $0 > 0 && $0 <= 1 } && Set(shares).count == 3)
        expectError(.unsupported, ["three colors"]) { _ = try batch("hue") }
    }

    @Test func signalsByHand() throws {
        let signal = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as [Float], shape: [1, 10])
        func change(_ operation: SignalOperation, epoch: Int = 0) -> [Float] {
            SignalAugmentation([operation])(signal, seed: 1, epoch: epoch).scalars(as: Float.self)
        }
        let shifts = Set((0..<100).map { change(.shift(share: 0.2), epoch: $0) })
        let expected = (-2...2).map { by in (0..<10).map { Float((0..<10).contains($0 - by) ? $0 - by + 1 : 0) } }
        #expect(shifts == Set(expected))
        for epoch in 0..<20 {
            let slow = change(.stretch(share: 0.5), epoch: epoch)
            // A straight line stays one until it ends.
            let slope = slow[1] - slow[0]
            #expect(slow[0] == 1 && slope > 0.6 && slope < 2.1 && abs(slow[3] - slow[2] - slope) < 1e-4)
            let gain = change(.gain(decibels: 6), epoch: epoch)
            #expect(abs(gain[9] / gain[0] - 10) < 1e-4 && gain[0] > 0.5 && gain[0] < 2)
        }
        #expect(change(.noise(deviation: 0.1)) != signal.scalars(as: Float.self))
    }
}
