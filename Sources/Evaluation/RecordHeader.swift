import GPT2
import StrictJSON

/// The first line of a record: what was measured, and which share of it the record is for.
struct RecordHeader: Equatable {
    /// Of the format, which docs/ACCURACY.md describes.
    static let version = 1
    static let versionKey = "vencejo_perplexity"

    let measurement: Measurement
    let shard: Shard

    /// The windows that belong into the record.
    var windows: Range<Int> { shard.windows(of: measurement.windows.count) }

    var json: JSONValue {
        let windows = measurement.windows
        return [
            Self.versionKey: .integer(Int64(Self.version)),
            "program": .string(measurement.program),
            "protocol": .string(windows.rules.rawValue),
            "context": .integer(Int64(windows.context)),
            "stride": .integer(Int64(windows.stride)),
            "text_tokens": .integer(Int64(windows.tokenCount)),
            "text_xxh64": .string(Self.hexadecimal(measurement.textFingerprint)),
            "model": Self.json(measurement.model),
            "base": measurement.base.map(Self.json) ?? .null,
            "shard": .string("\(shard)"),
        ]
    }

    /// Nil where it is not the header of a record of this version.
    init?(_ json: JSONValue) {
        guard let program = json["program"]?.stringValue,
            let rules = json["protocol"]?.stringValue.flatMap(EvaluationProtocol.init),
            let context = json["context"]?.intValue, let stride = json["stride"]?.intValue,
            let tokenCount = json["text_tokens"]?.intValue,
            let windows = try? Windows(rules, context: context, stride: stride, tokenCount: tokenCount),
            let text = json["text_xxh64"]?.stringValue.flatMap({ UInt64($0, radix: 16) }),
            let model = json["model"].flatMap(Self.model), let base = json["base"],
            let shard = json["shard"]?.stringValue.flatMap(Shard.init)
        else { return nil }
        self.init(
            measurement: Measurement(
                program: program, model: model, base: base.isNull ? nil : Self.model(base), windows: windows,
                textFingerprint: text),
            shard: shard)
        guard base.isNull || measurement.base != nil else { return nil }
    }

    init(measurement: Measurement, shard: Shard) { (self.measurement, self.shard) = (measurement, shard) }

    private static func json(_ model: MeasuredModel) -> JSONValue {
        [
            "name": .string(model.name), "fingerprint": .string(hexadecimal(model.fingerprint)),
            "activations": .string(model.activations.rawValue), "kv_cache": .string(model.cacheType.rawValue),
        ]
    }

    private static func model(_ json: JSONValue) -> MeasuredModel? {
        guard let name = json["name"]?.stringValue,
            let fingerprint = json["fingerprint"]?.stringValue.flatMap({ UInt64($0, radix: 16) }),
            let activations = json["activations"]?.stringValue.flatMap(Options.Activations.init),
            let cacheType = json["kv_cache"]?.stringValue.flatMap(Options.CacheType.init)
        else { return nil }
        return MeasuredModel(name: name, fingerprint: fingerprint, activations: activations, cacheType: cacheType)
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Shard {
    /// From what people write: 3/16.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1] else { return nil }
        self.init(number, of: count)
    }
}

/// What a logarithm of a probability, or a divergence, can come to: logits are float32, and sums are rounded.
private let possibleNats = -1e-6...1e39

extension WindowScores {
    /// A line of a record. A number is written so that the same bits are read back.
    var json: JSONValue {
        var object: JSONObject = [
            "window": .integer(Int64(index)), "nll": .array(surprises.map(JSONValue.number)),
        ]
        if let comparison {
            object["base_nll"] = .array(comparison.baseSurprises.map(JSONValue.number))
            object["kl"] = .array(comparison.divergences.map(JSONValue.number))
            object["same_top1"] = .array(comparison.agreements.map { .integer($0 ? 1 : 0) })
        }
        return .object(object)
    }

    /// Nil where this is not a line about a window that scores `count` tokens.
    init?(_ json: JSONValue, count: Int, compares: Bool) {
        func numbers(_ key: String, _ possible: ClosedRange<Double> = possibleNats) -> [Double]? {
            let values = json[key]?.arrayValue?.compactMap(\.doubleValue)
            guard let values, values.count == count, values.allSatisfy(possible.contains) else { return nil }
            return values
        }
        guard let index = json["window"]?.intValue, let surprises = numbers("nll") else { return nil }
        self.init(index: index, compares: false, capacity: 0)
        self.surprises = surprises
        guard compares else { return }
        guard let base = numbers("base_nll"), let divergences = numbers("kl"),
            let agreements = numbers("same_top1", 0...1), agreements.allSatisfy({ $0 == $0.rounded() })
        else { return nil }
        comparison = Comparison(
            baseSurprises: base, divergences: divergences, agreements: agreements.map { $0 != 0 })
    }
}
