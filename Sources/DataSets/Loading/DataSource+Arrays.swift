internal import Foundation
internal import ThalwegEngine
internal import ThalwegFormats

extension DataSource {
    /// `train_x`/`train_y` with optional dev and test pairs, or `x`/`y`; also `x_train`, and `val`/`valid` for dev.
    static func readArchive(_ url: URL, name: String, notes: inout [String]) throws -> Parts {
        let arrays = try NumPy.readNPZ(url, name: name)
        var byKey: [String: (name: String, tensor: Tensor)] = [:]
        for (arrayName, tensor) in arrays.sorted(by: { $0.key < $1.key }) {
            guard let key = canonicalKey(arrayName) else {
                notes.append("'\(arrayName)' in \(name) is not used (known are train_x, train_y, dev_x … and x, y)")
                continue
            }
            guard byKey[key] == nil else {
                throw DataError(
                    .malformed, file: name, tensor: arrayName, "it has the same meaning as '\(byKey[key]!.name)'")
            }
            byKey[key] = (arrayName, tensor)
        }
        func pair(_ part: String) throws -> Examples? {
            guard let inputs = byKey["\(part)_x"] else {
                guard let targets = byKey["\(part)_y"] else { return nil }
                throw DataError(
                    .missingColumn, file: name, tensor: targets.name, "there are targets but no inputs for them")
            }
            return try examples(inputs, byKey["\(part)_y"], file: name)
        }
        guard let train = try pair("train") ?? pair("test") else {
            let found = arrays.keys.sorted().prefix(8).map { "'\($0)'" }.joined(separator: ", ")
            throw DataError(
                .missingColumn, file: name, tensor: "train_x",
                "no inputs: expected train_x and train_y, or x and y; found \(found)")
        }
        let hasTrain = byKey["train_x"] != nil
        return Parts(train: train, dev: try pair("dev"), test: hasTrain ? try pair("test") : nil)
    }

    /// `train_x` for `x`, `X_train`, `train_images` and so on; nil for other names.
    private static func canonicalKey(_ name: String) -> String? {
        let words = name.lowercased().split { $0 == "_" || $0 == "-" || $0 == " " }.map(String.init)
        var part = "train"
        var role: String?
        for word in words {
            switch word {
            case "train", "training": part = "train"
            case "dev", "val", "valid", "validation": part = "dev"
            case "test", "testing": part = "test"
            case "x", "inputs", "images", "features", "data": role = "x"
            case "y", "targets", "labels", "target", "label": role = "y"
            default: return nil
            }
        }
        return role.map { "\(part)_\($0)" }
    }

    static func examples(
        _ inputs: (name: String, tensor: Tensor), _ targets: (name: String, tensor: Tensor)?, file: String
    ) throws -> Examples {
        guard inputs.tensor.rank >= 1, inputs.tensor.elementCount > 0 else {
            throw DataError(.empty, file: file, tensor: inputs.name, "no examples: its shape is \(inputs.tensor.shape)")
        }
        try checkFinite(inputs, file: file)
        // A single column of inputs may come as a plain list.
        let matrix =
            inputs.tensor.rank == 1 ? inputs.tensor.withShape([inputs.tensor.elementCount, 1]) : inputs.tensor
        guard let targets else { return .arrays(inputs: matrix, targets: nil) }
        try checkFinite(targets, file: file)
        guard targets.tensor.rank >= 1, targets.tensor.shape[0] == inputs.tensor.shape[0] else {
            throw DataError(
                .mismatch, file: file, tensor: targets.name,
                "shape \(targets.tensor.shape) does not fit the \(inputs.tensor.shape[0]) examples of '\(inputs.name)'")
        }
        guard targets.tensor.rank <= 2, targets.tensor.elementCount > 0 else {
            throw DataError(
                .unsupported, file: file, tensor: targets.name,
                "targets of shape \(targets.tensor.shape): one value or one row of values an example is needed")
        }
        return .arrays(inputs: matrix, targets: targets.tensor)
    }

    private static func checkFinite(_ array: (name: String, tensor: Tensor), file: String) throws {
        guard array.tensor.dataType.isFloatingPoint else { return }
        var row = 0
        var bad: (row: Int, value: Double)?
        ArrayReader.rows(of: array.tensor, nil) { values in
            if bad == nil, let value = values.first(where: { !$0.isFinite }) { bad = (row, value) }
            row += 1
        }
        if let bad {
            throw DataError(
                bad.value.isNaN ? .missingValue : .invalidValue, file: file, tensor: array.name,
                "example \(bad.row + 1) holds \(bad.value.isNaN ? "NaN (a missing value)" : "an infinite value")")
        }
    }
}

extension DataSource {
    /// The four files of MNIST and its relatives (or only the training pair), gzipped or plain.
    static func readFolder(
        _ folder: String, fingerprint: inout Fingerprint, notes: inout [String]
    ) throws -> Parts {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw DataError(.permission, file: folder, "the folder cannot be read: permission is denied")
        }
        func find(_ part: [String], _ content: IDX.Content) throws -> Tensor? {
            let matching = names.filter { name in
                let lower = name.lowercased()
                return part.contains { lower.hasPrefix($0) } && lower.contains(content.rawValue)
            }
            guard let name = matching.first else { return nil }
            let plainAndGzip = Set(matching.map { $0.hasSuffix(".gz") ? String($0.dropLast(3)) : $0 }).count == 1
            guard plainAndGzip else {
                let list = matching.prefix(3).joined(separator: ", ")
                throw DataError(.malformed, file: folder, "several files could hold the \(content.rawValue): \(list)")
            }
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            try IDX.judge(URL(fileURLWithPath: path), name: path, expecting: content)
            let file = try FileBytes(path: path)
            fingerprint.add(file)
            return try IDX.read(file, expecting: content)
        }
        func pair(_ part: [String]) throws -> Examples? {
            let images = try find(part, .images)
            let labels = try find(part, .labels)
            guard let images else {
                if labels == nil { return nil }
                throw DataError(
                    .missingColumn, file: folder, "a file of \(part[0]) labels but none of \(part[0]) images")
            }
            return try examples(
                ("\(part[0])-images", images), labels.map { ("\(part[0])-labels", $0) }, file: folder)
        }
        let test = try pair(["t10k", "test"])
        guard let train = try pair(["train"]) ?? test else {
            throw DataError(
                .missingColumn, file: folder,
                "no IDX files in this folder (train-images…, train-labels…, t10k-images…, t10k-labels…; .gz or plain)")
        }
        return Parts(train: train, test: names.contains { $0.lowercased().hasPrefix("train") } ? test : nil)
    }
}

extension Tensor {
    /// The same values in another shape, at once (no graph): for tensors fresh from a file.
    func withShape(_ shape: Shape) -> Tensor {
        precondition(shape.elementCount == elementCount)
        return Tensor(shape: shape, dataType: dataType) { target in withBytes { target.copyMemory(from: $0) } }
    }
}
