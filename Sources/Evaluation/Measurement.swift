public import GPT2
import ModelFile

/// A model as it was run: what its scores depend on. Threads, kernels and memory are not part of it.
public struct MeasuredModel: Sendable, Equatable {
    /// What people call it, the path; files are told apart by ``fingerprint``.
    public let name: String
    /// Its file's, see `ModelFile.fingerprint`.
    public let fingerprint: UInt64
    /// How activations were rounded.
    public let activations: Options.Activations
    /// How keys and values were stored.
    public let cacheType: Options.CacheType

    /// A model under the name that it is to have in results.
    public init(_ model: GPT2, name: String) {
        self.name = name
        fingerprint = model.file.fingerprint
        activations = model.activations
        cacheType = model.options.cacheType
    }

    init(
        name: String, fingerprint: UInt64, activations: Options.Activations, cacheType: Options.CacheType
    ) {
        (self.name, self.fingerprint) = (name, fingerprint)
        (self.activations, self.cacheType) = (activations, cacheType)
    }
}

/// A text, a model and perhaps a base, and the way the text is cut: everything that the scores depend on.
public struct Measurement: Sendable, Equatable {
    /// Version of the program: another may compute other bits.
    public let program: String
    /// The model.
    public let model: MeasuredModel
    /// What it is compared with; nil where it is alone.
    public let base: MeasuredModel?
    /// How the text is cut.
    public let windows: Windows
    /// Over the text's ids.
    public let textFingerprint: UInt64

    /// What is going to be measured.
    public init(program: String, model: MeasuredModel, base: MeasuredModel?, windows: Windows, text: [UInt32]) {
        self.init(
            program: program, model: model, base: base, windows: windows,
            textFingerprint: unsafe xxh64(text.span.bytes))
    }

    init(
        program: String, model: MeasuredModel, base: MeasuredModel?, windows: Windows, textFingerprint: UInt64
    ) {
        (self.program, self.model, self.base) = (program, model, base)
        (self.windows, self.textFingerprint) = (windows, textFingerprint)
    }

    /// How this one differs from another, in words; empty where scores of the two belong together.
    public func differences(from other: Measurement) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ ours: Value, _ theirs: Value) {
            if ours != theirs { found.append("\(what) \(ours), not \(theirs)") }
        }
        func compare(_ what: String, _ ours: MeasuredModel, _ theirs: MeasuredModel) {
            if ours.fingerprint != theirs.fingerprint {
                found.append("another \(what) (\(ours.name), not \(theirs.name))")
            }
            compare("\(what) with activations", ours.activations.rawValue, theirs.activations.rawValue)
            compare("\(what) with a cache in", ours.cacheType.rawValue, theirs.cacheType.rawValue)
        }
        compare("protocol", windows.rules.rawValue, other.windows.rules.rawValue)
        compare("context", windows.context, other.windows.context)
        compare("stride", windows.stride, other.windows.stride)
        if (windows.tokenCount, textFingerprint) != (other.windows.tokenCount, other.textFingerprint) {
            found.append("another text (of \(windows.tokenCount) tokens, not \(other.windows.tokenCount))")
        }
        compare("model", model, other.model)
        switch (base, other.base) {
        case (nil, nil): break
        case (let ours?, let theirs?): compare("base", ours, theirs)
        case (.some, nil): found.append("with a base")
        case (nil, .some): found.append("without a base")
        }
        compare("version", program, other.program)
        return found
    }
}
