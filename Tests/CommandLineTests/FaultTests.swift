#if os(Linux)
    import Glibc
    import TestSupport
    import Testing

    /// A command that makes a file, or a folder of files, of another.
    struct Making: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Words of shell, of which the last are followed by the output's path.
        let command: String
        /// Whether it writes models that it takes away again.
        let hasTrials: Bool

        init(_ name: String, _ command: String, hasTrials: Bool = false) {
            (testDescription, self.command, self.hasTrials) = (name, command, hasTrials)
        }

        /// The calls to try. Trials make thousands: of these fewer and fewer.
        var numbers: UnfoldFirstSequence<Int> { sequence(first: 1) { $0 + 1 + (hasTrials ? $0 / 8 : 0) } }

        /// A conversion of each kind of checkpoint, the ways back, and what takes more than one pass.
        static let all: [Making] =
            [
                conversion("formats/sharded"),
                Making("--to safetensors", "\"$vencejo-convert\" --to safetensors \(Program.quoted(Model.text)) -o"),
                Making("--to gguf", "\"$vencejo-convert\" --to gguf \(Program.quoted(Model.text)) -o"),
                Making("repack", "\"$vencejo\" repack \(Program.quoted(Model.text)) --storage raw -o"),
                conversion("checkpoints/base", "--for-activations int8"),
                conversion("checkpoints/base", "--bits 5 --calibrate-ids \"$ids\""),
            ]
            + [
                "formats/pytorch", "formats/pytorch-legacy", "formats/pytorch-sharded", "formats/nanogpt/ckpt.pt",
                "formats/llmc/model.bin", "formats/tensorflow", "gguf/tokenizer.gguf",
            ].map { conversion($0) }

        /// Those that there is time for.
        static var some: [Making] { isLong ? all : [all[0]] }

        private static func conversion(_ source: String, _ options: String = "") -> Making {
            Making(
                options.isEmpty ? source : "\(source) \(options)",
                "\"$vencejo-convert\" \(Program.quoted(golden(source))) \(options) -o", hasTrials: !options.isEmpty)
        }
    }

    /// What a command leaves behind when the system refuses, or somebody stops it.
    @Suite struct Faults {
        /// A run of a command with something amiss.
        struct Outcome {
            let run: Run
            /// Whether that came to pass.
            let happened: Bool
            /// Files below the folder that was to be written in, by name.
            let files: [String: [UInt8]]
        }

        private static let folder: TemporaryDirectory = {
            atexit { _ = unsafe system("rm -rf \(Program.quoted(Faults.folder.path))") }
            return TemporaryDirectory()
        }()

        /// `Tests/faults/faults.c`, to be loaded before a program; nil, said loudly, where it cannot be.
        private static let library: String? = {
            let path = folder.file("faults.so")
            let source = Program.quoted("\(packageRoot)/Tests/faults/faults.c")
            let made = Program.shell("clang -shared -fPIC -O1 -Wall -Werror -o \(Program.quoted(path)) \(source)")
            // AddressSanitizer has such a library's calls for itself.
            if made.status == 0, unsafe dlsym(nil, "__asan_init") == nil { return path }
            let notice = "SKIPPED: calls to the system cannot be made to fail here\n\(made.errors)"
            _ = unsafe write(2, notice, notice.utf8.count)
            return nil
        }()

        /// 16-bit ids to calibrate on.
        private static let ids: String = {
            writeFile(folder.file("ids"), (0..<4096).flatMap { [UInt8($0 * $0 % 61), 0] })
            return folder.file("ids")
        }()

        /// Runs a command.
        ///
        /// - Parameters:
        ///   - around: words before it, and what follows it.
        static func outcome(of making: Making, around: (before: String, after: String) = ("", "")) -> Outcome {
            let folder = TemporaryDirectory()
            let outer = TemporaryDirectory()
            let run = Program.shell(
                "ids=\(Program.quoted(ids)); happened=\(Program.quoted(folder.file("happened")))\n"
                    + "\(around.before) \(making.command) \(Program.quoted(outer.file("out"))) -q \(around.after)")
            var files: [String: [UInt8]] = [:]
            for name in outer.contents {
                if unsafe opendir(outer.file(name)).map({ unsafe closedir($0) }) == nil {
                    files[name] = readFile(outer.file(name))
                    continue
                }
                let names = Program.shell("ls -A \(Program.quoted(outer.file(name)))").lines
                for inner in names.map({ "\(name)/\($0)" }) {
                    files[inner] = readFile(outer.file(inner))
                    unsafe unlink(outer.file(inner))
                }
                unsafe rmdir(outer.file(name))
            }
            return Outcome(run: run, happened: folder.contents.contains("happened"), files: files)
        }

        /// The same with a fault at a call.
        static func outcome(of making: Making, _ call: String, at number: Int, _ how: String = "fail") -> Outcome {
            let settings =
                "LD_PRELOAD=\(Program.quoted(library ?? "")) VENCEJO_FAULT=\(call) VENCEJO_FAULT_AT=\(number) "
                + "VENCEJO_FAULT_HOW=\(how) VENCEJO_FAULT_FILE=\"$happened\""
            return outcome(of: making, around: (settings, ""))
        }

        /// What the command writes when nothing is amiss.
        static func whole(_ making: Making) -> [String: [UInt8]] {
            let outcome = outcome(of: making)
            precondition(outcome.run.status == 0, outcome.run.errors)
            return outcome.files
        }

        static let calls = [
            ("open", EMFILE), ("read", EIO), ("write", ENOSPC), ("map", ENOMEM), ("sync", EIO), ("rename", EIO),
            ("examine", EIO), ("allocate", ENOMEM), ("folder", EACCES),
        ]

        @Test(arguments: Making.some)
        func everyCallThatFailsEndsInAnErrorAndNoFile(making: Making) {
            guard Self.library != nil else { return }
            let whole = Self.whole(making)
            var total = 0
            for (call, code) in Self.calls {
                for number in making.numbers {
                    let outcome = Self.outcome(of: making, call, at: number)
                    guard outcome.happened else {
                        #expect(outcome.run.status == 0 && outcome.files == whole)
                        break
                    }
                    total += 1
                    let place: Comment = "\(call) \(number): \(outcome.run.status) \(outcome.run.errors)"
                    if outcome.run.status == 0 {
                        #expect(outcome.files == whole, place)
                        continue
                    }
                    let reasons = unsafe [
                        "no memory", "system has no", "cannot allocate", String(cString: strerror(code)),
                    ]
                    #expect((64...78).contains(outcome.run.status), place)
                    #expect(outcome.files.isEmpty, place)
                    #expect(outcome.run.errors.hasPrefix("vencejo"), place)
                    #expect(reasons.contains(where: outcome.run.errors.contains), place)
                    #expect(outcome.run.lines.count == 0, place)
                }
            }
            #expect(total >= 10)
            print("\(making.testDescription): \(total) calls failed one by one")
        }

        @Test(arguments: Making.some, ["short", "again"])
        func callsThatDoLessOrAreInterruptedAreGoneOnWith(making: Making, how: String) {
            guard Self.library != nil else { return }
            let whole = Self.whole(making)
            for call in ["read", "write"] {
                let outcome = Self.outcome(of: making, call, at: 1, how)
                #expect(outcome.run.status == 0, "\(outcome.run.errors)")
                #expect(outcome.files == whole)
            }
        }

        /// Ctrl-C at every call: nothing is there, or, where it came too late to be heard, all of it.
        @Test(arguments: Making.some)
        func anInterruptionAtAnyCallLeavesAllOrNothing(making: Making) {
            guard Self.library != nil else { return }
            let whole = Self.whole(making)
            for number in making.numbers {
                let outcome = Self.outcome(of: making, "all", at: number, "\(SIGINT)")
                guard outcome.happened else { break }
                let place: Comment = "call \(number): \(outcome.run.status) \(outcome.run.errors)"
                if outcome.run.status == 0 {
                    #expect(outcome.files == whole, place)
                } else {
                    #expect(outcome.run.status == 128 + SIGINT, place)
                    #expect(outcome.files.isEmpty, place)
                }
            }
        }

        /// Killed at every call: what has the output's name is right, and so is whatever `verify` takes for right.
        @Test(arguments: Making.some)
        func aKillAtAnyCallLeavesNothingWrong(making: Making) {
            guard Self.library != nil else { return }
            let whole = Self.whole(making)
            for number in making.numbers {
                let outcome = Self.outcome(of: making, "all", at: number, "\(SIGKILL)")
                guard outcome.happened else { break }
                #expect(outcome.run.status == 128 + SIGKILL)
                Self.expectNothingWrong(outcome.files, whole, "call \(number)", hasTrials: making.hasTrials)
            }
        }

        /// - Parameter hasTrials: whether the command writes whole models that it takes away again.
        private static func expectNothingWrong(
            _ files: [String: [UInt8]], _ whole: [String: [UInt8]], _ place: Comment, hasTrials: Bool = false
        ) {
            let folder = TemporaryDirectory()
            for (name, bytes) in files where !whole.values.contains(bytes) {
                #expect(whole[name] == nil && name.hasSuffix(".tmp"), place)
                if hasTrials { continue }
                writeFile(folder.file("left"), bytes)
                #expect(Program.vencejo(["verify"], model: folder.file("left")).status != 0, place)
            }
        }

        /// A file that may not grow beyond so many blocks: a full disk, as far as a program can tell.
        @Test(arguments: Making.some.filter { !$0.command.contains("--to safetensors") })
        func aFullDiskEndsInAnErrorAndNoFile(making: Making) throws {
            let whole = Self.whole(making)
            let byteCount = try #require(whole.values.first).count
            for blocks in stride(from: 1, to: byteCount / 512, by: isLong ? 1 : 7) {
                let outcome = Self.outcome(of: making, around: ("ulimit -f \(blocks);", ""))
                #expect(outcome.run.status == 74, "\(blocks): \(outcome.run.errors)")
                #expect(outcome.run.errors.contains("File too large"), "\(blocks): \(outcome.run.errors)")
                #expect(outcome.files.isEmpty)
            }
        }

        /// Disks of every size that is too small, where this may mount one.
        @Test(.enabled(if: isLong), arguments: [Making.all[0], Making.all[2], Making.all[3]])
        func aSmallDiskEndsInAnErrorAndNoFile(making: Making) {
            func inDisk(of byteCount: Int, _ script: String) -> Run {
                let folder = TemporaryDirectory()
                let words = Program.quoted("mount -t tmpfs -o size=\(byteCount) tmpfs \"$0\" || exit 111; \(script)")
                return Program.shell("export vencejo; unshare -m sh -c \(words) \(Program.quoted(folder.path))")
            }
            guard inDisk(of: 4096, "").status == 0 else {
                print("SKIPPED: no file system can be mounted here")
                return
            }
            let whole = Self.whole(making).values.reduce(0) { $0 + $1.count }
            for byteCount in stride(from: 4096, to: whole, by: 4096) {
                let run = inDisk(of: byteCount, "\(making.command) \"$0/out\" -q; status=$?; ls \"$0\"; exit $status")
                #expect(run.status == 74, "\(byteCount): \(run.errors)")
                #expect(run.errors.contains("No space left on device"))
                #expect(run.lines.isEmpty)
            }
        }

        /// Killed whenever it happens to be.
        @Test(.enabled(if: isLong))
        func twoHundredKillsAtRandomMomentsLeaveNothingWrong() {
            let source = Program.quoted("\(packageRoot)/models/demo")
            let making = Making("demo", "\"$vencejo-convert\" \(source) -o")
            let clock = ContinuousClock()
            var whole: [String: [UInt8]] = [:]
            var seconds = clock.measure { whole = Self.whole(making) } / .seconds(1)
            var generator = SeededGenerator(seed: 11)
            var (tried, killed, left) = (0, 0, 0)
            while killed < 200, tried < 2000 {
                let delay = Double.random(in: 0..<seconds, using: &generator)
                let outcome = Self.outcome(of: making, around: ("timeout -s KILL \(delay)", ""))
                tried += 1
                if outcome.run.status == 128 + SIGKILL {
                    killed += 1
                } else {
                    seconds = max(delay, 0.001)  // it is done sooner than it was
                }
                left += outcome.files.keys.count { whole[$0] == nil }
                Self.expectNothingWrong(outcome.files, whole, "after \(delay) s")
            }
            #expect(killed == 200)
            print("200 of \(tried) killed; \(left) left an unfinished file")
        }
    }
#endif
