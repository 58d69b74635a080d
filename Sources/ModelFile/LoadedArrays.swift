import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Arrays of a file that is not mapped, each read into memory when it is first asked for, and kept.
@safe final class LoadedArrays: @unchecked Sendable {  // the lock guards the list; what is in it never changes or moves
    private let starts = Mutex<[Int: Int]>([:])

    deinit {
        for address in starts.withLock({ $0.values }) { unsafe free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Where array `index` lies; `load` fills its bytes the first time.
    func start(
        of index: Int, byteCount: Int, load: (UnsafeMutableRawPointer) throws(ModelFileError) -> Void
    ) throws(ModelFileError) -> UnsafeRawPointer {
        let address = try starts.withLock { (starts) throws(ModelFileError) in
            if let known = starts[index] { return known }
            let memory = unsafe try OpenFile.allocate(byteCount)
            do throws(ModelFileError) {
                unsafe try load(memory)
            } catch {
                unsafe free(memory)
                throw error
            }
            starts[index] = Int(bitPattern: memory)
            return Int(bitPattern: memory)
        }
        guard let start = unsafe UnsafeRawPointer(bitPattern: address) else { throw .outOfMemory(byteCount: byteCount) }
        return unsafe start
    }
}
