import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file in the address space, read-only. Its pages are the system's to evict: they are not private memory.
///
/// Where a file is shortened, or its disk fails, touching a lost page raises SIGBUS, which ends the process. A program that
/// has called ``surviveLostPages()`` goes on with zeros instead, and ``isLost`` tells.
@safe public final class MappedMemory: @unchecked Sendable {  // immutable once mapped; unmapped by deinit
    private let base: UnsafeMutableRawPointer?  // nil for an empty file, which cannot be mapped
    public let byteCount: Int
    private let watch: Int?

    /// Maps the first `byteCount` bytes of an open file; nil, with `errno`, if the system refuses.
    public init?(descriptor: Int32, byteCount: Int) {
        self.byteCount = byteCount
        guard byteCount > 0 else {
            unsafe base = nil
            watch = nil
            return
        }
        guard let base = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe base != MAP_FAILED
        else { return nil }
        unsafe self.base = base
        watch = LostPages.shared.watch(UInt(bitPattern: base), byteCount: byteCount)
    }

    deinit {
        if let watch { LostPages.shared.forget(watch) }
        if let base = unsafe base { unsafe munmap(base, byteCount) }
    }

    /// The bytes, valid as long as this object lives.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// Whether a page could not be read, so that the bytes are zeros in whole or in part.
    public var isLost: Bool { watch.map { LostPages.shared.isLost($0) } ?? false }

    /// Whether any mapping of this process has lost pages so far.
    public static var hasLostPages: Bool { LostPages.shared.hasAny }

    /// Gives back the whole pages inside `range`. Reading them again fetches them again.
    public func release(_ range: Range<Int>) {
        guard let base = unsafe base, range.lowerBound >= 0, range.upperBound <= byteCount else { return }
        let page = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        if start < end { unsafe madvise(base + start, end - start, MADV_DONTNEED) }
    }

    /// Catches SIGBUS from now on, in the whole process: for programs, not for libraries.
    public static func surviveLostPages() {
        _ = LostPages.shared.watchedCount  // brings it into being before a signal needs it
        var action = sigaction()
        action.sa_flags = Int32(SA_SIGINFO)
        #if canImport(Darwin)
            unsafe action.__sigaction_u.__sa_sigaction = { number, information, _ in
                unsafe LostPages.handle(number, at: information?.pointee.si_addr)
            }
        #elseif canImport(Musl)
            unsafe action.__sa_handler.sa_sigaction = { number, information, _ in
                unsafe LostPages.handle(number, at: information?.pointee.__si_fields.__sigfault.si_addr)
            }
        #else
            unsafe action.__sigaction_handler.sa_sigaction = { number, information, _ in
                unsafe LostPages.handle(number, at: information?.pointee._sifields._sigfault.si_addr)
            }
        #endif
        unsafe sigaction(SIGBUS, &action, nil)
    }
}

/// Which addresses are mapped files, in a form that a signal handler may read: atomic numbers that never move.
@safe private final class LostPages: @unchecked Sendable {
    static let shared = LostPages()

    /// First and last address of each mapping, and whether it has lost a page; a free place begins at 0.
    private let begins: UnsafeMutablePointer<Atomic<UInt>>
    private let ends: UnsafeMutablePointer<Atomic<UInt>>
    private let lost: UnsafeMutablePointer<Atomic<Bool>>
    private let any = Atomic<Bool>(false)
    /// Mappings that can be watched at a time; one more is not.
    let watchedCount = 256

    private init() {
        unsafe begins = .allocate(capacity: watchedCount)
        unsafe ends = .allocate(capacity: watchedCount)
        unsafe lost = .allocate(capacity: watchedCount)
        for place in 0..<watchedCount {
            unsafe (begins + place).initialize(to: Atomic(0))
            unsafe (ends + place).initialize(to: Atomic(0))
            unsafe (lost + place).initialize(to: Atomic(false))
        }
    }

    func watch(_ begin: UInt, byteCount: Int) -> Int? {
        for place in 0..<watchedCount
        where unsafe begins[place].compareExchange(expected: 0, desired: begin, ordering: .relaxed).exchanged {
            unsafe lost[place].store(false, ordering: .relaxed)
            unsafe ends[place].store(begin + UInt(byteCount), ordering: .releasing)
            return place
        }
        return nil
    }

    func forget(_ place: Int) {
        unsafe ends[place].store(0, ordering: .relaxed)
        unsafe begins[place].store(0, ordering: .releasing)
    }

    var hasAny: Bool { any.load(ordering: .relaxed) }

    func isLost(_ place: Int) -> Bool { unsafe lost[place].load(ordering: .relaxed) }

    /// Puts zeros in place of a mapping that has lost the page at `address`, so that whoever reads it can go on to where it
    /// is noticed; a fault anywhere else ends the process, as it does without this.
    static func handle(_ number: Int32, at address: UnsafeMutableRawPointer?) {
        let address = UInt(bitPattern: address)
        for place in 0..<shared.watchedCount {
            let (begin, end) = unsafe (
                shared.begins[place].load(ordering: .relaxed), shared.ends[place].load(ordering: .relaxed)
            )
            guard begin != 0, begin <= address, address < end else { continue }
            unsafe shared.lost[place].store(true, ordering: .relaxed)
            shared.any.store(true, ordering: .relaxed)
            let start = unsafe UnsafeMutableRawPointer(bitPattern: begin)
            if unsafe mapZeros(Int(end - begin), inPlaceOf: start) != nil { return }
        }
        _ = signal(number, SIG_DFL)  // the instruction is tried again, and fails
    }
}

/// Address space of `byteCount` zeros, to which the system gives memory as it is written; nil if it refuses.
///
/// - Parameter place: a mapping that is to be replaced.
public func mapZeros(_ byteCount: Int, inPlaceOf place: UnsafeMutableRawPointer? = nil) -> UnsafeMutableRawPointer? {
    #if canImport(Darwin)
        let anonymous = MAP_ANON
    #else
        let anonymous = Int32(MAP_ANONYMOUS)
    #endif
    let flags = unsafe MAP_PRIVATE | anonymous | (place == nil ? 0 : MAP_FIXED)
    let memory = unsafe mmap(place, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    return unsafe memory == MAP_FAILED ? nil : memory
}
