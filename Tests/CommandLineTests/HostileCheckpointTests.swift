import TestSupport
import Testing

/// Pickles that ask for as much memory as their rules allow, converted with at most 256 MiB of it.
@Suite struct HostileCheckpoints {
    private static let begin: [UInt8] =
        [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        + [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
        + ([0x80, 2, 0x7D, 0x58, 13, 0, 0, 0] + Array("little_endian".utf8) + [0x88, 0x73, 0x2E])

    private static func index(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// 300 000 names of 118 bytes, each with None.
    private static let names: [UInt8] = {
        var names: [UInt8] = []
        for number in 0..<300_000 {
            names.append(0x58)
            names += index(118)
            for shift in [0, 7, 14, 21] { names.append(UInt8(number >> shift & 0x7F)) }
            names += [UInt8](repeating: 0x61, count: 114)
            names.append(UInt8(ascii: "N"))
        }
        return names
    }()

    static let bombs: [(name: String, pickle: [UInt8], fragment: String)] = [
        ("values", .init(repeating: UInt8(ascii: "N"), count: 1_000_000), "more than 1000000 instructions"),
        ("tuples", .init(repeating: UInt8(ascii: ")"), count: 1_000_000), "more than 1000000 instructions"),
        ("lists", .init(repeating: UInt8(ascii: "]"), count: 1_000_000), "more than 1000000 instructions"),
        (
            "remembered", (0..<600_000).flatMap { [UInt8(ascii: "N"), 0x72] + index($0) },
            "more than 1000000 instructions"
        ),
        ("one in another", .init(repeating: 0x85, count: 1_000_000), "takes a value"),
        (
            "shared", [UInt8(ascii: ")")] + (0..<600_000).flatMap { [0x72] + index($0) + [0x6A] + index($0) },
            "more than 1000000 instructions"
        ),
        (
            "names", [0x7D, 0x28] + names + [0x75, 0x2E, 0x80, 2, 0x5D, 0x2E], "more than 65536 entries"
        ),
        ("a long text", [0x58] + index(62 << 20) + .init(repeating: 0x61, count: 62 << 20) + [0x2E], "ends inside"),
        ("a longer file", .init(repeating: 0x28, count: 80 << 20), "lists inside of each other"),
    ]

    @Test(
        .enabled(if: environment("ASAN_OPTIONS") == nil, "AddressSanitizer takes more than the limit for itself"),
        arguments: bombs.indices)
    func needLittleMemory(index: Int) {
        let bomb = Self.bombs[index]
        let folder = TemporaryDirectory()
        let path = folder.file("pytorch_model.bin")
        writeFile(path, Self.begin + [0x80, 2] + bomb.pickle)
        let run = Program.shell("ulimit -d 262144; \"$vencejo-convert\" \(path) -o \(folder.file("out.q8z"))")
        #expect(run.status == 65, "\(bomb.name): \(run.errors)")
        #expect(run.errors.contains(bomb.fragment), "\(bomb.name): \(run.errors)")
        #expect(folder.contents == ["pytorch_model.bin"])
    }
}
