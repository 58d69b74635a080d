import StrictJSON

/// The dictionary of tensors in what a pickle made.
struct PyTorchWeights {
    /// What nanoGPT saves as `model_args`; nil in other files.
    let arguments: JSONObject?
    private let named: [(name: String, tensor: Int)]

    /// Where people keep a state dictionary beside other things.
    private static let keys = ["model", "state_dict", "model_state_dict", "module"]

    /// The most bytes of all tensors' names.
    private static let nameByteLimit = 8 << 20

    init(_ content: PyTorchContent) throws(PyTorchError) {
        guard var items = content.machine.items(of: content.root, .dictionary) else {
            throw .noWeights(found: Self.kind(of: content.root, in: content.machine))
        }
        guard items.count <= 2 * Tensor.countLimit else { throw .tooMany(limit: Tensor.countLimit) }
        var members: [String: PickleValue] = [:]
        for index in stride(from: 0, to: items.count, by: 2) {
            guard let key = try PyTorchContent.name(items[index], in: content.machine) else { continue }
            guard members.updateValue(items[index + 1], forKey: key) == nil else { throw .duplicate(tensor: key) }
        }
        let inner = Self.keys.lazy.compactMap { key in
            members[key].flatMap { content.machine.items(of: $0, .dictionary) }
        }
        var arguments: JSONObject?
        if let weights = inner.first(where: Self.hasTensor) {
            items = weights
            arguments = try members["model_args"].map { value throws(PyTorchError) in
                try Self.json(value, in: content.machine)
            }
        } else if !Self.hasTensor(items) {
            let names = members.keys.sorted().prefix(10).map { quoted($0) }.joined(separator: ", ")
            throw .noWeights(found: names.isEmpty ? "an empty dictionary" : "a dictionary of \(names)")
        }
        self.arguments = arguments

        guard items.count <= 2 * Tensor.countLimit else { throw .tooMany(limit: Tensor.countLimit) }
        var named: [(name: String, tensor: Int)] = []
        var nameByteCount = 0
        var seen: Set<ByteString> = []
        for index in stride(from: 0, to: items.count, by: 2) {
            guard let name = try PyTorchContent.name(items[index], in: content.machine) else { throw .notAName }
            guard case .tensor(let tensor) = items[index + 1] else { throw .notATensor(name: name) }
            guard seen.insert(ByteString(name)).inserted else { throw .duplicate(tensor: name) }
            nameByteCount += name.utf8.count
            guard nameByteCount <= Self.nameByteLimit else { throw .longNames(limit: Self.nameByteLimit) }
            named.append((name, tensor))
        }
        self.named = named
    }

    private static func hasTensor(_ items: [PickleValue]) -> Bool {
        items.contains { if case .tensor = $0 { true } else { false } }
    }

    private static func kind(of value: PickleValue, in machine: PickleMachine) -> String {
        switch value {
        case .container(let index): machine.containers[index].kind == .list ? "a list" : "a tuple"
        case .tensor: "one tensor"
        case .text: "a text"
        default: "a single value"
        }
    }

    /// A dictionary of plain values.
    private static func json(_ value: PickleValue, in machine: PickleMachine) throws(PyTorchError) -> JSONObject {
        guard let items = machine.items(of: value, .dictionary) else { throw .badArgument(key: "model_args") }
        var object = JSONObject()
        for index in stride(from: 0, to: items.count, by: 2) {
            guard let key = try PyTorchContent.name(items[index], in: machine) else {
                throw .badArgument(key: "model_args")
            }
            guard object[key] == nil else { throw .duplicate(tensor: key) }
            switch items[index + 1] {
            case .none: object[key] = .null
            case .bool(let value): object[key] = .bool(value)
            case .integer(let value): object[key] = .integer(value)
            case .number(let value) where value.isFinite: object[key] = .number(value)
            case .text: object[key] = try PyTorchContent.name(items[index + 1], in: machine).map { .string($0) }
            default: throw .badArgument(key: key)
            }
        }
        return object
    }

    // MARK: Tensors

    /// The tensors, each found to lie in its storage; a tensor's shard is its storage's number.
    func tensors(of content: PyTorchContent, fileByteCount: Int) throws(PyTorchError) -> [Tensor] {
        var tensors: [Tensor] = []
        var total = 0
        for (name, index) in named {
            let tensor = try placed(content.machine.tensors[index], name: name, in: content)
            // Each is at most as long as the file.
            total += tensor.elementCount * tensor.type.blockBitCount / 8
            guard total <= 2 * fileByteCount else { throw .repeated(byteCount: total, fileByteCount: fileByteCount) }
            tensors.append(tensor)
        }
        return tensors
    }

    private func placed(
        _ tensor: PickleTensor, name: String, in content: PyTorchContent
    ) throws(PyTorchError) -> Tensor {
        let storage = content.machine.storages[tensor.storage]
        guard let range = content.ranges[storage.key] else { throw .missingStorage(key: storage.key) }
        let elementByteCount = storage.type.blockBitCount / 8
        let (stated, overflows) = storage.count.multipliedReportingOverflow(by: elementByteCount)
        guard !overflows, stated == range.count else {
            throw .wrongStorageSize(key: storage.key, stated: overflows ? .max : stated, found: range.count)
        }

        let limit = 0...Int64(1 << 48)
        guard (tensor.shape + tensor.strides + [tensor.offset]).allSatisfy(limit.contains) else {
            throw .badShape(tensor: name)
        }
        let (shape, strides, offset) = (tensor.shape.map(Int.init), tensor.strides.map(Int.init), Int(tensor.offset))
        var (count, last): (Int?, Int?) = (1, offset)
        for (size, stride) in zip(shape, strides) {
            count = count.flatMap { multiplied($0, size) }
            last = multiplied(max(0, size - 1), stride).flatMap { step in last.flatMap { added($0, step) } }
        }
        guard let count else { throw .badShape(tensor: name) }
        guard count > 0 else {
            return Tensor(
                name: name, shape: shape, type: storage.type, bytes: range.lowerBound..<range.lowerBound,
                shard: tensor.storage)
        }
        guard let last, last < storage.count else {
            throw .outsideStorage(tensor: name, last: last, count: storage.count)
        }
        guard count <= storage.count else {
            throw .expanded(tensor: name, elementCount: count, storageCount: storage.count)
        }
        let start = range.lowerBound + offset * elementByteCount
        return Tensor(
            name: name, shape: shape, type: storage.type,
            bytes: start..<range.lowerBound + (last + 1) * elementByteCount, shard: tensor.storage,
            strides: isContiguous(shape, strides) ? nil : strides)
    }

    private func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() {
            guard size == 1 || stride == expected else { return false }
            expected *= size  // at most the number of elements
        }
        return true
    }
}

private func multiplied(_ a: Int, _ b: Int) -> Int? {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? nil : product
}

private func added(_ a: Int, _ b: Int) -> Int? {
    let (sum, overflows) = a.addingReportingOverflow(b)
    return overflows ? nil : sum
}
