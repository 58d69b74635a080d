/// Why a pickle was refused. One case per rule; the rules are listed at ``PickleMachine``.
public enum PickleError: Error, Equatable, Sendable {
    // The instructions.
    case tooLong(byteCount: Int, limit: Int)
    case protocolVersion(found: Int)
    case truncated(offset: Int)
    case trailing(byteCount: Int)
    case instruction(code: UInt8, offset: Int)
    case tooManyInstructions(limit: Int)
    case badFrame(byteCount: UInt64)
    case notText(offset: Int)
    case nameTooLong(byteCount: Int, limit: Int)
    case longInteger(byteCount: Int, limit: Int)

    // The stack and the memo.
    case stackEmpty(offset: Int)
    case leftOver(count: Int)
    case marksTooDeep(limit: Int)
    case memoLimit(index: Int, limit: Int)
    case memoMissing(index: Int)

    // Structure.
    case notAContainer(offset: Int)
    case recursive(offset: Int)
    case finished(offset: Int)
    case halfAPair(offset: Int)
    case tooDeep(limit: Int)
    case expands(limit: Int)

    // Calls.
    case global(module: String, name: String)
    case call(name: String)
    case arguments(name: String)
    case tensorSettings
    case state(offset: Int)
    case persistentID(offset: Int)
    case twoStorages(key: String)
}

extension PickleError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            return "its pickle has \(byteCount) bytes; at most \(limit) are read. Save the model's state_dict() alone"
        case .protocolVersion(let found):
            return "its pickle has protocol \(found); expected 2 to 5. Load the model and save it again with torch.save"
        case .truncated(let offset):
            return "its pickle ends inside the instruction at \(offset): fetch the file again"
        case .trailing(let byteCount):
            return "\(byteCount) bytes follow the end of its pickle" + damagedOrHostile
        case .instruction(let code, let offset):
            return
                "its pickle has the instruction 0x\(String(code, radix: 16)) at \(offset), which weights do not need. "
                + "Nothing was run. Load the model where it comes from, and save its state_dict() alone"
        case .tooManyInstructions(let limit):
            return
                "its pickle has more than \(limit) instructions; a model of thousands of tensors has fewer. Save the "
                + "model's state_dict() alone"
        case .badFrame(let byteCount):
            return "its pickle has a frame of \(byteCount) bytes, which is not what is left" + damagedOrHostile
        case .notText(let offset):
            return "its pickle has a name at \(offset) that is not UTF-8" + damagedOrHostile
        case .nameTooLong(let byteCount, let limit):
            return "its pickle has a name of \(byteCount) bytes; at most \(limit) are read" + damagedOrHostile
        case .longInteger(let byteCount, let limit):
            return "its pickle has an integer of \(byteCount) bytes; at most \(limit) are read" + damagedOrHostile
        case .stackEmpty(let offset):
            return "its pickle takes a value at \(offset) where there is none" + damagedOrHostile
        case .leftOver(let count):
            return "its pickle leaves \(count) values; expected one" + damagedOrHostile
        case .marksTooDeep(let limit):
            return "its pickle begins more than \(limit) lists inside of each other" + damagedOrHostile
        case .memoLimit(let index, let limit):
            return "its pickle remembers a value as number \(index); at most \(limit) are kept" + damagedOrHostile
        case .memoMissing(let index):
            return "its pickle recalls value number \(index), which it did not remember" + damagedOrHostile
        case .notAContainer(let offset):
            return "its pickle puts values at \(offset) into something that is no list or dictionary" + damagedOrHostile
        case .recursive(let offset):
            return "its pickle puts a value at \(offset) into itself" + damagedOrHostile
        case .finished(let offset):
            return "its pickle changes a value at \(offset) that is part of another already" + damagedOrHostile
        case .halfAPair(let offset):
            return "its pickle puts a key without a value into a dictionary at \(offset)" + damagedOrHostile
        case .tooDeep(let limit):
            return "its values stand more than \(limit) deep inside of each other" + damagedOrHostile
        case .expands(let limit):
            return "its values repeat each other and would be more than \(limit) written out" + damagedOrHostile
        case .global(let module, let name):
            return
                "it asks for \(quoted(module + "." + name)), which weights do not need; nothing was run. If you trust "
                + "where it comes from, load it there and save its state_dict() alone"
        case .call(let name):
            return "it calls \(quoted(name)); expected only what builds tensors. Nothing was run" + damagedOrHostile
        case .tensorSettings:
            return
                "a tensor has settings that change its numbers, such as neg; load it with torch, call resolve_neg() and "
                + "resolve_conj(), and save it again"
        case .arguments(let name):
            return "it calls \(quoted(name)) with other arguments than torch.save writes. Nothing was run"
                + damagedOrHostile
        case .state(let offset):
            return "its pickle sets the state of something at \(offset) that has none. Nothing was run"
                + damagedOrHostile
        case .persistentID(let offset):
            return "its pickle refers to something outside at \(offset) that is not a storage of numbers"
                + damagedOrHostile
        case .twoStorages(let key):
            return "it speaks of the storage \(quoted(key)) in two ways" + damagedOrHostile
        }
    }
}
