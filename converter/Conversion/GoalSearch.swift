/// Turns one dial until a measured value is as much as allowed and hardly less.
///
/// Values are logarithms of base 2 over the dial, so that a straight line through two trials tells the next.
struct GoalSearch {
    /// What a trial gave.
    struct Trial: Equatable {
        let fineness: Double
        /// log₂ of what was measured over what is allowed.
        let excess: Double
    }

    /// The least excess that is good enough; 0 is the most.
    let least: Double
    /// About how much the excess grows with the dial, before two trials tell: its sign is right always.
    let slope: Double
    /// Whether the excess follows the dial by leaps, or hardly: then the finest dial that keeps to the limit is looked for,
    /// however far below the limit that is.
    let leaps: Bool
    private(set) var trials: [Trial] = []

    /// Places of the dial in an octave. Finer than that of the steps: then some rows take the next place and others do not.
    private static let grid = 1024.0
    /// Trials that are made at most.
    private static let mostTrials = 16
    /// Octaves between the finest and the coarsest dial beyond the first guess.
    private static let reach = 12.0

    /// Octaves between the finest dial that keeps to the limit and one that does not, where the excess leaps.
    private static let gap = 1.0 / 16

    init(least: Double, slope: Double, leaps: Bool = false) {
        (self.least, self.slope, self.leaps) = (least, slope, leaps)
    }

    /// For what falls by leaps when the dial gets coarser.
    static let byLeaps = GoalSearch(least: 0, slope: -1, leaps: true)

    mutating func add(fineness: Double, excess: Double) { trials.append(Trial(fineness: fineness, excess: excess)) }

    /// The best trial so far that keeps to the limit.
    var best: Trial? {
        let kept = trials.filter { $0.excess <= 0 }
        return leaps ? kept.min { $0.fineness < $1.fineness } : kept.max { $0.excess < $1.excess }
    }

    /// What is to be tried next; nil where nothing better is to be found.
    func next(first: Double) -> Double? {
        guard let last = trials.last else { return first }
        guard trials.count < Self.mostTrials else { return nil }
        if leaps { return nextLeap(first: first) }
        if let best, best.excess >= least { return nil }
        // The middle of what is good enough is aimed at.
        let aim = least / 2
        var slope = slope
        if trials.count > 1 {
            let before = trials[trials.count - 2]
            let measured = (last.excess - before.excess) / (last.fineness - before.fineness)
            // A line that is far from what it should be is no line.
            if measured / self.slope > 0.2, measured / self.slope < 5 { slope = measured }
        }
        var next = last.fineness + min(max((aim - last.excess) / slope, -3), 3)
        // Between what is too much and what is too little.
        let tooMuch = trials.filter { $0.excess > 0 }.map(\.fineness)
        let tooLittle = trials.filter { $0.excess < least }.map(\.fineness)
        let (lower, upper) =
            self.slope > 0 ? (tooLittle.max(), tooMuch.min()) : (tooMuch.max(), tooLittle.min())
        if let lower, let upper, next <= lower || next >= upper { next = (lower + upper) / 2 }
        next = (next * Self.grid).rounded() / Self.grid
        let isNew = !trials.contains { $0.fineness == next }
        return isNew && abs(next - first) <= Self.reach ? next : nil
    }

    /// Steps that double, until one dial keeps to the limit and a finer one does not; then the middle between the two.
    private func nextLeap(first: Double) -> Double? {
        let kept = best?.fineness
        let failed = trials.filter { $0.excess > 0 && $0.fineness < kept ?? .infinity }.map(\.fineness).max()
        let step = Double(1 << trials.count) / 4
        var next =
            switch (failed, kept) {
            case (let failed?, let kept?): kept - failed > Self.gap ? (failed + kept) / 2 : kept
            case (let failed?, nil): failed + step
            case (nil, let kept?): kept - step
            case (nil, nil): first
            }
        next = min(max(next, first - Self.reach), first + Self.reach)
        return trials.contains { $0.fineness == next } ? nil : next
    }
}
