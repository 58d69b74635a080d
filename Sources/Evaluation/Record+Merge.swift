extension Record {
    /// Puts the parts of one measurement together: what it would have given in one piece, bit for bit.
    ///
    /// - Parameter paths: the files that shards were written to, in any order; all of them.
    public static func merge(_ paths: [String]) throws(EvaluationError) -> (Measurement, Summary) {
        var parts: [Record] = []
        for path in paths { parts.append(try Record(reading: path)) }
        guard let first = parts.first else { throw .noParts }
        for part in parts.dropFirst() {
            let differences = part.measurement.differences(from: first.measurement)
            guard differences.isEmpty else {
                throw .unrelatedParts(path: part.path, first: first.path, differences: differences)
            }
        }
        parts = parts.filter { !$0.windows.isEmpty }.sorted { $0.windows.lowerBound < $1.windows.lowerBound }
        try checkThatNothingIsMissing(parts, of: first.measurement.windows.count)

        let windows = first.measurement.windows
        var summary = Summary(context: windows.context)
        for part in parts {
            let done = try part.forEach { summary.add($0, of: windows[$0.index]) }
            guard done == part.windows.count else {
                throw .unfinishedPart(path: part.path, done: done, windows: part.windows.count)
            }
        }
        return (first.measurement, summary)
    }

    private static func checkThatNothingIsMissing(
        _ parts: [Record], of count: Int
    ) throws(EvaluationError) {
        var missing: [Range<Int>] = []
        var next = 0
        var last: Record?
        for part in parts {
            if let last, part.windows.lowerBound < next { throw .overlappingParts(path: part.path, other: last.path) }
            if part.windows.lowerBound > next { missing.append(next..<part.windows.lowerBound) }
            (next, last) = (part.windows.upperBound, part)
        }
        if next < count { missing.append(next..<count) }
        guard !missing.isEmpty else { return }
        // Where all were cut alike, the shards have names.
        let counts = Set(parts.map(\.shard.count))
        let shards = (counts.count == 1 ? counts.first ?? 0 : 0).shards.filter { shard in
            let windows = shard.windows(of: count)
            return !windows.isEmpty && missing.contains { $0.overlaps(windows) }
        }
        throw .missingWindows(missing, count: count, shards: shards.map(\.description))
    }
}

extension Int {
    /// All shards of so many.
    fileprivate var shards: [Shard] { (0..<self).compactMap { Shard($0 + 1, of: self) } }
}
