#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension KernelSet {
    /// Every row this architecture has, worst first: `reference`, then the C table.
    public static let all: [KernelSet] =
        [reference] + (0..<vk_table_count).map { index in unsafe KernelSet(vk_table_row(index).pointee) }

    /// The rows this machine can run, worst first. Each row asks the CPU and the operating system.
    public static let runnable: [KernelSet] = all.filter { $0.isSupported() }

    /// The environment variable that forces a row by name.
    public static let environmentVariable = "VENCEJO_KERNELS"

    /// The row called `name`, if this machine can run it.
    public static func named(_ name: String) throws(KernelError) -> KernelSet {
        if let row = runnable.last(where: { $0.name == name }) { return row }
        if all.contains(where: { $0.name == name }) {
            throw .unsupportedRow(name: name, runnable: runnable.map(\.name))
        }
        throw .unknownRow(name: name, known: all.map(\.name))
    }

    /// The row called `name`; without one, the row the environment forces; else the best this machine can run.
    public static func selected(_ name: String? = nil) throws(KernelError) -> KernelSet {
        if let name { return try named(name) }
        if let forced = unsafe getenv(environmentVariable), unsafe forced.pointee != 0 {
            return try named(unsafe String(cString: forced))
        }
        return runnable[runnable.count - 1]  // `reference` always runs
    }
}
