/// Pickles put together instruction by instruction, honest ones and others.
enum Pickle {
    typealias Code = [UInt8]

    static let stop = Code(".".utf8)
    static let mark = Code("(".utf8)
    static let emptyList = Code("]".utf8)
    static let emptyDictionary = Code("}".utf8)
    static let emptyTuple = Code(")".utf8)
    static let reduce = Code("R".utf8)
    static let tuple = Code("t".utf8)
    static let setItems = Code("u".utf8)
    static let append = Code("a".utf8)

    static func pickle(_ parts: Code...) -> Code { [0x80, 2] + parts.joined() + stop }
    static func text(_ text: String) -> Code { Code("X".utf8) + word(UInt32(text.utf8.count)) + Code(text.utf8) }
    static func global(_ module: String, _ name: String) -> Code { Code("c\(module)\n\(name)\n".utf8) }
    static func put(_ index: UInt8) -> Code { Code("q".utf8) + [index] }
    static func get(_ index: UInt8) -> Code { Code("h".utf8) + [index] }

    static func integer(_ value: Int) -> Code {
        if let narrow = Int32(exactly: value) { return Code("J".utf8) + word(UInt32(bitPattern: narrow)) }
        return [0x8A, 8] + word(UInt64(bitPattern: Int64(value)))
    }

    static func tuple(_ values: [Int]) -> Code { mark + values.flatMap { integer($0) } + tuple }

    /// What `torch.save` writes for a storage.
    static func storage(_ key: String = "0", type: String = "FloatStorage", count: Int = 4) -> Code {
        mark + text("storage") + global("torch", type) + text(key) + text("cpu") + integer(count) + tuple
            + Code("Q".utf8)
    }

    /// What it writes for a tensor.
    static func tensor(
        _ storage: Code = storage(), offset: Int = 0, shape: [Int] = [2, 2], strides: [Int] = [2, 1],
        settings: Code = []
    ) -> Code {
        global("torch._utils", "_rebuild_tensor_v2") + mark + storage + integer(offset) + tuple(shape)
            + tuple(strides) + [0x89] + global("collections", "OrderedDict") + emptyTuple + reduce + settings + tuple
            + reduce
    }

    static func dictionary(_ members: (String, Code)...) -> Code {
        emptyDictionary + mark + members.flatMap { text($0.0) + $0.1 } + setItems
    }

    /// A pickle of one tensor, named `t`.
    static func weights(_ tensor: Code) -> Code { pickle(dictionary(("t", tensor))) }
    static let honest = weights(tensor())
}

func word<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Word(8 * $0)) }
}
