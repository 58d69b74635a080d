import Kernels
import Synchronization
import Testing

/// Counts how often each worker ran, and adds up a range split among them.
private final class Tally: ParallelWork {
    let sum = Atomic<Int>(0)
    let calls = Mutex<[Int]>([])
    let count: Int

    init(count: Int) { self.count = count }

    func run(worker: Int, workerCount: Int) {
        calls.withLock { $0.append(worker) }
        for item in stride(from: worker, to: count, by: workerCount) { sum.add(item, ordering: .relaxed) }
    }
}

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 4, 8]) func everyWorkerRunsOnceAndAllWorkIsDone(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        #expect(pool.threadCount == threads)
        for round in 0..<200 {
            let tally = Tally(count: round)
            pool.run(tally)
            #expect(tally.sum.load(ordering: .relaxed) == round * (round - 1) / 2)
            #expect(tally.calls.withLock { $0.sorted() } == Array(0..<threads))
        }
    }

    @Test func callersOnSeveralThreadsTakeTurns() async {
        let pool = WorkerPool(threadCount: 2)
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum = 0
                    for _ in 0..<50 {
                        let tally = Tally(count: 100)
                        pool.run(tally)
                        sum += tally.sum.load(ordering: .relaxed)
                    }
                    return sum
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 4 * 50 * 4950)
    }

    @Test func nonsenseIsBroughtWithinBounds() {
        #expect(WorkerPool(threadCount: 0).threadCount == 1)
        #expect(WorkerPool(threadCount: -5).threadCount == 1)
        #expect(WorkerPool.coreCount >= 1)
    }
}
