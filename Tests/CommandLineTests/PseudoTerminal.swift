import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A terminal with a program on its other side.
final class PseudoTerminal {
    private let descriptor: Int32
    private let name: String
    private let folder = TemporaryDirectory()
    private var unread = ""

    init?() {
        var (own, other): (Int32, Int32) = (-1, -1)
        var path = [CChar](repeating: 0, count: 256)
        guard unsafe openpty(&own, &other, &path, nil, nil) == 0 else { return nil }
        close(other)
        _ = fcntl(own, F_SETFD, FD_CLOEXEC)
        descriptor = own
        name = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        signalProgram(SIGKILL)
        close(descriptor)
    }

    /// Starts `vencejo` on the terminal; when it has ended, the terminal shows `ended` and its status.
    func start(_ arguments: [String], environment: [String: String]) {
        let settings = environment.map { "\($0.key)=\(Program.quoted($0.value))" }.joined(separator: " ")
        let command = (["\(Program.folder)/vencejo"] + arguments).map(Program.quoted).joined(separator: " ")
        _ = Program.shell(
            """
            {
                \(settings) \(command) <>\(name) >&0 2>&0 & pid=$!
                echo $pid >\(folder.file("pid")); wait $pid; echo "ended $?" >\(name)
            } &
            """)
    }

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = unsafe write(descriptor, bytes, bytes.count)
    }

    /// Sends the program what Ctrl-C sends while the terminal is not raw.
    func interrupt() { signalProgram(SIGINT) }

    private func signalProgram(_ number: Int32) {
        guard folder.contents.contains("pid") else { return }
        let digits = readFile(folder.file("pid")).filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if let pid = Int32(String(decoding: digits, as: UTF8.self)) { kill(pid, number) }
    }

    /// Waits, for 20 seconds at most, until this text comes.
    func reads(_ text: String) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<200 {
            if let range = unread.firstRange(of: text) {
                unread = String(unread[range.upperBound...])
                return true
            }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&request, 1, 100) > 0 else { continue }
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count > 0 { unread += String(decoding: buffer[..<count], as: UTF8.self) } else { usleep(10_000) }
        }
        return false
    }
}
