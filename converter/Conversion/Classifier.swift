import Checkpoints
import ModelFile
import StrictJSON

/// The head of a GPT2ForSequenceClassification: scores of a text's last token, one for each label.
struct Classifier: Sendable {
    static let tensorName = "score.weight"
    static let architecture = "GPT2ForSequenceClassification"
    /// More labels than anybody has; the rows are read one at a time.
    static let labelLimit = 65_536
    /// What `config.json` says of the labels and of where a text ends, kept in the model file under the same keys.
    static let keys = ["id2label", "problem_type", "pad_token_id"]

    /// `[labels × embeddingSize]`
    let tensor: Tensor
    let configuration: [(key: String, value: JSONValue)]

    init(tensor: Tensor, _ configuration: JSONObject) {
        self.tensor = tensor
        self.configuration = Self.keys.compactMap { key in configuration[key].map { (key, $0) } }
    }
}

extension ConversionRun {
    /// Writes the classifier's weights, in float32 as the layer norms': there are few.
    func write(_ classifier: Classifier, to writer: inout ModelFileWriter) throws(ConversionError) {
        let (rows, columns) = (classifier.tensor.rowCount, classifier.tensor.columnCount)
        var weights = [Float](repeating: 0, count: rows * columns)
        var span = weights.mutableSpan
        plan.model.weights.read(classifier.tensor, rows: 0..<rows, columns: 0..<columns, into: &span)
        if let index = weights.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(tensor: classifier.tensor.name, position: [index / columns, index % columns])
        }
        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.write(Classifier.tensorName, floats: weights, rows: rows, columns: columns)
        }
    }
}
