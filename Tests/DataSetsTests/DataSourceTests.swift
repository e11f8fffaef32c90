import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

@Suite struct DataSourceTests {
    @Test func digitsAreThere() throws {
        let data = try DataSource.load("digits")
        guard case .arrays(let images, let labels?) = data.train else {
            Issue.record("no arrays")
            return
        }
        #expect(images.shape == [1797, 8, 8] && images.dataType == .uint8)
        let pixels = images.doubles()
        #expect(pixels.reduce(0, +) == 561_718 && pixels.max() == 16)
        #expect(Array(pixels.prefix(8)) == [0, 0, 5, 13, 9, 1, 0, 0])
        let digits = labels.doubles()
        #expect(Array(digits.prefix(10)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(
            (0..<10).map { digit in digits.count { $0 == Double(digit) } } == [
                178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
            ])
        let parts = try Split().partition(data)
        #expect(parts.task == .multiclass)
        #expect(parts.train.count == 1079 && parts.dev?.count == 359 && parts.test?.count == 359)
        #expect(try DataSource.load("digits").fingerprint == data.fingerprint)
    }

    /// Sparse files far larger than memory: only their headers can be read.
    @Test func headersAreJudgedFirst() throws {
        try withFolder { folder in
            for (source, name, words) in [
                ("f4-le-c.npy", "a.npy", "bytes, "), ("object.npy", "b.npy", "pickle"),
                ("idx-folder/t10k-labels-idx1-ubyte", "labels", "it holds labels"),
                ("f4.idx", "c.idx", "the file holds 1099511627"),
            ] {
                let url = folder.appendingPathComponent(name)
                try FileManager.default.copyItem(at: formatFixture(source), to: url)
                let file = try FileHandle(forWritingTo: url)
                try file.truncate(atOffset: 1 << 40)
                try file.close()
                let error = #expect(throws: DataError.self) { try DataSource.load(url.path) }
                #expect(error?.kind != .tooLarge && error?.description.contains(words) == true, "\(error!)")
            }
        }
    }

    @Test func folderWithIDX() throws {
        let data = try DataSource.load(formatFixture("idx-folder").path)
        #expect(data.train.count == 20 && data.test?.count == 5)
        let (pre, _) = try Preprocessing.fit(data.train)
        #expect(pre.classes == ["0", "1", "2"] && pre.inputWidth == 4)
    }

    @Test func foldersWithMixedUpFiles() throws {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte",
        ]
        let cases: [(name: String, kind: DataError.Kind, words: [String], from: String, to: String)] = [
            (
                "labels where images belong", .mislabeled, ["train-images-idx3-ubyte", "2049"], names[1],
                "train-images-idx3-ubyte.gz"
            ),
            ("images where labels belong", .mislabeled, ["train-labels-idx1-ubyte", "2051"], names[0], names[1]),
            ("labels of the other set", .mismatch, ["train-labels", "[5]", "20 examples"], names[3], names[1]),
            ("a second file of images", .malformed, ["several files", "images"], names[0], "train-images-copy"),
        ]
        for item in cases {
            try withFolder { folder in
                for name in names {
                    try FileManager.default.copyItem(
                        at: formatFixture("idx-folder/\(name)"), to: folder.appendingPathComponent(name))
                }
                let target = folder.appendingPathComponent(item.to)
                try? FileManager.default.removeItem(at: target)
                try FileManager.default.copyItem(at: formatFixture("idx-folder/\(item.from)"), to: target)
                expectError(item.kind, item.words, item.name) { _ = try DataSource.load(folder.path) }
            }
        }
        expectError(.mismatch, ["'price'", "no columns"]) {
            _ = try DataSource.load("digits", options: .init(target: "price"))
        }
    }

    @Test func archive() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.npz")
            let x = Tensor((0..<12).map(Float.init), shape: [6, 2])
            let y = Tensor((0..<6).map { Int64($0 % 2) })
            try NumPy.writeNPZ([("x_train", x), ("y_train", y), ("x_val", x), ("Y_val", y), ("note", y)], to: file)
            let data = try DataSource.load(file.path)
            #expect(data.train.count == 6 && data.dev?.count == 6 && data.test == nil)
            #expect(data.notes.contains { $0.contains("'note'") })
            try NumPy.writeNPZ([("X", x), ("y", y)], to: file)
            #expect(try DataSource.load(file.path).train.hasTargets)
            try NumPy.writeNPZ([("x", x)], to: file)
            #expect(try !DataSource.load(file.path).train.hasTargets)
            let cases: [(DataError.Kind, [String], [(name: String, tensor: Tensor)])] = [
                (.missingColumn, ["no inputs", "'a'"], [("a", x)]),
                (.missingColumn, ["'y'", "no inputs"], [("y", y)]),
                (.mismatch, ["'y'", "[5]", "6 examples"], [("x", x), ("y", Tensor([Int64](repeating: 0, count: 5)))]),
                (
                    .mismatch, ["test", "[3]", "[2]"],
                    [("x", x), ("y", y), ("test_x", Tensor([1.0, 2, 3], shape: [1, 3])), ("test_y", Tensor([1.0]))]
                ),
                (.missingValue, ["'x'", "example 2", "NaN"], [("x", Tensor([1.0, .nan])), ("y", Tensor([1.0, 2]))]),
                (.missingValue, ["'y'", "example 1", "NaN"], [("x", Tensor([1.0, 2])), ("y", Tensor([.nan, 2.0]))]),
                (
                    .invalidValue, ["'x'", "example 1", "infinite"],
                    [("x", Tensor([Float.infinity, 2])), ("y", Tensor([1.0, 2]))]
                ),
                (.unsupported, ["'y'"], [("x", x), ("y", Tensor((0..<12).map(Double.init), shape: [6, 1, 2]))]),
                (.empty, ["'x'"], [("x", Tensor([Float](), shape: [0, 2])), ("y", Tensor([Float]()))]),
                (.malformed, ["same meaning"], [("x", x), ("x_train", x)]),
            ]
            for (kind, words, arrays) in cases {
                try NumPy.writeNPZ(arrays, to: file)
                expectError(kind, words, file: "a.npz", "\(words)") { _ = try DataSource.load(file.path) }
            }
            try NumPy.writeNPZ([("x", x), ("y", Tensor([Int64](repeating: 3, count: 6)))], to: file)
            expectError(.oneClass, ["a.npz", "'3'"]) { _ = try Split().partition(try DataSource.load(file.path)) }
        }
    }

    @Test func separateFilesMeetTheTrainingColumns() throws {
        try withFolder { folder in
            func file(_ name: String, _ text: String) throws -> String {
                let url = folder.appendingPathComponent(name)
                try Array(text.utf8).write(to: url)
                return url.path
            }
            let train = try file("train.csv", "x,c,y\n1,a,p\n2,b,q\n3,a,p\n4,b,q\n5,a,p\n6,b,q\n")
            let test = try file("test.csv", "y,c,x\nP,a,1\nq.,z,\n")
            let data = try DataSource.load(train, options: .init(test: test))
            let parts = try Split().partition(data)
            let (pre, _) = try Preprocessing.fit(parts.train.examples, rows: parts.train.rows)
            #expect(try pre.targets(parts.test!.examples, rows: parts.test!.rows).0.doubles() == [0, 1])
            #expect(try pre.inputs(parts.test!.examples).shape == [2, pre.inputWidth])
            #expect(data.notes.contains { $0.contains("target: the last column, 'y'") })
            let plain = try DataSource.load(train)
            #expect(plain.fingerprint != data.fingerprint)
            let noTarget = try file("no.csv", "c,x\na,1\n")
            expectError(.missingColumn, ["no.csv", "'y'"]) {
                _ = try DataSource.load(train, options: .init(test: noTarget))
            }
            expectError(.mismatch, ["table", "arrays"]) {
                _ = try DataSource.load(train, options: .init(test: "digits"))
            }
        }
    }

    @Test func fingerprintIsXXH64() {
        var fingerprint = Fingerprint()
        fingerprint.add(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(fingerprint.text.hasPrefix("ef46db3751d8e999"))
        var second = Fingerprint()
        Array("The quick brown fox jumps over the lazy dog".utf8).withUnsafeBytes { second.add($0) }
        #expect(second.text.hasPrefix("0b242d361fda71bc"))
    }

    /// What never ends, or ends late, is refused at once.
    @Test func unboundedFiles() throws {
        expectError(.mislabeled, ["/dev/zero", "device"]) { _ = try DataSource.load("/dev/zero") }
        try withFolder { folder in
            let pipe = folder.appendingPathComponent("pipe.csv").path
            #expect(mkfifo(pipe, 0o600) == 0)
            expectError(.mislabeled, ["pipe.csv", "a pipe"]) { _ = try DataSource.load(pipe) }
            for (name, start, kind) in [
                ("sparse.csv", "a,b\n1,2\n", DataError.Kind.encoding), ("zeros.csv", "", .malformed),
            ] {
                let sparse = folder.appendingPathComponent(name)
                try [UInt8](start.utf8).write(to: sparse)
                #expect(truncate(sparse.path, 5 << 30) == 0)
                expectError(kind, [name]) { _ = try DataSource.load(sparse.path) }
            }
        }
    }
}
