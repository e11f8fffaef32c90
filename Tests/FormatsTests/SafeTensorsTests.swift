import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegFormats

@Suite struct SafeTensorsTests {
    @Test func readsEveryType() throws {
        let (tensors, metadata) = try SafeTensors.read(formatFixture("all.safetensors"))
        for type in numpyTypes {
            let tensor = try #require(tensors["layer.\(type)"])
            #expect(tensor.shape == [2, 3])
            #expect(tensor.dataType == loadedType(type))
            #expect(tensor.doubles() == expectedValues(type, count: 6), "\(type)")
        }
        #expect(tensors["layer.bf16"]?.dataType == .bfloat16)
        #expect(tensors["layer.bf16"]?.doubles() == expectedValues("f4", count: 6))
        #expect(tensors["scalar"]?.shape == [])
        #expect(tensors["empty é\n"]?.shape == [0, 4])
        #expect(metadata == ["format": "pt", "note": "a \"quoted\" text"])
        #expect(try SafeTensors.read(formatFixture("unpadded.safetensors")).tensors.count == 1)
    }

    @Test func roundTripsAndRepeatsItsBytes() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("m.safetensors")
            let half = Tensor(shape: [1], dataType: .float16) { $0.storeBytes(of: 0x3C00, as: UInt16.self) }
            let tensors: [(name: String, tensor: Tensor)] = [
                ("b \"q\" \\ \u{1}é", Tensor([1.5 as Float, 2], shape: [2, 1])), ("a", Tensor([Int64.max, .min])),
                ("half", half), ("flags", Tensor([true, false, true])), ("none", Tensor([Double](), shape: [0])),
                ("bytes", Tensor([UInt8(255)])), ("ints", Tensor([Int32(-1)])), ("scalar", Tensor([0.1], shape: [])),
            ]
            let metadata = ["z": "1", "a": "line\nbreak"]
            try SafeTensors.write(tensors, metadata: metadata, to: file)
            let first = try Data(contentsOf: file)
            let read = try SafeTensors.read(file)
            #expect(read.metadata == metadata)
            #expect(read.tensors.count == tensors.count)
            for (name, tensor) in tensors {
                #expect(read.tensors[name]?.shape == tensor.shape, "\(name)")
                #expect(read.tensors[name]?.dataType == tensor.dataType, "\(name)")
                #expect(read.tensors[name]?.doubles() == tensor.doubles(), "\(name)")
            }
            try SafeTensors.write(tensors, metadata: metadata, to: file)
            #expect(try Data(contentsOf: file) == first)
            #expect((8 + Int(first[0]) + Int(first[1]) << 8) % 64 == 0, "the data begin at a multiple of 64")
            expectError(.malformed, ["'a'"]) {
                try SafeTensors.write([("a", Tensor([1.0])), ("a", Tensor([1.0]))], to: file)
            }
            #expect(try Data(contentsOf: file) == first, "the earlier file stays")
            try SafeTensors.write([], to: file)
            #expect(try SafeTensors.read(file).tensors.isEmpty)
        }
    }
}
