public import ThalwegEngine

extension Layer {
    /// A table of all layers with the shapes they give, their parameters and operations, for one example.
    ///
    /// - Parameter inputShape: of one example, without the batch axis.
    public func summary(inputShape: Shape, dataType: DataType = .float32) -> String {
        let inventory = inventory()
        let calls = observedCalls(Shape([1] + inputShape.dimensions), dataType, inventory)
        let listed = inventory.modules.compactMap { path, module -> (path: String, module: any Module, own: [Int])? in
            let inner = inventory.modules.map(\.path).filter { $0 != path && isInside($0, path) }
            let own = inventory.parameters.filter { entry in
                isInside(entry.name, path) && !inner.contains { isInside(entry.name, $0) }
            }.map(\.parameter.shape.elementCount)
            // What is made of layers counts only with what it adds to them.
            return inner.isEmpty || !own.isEmpty || calls[path].map { $0.operations > 0 } ?? false
                ? (path, module, own) : nil
        }
        var rows = [["layer", "", "output", "parameters", "operations"]]
        var operations = 0
        for (path, module, own) in listed {
            let call = calls[path]
            operations += call?.operations ?? 0
            rows.append([
                path.isEmpty ? "model" : path, (module as? any Layer)?.summary ?? "\(type(of: module))",
                call.map { Shape(Array($0.output.dropFirst())).description } ?? "-",
                grouped(own.reduce(0, +)),
                call.map { grouped($0.operations) } ?? "-",
            ])
        }
        let counts = inventory.parameters.map(\.parameter.shape.elementCount)
        let trainable = inventory.trainable.map(\.parameter.shape.elementCount).reduce(0, +)
        let bytes = inventory.parameters.reduce(0) { $0 + $1.parameter.shape.elementCount * $1.parameter.dataType.size }
        return table(rows, input: inputShape) + """

            \(grouped(counts.reduce(0, +))) parameters, \(grouped(trainable)) trainable, \(grouped(bytes)) bytes
            \(grouped(operations)) floating-point operations for one example

            """
    }

    /// Runs the model on a lazy input and matches the calls seen with the modules: those with parameters by their box,
    /// others by type and order.
    private func observedCalls(
        _ shape: Shape, _ dataType: DataType, _ inventory: Inventory
    ) -> [String: (output: Shape, operations: Int)] {
        var calls: [(layer: any Layer, output: Shape, operations: Int)] = []
        let context = Context(.inference)
        context.observe { layer, input, output in
            calls.append((layer, output.shape, layer.operations(input: input.shape, output: output.shape)))
        }
        _ = self(Tensor.zeros(shape, dataType: dataType), context)
        var found: [String: (output: Shape, operations: Int)] = [:]
        for (path, module) in inventory.modules {
            let key = identity(of: module)
            guard let index = calls.firstIndex(where: { matches($0.layer, module, key) }) else { continue }
            let call = calls.remove(at: index)
            found[path] = (call.output, call.operations)
        }
        return found
    }

    private func matches(_ layer: any Layer, _ module: any Module, _ key: ObjectIdentifier?) -> Bool {
        type(of: layer) == type(of: module) && layer.summary == (module as? any Layer)?.summary
            && identity(of: layer) == key
    }

    private func isInside(_ name: String, _ path: String) -> Bool { path.isEmpty || name.hasPrefix(path + ".") }

    private func identity(of module: any Module) -> ObjectIdentifier? {
        let inventory = module.inventory()
        return inventory.parameters.first.map { ObjectIdentifier($0.parameter) }
            ?? inventory.runningValues.first.map { ObjectIdentifier($0.running) }
    }

    private func table(_ rows: [[String]], input: Shape) -> String {
        let rows = [rows[0], ["input", "", input.description, "", ""]] + rows.dropFirst()
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column >= 3 ? space + text : text + space
            }
            return trimmedRight(cells.joined(separator: "  "))
        }
        let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
        return ([line(rows[0]), rule] + rows.dropFirst().map(line) + [rule]).joined(separator: "\n") + "\n"
    }

    private func trimmedRight(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }

    /// 1234567 as 1,234,567.
    private func grouped(_ number: Int) -> String {
        var digits = String(number)
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
            position -= 3
        }
        return digits
    }
}
