import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a run of a program left.
struct Run {
    let status: Int32
    let bytes: [UInt8]
    let errors: String

    var output: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
}

/// The programs of this package as they were built beside these tests.
enum Program {
    static let folder: String = {
        #if os(Linux)
            if let path = unsafe realpath("/proc/self/exe", nil) {
                defer { unsafe free(path) }
                return unsafe String(cString: path).split(separator: "/", omittingEmptySubsequences: false)
                    .dropLast().joined(separator: "/")
            }
        #endif
        return "\(packageRoot)/.build/debug"
    }()

    /// Runs `vencejo` with these arguments.
    static func vencejo(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:], model: String? = Model.text
    ) -> Run {
        let variables = environment.merging(model.map { ["VENCEJO_MODEL": $0] } ?? [:]) { given, _ in given }
        let settings = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }
        let command = ["\(folder)/vencejo"] + arguments
        return shell((settings + command.map(quoted)).joined(separator: " "), input: input)
    }

    /// Runs a line of shell, with `$vencejo` for the program.
    static func shell(_ line: String, input: [UInt8] = []) -> Run {
        let folder = TemporaryDirectory()
        writeFile(folder.file("in"), input)
        let places = "<\(quoted(folder.file("in"))) >\(quoted(folder.file("out"))) 2>\(quoted(folder.file("err")))"
        let raw = spawn("{ vencejo=\(quoted("\(Self.folder)/vencejo"))\n\(line)\n} \(places)")
        return Run(
            status: raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + (raw & 0x7F), bytes: readFile(folder.file("out")),
            errors: String(decoding: readFile(folder.file("err")), as: UTF8.self))
    }

    /// Runs a shell to its end, with no signal blocked or ignored (threads of a test runner block most of them) and
    /// little in its environment; its wait status.
    private static func spawn(_ line: String) -> Int32 {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        var (none, all) = (sigset_t(), sigset_t())
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let kept = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "ASAN_OPTIONS"]
        let variables = kept.compactMap { name in environment(name).map { "\(name)=\($0)" } }
        let words = ["/bin/sh", "-c", line]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + settings).forEach { unsafe free($0) } }

        var (pid, status): (pid_t, Int32) = (0, 0)
        guard unsafe posix_spawn(&pid, "/bin/sh", nil, &attributes, &arguments, &settings) == 0 else { return -1 }
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// A word as the shell reads it unchanged.
    static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}

/// Two tiny models with random weights, made by the converter: what they write is noise, and known.
enum Model {
    private static let folder: TemporaryDirectory = {
        // A static lives as long as the tests.
        atexit { _ = unsafe system("rm -rf \(Program.quoted(Model.folder.path))") }
        return TemporaryDirectory()
    }()

    /// 61 tokens, context 24, no tokenizer.
    static let ids: String = convert(golden("checkpoints/base"), to: "ids.q8z")

    /// The same weights with a vocabulary of letters.
    static let text: String = {
        for name in ["config.json", "model.safetensors"] {
            writeFile(folder.file(name), readFile(golden("checkpoints/base/\(name)")))
        }
        let entries = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        writeFile(folder.file("vocab.json"), Array("{\(entries)}".utf8))
        writeFile(folder.file("merges.txt"), Array("#version: 0.2\nt h\n".utf8))
        return convert(folder.path, to: "text.q8z")
    }()

    /// The id of a token of ``text``.
    static func id(_ token: String) -> Int { tokens.firstIndex(of: token) ?? -1 }

    private static let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) }
    private static let tokens =
        ["<|endoftext|>"] + letters + letters.map { $0.uppercased() } + ["Ġ", "Ċ", ".", ",", "!", "?", "Ã", "th"]

    /// A file beside the models.
    static func file(_ name: String) -> String { folder.file(name) }

    private static func convert(_ source: String, to name: String) -> String {
        let path = folder.file(name)
        let words = ["\(Program.folder)/vencejo-convert", source, "-o", path, "-q"]
        let run = Program.shell(words.map(Program.quoted).joined(separator: " "))
        precondition(run.status == 0, "the converter failed: \(run.errors)")
        return path
    }
}
