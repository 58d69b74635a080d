/// Reads a pickle of tensors without running anything.
///
/// A pickle is a program for a stack machine whose instructions can call any function of Python. This machine has the
/// instructions that `torch.save` writes and no others, and instead of functions a list of four names:
/// ``PickleGlobal``. It has no code for anything else, so there is nothing that a pickle could reach.
///
/// The rules, each with an error of its own:
/// 1. At most 64 MiB, protocol 2 to 5, one million instructions; nothing after the end. Integers have up to 16 bytes.
/// 2. No instruction but those of ``run()``, and no name but those of ``PickleGlobal``, called with the arguments that
///    `torch.save` writes.
///    A name that somebody looks at has at most 1024 bytes, a tensor at most 8 dimensions.
/// 3. Every value that is taken is there; marks are at most 100 deep; at most one million values are remembered, and what
///    is recalled was remembered. One value is left at the end.
/// 4. A list or dictionary is filled before it becomes part of something else, so nothing contains itself. Values are at
///    most 100 deep, and at most 16 777 216 where shared ones are counted as often as they occur.
/// 5. What lies outside is a storage of numbers: a type, a key and a length, the same whenever it is named.
///
/// The source is the module pickletools of Python.
struct PickleMachine {
    static let byteLimit = 64 << 20
    static let instructionLimit = 1_000_000
    static let longLimit = 16
    static let nameLimit = 1024
    static let depthLimit = 100
    static let expansionLimit = 1 << 24

    var walk: ByteWalk
    /// Values that wait, those inside of marks above those outside.
    private var stack: [PickleValue] = []
    /// Heights of the stack where marks stand.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    var containers: [PickleContainer] = []
    private(set) var storages: [PickleStorage] = []
    private var storageIndices: [String: Int] = [:]
    var tensors: [PickleTensor] = []

    /// - Parameter start: where the pickle begins.
    init(_ bytes: [UInt8], from start: Int = 0) throws(PickleError) {
        guard bytes.count - start <= Self.byteLimit else {
            throw .tooLong(byteCount: bytes.count - start, limit: Self.byteLimit)
        }
        walk = ByteWalk(bytes, in: start..<bytes.count)
    }

    /// Follows the instructions to the end and gives the value that is left.
    mutating func run() throws(PickleError) -> PickleValue {
        let begin = walk.offset
        guard try byte(begin) == 0x80 else { throw .instruction(code: walk.bytes[begin], offset: begin) }
        let version = try byte(begin)
        guard (2...5).contains(version) else { throw .protocolVersion(found: Int(version)) }
        for _ in 0..<Self.instructionLimit {
            let offset = walk.offset
            let code = try byte(offset)
            if code == UInt8(ascii: ".") {
                let value = try pop(offset)
                guard stack.isEmpty, marks.isEmpty else { throw .leftOver(count: stack.count + 1) }
                return value
            }
            try follow(code, offset)
        }
        throw .tooManyInstructions(limit: Self.instructionLimit)
    }

