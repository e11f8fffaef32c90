import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegFormats

@Suite struct NumPyTests {
    @Test(arguments: numpyTypes) func readsEveryTypeInEveryOrder(type: String) throws {
        for order in ["le", "be"] {
            for layout in ["c", "f"] {
                let tensor = try NumPy.readNPY(formatFixture("\(type)-\(order)-\(layout).npy"))
                #expect(tensor.shape == [2, 3, 4])
                #expect(tensor.dataType == loadedType(type))
                #expect(tensor.doubles() == expectedValues(type, count: 24), "\(type) \(order) \(layout)")
            }
        }
    }

    @Test func readsEveryVersion() throws {
        for version in 1...3 {
            let tensor = try NumPy.readNPY(formatFixture("version\(version).npy"))
            #expect(tensor.doubles() == expectedValues("f4", count: 5))
        }
    }

    @Test func readsScalarsAndEmptyArrays() throws {
        let scalar = try NumPy.readNPY(formatFixture("scalar.npy"))
        #expect(scalar.shape == [])
        #expect(scalar.doubles() == [2.5])
        #expect(try NumPy.readNPY(formatFixture("empty.npy")).shape == [0, 3])
    }

    @Test(arguments: [
        ("unicode.npy", "texts"), ("bytes.npy", "texts"), ("object.npy", "pickle"), ("complex.npy", "complex"),
        ("record.npy", "records"), ("date.npy", "dates"),
    ]) func refusesByName(file: String, word: String) {
        expectError(.unsupported, [word], file: file) { _ = try NumPy.readNPY(formatFixture(file)) }
    }

    @Test func refusesNumbersBeyondInt64() {
        expectError(.invalidValue, ["element 1"]) { _ = try NumPy.readNPY(formatFixture("huge-u8.npy")) }
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func readsArchives(file: String) throws {
        let arrays = try NumPy.readNPZ(formatFixture(file))
        #expect(Set(arrays.keys) == ["train_x", "train_y", "test_x", "test_y"])
        #expect(arrays["train_x"]?.shape == [6, 3])
        #expect(arrays["train_x"]?.doubles() == expectedValues("f4", count: 18))
        #expect(arrays["train_y"]?.doubles() == expectedValues("i8", count: 6))
        #expect(arrays["test_x"]?.dataType == .uint8)
        #expect(arrays["test_y"]?.dataType == .bool)
    }

    @Test func roundTrips() throws {
        try withFolder { folder in
            let tensors: [(name: String, tensor: Tensor)] = [
                ("f", Tensor([1.5 as Float, -2, .infinity, 0, 7, 8], shape: [2, 3])),
                ("d", Tensor([Double.pi, -.greatestFiniteMagnitude])), ("i", Tensor([Int32.min, 0, .max])),
                ("l", Tensor([Int64.min, 0, .max], shape: [3, 1])), ("u", Tensor([UInt8(0), 255])),
                ("b", Tensor([true, false])), ("scalar", Tensor([3.0], shape: [])),
                ("empty", Tensor([Float](), shape: [0, 4])),
            ]
            let archive = folder.appendingPathComponent("a.npz")
            try NumPy.writeNPZ(tensors, to: archive)
            let read = try NumPy.readNPZ(archive)
            #expect(read.count == tensors.count)
            for (name, tensor) in tensors {
                #expect(read[name]?.shape == tensor.shape)
                #expect(read[name]?.dataType == tensor.dataType)
                #expect(read[name]?.doubles() == tensor.doubles())
                let file = folder.appendingPathComponent("\(name).npy")
                try NumPy.writeNPY(tensor, to: file)
                let alone = try NumPy.readNPY(file)
                #expect(alone.shape == tensor.shape && alone.doubles() == tensor.doubles())
            }
            expectError(.malformed, ["'x'", "two arrays"]) {
                try NumPy.writeNPZ([("x", Tensor([1.0])), ("x", Tensor([1.0]))], to: archive)
            }
            #expect(try NumPy.readNPZ(archive).count == tensors.count, "the earlier file stays")
        }
    }

    @Test func widensBFloat16() throws {
        try withFolder { folder in
            let tensor = Tensor(shape: [2], dataType: .bfloat16) { target in
                target.storeBytes(of: 0x3FC0, as: UInt16.self)
                target.storeBytes(of: 0xC000, toByteOffset: 2, as: UInt16.self)
            }
            let file = folder.appendingPathComponent("b.npy")
            try NumPy.writeNPY(tensor, to: file)
            let read = try NumPy.readNPY(file)
            #expect(read.dataType == .float32)
            #expect(read.doubles() == [1.5, -2])
        }
    }
}
