import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegFormats

@Suite struct IDXTests {
    @Test(arguments: ["u1", "i1", "i2", "i4", "f4", "f8"]) func readsEveryTypePlainAndGzipped(type: String) throws {
        for file in ["\(type).idx", "\(type).idx.gz"] {
            let tensor = try IDX.read(formatFixture(file))
            #expect(tensor.shape == [3, 2, 2])
            #expect(tensor.dataType == loadedType(type))
            #expect(tensor.doubles() == expectedValues(type, count: 12), "\(file)")
        }
    }

    @Test func tellsImagesFromLabels() {
        let images = formatFixture("idx-folder/train-images-idx3-ubyte.gz")
        let labels = formatFixture("idx-folder/train-labels-idx1-ubyte")
        expectError(.mislabeled, ["2051", "swapped"]) { _ = try IDX.read(images, expecting: .labels) }
        expectError(.mislabeled, ["2049", "swapped"]) { _ = try IDX.read(labels, expecting: .images) }
    }
}
