import Foundation
import Testing
import ThalwegPractice

@Suite struct SearchScaleTests {
    /// Values at evenly spaced places.
    private func values(_ scale: SearchScale, count: Int = 4000) -> [Double] {
        (0..<count).map { scale.value(at: [(Double($0) + 0.5) / Double(count)]).number ?? .nan }
    }

    @Test func everyDecadeOfARateGetsItsShare() {
        let rates = values(.log(1e-4, 0.1))
        for decade in [1e-4, 1e-3, 1e-2] {
            let share = Double(rates.count { $0 >= decade && $0 < decade * 10 }) / Double(rates.count)
            #expect(abs(share - 1 / 3) < 0.01, "\(decade): \(share)")
        }
        #expect(rates.min() ?? 0 >= 1e-4 && rates.max() ?? 1 <= 0.1)
    }

    @Test func momentumIsSpreadByItsDistanceFromOne() {
        let betas = values(.complement(0.9, 0.999))
        // Half of 1 - 10^r lies on each side of 0.99.
        let share = Double(betas.count { $0 < 0.99 }) / Double(betas.count)
        #expect(abs(share - 0.5) < 0.01)
        #expect(betas.min() ?? 0 >= 0.9 && betas.max() ?? 1 <= 0.999)
    }

    @Test func wholeNumbersAreEquallyFrequent() {
        let numbers = values(.integer(2, 5))
        for number in 2...5 { #expect(numbers.count { $0 == Double(number) } == 1000) }
        let sizes = values(.logInteger(16, 256))
        let low = Double(sizes.count { $0 < 64 }) / Double(sizes.count)
        #expect(abs(low - 0.5) < 0.02 && sizes.min() == 16 && sizes.max() == 256)
    }

    @Test func layersByDepthWidthAndShape() {
        let scale = SearchScale.layers(.init(depth: 0...2, width: 16...64))
        #expect(scale.value(at: [0.1, 0.5, 0.5]) == .integers([]))
        #expect(scale.value(at: [0.9, 1, 0.1]) == .integers([64, 64]))
        #expect(scale.value(at: [0.9, 1, 0.9]) == .integers([64, 32]))
    }

    @Test(arguments: [
        SearchScale.uniform(-1, 3), .log(1e-5, 10), .complement(0.5, 0.9999), .integer(-3, 12), .logInteger(1, 1000),
        .choice([.text("relu"), .text("tanh"), .flag(true)]), .layers(.init(depth: 1...4, width: 8...512)),
    ])
    func aValueLiesWhereItWasDrawn(_ scale: SearchScale) throws {
        for place in 0..<50 {
            let u = (Double(place) + 0.5) / 50
            let value = scale.value(at: scale.axes.map { _ in u })
            let point = try #require(scale.point(of: value), "\(value)")
            #expect(scale.value(at: point) == value, "\(value) at \(point)")
            if case .choice = scale { continue }
            if case .layers = scale { continue }
            #expect(abs(point[0] - u) < 0.51 / 3, "\(value): \(point) for \(u)")
        }
        #expect(scale.point(of: .text("nothing")) == nil)
    }

    @Test func gridsGoFromEndToEnd() {
        #expect(SearchScale.log(0.01, 1).grid(3) == [.number(0.01), .number(0.1), .number(1)])
        #expect(SearchScale.integer(1, 2).grid(5) == [.integer(1), .integer(2)])
        #expect(SearchScale.choice([.text("a"), .text("b")]).grid(1).count == 2)
        // One layer has one shape.
        #expect(SearchScale.layers(.init(depth: 1...2, width: 8...32)).grid(2).count == 2 + 4)
    }
}
