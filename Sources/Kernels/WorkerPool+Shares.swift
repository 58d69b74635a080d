import Synchronization

extension WorkerPool {
    /// Calls `body` with 0, 1, 2, … below `count`, each once, on all workers: whoever is free takes the next.
    ///
    /// What a share writes must be its own, so that the result is the same for any number of threads.
    public func forEachShare(of count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in run(Shares(count: count, body: body)) }
    }
}

/// Numbers that workers take one after the other.
private final class Shares: ParallelWork {
    private let next = Atomic<Int>(0)
    private let count: Int
    private let body: @Sendable (Int) -> Void

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
    }

    func run(worker: Int, workerCount: Int) {
        while true {
            let share = next.add(1, ordering: .relaxed).oldValue
            guard share < count else { return }
            body(share)
        }
    }
}
