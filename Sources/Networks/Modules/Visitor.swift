/// Walks a module and gives everything in it a name: property names joined by dots, elements of arrays by their position,
/// of dictionaries by their key (sorted), as PyTorch's state dictionaries do (`layers.0.weight`).
public final class Visitor {
    private(set) var parameters: [(name: String, parameter: Parameter)] = []
    private(set) var runningValues: [(name: String, running: RunningValue)] = []
    private(set) var modules: [(path: String, module: any Module)] = []
    /// Further names of shared boxes, and the first name of each.
    private(set) var aliases: [String: String] = [:]
    private var path: [String] = []
    private var names: Set<String> = []
    private var firstNames: [ObjectIdentifier: String] = [:]

    init(_ root: some Module) {
        modules.append(("", root))
        root.visit(self)
    }

    private func fullName(_ name: String) -> String { (path + [name]).joined(separator: ".") }

    /// Whether the box is met for the first time; its name is checked either way.
    private func admit(_ box: AnyObject, _ name: String, isShared: Bool) -> Bool {
        if let first = firstNames[ObjectIdentifier(box)] {
            guard isShared else {
                fatalError(
                    "'\(name)' and '\(first)' are the same parameter. Copying a layer shares its parameters: make a new layer, "
                        + "or declare the sharing with shared()")
            }
            aliases[name] = first
            return false
        }
        guard names.insert(name).inserted else { fatalError("two parameters are named '\(name)'") }
        firstNames[ObjectIdentifier(box)] = name
        return true
    }

    public func parameter(_ name: String, _ parameter: Parameter?) {
        guard let parameter else { return }
        let full = fullName(name)
        guard admit(parameter, full, isShared: parameter.isShared) else { return }
        guard parameter.isComputed else { return parameters.append((full, parameter)) }
        path.append(name)
        for source in parameter.sources { self.parameter(source.name, source.parameter) }
        path.removeLast()
    }

    public func running(_ name: String, _ running: RunningValue?) {
        guard let running else { return }
        let full = fullName(name)
        guard admit(running, full, isShared: false) else { return }
        runningValues.append((full, running))
    }

    public func module(_ name: String, _ module: any Module) {
        path.append(name)
        modules.append((path.joined(separator: "."), module))
        module.visit(self)
        path.removeLast()
    }

    /// Visits the stored properties of a value, superclasses first.
    public func reflect(_ subject: Any) {
        var mirrors = [Mirror(reflecting: subject)]
        while let parent = mirrors.last?.superclassMirror { mirrors.append(parent) }
        for mirror in mirrors.reversed() {
            for child in mirror.children {
                guard let label = child.label else { continue }
                element(propertyName(label), child.value)
            }
        }
    }

    /// Property wrappers store `_name`, lazy properties `$__lazy_storage_$_name`.
    private func propertyName(_ label: String) -> String {
        let lazyPrefix = "$__lazy_storage_$_"
        if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
        return String(label.drop { $0 == "_" })
    }

    private func element(_ name: String, _ value: Any) {
        switch value {
        case let parameter as Parameter: self.parameter(name, parameter)
        case let running as RunningValue: self.running(name, running)
        case let module as any Module: self.module(name, module)
        default: container(name, value)
        }
    }

    private func container(_ name: String, _ value: Any) {
        if let elements = value as? any ElementContainer {
            // A long array of numbers is not worth a walk: its first element tells.
            guard let first = elements.anyElement, canHoldParameters(first) else { return }
            guard !elements.isTransparent else { return element(name, first) }
            return nested(name) { for (label, child) in elements.labeledElements { element(label, child) } }
        }
        if value is any Collection { return }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .tuple:
            nested(name) {
                for (index, child) in mirror.children.enumerated() {
                    let label = child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
                    element(label ?? String(index), child.value)
                }
            }
        case .struct:
            // A property wrapper: what it wraps goes by the property's name.
            let wrapped = mirror.children.first { $0.label.map(propertyName) == "wrappedValue" }
            if let wrapped { element(name, wrapped.value) }
        default: return
        }
    }

    private func nested(_ name: String, _ body: () -> Void) {
        path.append(name)
        body()
        path.removeLast()
    }

    private func canHoldParameters(_ value: Any) -> Bool {
        switch value {
        case is Parameter, is RunningValue, is any Module, is any ElementContainer: true
        default: Mirror(reflecting: value).displayStyle == .tuple
        }
    }
}

/// Arrays, dictionaries and optionals whatever they hold. (A mirror of an array copies all of it: 0.5 s for a million numbers.)
private protocol ElementContainer {
    var anyElement: Any? { get }
    var labeledElements: [(label: String, element: Any)] { get }
    /// Its element goes by the container's own name.
    var isTransparent: Bool { get }
}

extension ElementContainer {
    var isTransparent: Bool { false }
}

extension Array: ElementContainer {
    var anyElement: Any? { first }
    var labeledElements: [(label: String, element: Any)] { enumerated().map { (String($0), $1) } }
}

extension Dictionary: ElementContainer {
    var anyElement: Any? { first?.value }
    var labeledElements: [(label: String, element: Any)] {
        map { (String(describing: $0), $1) }.sorted { $0.label < $1.label }
    }
}

extension Optional: ElementContainer {
    var anyElement: Any? { self }
    var labeledElements: [(label: String, element: Any)] { [] }
    var isTransparent: Bool { true }
}
