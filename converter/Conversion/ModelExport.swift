import Checkpoints
import GPT2
import Generation
import ModelFile
import StrictJSON
import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A form in which other programs read models.
public enum ExportFormat: String, Sendable, CaseIterable {
    /// A folder as Hugging Face keeps it: `model.safetensors`, `config.json`, `tokenizer.json`.
    case safetensors
    /// One file, as llama.cpp keeps it.
    case gguf
}

/// Writes a model file's weights, in float32 and as this file has them, for other programs.
///
/// Nothing is rounded: an int8 weight becomes the float32 number that docs/FORMAT.md says it is. Memory holds one matrix
/// at a time.
///
/// - Parameters:
///   - source: a `.q8z` file.
///   - path: the folder of a Hugging Face model, made if it is not there, which must not hold a model yet; or a GGUF file,
///     which is replaced when all is written.
///   - onProgress: called often; false stops it.
/// - Returns: what was left out, for people.
public func export(
    _ source: String, to path: String, as format: ExportFormat,
    onProgress: (ConversionProgress) -> Bool = { _ in true }
) throws(ConversionError) -> [String] {
    let model = try ExportedModel(path: source)
    switch format {
    case .safetensors: return try model.writeFolder(path, onProgress: onProgress)
    case .gguf: return try model.writeGGUF(path, source: source, onProgress: onProgress)
    }
}

/// A model file with everything that another format asks for, checked.
struct ExportedModel {
    let path: String
    let file: ModelFile
    let configuration: Configuration
    let tokenizer: Tokenizer?
    /// The tokenizer's tokens as text, no two of them the same.
    let entries: [String]
    /// The token that ends a text.
    var endOfText: Int? { configuration.endOfText ?? tokenizer?.endOfText.map(Int.init) }

    init(path: String) throws(ConversionError) {
        guard !FilePath.isFolder(path) else {
            throw .cannotExport(
                reason: "\(quoted(path)) is a folder, and a .q8z file is wanted; convert the checkpoint to one first")
        }
        let file = try ConversionError.wrapping { () throws(ModelFileError) in try ModelFile(path: path) }
        do {
            configuration = try Configuration(json: .object(file.header.config))
        } catch { throw .cannotExport(reason: error.description) }
        do {
            tokenizer = try TextModel.tokenizer(in: file)
        } catch { throw .cannotExport(reason: error.description) }
        entries = tokenizer?.entries ?? []
        var seen: [[UInt8]: Int] = [:]
        for (id, entry) in entries.enumerated() {
            guard let first = seen.updateValue(id, forKey: Array(entry.utf8)) else { continue }
            throw .cannotExport(
                reason:
                    "tokens \(first) and \(id) are both \(quoted(entry)), and other programs look tokens up by their text"
            )
        }
        (self.path, self.file) = (path, file)
        for array in configuration.arrays { _ = try find(array) }
    }

    /// The array that the configuration says must be here.
    func find(_ array: ExpectedArray) throws(ConversionError) -> ArrayDescription {
        var layout = Layout.plain
        if array.role == .matrix || array.role == .classifier {
            let found = file.array(named: array.name)?.layout ?? .panels
            layout = found.isPanels ? found : .panels
        }
        return try ConversionError.wrapping { () throws(ModelFileError) in
            try file.require(
                array.name, types: [.int8, .float16, .float32], layout: layout, rows: array.rows, columns: array.columns
            )
        }
    }

    /// One tensor of the other format.
    struct Part {
        let name: String
        let shape: [Int]
        let array: ArrayDescription
        /// Whether it lies `[in × out]` there.
        let isTurned: Bool
    }

    /// The tensors under the names of a convention, in the order of the forward pass.
    func parts(_ convention: TensorConvention, prefix: String = "") throws(ConversionError) -> [Part] {
        let names = TensorNames(convention: convention)
        var parts: [Part] = []
        for expected in configuration.arrays where convention == .huggingFace || expected.role != .classifier {
            let (name, isTurned) = names.source(ofArray: expected.name)
            let (rows, columns) = (expected.rows, expected.columns)
            let shape = expected.role == .vector ? [columns] : isTurned ? [columns, rows] : [rows, columns]
            parts.append(
                Part(
                    name: expected.name == ArrayName.head || expected.role == .classifier ? name : prefix + name,
                    shape: shape,
                    array: try find(expected), isTurned: isTurned && expected.role == .matrix))
        }
        return parts
    }

    /// Appends the weights of some tensors to a file, each filled up to a multiple of `alignment`.
    func append(
        _ parts: [Part], to output: inout TemporaryFile, alignment: Int,
        onProgress: (ConversionProgress) -> Bool
    ) throws(ConversionError) {
        let total = parts.reduce(0) { $0 + $1.array.rows * $1.array.columns }
        var done = 0
        for part in parts {
            try ConversionError.wrapping { () throws(ModelFileError) in
                var weights = try file.weights(of: part.array)
                if part.isTurned { weights = turned(weights, rows: part.array.rows, columns: part.array.columns) }
                for start in stride(from: 0, to: weights.count, by: 1 << 16) {
                    let numbers = weights[start..<min(start + 1 << 16, weights.count)]
                    try output.append(numbers.flatMap { littleEndian($0.bitPattern) })
                }
                let padding = (alignment - output.byteCount % alignment) % alignment
                try output.append([UInt8](repeating: 0, count: padding))
            }
            done += part.array.rows * part.array.columns
            guard onProgress(ConversionProgress(stage: part.name, done: done, total: total)) else { throw .interrupted }
        }
    }

    private func turned(_ weights: [Float], rows: Int, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: weights.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = weights[row * columns + column] }
        }
        return result
    }
}

func littleEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> Word(8 * $0)) }
}
