public import Checkpoints
public import GPT2
import StrictJSON
import Tokenizer

/// A checkpoint that was found to be whole and of one piece: every tensor there, of the right shape, agreeing with the
/// configuration and the tokenizer. What a plan says can be done; only single weights can still be refused.
public struct ConversionPlan: Sendable {
    public let model: any SourceModel
    public let configuration: Configuration
    /// Things to know that are not errors.
    public private(set) var notes: [String]
    let sources: [ArraySource]
    let tokenizer: TokenizerTables?

    /// Opens and checks the checkpoint at `path`; see ``openModel(path:)``.
    public init(path: String) throws(ConversionError) {
        let model: any SourceModel
        do { model = try openModel(path: path) } catch { throw .checkpoint(error) }
        try self.init(model)
        let others = otherWeights(inFolder: path, besides: model)
        if !others.isEmpty {
            notes.append(
                "\(FilePath.name(model.paths[0])) was read; \(others.joined(separator: ", ")) in the same folder "
                    + "\(others.count == 1 ? "was" : "were") not: name a file in place of the folder to choose")
        }
    }

    /// Compares everything with everything and reports all that does not agree at once.
    public init(_ model: any SourceModel) throws(ConversionError) {
        var check = CheckpointCheck(model)
        guard !check.isOfAnotherKind() else { throw .disagreements(check.disagreements) }
        guard let configuration = check.configuration() else {
            _ = check.tokenizer(for: nil)
            throw .disagreements(check.disagreements)
        }
        let sources = check.sources(of: configuration)
        let tokenizer = check.tokenizer(for: configuration)
        guard check.disagreements.isEmpty else { throw .disagreements(check.disagreements) }
        self.model = model
        self.configuration = configuration
        self.sources = sources
        self.tokenizer = tokenizer
        notes = check.notes
    }
}
