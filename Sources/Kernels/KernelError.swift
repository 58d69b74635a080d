/// Why a kernel row could not be chosen, or scratch memory not be had.
public enum KernelError: Error, Equatable, Sendable {
    /// No row of the table has this name on this architecture.
    case unknownRow(name: String, known: [String])
    /// The row exists, but this CPU or operating system cannot run it.
    case unsupportedRow(name: String, runnable: [String])
    /// The system has no `byteCount` bytes left for a buffer.
    case outOfMemory(byteCount: Int)
}

extension KernelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownRow(let name, let known):
            "there are no kernels named '\(name)' for this architecture; it has: \(known.joined(separator: ", "))"
        case .unsupportedRow(let name, let runnable):
            "this machine cannot run the kernels '\(name)'; it can run: \(runnable.joined(separator: ", "))"
        case .outOfMemory(let byteCount):
            "cannot allocate \(byteCount) bytes; free some memory or ask for a shorter context"
        }
    }
}
