import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory between two pages that nobody may touch, so that reading or writing one byte too many ends the test at once.
@safe final class GuardedMemory {
    /// Which guard page the bytes lie against.
    enum Edge: CaseIterable { case start, end }

    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    private let base: UnsafeMutableRawPointer
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = (capacity + Self.page - 1) / Self.page * Self.page
        let total = self.capacity + 2 * Self.page
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let mapped = unsafe mmap(nil, total, PROT_READ | PROT_WRITE, Int32(flags), -1, 0),
            unsafe mapped != MAP_FAILED
        else { preconditionFailure("cannot map \(total) bytes") }
        unsafe base = mapped
        precondition(unsafe mprotect(base, Self.page, PROT_NONE) == 0)
        precondition(unsafe mprotect(base + Self.page + self.capacity, Self.page, PROT_NONE) == 0)
    }

    deinit { unsafe munmap(base, capacity + 2 * Self.page) }

    /// Lays `bytes` against an edge. Against the end they start wherever their count puts them.
    func place(_ bytes: [UInt8], _ edge: Edge) -> UnsafeMutableRawPointer {
        precondition(bytes.count <= capacity)
        let offset = Self.page + (edge == .start ? 0 : capacity - bytes.count)
        let start = unsafe base + offset
        unsafe bytes.withUnsafeBytes {
            unsafe start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(start), byteCount: $0.count)
        }
        return unsafe start
    }
}

extension KernelCase {
    /// Runs the kernel with every pointer against a guard page; returns the outputs' bytes.
    func run(_ kernels: KernelSet, _ edge: GuardedMemory.Edge, in memory: [GuardedMemory]) -> [[UInt8]] {
        let inputPointers = unsafe zip(inputs, memory).map { bytes, slot in
            unsafe bytes.map { unsafe slot.place($0, edge) }
        }
        let outputPointers = unsafe zip(outputs, memory.dropFirst(inputs.count)).map { output, slot in
            unsafe slot.place(output.initial, edge)
        }
        unsafe call(kernels, inputPointers, outputPointers)
        return unsafe zip(outputs, outputPointers).map { output, pointer in
            unsafe [UInt8](UnsafeRawBufferPointer(start: pointer, count: output.initial.count))
        }
    }

    /// As many slots of memory as any of `cases` needs, each large enough.
    static func memory(for cases: [KernelCase]) -> [GuardedMemory] {
        let slots = cases.map { $0.inputs.count + $0.outputs.count }.max() ?? 0
        let sizes = cases.flatMap { $0.inputs.map { $0?.count ?? 0 } + $0.outputs.map(\.initial.count) }
        return (0..<slots).map { _ in GuardedMemory(capacity: sizes.max() ?? 0) }
    }
}
