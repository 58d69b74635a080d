import GPT2
import StrictJSON

/// What a benchmark came to, for people and for programs.
struct BenchmarkReport {
    let model: ModelReport
    let kernels: String
    let activations: Options.Activations
    let options: Options
    let rounds: Int
    let results: [BenchmarkResult]
    /// Bytes of the buffer that memory was measured with.
    let memoryByteCount: Int

    /// A Markdown table, and below it what it was made with.
    var text: String {
        let name = model.path.split(separator: "/").last.map(String.init) ?? model.path
        let heading = ["model", "size", "params", "threads", "test", "t/s", "MB/token", "% of bandwidth"]
        let rows = results.map { result in
            [
                name, model.weightByteCount.asBytes, "\((Double(model.weightCount) / 1e6).fixed(2)) M",
                "\(result.threads)", result.test.name, Self.speed(result.speed),
                (Double(result.bytesPerToken) / 1e6).fixed(2), (result.bandwidthFraction * 100).fixed(1),
            ]
        }
        return (Table(heading, rows).lines + ["", conditions, bandwidths]).joined(separator: "\n")
    }

    private var conditions: String {
        let times = rounds == 1 ? "1 round" : "\(rounds) rounds"
        return "t/s: median ± standard deviation, lowest–highest of \(times); kernels \(kernels), "
            + "activations \(activations.rawValue), cache \(options.cacheType.rawValue)"
    }

    private var bandwidths: String {
        var said: [String] = []
        for result in results {
            let threads = result.threads == 1 ? "1 thread" : "\(result.threads) threads"
            let (median, best) = ((result.bandwidth.median / 1e9).fixed(1), (result.bandwidth.max / 1e9).fixed(1))
            let line = "\(median) GB/s with \(threads) (\(best) at best)"
            if !said.contains(line) { said.append(line) }
        }
        return "bandwidth: \(said.joined(separator: ", ")), the median of reading \(memoryByteCount.asBytes) a round"
    }

    private static func speed(_ speed: Sample) -> String {
        let digits = speed.median < 10 ? 3 : speed.median < 100 ? 2 : 1
        let (median, deviation) = (speed.median.fixed(digits), speed.standardDeviation.fixed(digits))
        return "\(median) ± \(deviation), \(speed.min.fixed(digits))–\(speed.max.fixed(digits))"
    }

    /// An object a result.
    var json: JSONValue {
        .array(
            results.map { result in
                [
                    "model": .string(model.path),
                    "model_bytes": .integer(Int64(model.weightByteCount)),
                    "parameters": .integer(Int64(model.weightCount)),
                    "kernels": .string(kernels),
                    "activations": .string(activations.rawValue),
                    "kv_cache": .string(options.cacheType.rawValue),
                    "repetitions": .integer(Int64(rounds)),
                    "test": .string(result.test.name),
                    "threads": .integer(Int64(result.threads)),
                    "tokens_per_second": [
                        "median": Self.rounded(result.speed.median),
                        "min": Self.rounded(result.speed.min),
                        "max": Self.rounded(result.speed.max),
                    ],
                    "bytes_per_token": .integer(Int64(result.bytesPerToken)),
                    "bandwidth_bytes_per_second": .integer(Int64(result.bandwidth.median)),
                    "bandwidth_fraction": .number((result.bandwidthFraction * 1e6).rounded() / 1e6),
                ]
            })
    }

    /// To three decimals; more of a measured time mean nothing.
    private static func rounded(_ number: Double) -> JSONValue { .number((number * 1000).rounded() / 1000) }
}
