import Testing
import TestSupport

@Suite struct LogitsCommand {
    private static let prompt = ["logits", "-p", "the quick brown fox", "-o", "-"]  // 18 tokens
    private static let all = Program.vencejo(prompt + ["--all"]).bytes
    private static let last = Program.vencejo(prompt).bytes

    @Test func writesARowForEachTokenOrForTheLast() {
        #expect(Self.all.count == 18 * 61 * 4)
        #expect(Self.last == Self.all.suffix(61 * 4))
    }

    @Test(
        arguments: [
            ["--batch", "1"], ["--batch", "5"], ["--split", "1,5,7"], ["--split", "18,1"], ["-t", "1"], ["-t", "5"],
            ["--no-mmap"], ["--kernels", "reference"], ["--kernels", "portable"],
        ])
    func writesTheSameBitsHoweverTheyAreComputed(_ how: [String]) {
        #expect(Program.vencejo(Self.prompt + ["--all"] + how).bytes == Self.all)
        #expect(Program.vencejo(Self.prompt + how).bytes == Self.last)
    }

    @Test(arguments: [["--activations", "int8"], ["--activations", "f32"], ["--kv-cache", "f32"]])
    func writesOtherBitsWithOtherNumbers(_ how: [String]) {
        let run = Program.vencejo(Self.prompt + how)
        #expect(run.bytes.count == 61 * 4)
        #expect(run.bytes != Self.last)
    }

    @Test func readsIdsOfSixteenBits() {
        let ids = Model.file("ids.u16")
        writeFile(ids, [1, 0, 2, 0, 60, 0])
        #expect(
            Program.vencejo(["logits", "--ids", ids, "-o", "-"], model: Model.ids).bytes
                == Program.vencejo(["logits", "--tokens", "1,2,60", "-o", "-"], model: Model.ids).bytes)
        writeFile(ids, [1, 0, 2])
        let odd = Program.vencejo(["logits", "--ids", ids, "-o", "-"], model: Model.ids)
        #expect(odd.status == 65)
        #expect(odd.errors.contains("has 3 bytes"))
    }

    @Test func putsTheFileInItsPlaceWholeOrNotAtAll() {
        let folder = TemporaryDirectory()
        let path = folder.file("out.f32")
        #expect(Program.vencejo(["logits", "-p", "a", "-o", path]).status == 0)
        #expect(readFile(path).count == 61 * 4)
        #expect(Program.vencejo(["logits", "--tokens", "1,99", "-o", path]).status == 65)
        #expect(readFile(path).count == 61 * 4)
        #expect(folder.contents == ["out.f32"])
        #expect(Program.vencejo(["logits", "-p", "a", "-o", "/dev/null"]).status == 0)
        #expect(Program.shell("test -c /dev/null").status == 0)
    }

    @Test func doesNotReplaceWhatItReads() {
        let ids = Model.file("input.u16")
        writeFile(ids, [1, 0])
        let run = Program.vencejo(["logits", "--ids", ids, "-o", ids], model: Model.ids)
        #expect(run.status == 73)
        #expect(run.errors.contains("is read by this command"))
        #expect(readFile(ids) == [1, 0])
    }
}
