import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Work that several threads do together, each a part of it.
///
/// A class, so that handing it to the pool allocates nothing: whoever works token after token sets its fields and runs it.
public protocol ParallelWork: AnyObject, Sendable {
    /// Does part `worker` of `workerCount`. Called once for every worker, on different threads at the same time.
    func run(worker: Int, workerCount: Int)
}

/// Threads that wait for work together: they spin for a moment, because the next matrix usually follows within
/// microseconds, and park when none comes, so that an idle program burns nothing.
///
/// How work is split never changes a result: every output is computed whole by one worker.
public final class WorkerPool: Sendable {
    /// How many workers there are, the calling thread among them.
    public let threadCount: Int
    private let gate: Gate

    /// The most threads a pool takes; more than any machine this runs on has cores.
    public static let maximumThreadCount = 256

    /// A pool with one worker for each core, made when first asked for.
    public static let shared = WorkerPool()

    /// Starts `threadCount - 1` threads, or, without a number, one worker for every core.
    /// Where the system refuses a thread the pool is smaller.
    public init(threadCount: Int? = nil) {
        let wanted = min(max(1, threadCount ?? Self.coreCount), Self.maximumThreadCount)
        let gate = Gate()
        var started = 1
        while started < wanted, gate.startThread(worker: started) { started += 1 }
        self.threadCount = started
        self.gate = gate
        gate.workerCount.store(started, ordering: .releasing)
    }

    deinit { gate.close() }

    /// Runs `work` on every worker and returns when all have finished. Callers on several threads take turns.
    public func run(_ work: some ParallelWork) {
        guard threadCount > 1 else { return work.run(worker: 0, workerCount: 1) }
        gate.turn.withLock { _ in
            gate.open(for: work, helpers: threadCount - 1)
            work.run(worker: 0, workerCount: threadCount)
            gate.waitForHelpers()
        }
    }

    /// The cores that are switched on.
    public static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// Where helpers wait. A round is opened by raising `round`; helpers count themselves out in `running`.
@safe private final class Gate: @unchecked Sendable {  // `work` is written before `round` is raised and read after
    let turn = Mutex<Void>(())
    let workerCount = Atomic<Int>(0)
    private let round = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let parked = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)
    private var work: (any ParallelWork)?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// About 50 µs on a current core: longer than the gap between two matrices of a token, shorter than anyone notices.
    private static let spinCount = 20_000

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    func open(for work: some ParallelWork, helpers: Int) {
        self.work = work
        running.store(helpers, ordering: .relaxed)
        round.add(1, ordering: .sequentiallyConsistent)
        if parked.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
    }

    func waitForHelpers() {
        var spins = 0
        while running.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins > Self.spinCount { sched_yield() }
        }
        work = nil
    }

    func close() {
        closed.store(true, ordering: .relaxed)
        round.add(1, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    func startThread(worker: Int) -> Bool {
        let ticket = unsafe Unmanaged.passRetained(Ticket(gate: self, worker: worker))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = unsafe pthread_create(&thread, nil, helperMain, ticket.toOpaque())
        guard status == 0 else {
            unsafe ticket.release()
            return false
        }
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
        return true
    }

    func serve(worker: Int) {
        var seen = 0
        while true {
            seen = next(after: seen)
            if closed.load(ordering: .relaxed) { return }
            work?.run(worker: worker, workerCount: workerCount.load(ordering: .acquiring))
            running.subtract(1, ordering: .releasing)
        }
    }

    private func next(after seen: Int) -> Int {
        for _ in 0..<Self.spinCount {
            let now = round.load(ordering: .acquiring)
            if now != seen { return now }
        }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        parked.add(1, ordering: .sequentiallyConsistent)
        defer { parked.subtract(1, ordering: .relaxed) }
        while round.load(ordering: .sequentiallyConsistent) == seen { unsafe pthread_cond_wait(condition, mutex) }
        return round.load(ordering: .acquiring)
    }

    private func wakeAll() {
        unsafe pthread_mutex_lock(mutex)
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_mutex_unlock(mutex)
    }
}

/// What a new thread is given.
private final class Ticket {
    let gate: Gate
    let worker: Int
    init(gate: Gate, worker: Int) {
        self.gate = gate
        self.worker = worker
    }
}

#if canImport(Darwin)
    private func helperMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        enter(unsafe Unmanaged<Ticket>.fromOpaque(argument).takeRetainedValue())
        return nil
    }
#else
    private func helperMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument = unsafe argument else { return nil }
        enter(unsafe Unmanaged<Ticket>.fromOpaque(argument).takeRetainedValue())
        return nil
    }
#endif

private func enter(_ ticket: Ticket) { ticket.gate.serve(worker: ticket.worker) }
