extension JSONValue {
    /// Reads the one JSON value that `bytes` hold, strictly after RFC 8259.
    ///
    /// Beyond the grammar it refuses what would leave room for two readings: duplicate keys, strings that are not
    /// UTF-8 (or would not be, once unescaped), numbers beyond float64, a byte order mark.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 text.
    ///   - maximumDepth: how deep arrays and objects may lie inside each other. The parser calls itself once a level.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// Reads the one JSON value that `text` holds.
    public init(parsing text: String, maximumDepth: Int = 64) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

/// A recursive-descent reader; `position` is the offset of the next byte.
struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var position = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        for mark: [UInt8] in [[0xEF, 0xBB, 0xBF], [0xFE, 0xFF], [0xFF, 0xFE]] where bytes.starts(with: mark) {
            throw .byteOrderMark
        }
        let value = try value(depth: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw .trailingBytes(offset: position) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        switch try peek("a value") {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case let byte: throw .unexpectedByte(offset: position, byte: byte, expected: "a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        guard depth <= maximumDepth else { throw .tooDeep(offset: position, limit: maximumDepth) }
        position += 1
        var members: [(key: String, value: JSONValue)] = []
        var offsets: [Int] = []
        skipWhiteSpace()
        if try take(UInt8(ascii: "}"), or: "a key or '}'") { return JSONObject() }
        while true {
            skipWhiteSpace()
            offsets.append(position)
            guard try peek("a key") == UInt8(ascii: "\"") else {
                throw .unexpectedByte(offset: position, byte: bytes[position], expected: "a key in quotes")
            }
            let key = try string()
            skipWhiteSpace()
            guard try take(UInt8(ascii: ":"), or: "':'") else {
                throw .unexpectedByte(offset: position, byte: bytes[position], expected: "':'")
            }
            members.append((key, try value(depth: depth)))
            skipWhiteSpace()
            if try take(UInt8(ascii: "}"), or: "',' or '}'") { break }
            guard try take(UInt8(ascii: ","), or: "',' or '}'") else {
                throw .unexpectedByte(offset: position, byte: bytes[position], expected: "',' or '}'")
            }
        }
        var object = JSONObject()
        if let repeated = object.fill(with: members) {
            throw .duplicateKey(offset: offsets[repeated], key: members[repeated].key)
        }
        return object
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth <= maximumDepth else { throw .tooDeep(offset: position, limit: maximumDepth) }
        position += 1
        var elements: [JSONValue] = []
        skipWhiteSpace()
        if try take(UInt8(ascii: "]"), or: "a value or ']'") { return elements }
        while true {
            elements.append(try value(depth: depth))
            skipWhiteSpace()
            if try take(UInt8(ascii: "]"), or: "',' or ']'") { return elements }
            guard try take(UInt8(ascii: ","), or: "',' or ']'") else {
                throw .unexpectedByte(offset: position, byte: bytes[position], expected: "',' or ']'")
            }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in "\(word)".utf8 {
            let byte = try peek("\(word)")
            guard byte == expected else {
                throw .unexpectedByte(offset: position, byte: byte, expected: "\(word)")
            }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        var isInteger = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        try digits(of: start)
        if bytes[firstDigit] == UInt8(ascii: "0"), position - firstDigit > 1 { throw .invalidNumber(offset: start) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits(of: start)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits(of: start)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text), integer != 0 || firstDigit == start { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw .numberOutOfRange(offset: start) }
        return .number(number)
    }

    /// Passes one digit or more of the number that starts at `start`.
    private mutating func digits(of start: Int) throws(JSONError) {
        let first = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > first else { throw .invalidNumber(offset: start) }
    }

    // Bytes

    mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte; the text must not end here.
    func peek(_ expected: @autoclosure () -> String) throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position, expected: expected()) }
        return bytes[position]
    }

    /// Passes the next byte if it is `byte`; the text must not end here.
    private mutating func take(_ byte: UInt8, or expected: @autoclosure () -> String) throws(JSONError) -> Bool {
        guard try peek(expected()) == byte else { return false }
        position += 1
        return true
    }
}
