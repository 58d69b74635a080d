#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Zeroed memory for `count` elements that starts on a 64-byte boundary and never moves.
///
/// It is what kernels read and write: activations, caches, scratch. Pages nobody has written yet cost nothing.
///
/// Not for sharing without a plan: the compiler cannot see who writes through `pointer`, so whoever hands a buffer to
/// several threads gives each its own elements to write.
@safe public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {  // see above
    /// The first element; valid as long as the buffer lives.
    public let pointer: UnsafeMutablePointer<Element>
    /// The number of elements.
    public let count: Int
    private let allocation: UnsafeMutableRawPointer

    /// The boundary every buffer starts on: one cache line, and one group of a panel.
    public static var alignment: Int { 64 }

    /// The bytes this buffer keeps from others.
    public var byteCount: Int { count * MemoryLayout<Element>.stride }

    /// Takes zeroed memory for `count` elements; `count` is not negative.
    public init(count: Int) throws(KernelError) {
        precondition(count >= 0, "a buffer has no negative number of elements")
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow, byteCount <= Int.max - Self.alignment else { throw .outOfMemory(byteCount: .max) }
        // calloc takes fresh pages for anything large: they are zero already and not yet resident.
        guard let allocation = unsafe calloc(1, byteCount + Self.alignment) else {
            throw .outOfMemory(byteCount: byteCount)
        }
        unsafe self.allocation = allocation
        unsafe pointer = allocation.alignedUp(toMultipleOf: Self.alignment).bindMemory(
            to: Element.self, capacity: count)
        self.count = count
    }

    deinit { unsafe free(allocation) }

    /// Calls `body` with the elements, which nobody writes meanwhile.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(Span(_unsafeStart: UnsafePointer(pointer), count: count))
    }

    /// Calls `body` with the elements, which nobody else reads or writes meanwhile.
    public func withMutableSpan<Result, Failure: Error>(
        _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = unsafe MutableSpan(_unsafeStart: pointer, count: count)
        return try body(&span)
    }
}
