import Testing
import TestSupport

/// Writes every kernel case for `Tests/emulated/replay.c`, which runs them where these tests cannot run.
///
/// Little-endian words: "VKV1", the number of cases; of each case kernel, 5 counts, scalar, number of inputs, number of
/// outputs; of each input byte count (0xFFFFFFFF where there is none) and bytes; of each output kind, byte count,
/// initial bytes and expected bytes.
@Suite(.enabled(if: environment("VENCEJO_VECTORS") != nil)) struct KernelVectors {
    @Test func areWritten() throws {
        let path = try #require(environment("VENCEJO_VECTORS"))
        let cases = Kernel.allCases.flatMap(KernelCase.table)
        var file = Array("VKV1".utf8)
        append(UInt32(cases.count), to: &file)
        for one in cases {
            append(one.kernel.rawValue, to: &file)
            for index in 0..<5 { append(UInt32(index < one.counts.count ? one.counts[index] : 0), to: &file) }
            append(one.scalar.bitPattern, to: &file)
            append(UInt32(one.inputs.count), to: &file)
            append(UInt32(one.outputs.count), to: &file)
            for input in one.inputs {
                append(input.map { UInt32($0.count) } ?? .max, to: &file)
                file += input ?? []
            }
            for output in one.outputs {
                append(output.kind.rawValue, to: &file)
                append(UInt32(output.initial.count), to: &file)
                file += output.initial + output.expected
            }
        }
        writeFile(path, file)
    }

    private func append(_ word: UInt32, to file: inout [UInt8]) {
        unsafe withUnsafeBytes(of: word.littleEndian) { unsafe file.append(contentsOf: $0) }
    }
}
