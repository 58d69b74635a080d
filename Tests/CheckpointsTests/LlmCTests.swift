import TestSupport
import Testing

@testable import Checkpoints

@Suite struct LlmCFiles {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("model.bin") }
    private let whole = readFile(golden("formats/llmc/model.bin"))

    private func refusal(_ bytes: [UInt8]) -> LlmCError? {
        writeFile(path, bytes)
        do { _ = try openModel(path: path) } catch {
            guard case .llmC(path, let reason) = error else { return nil }
            return reason
        }
        return nil
    }

    @Test func thatBreakARuleAreRefused() {
        func changed(_ index: Int, _ value: Int32) -> [UInt8] {
            var bytes = whole
            bytes.replaceSubrange(4 * index..<4 * index + 4, with: word(value))
            return bytes
        }
        let count = whole.count
        #expect(refusal(Array(whole[..<1023])) == .noHeader(byteCount: 1023))
        for version in [0, 1, 4, 6] { #expect(refusal(changed(1, Int32(version))) == .version(UInt32(version))) }
        #expect(refusal(changed(1, 5)) == .length(expected: (count - 1024) / 2 + 1024, found: count))
        #expect(refusal(changed(2, 0)) == .size(field: "maximum sequence length", found: 0, allowed: 1...1_048_576))
        #expect(refusal(changed(3, -1)) == .size(field: "vocabulary", found: -1, allowed: 1...16_777_216))
        #expect(refusal(changed(4, .max)) == .size(field: "number of layers", found: Int(Int32.max), allowed: 1...4096))
        // As many blocks as may be said, each of 12 columns² weights and 13 columns of biases and norms.
        let (layers, columns) = (Int(whole[16]), Int(whole[24]))
        let expected = count + 4 * (4096 - layers) * (12 * columns + 13) * columns
        #expect(refusal(changed(4, 4096)) == .length(expected: expected, found: count))
        #expect(refusal(changed(7, 60)) == .size(field: "padded vocabulary", found: 60, allowed: 61...16_777_216))
        #expect(refusal(Array(whole.dropLast())) == .length(expected: count, found: count - 1))
        #expect(refusal(whole + [0]) == .length(expected: count, found: count + 1))
    }
}
