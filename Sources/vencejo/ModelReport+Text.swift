import GPT2
import ModelFile
import StrictJSON

extension ModelReport {
    /// The report for people.
    var text: String {
        var lines = Self.aligned(facts)
        for (title, object) in [("quantization", header.quantization), ("provenance", header.provenance)]
        where !object.isEmpty {
            lines += ["", title] + Self.aligned(Self.flattened(.object(object), under: "  "))
        }
        lines += ["", "arrays"] + arrayTable
        if let memory { lines += ["", "memory"] + Self.aligned(memory.facts) }
        return lines.joined(separator: "\n")
    }

    private var facts: [(String, String)] {
        let shape = configuration
        let heads = shape.headCount == 1 ? "1 head" : "\(shape.headCount) heads"
        return [
            ("file", path),
            ("size", "\(byteCount.asBytes) (\(byteCount) bytes)"),
            ("weights", "\(weightCount) in \(weightByteCount.asBytes), \(bitsPerWeight.fixed(3)) bits each"),
            ("layers", "\(shape.layerCount), each with \(heads) of \(shape.headSize)"),
            ("embedding", "\(shape.embeddingSize), inner layer \(shape.innerSize), \(shape.activation.rawValue)"),
            ("context", "\(shape.contextLength) tokens"),
            ("vocabulary", "\(shape.vocabularySize) tokens" + (shape.endOfText.map { ", \($0) ends a text" } ?? "")),
            ("head", shape.tiesEmbeddings ? "the token embedding" : "its own matrix"),
            ("tokenizer", tokenizerFact),
        ] + (packingFact.map { [("in memory", $0)] } ?? [])
            + (shape.classifier.map { [("classifier", Self.fact($0))] } ?? [])
    }

    /// How many matrices are packed in memory, where any are.
    private var packingFact: String? {
        let matrices = arrays.filter { $0.array.elementType == .int8 }
        let packed = matrices.compactMap(\.packedBits)
        guard let least = packed.min(), let most = packed.max() else { return nil }
        let bits = matrices.reduce(0) { $0 + $1.array.elementCount * ($1.packedBits ?? 8) }
        let mean = Double(bits) / Double(matrices.reduce(0) { $0 + $1.array.elementCount })
        return "\(packed.count) of \(matrices.count) int8 matrices packed in "
            + (least == most ? "\(least) bits" : "\(least) to \(most) bits") + ", \(mean.fixed(2)) bits a symbol in all"
    }

    private static func fact(_ classifier: ClassifierConfiguration) -> String {
        let names = classifier.labels.prefix(8).map { JSONValue.string($0).encoded() }.joined(separator: ", ")
        let count = classifier.labels.count == 1 ? "1 label" : "\(classifier.labels.count) labels"
        return "\(count): \(names)\(classifier.labels.count > 8 ? ", …" : ""); \(classifier.problem.rawValue)"
    }

    private var tokenizerFact: String {
        guard let tokenizer = header.tokenizer, let vocabularySize else { return "none: reads and writes token ids" }
        let specialCount = rows("tokenizer.specials") ?? 0
        return "\(tokenizer["type"]?.stringValue ?? "of an unnamed type"), \(vocabularySize) tokens, "
            + "\(rows("tokenizer.merges") ?? 0) merges, \(specialCount) special"
    }

    private var arrayTable: [String] {
        let heading = ["name", "type", "storage", "layout", "block", "shape", "bytes", "bits/weight"]
        let rows = arrays.map { report in
            let array = report.array
            let block = array.elementType != .int8 ? "" : array.blockLength == 0 ? "row" : "\(array.blockLength)"
            return [
                array.name, "\(array.elementType)", "\(array.storage)", "\(array.layout)", block,
                "\(array.rows) × \(array.columns)", "\(report.byteCount)", report.bitsPerElement.fixed(3),
            ]
        }
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        let firstNumber = 4  // columns of numbers stand to the right
        return ([heading] + rows).map { cells in
            let padded = zip(cells, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column < firstNumber ? cell.0 + padding : padding + cell.0
            }
            return "  " + padded.joined(separator: "  ")
        }
    }

    /// Names and values in two columns.
    private static func aligned(_ facts: [(String, String)]) -> [String] {
        let width = facts.map(\.0.count).max() ?? 0
        return facts.map { name, value in name + String(repeating: " ", count: width - name.count + 2) + value }
    }

    /// The members of nested objects and lists of them, each with its whole path as a name.
    private static func flattened(_ value: JSONValue, under name: String) -> [(String, String)] {
        if let object = value.objectValue {
            let prefix = name.allSatisfy { $0 == " " } ? name : name + "."
            return object.flatMap { flattened($0.value, under: prefix + shown($0.key)) }
        }
        if let elements = value.arrayValue, elements.contains(where: { $0.objectValue != nil }) {
            return elements.enumerated().flatMap { flattened($0.element, under: "\(name)[\($0.offset)]") }
        }
        return [(name, value.stringValue.map(shown) ?? value.encoded())]
    }

    /// A text as it is, or as JSON where something in it would move a terminal's cursor.
    private static func shown(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        return isPlain ? text : JSONValue.string(text).encoded()
    }
}
