import ArgumentParser

/// Token ids as people write them: numbers with commas or white space between them.
struct TokenList: CustomStringConvertible {
    let ids: [Int]

    init(_ ids: [Int]) { self.ids = ids }

    /// - Parameters:
    ///   - option: for messages: which option has this value.
    ///   - element: for messages: what each of the numbers is.
    init(argument: String, option: String, element: String = "token id") throws(ValidationError) {
        do {
            ids = try Self.parse(Array(argument.utf8), source: option, element: element)
        } catch { throw ValidationError(error.message) }
    }

    var description: String { ids.map(String.init).joined(separator: ",") }

    /// - Parameter source: for messages: where the text comes from.
    static func parse(_ text: [UInt8], source: String, element: String = "token id") throws(Failure) -> [Int] {
        let whiteSpace: Set<UInt8> = Set(" \t\r\n".utf8)
        let comma = UInt8(ascii: ",")
        var (ids, rest, isAtEnd) = ([Int](), text.drop(while: whiteSpace.contains), false)
        guard !rest.isEmpty else { return [] }
        while !isAtEnd {
            let part = rest.prefix { $0 != comma }
            isAtEnd = part.endIndex == rest.endIndex
            rest = rest.dropFirst(part.count + 1)
            let words = part.split(whereSeparator: whiteSpace.contains)
            for word in words.isEmpty ? [part] : words {
                guard let id = Int(String(decoding: word, as: UTF8.self)), id >= 0 else {
                    let shown = String(decoding: word.prefix(40), as: UTF8.self)
                    throw Failure(
                        .badData, "\(source) has \"\(shown)\" where a \(element) is expected, such as 1,2,3")
                }
                ids.append(id)
            }
        }
        return ids
    }
}
