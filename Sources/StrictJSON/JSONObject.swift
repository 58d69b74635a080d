/// The members of a JSON object, in the order they were written or added.
///
/// Keys are compared by their UTF-8 bytes, never by canonical equivalence; a key occurs once. Look-up takes constant
/// time. Two objects are equal when they hold the same members in the same order.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSONValue)] = []
    /// Where each key stands; empty where there are few, which are looked through.
    private var indices: [ByteKey: Int] = [:]

    /// Members that need no table: a file can hold millions of small objects, and a table each would be most of them.
    private static let few = 8

    /// An empty object.
    public init() {}

    /// An object with these members; their keys must differ.
    public init(_ members: [(key: String, value: JSONValue)]) {
        let repeated = fill(with: members)
        precondition(repeated == nil, "an object was given a key twice")
    }

    /// Takes these members in place of what is there. Returns the index of the first whose key came before, or nil.
    mutating func fill(with newMembers: [(key: String, value: JSONValue)]) -> Int? {
        members = newMembers
        indices = [:]
        guard members.count > Self.few else {
            return members.indices.first { index in
                members[..<index].contains { ByteKey($0.key) == ByteKey(members[index].key) }
            }
        }
        indices.reserveCapacity(members.count)
        for (index, member) in members.enumerated() {
            guard indices.updateValue(index, forKey: ByteKey(member.key)) == nil else { return index }
        }
        return nil
    }

    private func index(of key: String) -> Int? {
        let key = ByteKey(key)
        return indices.isEmpty ? members.firstIndex { ByteKey($0.key) == key } : indices[key]
    }

    /// The value of a member. Setting adds a member at the end or replaces a value in its place; nil removes it.
    public subscript(key: String) -> JSONValue? {
        get { index(of: key).map { members[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil):
                members.remove(at: index)
                self = JSONObject(members)
            case (nil, let value?):
                members.append((key, value))
                guard members.count > Self.few else { return }
                for index in indices.count..<members.count { indices[ByteKey(members[index].key)] = index }
            case (nil, nil): break
            }
        }
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }
    public subscript(position: Int) -> (key: String, value: JSONValue) { members[position] }

    /// The keys, in order.
    public var keys: [String] { members.map(\.key) }
}

extension JSONObject: Equatable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.elementsEqual(right) { ByteKey($0.key) == ByteKey($1.key) && $0.value == $1.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (key: $0, value: $1) })
    }
}

/// A string that is equal to another when the UTF-8 bytes are equal.
struct ByteKey: Hashable, Sendable {
    private let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ByteKey, right: ByteKey) -> Bool {
        left.text.utf8.count == right.text.utf8.count && left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
