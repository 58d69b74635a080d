import Evaluation
public import StrictJSON

extension FrontierReport {
    /// Everything, for programs; docs/ACCURACY.md says what the members are.
    public var json: JSONValue {
        [
            "program": .string(program),
            "text": ["name": .string(text.name), "is_own": .bool(text.isOwn)],
            "checkpoint": .string(checkpointName),
            "processor": processor.map { .string($0) } ?? .null,
            "base": base.map { .string($0.name) } ?? .null,
            "comparison_protocol": .string(Self.comparisonRules.rawValue),
            "files": .array(files.map(\.json)),
        ]
    }
}

extension FileResult {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name),
            "format": .string(format),
            "is_base": .bool(isBase),
            "byte_count": .integer(Int64(byteCount)),
            "weight_count": .integer(Int64(weightCount)),
            "weight_byte_count": .integer(Int64(weightByteCount)),
            "bits_per_weight": .number(bitsPerWeight),
            "token_byte_count": .integer(Int64(tokenByteCount)),
            "storage": .string(storage),
            "quantization": quantization.map { .object($0) } ?? .null,
            "protocols": .object(JSONObject(texts.map { ($0.windows.rules.rawValue, $0.json) })),
        ]
        object["kl"] = comparison.map(\.json) ?? .null
        object["nll_difference"] = comparison.map { .number($0.difference.mean) } ?? .null
        object["nll_difference_standard_error"] = comparison.map { .number($0.difference.standardError) } ?? .null
        object["same_top1"] = comparison.map { .number($0.agreement.mean) } ?? .null
        object["delta_p_rms"] = comparison.map { .number($0.probabilityChange.mean) } ?? .null
        object["speed"] = speed.map(\.json) ?? .null
        object["symbols"] = symbols.map(\.json) ?? .null
        object["matrices"] = .array(matrices.map(\.json))
        return .object(object)
    }
}

extension TextResult {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "context": .integer(Int64(windows.context)), "stride": .integer(Int64(windows.stride)),
            "windows": .integer(Int64(windows.count)), "tokens": .integer(Int64(summary.tokenCount)),
        ]
        for (name, estimate) in [("perplexity", summary.perplexity), ("nll", summary.nats)] {
            object[name] = estimate.map { .number($0.mean) } ?? .null
            object["\(name)_standard_error"] = estimate.map { .number($0.standardError) } ?? .null
        }
        return .object(object)
    }
}

extension Summary.Comparison {
    fileprivate var json: JSONValue {
        [
            "mean": .number(divergence.mean), "standard_error": .number(divergence.standardError),
            "median": .number(median), "p99": .number(percentile99), "p999": .number(permille999),
            "max": .number(maximum),
        ]
    }
}

extension SpeedResult {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "peak_bytes": peakByteCount.map { .integer(Int64($0)) } ?? .null,
            "threads": .integer(Int64(threads)),
            "kernels": .string(kernels),
        ]
        for (name, spread) in [
            ("prompt_tokens_per_second", readingRate), ("generated_tokens_per_second", writingRate),
            ("start_milliseconds", startMilliseconds),
        ] {
            for (suffix, value) in [("", spread.median), ("_min", spread.least), ("_max", spread.most)] {
                object[name + suffix] = .number((value * 1000).rounded() / 1000)
            }
        }
        return .object(object)
    }
}

extension SymbolCounts {
    fileprivate var json: JSONValue {
        let range = range ?? 0...0
        return [
            "first": .integer(Int64(range.lowerBound)),
            "counts": .array(range.map { .integer(Int64(counts[$0 + 128])) }),
            "escapes": .integer(Int64(escapeCount)),
            "entropy_bits": .number(entropy),
        ]
    }
}

extension MatrixResult {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "rows": .integer(Int64(rows)), "columns": .integer(Int64(columns)),
            "byte_count": .integer(Int64(byteCount)), "bits_per_weight": .number(bitsPerWeight),
            "relative_error": .number(relativeError),
        ]
    }
}
