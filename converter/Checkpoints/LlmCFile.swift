import StrictJSON

/// Weights as llm.c keeps them: a header of 256 32-bit integers, then every kind of tensor, of all blocks at a time.
///
/// The rules: version 3 (all float32) or 5 (all bfloat16); sizes from 1 to limits that keep their products small; a
/// vocabulary padded to no less than itself; and a file of exactly the length that these give.
///
/// The source is `train_gpt2.py` of llm.c. Tensors get the names that they have in its PyTorch model.
final class LlmCFile: WeightsFile {
    /// 20240326, little-endian.
    static let magic: [UInt8] = [0xC6, 0xD7, 0x34, 0x01]
    private static let headerByteCount = 1024

    let path: String
    let tensors: [Tensor]
    /// The hyperparameters under nanoGPT's keys.
    let sizes: JSONObject
    private let file: MappedFile

    init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        do throws(LlmCError) {
            guard let bytes = file.bytes(0..<Self.headerByteCount) else { throw .noHeader(byteCount: file.byteCount) }
            let header = try LlmCHeader(bytes)
            tensors = try header.tensors(fileByteCount: file.byteCount, from: Self.headerByteCount)
            sizes = header.sizes
        } catch { throw .llmC(path: path, error) }
        self.path = path
        self.file = file
    }

    func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        file.read(tensor, rows: rows, columns: columns, into: &output)
    }

    func release(_ tensor: Tensor, rows: Range<Int>) { file.release(tensor, rows: rows) }
}

private struct LlmCHeader {
    let type: TensorType
    let positions, vocabulary, layers, heads, columns, padded: Int

    init(_ bytes: [UInt8]) throws(LlmCError) {
        var walk = ByteWalk(bytes, in: LlmCFile.magic.count..<bytes.count)
        func next(_ field: String, _ allowed: ClosedRange<Int>) throws(LlmCError) -> Int {
            let value = Int(Int32(bitPattern: walk.word(as: UInt32.self) ?? 0))
            guard allowed.contains(value) else { throw .size(field: field, found: value, allowed: allowed) }
            return value
        }
        switch walk.word(as: UInt32.self) {
        case 3: type = .float32
        case 5: type = .bfloat16
        case let version: throw .version(version ?? 0)
        }
        positions = try next("maximum sequence length", 1...1_048_576)
        vocabulary = try next("vocabulary", 1...16_777_216)
        layers = try next("number of layers", 1...4096)
        heads = try next("number of heads", 1...4096)
        columns = try next("number of channels", 1...65_536)
        padded = try next("padded vocabulary", vocabulary...16_777_216)
    }

    var sizes: JSONObject {
        [
            "n_layer": .integer(Int64(layers)), "n_head": .integer(Int64(heads)), "n_embd": .integer(Int64(columns)),
            "block_size": .integer(Int64(positions)), "vocab_size": .integer(Int64(vocabulary)),
        ]
    }

    /// Every tensor at its place. No product or sum of these overflows: the largest has 2^12 · 2^18 · 2^16 elements.
    func tensors(fileByteCount: Int, from start: Int) throws(LlmCError) -> [Tensor] {
        let widths: [(name: String, rows: Int, inputs: Int)] = [
            ("ln_1", 1, 0), ("attn.c_attn", 3, 1), ("attn.c_proj", 1, 1), ("ln_2", 1, 0), ("mlp.c_fc", 4, 1),
            ("mlp.c_proj", 1, 4),
        ]
        var blockParts: [(name: String, shape: [Int])] = []
        for (name, rows, inputs) in widths {
            let bias = [rows * columns]
            blockParts.append((name + ".weight", inputs == 0 ? bias : bias + [inputs * columns]))
            blockParts.append((name + ".bias", bias))
        }
        // Compared before anything is made of it: many blocks are easily said.
        let blockCount = blockParts.reduce(0) { $0 + $1.shape.reduce(1, *) }
        let end = start + type.blockBitCount / 8 * ((padded + positions + 2) * columns + layers * blockCount)
        guard end == fileByteCount else { throw .length(expected: end, found: fileByteCount) }

        var tensors: [Tensor] = []
        var offset = start
        func add(_ name: String, _ shape: [Int]) {
            let end = offset + shape.reduce(type.blockBitCount / 8, *)
            tensors.append(Tensor(name: name, shape: shape, type: type, bytes: offset..<end, shard: 0))
            offset = end
        }
        add("transformer.wte.weight", [padded, columns])
        add("transformer.wpe.weight", [positions, columns])
        for part in blockParts {
            for layer in 0..<layers { add("transformer.h.\(layer).\(part.name)", part.shape) }
        }
        add("transformer.ln_f.weight", [columns])
        add("transformer.ln_f.bias", [columns])
        return tensors
    }
}

/// Why a file of llm.c was refused.
public enum LlmCError: Error, Equatable, Sendable {
    case noHeader(byteCount: Int)
    case version(UInt32)
    case size(field: String, found: Int, allowed: ClosedRange<Int>)
    case length(expected: Int, found: Int)
}

extension LlmCError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noHeader(let byteCount):
            "it begins as a model of llm.c but has \(byteCount) bytes; expected a header of 1024: fetch it again"
        case .version(let version):
            "it is a model of llm.c in version \(version); expected 3 (float32) or 5 (bfloat16). Write it again with a "
                + "current llm.c"
        case .size(let field, let found, let allowed):
            "its \(field) is \(found); expected \(allowed.lowerBound) to \(allowed.upperBound)" + damagedOrHostile
        case .length(let expected, let found):
            "it has \(found) bytes; its header describes \(expected): "
                + (found < expected ? "the download is not complete" : "something was appended") + ". Fetch it again"
        }
    }
}
