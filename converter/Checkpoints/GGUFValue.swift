/// A value in a GGUF file's metadata.
enum GGUFValue: Equatable, Sendable {
    case integer(Int64)
    /// An unsigned integer that no `Int64` holds.
    case large(UInt64)
    case number(Double)
    case bool(Bool)
    case string(String)
    case list(GGUFList)

    /// The value for a message.
    var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .large(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .string(let value): quoted(value)
        case .list(let list): "a list of \(list.count) values"
        }
    }
}

/// A list in the metadata: checked to lie in the file, and not read before somebody wants it.
struct GGUFList: Equatable, Sendable {
    let type: GGUFValueType
    let count: Int
    /// Where its first value begins.
    let offset: Int
}

/// The types of values, by their numbers in the file.
enum GGUFValueType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of a value, or the fewest that one of no fixed length has.
    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }
}

/// A walk through the tables of a GGUF file. Nothing is read beyond the end of the bytes.
struct GGUFWalk {
    let path: String
    private(set) var offset = 0

    func failure(_ error: GGUFError) -> CheckpointError { .gguf(path: path, error) }

    /// Steps over `count` bytes and gives the place they began at.
    private mutating func step(_ count: UInt64, _ field: @autoclosure () -> String, _ bytes: RawSpan)
        throws(CheckpointError) -> Int
    {
        let available = bytes.byteCount - offset
        guard count <= UInt64(available) else {
            throw failure(.truncated(field: field(), byteCount: count, available: available))
        }
        guard offset + Int(count) <= GGUFHeader.byteLimit else {
            throw failure(.metadataTooLarge(byteCount: offset + Int(count), limit: GGUFHeader.byteLimit))
        }
        defer { offset += Int(count) }
        return offset
    }

    mutating func word<Word: FixedWidthInteger & BitwiseCopyable>(
        _ field: @autoclosure () -> String, _ bytes: RawSpan, as: Word.Type = Word.self
    ) throws(CheckpointError) -> Word {
        let start = try step(UInt64(Word.bitWidth / 8), field(), bytes)
        return Word(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: Word.self))
    }

    /// A count that is at most `limit`.
    mutating func count(_ field: String, limit: Int, _ bytes: RawSpan) throws(CheckpointError) -> Int {
        let count = try word(field, bytes, as: UInt64.self)
        guard count <= UInt64(limit) else { throw failure(.tooMany(field: field, count: count, limit: limit)) }
        return Int(count)
    }

    /// A string with its length before it.
    mutating func string(_ field: @autoclosure () -> String, _ bytes: RawSpan) throws(CheckpointError) -> String {
        let byteCount = try word("the length of \(field())", bytes, as: UInt64.self)
        let start = try step(byteCount, field(), bytes)
        let text = unsafe bytes.extracting(start..<start + Int(byteCount)).withUnsafeBytes { bytes in
            unsafe String(validating: bytes, as: UTF8.self)
        }
        guard let text else { throw failure(.notText(field: field())) }
        return text
    }

    /// A value of the metadata.
    mutating func value(
        _ type: GGUFValueType, key: String, _ bytes: RawSpan
    ) throws(CheckpointError) -> GGUFValue {
        switch type {
        case .uint8: return .integer(Int64(try word(quoted(key), bytes, as: UInt8.self)))
        case .int8: return .integer(Int64(try word(quoted(key), bytes, as: Int8.self)))
        case .uint16: return .integer(Int64(try word(quoted(key), bytes, as: UInt16.self)))
        case .int16: return .integer(Int64(try word(quoted(key), bytes, as: Int16.self)))
        case .uint32: return .integer(Int64(try word(quoted(key), bytes, as: UInt32.self)))
        case .int32: return .integer(Int64(try word(quoted(key), bytes, as: Int32.self)))
        case .int64: return .integer(try word(quoted(key), bytes, as: Int64.self))
        case .uint64:
            let value = try word(quoted(key), bytes, as: UInt64.self)
            return Int64(exactly: value).map { .integer($0) } ?? .large(value)
        case .float32: return .number(Double(Float(bitPattern: try word(quoted(key), bytes, as: UInt32.self))))
        case .float64: return .number(Double(bitPattern: try word(quoted(key), bytes, as: UInt64.self)))
        case .bool:
            let value = try word(quoted(key), bytes, as: UInt8.self)
            guard value < 2 else { throw failure(.notABoolean(key: key, value: value)) }
            return .bool(value == 1)
        case .string: return .string(try string(quoted(key), bytes))
        case .array: return .list(try list(key: key, bytes))
        }
    }

    /// Steps over a list. Strings in it are only measured; their text is checked when it is read.
    private mutating func list(key: String, _ bytes: RawSpan) throws(CheckpointError) -> GGUFList {
        let field = quoted(key)
        let number = try word("the type of \(field)", bytes, as: UInt32.self)
        guard let type = GGUFValueType(rawValue: number), type != .array else {
            throw failure(.unknownValueType(key: key, type: number))
        }
        let count = try word("the length of \(field)", bytes, as: UInt64.self)
        let fitting = UInt64((bytes.byteCount - offset) / type.byteCount)
        guard count <= fitting else { throw failure(.tooMany(field: field, count: count, limit: Int(fitting))) }
        let list = GGUFList(type: type, count: Int(count), offset: offset)
        if type == .string {
            for _ in 0..<list.count {
                let byteCount = try word("the length of a text in \(field)", bytes, as: UInt64.self)
                _ = try step(byteCount, "a text in \(field)", bytes)
            }
        } else {
            _ = try step(count * UInt64(type.byteCount), field, bytes)
        }
        return list
    }
}

extension GGUFWalk {
    /// A walk that begins at a value of a list.
    init(path: String, at offset: Int) {
        self.path = path
        self.offset = offset
    }
}
