import Synchronization

/// Hands the numbers below a count to workers: to each those of its own part, in order, then what the others have left.
///
/// Steps that are split by tokens give a worker the same tokens every time, so what it needs it mostly wrote itself and has in its own
/// caches; processors whose cores share no cache are a quarter faster so. A worker that something else keeps from its core
/// holds up one share, not its whole part.
@safe final class Shares: @unchecked Sendable {  // the counters are atomic
    /// What has been taken of each worker's part, a cache line or two apart.
    private let taken: UnsafeMutablePointer<Atomic<Int>>
    private let workerCount: Int
    private static let distance = 16

    init(workerCount: Int) {
        self.workerCount = workerCount
        unsafe taken = .allocate(capacity: workerCount * Self.distance)
        for i in 0..<workerCount * Self.distance { unsafe (taken + i).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe taken.deinitialize(count: workerCount * Self.distance)
        unsafe taken.deallocate()
    }

    /// Before any worker begins.
    func reset() {
        for worker in 0..<workerCount { unsafe taken[worker * Self.distance].store(0, ordering: .relaxed) }
    }

    /// Calls `body` with every number below `count` that `worker`, one of `workerCount`, is the first to take.
    func forEach(below count: Int, worker: Int, of workerCount: Int, _ body: (Int) -> Void) {
        for turn in 0..<workerCount {
            let owner = (worker + turn) % workerCount
            let part = owner * count / workerCount..<(owner + 1) * count / workerCount
            while true {
                let share = unsafe part.lowerBound + taken[owner * Self.distance].add(1, ordering: .relaxed).oldValue
                guard share < part.upperBound else { break }
                body(share)
            }
        }
    }
}
