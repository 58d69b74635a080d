import Conversion
import GPT2
import StrictJSON
import TestSupport
import Testing

/// A trained minGPT and its author's own activations (Tests/Golden/sorter).
@Suite struct SorterTests {
    private static let folder = golden("sorter")

    /// One of the author's tensors: its numbers, of the batch's row `item`.
    private func partial(_ json: JSONValue, _ name: String, item: Int) throws -> [Float] {
        let tensor = try #require(json[name])
        let shape = try #require(tensor["shape"]?.arrayValue).compactMap(\.intValue)
        let values = try #require(decodeBase64Floats(tensor["data"]?.stringValue ?? ""))
        #expect(values.count == shape.reduce(1, *))
        let size = values.count / shape[0]
        let row = shape[0] == 1 ? 0 : item
        return Array(values[row * size..<(row + 1) * size])
    }

    /// The parts of the forward pass, under our names and the author's.
    static let parts: [(ours: String, authors: String)] = [
        ("embedding", "x"), ("block.0.norm1", "ln1"), ("block.0.attention.qkv", "qkv"), ("block.0.attention", "y"),
        ("block.0.attention.out", "yProj"), ("block.0.attention.out.residual", "attnResid"), ("block.0.norm2", "ln2"),
        ("block.0.mlp.up", "fc"), ("block.0.mlp.activation", "gelu"), ("block.0.mlp.down", "mlp"),
        ("block.0.mlp.down.residual", "mlpResid"), ("block.0.mlp.down.residual", "block0"),
        ("block.1.mlp.down.residual", "block1"), ("block.2.mlp.down.residual", "block2"),
    ]

    @Test(arguments: 0..<3) func everyStepAgreesWithTheAuthorsOwnActivations(item: Int) throws {
        let json = try JSONValue(parsing: readFile(Self.folder + "/partials.json"))
        let tokens = try partial(json, "idx", item: item).map { Int($0) }
        let model = try Converted(Self.folder).open()
        let session = try model.makeSession()
        var seen: [String: [Float]] = [:]
        session.observer = { seen[$0.name, default: []] += $0.values }
        var logits: [Float] = []
        try session.read(tokens) { row throws(GPT2Error) in
            for index in row.indices { logits.append(row[index]) }
        }

        for (ours, authors) in Self.parts {
            let (error, magnitude) = compare(try #require(seen[ours]), try partial(json, authors, item: item))
            #expect(error <= 1e-5 * max(1, magnitude), "\(ours): \(error) beside \(magnitude)")
        }
        let final = compare(try #require(seen["final_norm"]), try partial(json, "ln_f", item: item))
        #expect(final.error <= 1e-5 * max(1, final.magnitude))
        let last = compare(logits, try partial(json, "lm_head", item: item))
        #expect(last.error <= 1e-5 * max(1, last.magnitude))
        try checkAttention(seen, json, item: item, count: tokens.count)
    }

    /// Queries, keys and values lie side by side in ours; scores and weights come row by row for every head.
    private func checkAttention(_ seen: [String: [Float]], _ json: JSONValue, item: Int, count: Int) throws {
        let qkv = try #require(seen["block.0.attention.qkv"])
        for (part, name) in ["q", "k", "v"].enumerated() {
            let theirs = try partial(json, name, item: item)  // [heads × tokens × headSize]
            for head in 0..<3 {
                for token in 0..<count {
                    let ours = qkv[(token * 3 + part) * 48 + head * 16..<(token * 3 + part) * 48 + head * 16 + 16]
                    let start = (head * count + token) * 16
                    let (error, magnitude) = compare(Array(ours), Array(theirs[start..<start + 16]))
                    #expect(error <= 1e-5 * max(1, magnitude), "\(name), head \(head), token \(token)")
                }
            }
        }
        for (ours, name) in [("scores", "att"), ("weights", "attSm")] {
            let theirs = try partial(json, name, item: item)  // [heads × queries × keys]
            for head in 0..<3 {
                let triangle = try #require(seen["block.0.attention.\(ours).\(head)"])
                var start = 0
                for query in 0..<count {
                    let row = (head * count + query) * count
                    let (error, magnitude) = compare(
                        Array(triangle[start...(start + query)]), Array(theirs[row...(row + query)]))
                    #expect(error <= 1e-5 * max(1, magnitude), "\(name), head \(head), query \(query)")
                    start += query + 1
                }
            }
        }
    }

    /// Every list of six digits, sorted by the model: it reads the digits and writes the next five after the first.
    @Test(arguments: [ConversionOptions(precision: .float32), ConversionOptions(precision: .int8)])
    func all729InputsAreSorted(options: ConversionOptions) throws {
        let model = try Converted(Self.folder, options).open(Options())
        var sorted = 0
        for number in 0..<729 {
            var digits: [Int] = []
            for power in [1, 3, 9, 27, 81, 243] { digits.append(number / power % 3) }
            let session = try model.makeSession()
            var unread = digits
            var written: [Int] = []
            while written.count < 6 {
                try session.read(unread)
                let next = session.withLogits { logits in (0..<3).max { logits[$0] < logits[$1] } ?? -1 }
                written.append(next)
                unread = [next]
            }
            sorted += written == digits.sorted() ? 1 : 0
        }
        #expect(sorted == 729)
    }
}

/// Little-endian float32 values in base64.
private func decodeBase64Floats(_ text: String) -> [Float]? {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var value = [UInt8](repeating: 0xFF, count: 256)
    for (index, character) in alphabet.enumerated() { value[Int(character)] = UInt8(index) }
    var bytes: [UInt8] = []
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for character in text.utf8 where character != UInt8(ascii: "=") {
        guard value[Int(character)] < 64 else { return nil }
        bits = bits << 6 | UInt32(value[Int(character)])
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
    }
    return stride(from: 0, to: bytes.count - 3, by: 4).map { at in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) })
    }
}
