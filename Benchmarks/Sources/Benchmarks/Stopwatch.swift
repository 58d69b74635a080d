#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How long something took, again and again.
struct Timing {
    /// Seconds of a call, ascending.
    private let times: [Double]

    init(_ times: [Double]) {
        precondition(!times.isEmpty, "nothing was timed")
        self.times = times.sorted()
    }

    var median: Double { times[times.count / 2] }
    var best: Double { times[0] }
    /// How far apart the quartiles lie, beside the median.
    var spread: Double { (times[times.count * 3 / 4] - times[times.count / 4]) / median }
}

/// Times short runs by the CPU time of the calling thread, which does not run while others have the core.
struct Stopwatch {
    /// Seconds to spend on each figure.
    let budget: Double

    /// A run is this long at least, so that asking for the time, a few hundred nanoseconds, does not count.
    private static let shortestRun = 200e-6
    private static let fewestRuns = 7

    /// The time of one call of `body`.
    ///
    /// - Parameters:
    ///   - calls: in a run; nil makes it as many as take long enough.
    ///   - prepare: called before every run, and not timed.
    func measure(calls: Int? = nil, prepare: () -> Void = {}, _ body: () throws -> Void) rethrows -> Timing {
        prepare()
        try body()  // brings code and data near
        prepare()
        let once = try time(calls: 1, body)
        let calls = calls ?? max(1, Int(Self.shortestRun / max(once, 1e-9)))
        var (times, spent): ([Double], Double) = ([], 0)
        while spent < budget || times.count < Self.fewestRuns {
            prepare()
            let run = try time(calls: calls, body)
            times.append(run / Double(calls))
            spent += run
        }
        return Timing(times)
    }

    private func time(calls: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = Self.now
        for _ in 0..<calls { try body() }
        return Self.now - start
    }

    /// Seconds that this thread has had a core.
    private static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
