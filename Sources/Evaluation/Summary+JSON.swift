import GPT2
public import StrictJSON

extension Summary {
    /// Everything that came out of a measurement, and what it was; docs/ACCURACY.md says what the members are.
    ///
    /// - Parameters:
    ///   - measurement: what was measured.
    ///   - shard: the share of it that was measured; nil where it is all.
    public func json(_ measurement: Measurement, shard: Shard?) -> JSONValue {
        let windows = measurement.windows
        var object: JSONObject = [
            "model": .string(measurement.model.name),
            "activations": .string(measurement.model.activations.rawValue),
            "kv_cache": .string(measurement.model.cacheType.rawValue),
            "protocol": .string(windows.rules.rawValue),
            "context": .integer(Int64(windows.context)),
            "stride": .integer(Int64(windows.stride)),
            "windows": .integer(Int64(shard?.windows(of: windows.count).count ?? windows.count)),
        ]
        if let shard { object["shard"] = .string("\(shard)") }
        object["text_tokens"] = .integer(Int64(windows.tokenCount))
        object["tokens"] = .integer(Int64(tokenCount))
        object.add("perplexity", perplexity)
        object.add("nll", nats)
        if let comparison, let base = measurement.base { object.add(comparison, base) }
        object["positions"] = .array(positions.map { $0.json })
        return .object(object)
    }
}

extension Summary.Positions {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "first": .integer(Int64(range.lowerBound)), "end": .integer(Int64(range.upperBound)),
            "tokens": .integer(Int64(tokenCount)), "nll": .number(surprise),
        ]
        object["kl"] = divergence.map(JSONValue.number)
        object["same_top1"] = agreement.map(JSONValue.number)
        return .object(object)
    }
}

extension JSONObject {
    /// A mean under its name and its standard error beside it.
    fileprivate mutating func add(_ name: String, _ estimate: Summary.Estimate?) {
        self[name] = estimate.map { .number($0.mean) } ?? .null
        self["\(name)_standard_error"] = estimate.map { .number($0.standardError) } ?? .null
    }

    fileprivate mutating func add(_ comparison: Summary.Comparison, _ base: MeasuredModel) {
        var described: JSONObject = [
            "model": .string(base.name), "activations": .string(base.activations.rawValue),
            "kv_cache": .string(base.cacheType.rawValue),
        ]
        described.add("perplexity", Summary.perplexity(comparison.base))
        described.add("nll", comparison.base)
        self["base"] = .object(described)
        add("nll_difference", comparison.difference)
        self["kl"] = [
            "mean": .number(comparison.divergence.mean),
            "standard_error": .number(comparison.divergence.standardError),
            "median": .number(comparison.median), "p99": .number(comparison.percentile99),
            "p999": .number(comparison.permille999), "max": .number(comparison.maximum),
        ]
        add("same_top1", comparison.agreement)
        add("delta_p_rms", comparison.probabilityChange)
    }
}