    private mutating func follow(_ code: UInt8, _ offset: Int) throws(PickleError) {
        switch code {
        case 0x95:  // FRAME
            let byteCount = try word(offset, as: UInt64.self)
            guard byteCount <= UInt64(walk.available) else { throw .badFrame(byteCount: byteCount) }
        case UInt8(ascii: "("):
            guard marks.count < Self.depthLimit else { throw .marksTooDeep(limit: Self.depthLimit) }
            marks.append(stack.count)
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "J"): push(.integer(Int64(Int32(bitPattern: try word(offset, as: UInt32.self)))))
        case UInt8(ascii: "K"): push(.integer(Int64(try byte(offset))))
        case UInt8(ascii: "M"): push(.integer(Int64(try word(offset, as: UInt16.self))))
        case 0x8A: push(try long(offset))
        case UInt8(ascii: "G"): push(.number(Double(bitPattern: try word(offset, as: UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"), UInt8(ascii: "T"): push(.text(try step(Int(try word(offset, as: UInt32.self)), offset)))
        case 0x8C, UInt8(ascii: "U"): push(.text(try step(Int(try byte(offset)), offset)))
        case UInt8(ascii: "B"):
            _ = try step(Int(try word(offset, as: UInt32.self)), offset)
            push(.bytes)
        case UInt8(ascii: "C"):
            _ = try step(Int(try byte(offset)), offset)
            push(.bytes)
        case UInt8(ascii: "]"): push(make(.list, [], isOpen: true))
        case UInt8(ascii: "}"): push(make(.dictionary, [], isOpen: true))
        case UInt8(ascii: ")"): push(make(.tuple, [], isOpen: false))
        case 0x85, 0x86, 0x87: try tuple(of: Int(code - 0x84), offset)
        case UInt8(ascii: "t"): try tuple(of: try sinceMark(offset), offset)
        case UInt8(ascii: "a"): try put(1, offset)
        case UInt8(ascii: "e"): try put(try sinceMark(offset), offset, into: .list)
        case UInt8(ascii: "s"): try put(2, offset)
        case UInt8(ascii: "u"): try put(try sinceMark(offset), offset, into: .dictionary)
        case UInt8(ascii: "h"): try recall(Int(try byte(offset)), offset)
        case UInt8(ascii: "j"): try recall(Int(try word(offset, as: UInt32.self)), offset)
        case UInt8(ascii: "q"): try remember(Int(try byte(offset)), offset)
        case UInt8(ascii: "r"): try remember(Int(try word(offset, as: UInt32.self)), offset)
        case 0x94: try remember(memo.count, offset)
        case UInt8(ascii: "c"):
            guard let module = walk.line(limit: 256), let name = walk.line(limit: 256) else {
                throw .truncated(offset: offset)
            }
            push(try global(module, name))
        case 0x93:
            guard case .text(let name) = try pop(offset), case .text(let module) = try pop(offset) else {
                throw .notText(offset: offset)
            }
            push(try global(module, name))
        case UInt8(ascii: "R"):
            let arguments = try pop(offset)
            push(try call(try pop(offset), arguments, offset))
        case UInt8(ascii: "b"):
            // What OrderedDict keeps beside its items: the state_dict's _metadata, which says nothing about tensors.
            _ = try pop(offset)
            guard case .container(let index)? = stack.last, containers[index].kind == .dictionary else {
                throw .state(offset: offset)
            }
        case UInt8(ascii: "Q"): push(try storage(try pop(offset), offset))
        default: throw .instruction(code: code, offset: offset)
        }
    }

    // MARK: Bytes

    private mutating func byte(_ offset: Int) throws(PickleError) -> UInt8 {
        guard let byte = walk.byte() else { throw .truncated(offset: offset) }
        return byte
    }

    private mutating func word<Word: FixedWidthInteger & UnsignedInteger>(
        _ offset: Int, as: Word.Type
    ) throws(PickleError) -> Word {
        guard let word = walk.word(as: Word.self) else { throw .truncated(offset: offset) }
        return word
    }

    private mutating func step(_ count: Int, _ offset: Int) throws(PickleError) -> Range<Int> {
        guard let range = walk.step(count) else { throw .truncated(offset: offset) }
        return range
    }

    /// A little-endian integer in two's complement, its length before it.
    private mutating func long(_ offset: Int) throws(PickleError) -> PickleValue {
        let byteCount = Int(try byte(offset))
        guard byteCount <= Self.longLimit else { throw .longInteger(byteCount: byteCount, limit: Self.longLimit) }
        let bytes = walk.bytes[try step(byteCount, offset)]
        guard let last = bytes.last else { return .integer(0) }
        let sign: UInt8 = last >= 0x80 ? 0xFF : 0
        guard bytes.dropFirst(8).allSatisfy({ $0 == sign }) else { return .large }
        var bits: UInt64 = sign == 0 ? 0 : .max
        for byte in bytes.prefix(8).reversed() { bits = bits << 8 | UInt64(byte) }
        let value = Int64(bitPattern: bits)
        return (value < 0) == (sign != 0) ? .integer(value) : .large
    }

    /// The text of a value that is one.
    func text(_ value: PickleValue) throws(PickleError) -> String? {
        guard case .text(let range) = value else { return nil }
        return try text(at: range)
    }

    private func text(at range: Range<Int>) throws(PickleError) -> String {
        guard range.count <= Self.nameLimit else {
            throw .nameTooLong(byteCount: range.count, limit: Self.nameLimit)
        }
        guard let text = String(validating: walk.bytes[range], as: UTF8.self) else {
            throw .notText(offset: range.lowerBound)
        }
        return text
    }

    // MARK: The stack and the memo

    private mutating func push(_ value: PickleValue) { stack.append(value) }

    private mutating func pop(_ offset: Int) throws(PickleError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw .stackEmpty(offset: offset) }
        close(value)
        return value
    }

    /// How many values stand above the last mark, which is taken away.
    private mutating func sinceMark(_ offset: Int) throws(PickleError) -> Int {
        guard let mark = marks.popLast() else { throw .stackEmpty(offset: offset) }
        return stack.count - mark
    }

    private mutating func remember(_ index: Int, _ offset: Int) throws(PickleError) {
        guard let value = stack.last, stack.count > (marks.last ?? 0) else { throw .stackEmpty(offset: offset) }
        guard index < Self.instructionLimit else { throw .memoLimit(index: index, limit: Self.instructionLimit) }
        memo[index] = value
    }

    private mutating func recall(_ index: Int, _ offset: Int) throws(PickleError) {
        guard let value = memo[index] else { throw .memoMissing(index: index) }
        // What is still being filled can only be recalled to be put into itself.
        if case .container(let container) = value, containers[container].isOpen { throw .recursive(offset: offset) }
        push(value)
    }

    private mutating func close(_ value: PickleValue) {
        if case .container(let index) = value { containers[index].isOpen = false }
    }

    // MARK: Structure

    private mutating func make(_ kind: PickleContainer.Kind, _ items: [PickleValue], isOpen: Bool) -> PickleValue {
        containers.append(PickleContainer(kind: kind, items: items, isOpen: isOpen))
        return .container(containers.count - 1)
    }

    private mutating func tuple(of count: Int, _ offset: Int) throws(PickleError) {
        let items = try take(count, offset)
        let tuple = make(.tuple, [], isOpen: false)
        try add(items, to: containers.count - 1)
        push(tuple)
    }

    /// Puts the values on top of the stack into the container below them.
    private mutating func put(
        _ count: Int, _ offset: Int, into kind: PickleContainer.Kind? = nil
    ) throws(PickleError) {
        let items = try take(count, offset)
        guard case .container(let index)? = stack.last, stack.count > (marks.last ?? 0),
            containers[index].kind == (kind ?? (count == 1 ? .list : .dictionary))
        else { throw .notAContainer(offset: offset) }
        guard containers[index].isOpen else { throw .finished(offset: offset) }
        if containers[index].kind == .dictionary, !items.count.isMultiple(of: 2) { throw .halfAPair(offset: offset) }
        try add(items, to: index)
    }

    private mutating func take(_ count: Int, _ offset: Int) throws(PickleError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw .stackEmpty(offset: offset) }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        for item in items { close(item) }
        return items
    }

    private mutating func add(_ items: [PickleValue], to index: Int) throws(PickleError) {
        var (depth, count) = (containers[index].depth, Int(containers[index].expandedCount))
        for item in items {
            guard case .container(let inner) = item else {
                count += 1
                continue
            }
            depth = max(depth, containers[inner].depth + 1)
            count += Int(containers[inner].expandedCount)
        }
        guard depth <= Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
        guard count <= Self.expansionLimit else { throw .expands(limit: Self.expansionLimit) }
        (containers[index].depth, containers[index].expandedCount) = (depth, Int32(count))
        containers[index].items += items
    }

    // MARK: Calls

    private func global(_ module: Range<Int>, _ name: Range<Int>) throws(PickleError) -> PickleValue {
        let (module, name) = (try text(at: module), try text(at: name))
        guard let global = PickleGlobal(module: module, name: name) else { throw .global(module: module, name: name) }
        return .global(global)
    }

    private mutating func call(
        _ function: PickleValue, _ arguments: PickleValue, _ offset: Int
    ) throws(PickleError) -> PickleValue {
        guard case .global(let global) = function else { throw .call(name: "a value at \(offset)") }
        let wrong = PickleError.arguments(name: global.name)
        guard let arguments = items(of: arguments, .tuple) else { throw wrong }
        switch global {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw wrong }
            return make(.dictionary, [], isOpen: true)
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else { throw wrong }
            return arguments[0]
        case .rebuildTensor:
            guard arguments.count == 6 || arguments.count == 7, case .storage(let storage) = arguments[0],
                case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
                let strides = integers(arguments[3]), shape.count == strides.count
            else { throw wrong }
            // What torch keeps beside a tensor, such as that its sign is turned (neg).
            guard arguments.count == 6 || arguments[6] == .none || items(of: arguments[6], .dictionary)?.isEmpty == true
            else { throw .tensorSettings }
            tensors.append(PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
            return .tensor(tensors.count - 1)
        case .storage: throw .call(name: global.name)
        }
    }

    /// The values of a container of this kind; nil for anything else.
    func items(of value: PickleValue, _ kind: PickleContainer.Kind) -> [PickleValue]? {
        guard case .container(let index) = value, containers[index].kind == kind else { return nil }
        return containers[index].items
    }

    private func integers(_ value: PickleValue) -> [Int64]? {
        guard let items = items(of: value, .tuple), items.count <= Tensor.dimensionLimit else { return nil }
        var integers: [Int64] = []
        for item in items {
            guard case .integer(let integer) = item else { return nil }
            integers.append(integer)
        }
        return integers
    }

    /// `("storage", type, key, where it was, count)`, and in the older files None for a view of another storage.
    private mutating func storage(_ value: PickleValue, _ offset: Int) throws(PickleError) -> PickleValue {
        guard let items = items(of: value, .tuple), items.count == 5 || items.count == 6 && items[5] == .none,
            try text(items[0]) == "storage", case .global(.storage(let type)) = items[1],
            let key = try text(items[2]), try text(items[3]) != nil, case .integer(let count) = items[4],
            let count = Int(exactly: count), count >= 0
        else { throw .persistentID(offset: offset) }
        let storage = PickleStorage(key: key, type: type, count: count)
        if let known = storageIndices[key] {
            guard storages[known] == storage else { throw .twoStorages(key: key) }
            return .storage(known)
        }
        storageIndices[key] = storages.count
        storages.append(storage)
        return .storage(storages.count - 1)
    }
}
