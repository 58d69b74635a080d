import ArgumentParser

/// Counts as people write them: numbers between commas. One that comes again counts once.
struct CountList {
    let counts: [Int]

    init(argument: String, allowed: ClosedRange<Int>) throws(ValidationError) {
        var counts: [Int] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let count = Int(word), allowed.contains(count) else {
                throw ValidationError(
                    """
                    expected numbers from \(allowed.lowerBound) to \(allowed.upperBound) between commas, \
                    not "\(word.prefix(40))"
                    """)
            }
            if !counts.contains(count) { counts.append(count) }
        }
        self.counts = counts
    }
}
