import Checkpoints
import GPT2
import Generation
import Kernels
import ModelFile

/// The means of what the matrices of each block read, to be taken out of the activations.
///
/// Int8 activations round everything by the largest of a token. In GPT-2 a few channels are far from zero for every token;
/// without their means what is left is small and rounds finely. x goes through W · x + b as (x − m) with b + W · m: where x
/// comes from a layer norm m goes into that norm's bias, where it is a mix of values into the values' biases, since the
/// weights of a mix add up to 1. So nothing changes but biases, and nothing is computed at run time.
struct Centering: Sendable {
    /// What is subtracted from a vector, and what is added to a bias where a matrix has it as its input: by array's name.
    private(set) var subtracted: [String: [Float]] = [:]
    /// The mean of what a matrix reads, by the matrix's name.
    private(set) var inputs: [String: [Float]] = [:]

    /// Texts the model writes of itself, and their length at most. Two thousand tokens are plenty.
    private static let textCount = 8
    private static let textLength = 256

    /// Lets the model of a file write, and watches what its matrices read.
    ///
    /// - Parameter onProgress: called often; false ends it by ``ConversionError/interrupted``.
    init(modelAt path: String, onProgress: (ConversionProgress) -> Bool) throws {
        let text = try TextModel(contentsOf: path, options: Options(cacheType: .float32))
        let model = text.model
        var sums: [String: [Double]] = [:]
        var counts: [String: Int] = [:]
        let session = try model.makeSession()
        session.observer = { observation in
            let name = observation.name
            guard name.hasSuffix(".norm1") || name.hasSuffix(".norm2") || name.hasSuffix(".attention") else { return }
            let columns = observation.columns
            var sum = sums[name] ?? [Double](repeating: 0, count: columns)
            for (index, value) in observation.values.enumerated() { sum[index % columns] += Double(value) }
            sums[name] = sum
            counts[name, default: 0] += observation.rows
        }
        let length = min(Self.textLength, model.configuration.contextLength)
        func advance(_ count: Int) throws(ConversionError) {
            let total = 2 * Self.textCount * length
            guard onProgress(ConversionProgress(stage: "finding means", done: count, total: total)) else {
                throw .interrupted
            }
        }
        let texts = try Self.texts(by: text, length: length, onProgress: advance)
        for (index, tokens) in texts.enumerated() {
            session.rewind()
            for start in stride(from: 0, to: tokens.count, by: Session.batchLength) {
                try session.read(Array(tokens[start..<min(start + Session.batchLength, tokens.count)]))
                try advance((Self.textCount + index) * length + session.position)
            }
        }
        for (name, sum) in sums {
            let mean = sum.map { Float($0 / Double(counts[name] ?? 1)) }
            let block = name.prefix { $0 != "." } + "." + name.dropFirst("block.".count).prefix { $0 != "." }
            switch name.dropFirst(block.count + 1) {
            case "norm1": add(mean, to: "\(name).bias", of: "\(block).attention.qkv")
            case "norm2": add(mean, to: "\(name).bias", of: "\(block).mlp.up")
            default:
                let values = [Float](repeating: 0, count: 2 * mean.count) + mean
                subtracted["\(block).attention.qkv.bias"] = values
                inputs["\(block).attention.out.weight"] = mean
            }
        }
    }

    private mutating func add(_ mean: [Float], to vector: String, of matrix: String) {
        subtracted[vector] = mean
        inputs[matrix + ".weight"] = mean
    }

    /// What the model writes from nothing, each text by a seed of its own.
    private static func texts(
        by text: TextModel, length: Int, onProgress: (Int) throws -> Void
    ) throws -> [[Int]] {
        let start = text.endOfText ?? 0
        var generator = try ParallelGenerator(
            text,
            texts: (0..<textCount).map { seed in
                var options = GenerationOptions()
                options.sampling = .plain(seed: UInt64(seed))
                options.maxTokens = length - 1
                options.ignoresEndOfText = true
                return ([start], options)
            })
        while try generator.advance({ _, _ in }) {
            try onProgress(generator.generators.reduce(0) { $0 + $1.writtenCount })
        }
        return generator.generators.map { Array($0.tokens.prefix(length)) }
    }
}

extension SamplingOptions {
    /// The model's own distribution, nothing cut off and nothing penalized.
    fileprivate static func plain(seed: UInt64) -> SamplingOptions {
        var options = SamplingOptions()
        options.seed = seed
        options.temperature = 1
        options.topK = 0
        options.topP = 1
        options.minP = 0
        options.repeatPenalty = 1
        return options
    }
}
