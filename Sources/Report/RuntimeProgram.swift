import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The runtime as a program. Start-up, memory and speed are measured in processes of their own, so that files do not
/// disturb each other.
public struct RuntimeProgram: Sendable, Equatable {
    /// Where it is.
    public let path: String

    /// A program at a path.
    public init(path: String) { self.path = path }

    /// Rounds of the speed measurement; an odd number has a middle.
    static let roundCount = 5

    /// Measures files in turn, round by round, so that what else the machine does meets all of them alike.
    ///
    /// - Parameters:
    ///   - threads: to work with.
    ///   - contextLength: the models'.
    ///   - goesOn: asked before every file of a round, with the round from 0; false ends it.
    func measure(
        _ files: [String], threads: Int, contextLength: Int, while goesOn: (_ round: Int, _ file: Int) -> Bool
    ) throws(ReportError) -> [SpeedResult] {
        let (length, prompt) = (max(1, min(64, contextLength - 1)), min(128, contextLength))
        var peaks: [Int?] = []
        var rounds = [[Round]](repeating: [], count: files.count)
        for round in 0..<Self.roundCount {
            for (index, file) in files.enumerated() {
                guard goesOn(round, index) else { throw .interrupted }
                if round == 0 { peaks.append(try peakByteCount(file, threads, length)) }
                rounds[index].append(try self.round(file, threads, prompt, length))
            }
        }
        return zip(rounds, peaks).map { rounds, peak in
            SpeedResult(
                startMilliseconds: Spread(rounds.map(\.start)), peakByteCount: peak,
                readingRate: Spread(rounds.map(\.reading)), writingRate: Spread(rounds.map(\.writing)),
                threads: threads, kernels: rounds[0].kernels)
        }
    }

    private typealias Round = (start: Double, reading: Double, writing: Double, kernels: String)

    private func generate(_ file: String, _ threads: Int, _ length: Int) -> [String] {
        ["generate", "-m", file, "-t", "\(threads)", "--tokens", "0", "--temp", "0", "--ignore-eos", "--json", "-q"]
            + ["-n", "\(length)"]
    }

    private func peakByteCount(_ file: String, _ threads: Int, _ length: Int) throws(ReportError) -> Int? {
        let text = generate(file, threads, length)
        let last = try run(text).split(separator: UInt8(ascii: "\n")).last.map { Array($0) } ?? []
        guard let statistics = (try? JSONValue(parsing: last))?["statistics"] else {
            throw .unreadableFigures(program: path, arguments: text)
        }
        return statistics["memory"]?["peak_bytes"]?.intValue
    }

    private func round(_ file: String, _ threads: Int, _ prompt: Int, _ length: Int) throws(ReportError) -> Round {
        let begin = ContinuousClock.now
        _ = try run(generate(file, threads, 1))
        let time = begin.duration(to: .now).components
        let bench =
            ["bench", "-m", file, "-t", "\(threads)"]
            + ["-p", "\(prompt)", "-n", "\(length)", "-r", "1", "--json"]
        let tests = (try? JSONValue(parsing: try run(bench)))?.arrayValue ?? []
        func rate(_ name: String) throws(ReportError) -> Double {
            let test = tests.first { $0["test"]?.stringValue == name }
            guard let rate = test?["tokens_per_second"]?["median"]?.doubleValue else {
                throw .unreadableFigures(program: path, arguments: bench)
            }
            return rate
        }
        return (
            Double(time.seconds) * 1e3 + Double(time.attoseconds) * 1e-15, try rate("pp\(prompt)"),
            try rate("tg\(length)"), tests.first?["kernels"]?.stringValue ?? "unknown"
        )
    }

    /// The longest output that is read: pieces of text and figures.
    private static let outputLimit = 16 << 20

    /// Runs the program and gives what it writes to its standard output. Its errors go where ours go.
    private func run(_ arguments: [String]) throws(ReportError) -> [UInt8] {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .cannotStart(program: path, errorNumber: errno) }
        let process: pid_t
        do {
            defer { close(ends[1]) }
            process = try start(arguments, output: ends)
        } catch {
            close(ends[0])
            throw error
        }
        let output = Result { () throws(ReportError) in
            try FileBytes.read(ends[0], limit: Self.outputLimit, path: path)
        }
        close(ends[0])
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw .cannotStart(program: path, errorNumber: errno) }
        }
        guard status == 0 else {
            // The lower bits are the signal that ended it, if one did; else the status is in the next byte.
            let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
            guard code != 128 + SIGINT, code != 128 + SIGTERM else { throw .interrupted }
            throw .runtimeFailed(program: path, arguments: arguments, status: code)
        }
        return try output.get()
    }

    /// Starts it with its standard output going to `output[1]`.
    private func start(_ arguments: [String], output: [Int32]) throws(ReportError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
        for end in output { unsafe posix_spawn_file_actions_addclose(&actions, end) }
        var strings = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe strings.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let error = unsafe posix_spawnp(&process, path, &actions, nil, &strings, environ)
        guard error == 0 else { throw .cannotStart(program: path, errorNumber: error) }
        return process
    }
}

extension RuntimeProgram {
    /// The runtime that lies beside the running program; where none does, the one that the system finds by its name.
    public static func found() -> RuntimeProgram {
        #if canImport(Darwin)
            var count = UInt32(PATH_MAX)
            var name = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard unsafe _NSGetExecutablePath(&name, &count) == 0 else { return RuntimeProgram(path: "vencejo") }
        #else
            let name = Array("/proc/self/exe".utf8CString)
        #endif
        guard let own = unsafe realpath(name, nil) else { return RuntimeProgram(path: "vencejo") }
        defer { unsafe free(own) }
        let folder = unsafe String(cString: own).split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let beside = folder.joined(separator: "/") + "/vencejo"
        return RuntimeProgram(path: unsafe access(beside, X_OK) == 0 ? beside : "vencejo")
    }

    /// Starts it once, to see that it is there.
    public func check() throws(ReportError) { _ = try run(["--version"]) }
}
