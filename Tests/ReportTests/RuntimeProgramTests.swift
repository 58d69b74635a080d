import TestSupport
import Testing

@testable import Report

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct RuntimePrograms {
    private let folder = TemporaryDirectory()

    /// A runtime that notes how it is called, and is twice as fast every time.
    private func runtime() -> RuntimeProgram {
        let path = folder.file("runtime")
        let script = """
            #!/bin/sh
            echo "$1 $3" >>"$0.log"
            rate=$((1 << $(grep -c "^bench $3" "$0.log")))
            case $1 in
            generate) echo '{"statistics": {"memory": {"peak_bytes": 5}}}' ;;
            bench) echo '[{"test": "pp24", "kernels": "k", "tokens_per_second": {"median": '$rate'}},' \\
                '{"test": "tg23", "tokens_per_second": {"median": 7}}]' ;;
            esac

            """
        writeFile(path, Array(script.utf8))
        unsafe chmod(path, 0o755)
        return RuntimeProgram(path: path)
    }

    @Test func measureFilesInTurn() throws {
        var asked: [String] = []
        let speeds = try runtime().measure(["a", "b"], threads: 3, contextLength: 24) { round, file in
            asked.append("\(round) \(file)")
            return true
        }
        #expect(asked == (0..<5).flatMap { ["\($0) 0", "\($0) 1"] })
        let calls = String(decoding: readFile(folder.file("runtime.log")), as: UTF8.self).split(separator: "\n")
        #expect(calls.filter { $0.hasPrefix("bench") } == (0..<5).flatMap { _ in ["bench a", "bench b"] })
        #expect(speeds.count == 2)
        for speed in speeds {
            #expect(speed.readingRate == Spread([2, 4, 8, 16, 32]) && speed.readingRate.median == 8)
            #expect(speed.readingRate.least == 2 && speed.readingRate.most == 32)
            #expect(speed.writingRate == Spread([7]) && speed.peakByteCount == 5)
            #expect(speed.threads == 3 && speed.kernels == "k")
        }
    }

    @Test func stopWhenSomebodyAsks() {
        #expect(throws: ReportError.interrupted) {
            try runtime().measure(["a", "b"], threads: 1, contextLength: 24) { round, _ in round < 1 }
        }
    }
}
