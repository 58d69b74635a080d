import Conversion
import GPT2
import ModelFile
import StrictJSON
import TestSupport
import Testing

/// Tiny checkpoints beside the logits that Hugging Face computes for them (Tests/Golden/checkpoints).
@Suite struct HuggingFaceTests {
    static let variants = [
        "base", "untied", "sharded", "legacy-names", "float16", "bfloat16", "inner", "gelu", "gelu-pytorch-tanh",
        "relu", "unscaled-attention", "inverse-layer", "reordered", "epsilon", "one-head",
    ]

    private func tokens(_ variant: String) throws -> [Int] {
        let json = try JSONValue(parsing: readFile(golden("checkpoints/\(variant)/tokens.json")))
        return json.arrayValue?.compactMap(\.intValue) ?? []
    }

    @Test(arguments: variants) func aFloat32FileGivesHuggingFacesLogits(variant: String) throws {
        let folder = golden("checkpoints/\(variant)")
        let logits = try Converted(folder).open().allLogits(tokens(variant))
        let expected = floats(inFile: folder + "/logits.f32")
        let (error, magnitude) = compare(logits, expected)
        #expect(expected.count == 24 * 61 && magnitude > 1)
        #expect(error <= 5e-6 * magnitude, "\(error) beside values up to \(magnitude)")
    }

    /// How far rounding may move a logit of these models, relative to the largest: set by measurement, about twice what
    /// was seen. Random weights in 18 columns are the worst case; trained ones are far better.
    static let permitted: [(ConversionOptions, Float)] = [
        (ConversionOptions(precision: .float16), 8e-3),
        (ConversionOptions(precision: .int8), 0.15),
        (ConversionOptions(precision: .int8, blockLength: 64), 0.15),
        (ConversionOptions(precision: .int8, storage: .raw, blockLength: 128), 0.15),
    ]

    @Test(arguments: variants, permitted.indices) func roundingMovesLogitsNoMoreThanPermitted(variant: String, row: Int)
        throws
    {
        let folder = golden("checkpoints/\(variant)")
        let (options, limit) = Self.permitted[row]
        let logits = try Converted(folder, options).open().allLogits(tokens(variant))
        let (error, magnitude) = compare(logits, floats(inFile: folder + "/logits.f32"))
        #expect(error > 0, "rounding must show")
        #expect(error <= limit * magnitude, "\(error / magnitude) of \(magnitude)")
    }
}
