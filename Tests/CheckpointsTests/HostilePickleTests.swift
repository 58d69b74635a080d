import TestSupport
import Testing

@testable import Checkpoints

/// A PyTorch file that must be refused, and what must be said about it.
struct HostileFile: CustomTestStringConvertible, Sendable {
    let rule: String
    let bytes: [UInt8]
    let expected: @Sendable (String) -> CheckpointError

    var testDescription: String { rule }

    init(_ rule: String, _ bytes: [UInt8], _ expected: @escaping @Sendable (String) -> CheckpointError) {
        (self.rule, self.bytes, self.expected) = (rule, bytes, expected)
    }

    init(_ rule: String, pickle: [UInt8], _ error: PickleError) {
        self.init(rule, ZipImage(pickle: pickle).bytes) { .pyTorch(path: $0, .pickle(error)) }
    }

    init(_ rule: String, pickle: [UInt8], _ error: PyTorchError) {
        self.init(rule, ZipImage(pickle: pickle).bytes) { .pyTorch(path: $0, error) }
    }

    init(_ rule: String, zip: [UInt8], _ error: ZipError) { self.init(rule, zip) { .zip(path: $0, error) } }

    /// Calls of functions, by every instruction that can name or call one.
    static let calls: [HostileFile] =
        [
            ("posix", "system"), ("os", "system"), ("nt", "system"), ("builtins", "eval"), ("builtins", "exec"),
            ("__builtin__", "eval"), ("builtins", "getattr"), ("builtins", "__import__"), ("subprocess", "Popen"),
            ("runpy", "_run_code"), ("pip", "main"), ("operator", "attrgetter"), ("importlib", "import_module"),
            ("torch.hub", "load"), ("torch", "load"), ("torch", "_utils._rebuild_tensor_v2"), ("torch.jit", "load"),
            ("collections", "OrderedDict.fromkeys"), ("numpy.core.multiarray", "scalar"), ("torch", "QInt8Storage"),
            ("webbrowser", "open"), ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
        ].map { module, name in
            HostileFile(
                "\(module).\(name)",
                pickle: Pickle.pickle(
                    Pickle.global(module, name), Pickle.mark, Pickle.text("touch executed"), Pickle.tuple,
                    Pickle.reduce),
                .global(module: module, name: name))
        } + [
            HostileFile(
                "a name from the stack",
                pickle: Pickle.pickle(Pickle.text("posix"), Pickle.text("system"), [0x93]),
                .global(module: "posix", name: "system")),
            HostileFile(
                "a name that looks like one allowed",
                pickle: Pickle.pickle(Pickle.global("collections ", "OrderedDict")),
                .global(module: "collections ", name: "OrderedDict")),
            HostileFile(
                "a name inside the optimizer's state",
                pickle: Pickle.pickle(
                    Pickle.dictionary(
                        ("model", Pickle.dictionary(("t", Pickle.tensor()))), ("x", Pickle.global("a", "b")))),
                .global(module: "a", name: "b")),
            HostileFile(
                "a call of a storage type",
                pickle: Pickle.pickle(
                    Pickle.global("torch", "FloatStorage"), Pickle.emptyTuple, Pickle.reduce),
                .call(name: "torch.FloatStorage")),
            HostileFile(
                "a call of a text", pickle: Pickle.pickle(Pickle.text("eval"), Pickle.emptyTuple, Pickle.reduce),
                .call(name: "a value at 12")),
            HostileFile(
                "an ordered dictionary of something",
                pickle: Pickle.pickle(
                    Pickle.global("collections", "OrderedDict"), Pickle.tuple([1]), Pickle.reduce),
                .arguments(name: "collections.OrderedDict")),
            HostileFile(
                "a tensor of two arguments",
                pickle: Pickle.pickle(
                    Pickle.global("torch._utils", "_rebuild_tensor_v2"), Pickle.mark, Pickle.storage(),
                    Pickle.integer(0), Pickle.tuple, Pickle.reduce),
                .arguments(name: "torch._utils._rebuild_tensor_v2")),
            HostileFile(
                "a tensor of two sizes and one stride", pickle: Pickle.weights(Pickle.tensor(strides: [1])),
                .arguments(name: "torch._utils._rebuild_tensor_v2")),
            HostileFile(
                "a tensor of nine dimensions",
                pickle: Pickle.weights(
                    Pickle.tensor(
                        shape: .init(repeating: 1, count: 9), strides: .init(repeating: 1, count: 9))),
                .arguments(name: "torch._utils._rebuild_tensor_v2")),
            HostileFile(
                "a tensor of a text",
                pickle: Pickle.weights(Pickle.tensor(Pickle.text("storage"))),
                .arguments(name: "torch._utils._rebuild_tensor_v2")),
            HostileFile(
                "a parameter of a number",
                pickle: Pickle.pickle(
                    Pickle.global("torch._utils", "_rebuild_parameter"), Pickle.tuple([1, 2, 3]), Pickle.reduce),
                .arguments(name: "torch._utils._rebuild_parameter")),
            HostileFile(
                "state for a tensor", pickle: Pickle.pickle(Pickle.tensor(), Pickle.emptyDictionary, Array("b".utf8)),
                .state(offset: 150)),
            HostileFile(
                "state for a function",
                pickle: Pickle.pickle(
                    Pickle.global("collections", "OrderedDict"), Pickle.emptyDictionary, Array("b".utf8)),
                .state(offset: 28)),
        ]
        + [
            ("INST", 0x69), ("OBJ", 0x6F), ("NEWOBJ", 0x81), ("NEWOBJ_EX", 0x92), ("EXT1", 0x82), ("EXT2", 0x83),
            ("EXT4", 0x84), ("PERSID", 0x50), ("DUP", 0x32), ("POP", 0x30), ("POP_MARK", 0x31), ("STRING", 0x53),
            ("UNICODE", 0x56), ("LONG4", 0x8B), ("NEXT_BUFFER", 0x97), ("an unknown one", 0xFF),
        ].map { (name: String, code: UInt8) in
            HostileFile(
                "the instruction \(name)", pickle: Pickle.pickle([code, 0x61, 0x0A]),
                .instruction(code: code, offset: 2))
        }

    /// Structures that cost more than they look, and programs that are none.
    static let structures: [HostileFile] = [
        HostileFile(
            "a list in itself", pickle: Pickle.pickle(Pickle.emptyList, Pickle.put(0), Pickle.get(0), Pickle.append),
            .recursive(offset: 5)),
        HostileFile(
            "a dictionary in a list in itself",
            pickle: Pickle.pickle(
                Pickle.emptyDictionary, Pickle.put(0), Pickle.text("k"), Pickle.emptyList, Pickle.get(0)),
            .recursive(offset: 12)),
        HostileFile(
            "a list filled after it was finished",
            pickle: Pickle.pickle(
                Pickle.emptyList, Pickle.put(0), [0x85], Pickle.get(0), Pickle.get(0), Pickle.append),
            .finished(offset: 10)),
        HostileFile(
            "tuples that double forty times",
            pickle: Pickle.pickle(
                Pickle.emptyTuple, Array((0..<40).flatMap { Pickle.put($0) + Pickle.get($0) + [0x86] })),
            .expands(limit: 1 << 24)),
        HostileFile(
            "tuples a thousand deep", pickle: Pickle.pickle(Pickle.emptyTuple, .init(repeating: 0x85, count: 1000)),
            .tooDeep(limit: 100)),
        HostileFile(
            "lists a thousand deep",
            pickle: Pickle.pickle(
                .init(repeating: UInt8(ascii: "]"), count: 1000), .init(repeating: UInt8(ascii: "a"), count: 999)),
            .tooDeep(limit: 100)),
        HostileFile(
            "a thousand marks", pickle: Pickle.pickle(.init(repeating: UInt8(ascii: "("), count: 1000)),
            .marksTooDeep(limit: 100)),
        HostileFile(
            "number 2^32 - 1 of the memo", pickle: Pickle.pickle([0x4E, 0x72, 0xFF, 0xFF, 0xFF, 0xFF]),
            .memoLimit(index: 0xFFFF_FFFF, limit: 1_000_000)),
        HostileFile("a value that was not remembered", pickle: Pickle.pickle(Pickle.get(7)), .memoMissing(index: 7)),
        HostileFile("a tuple of nothing", pickle: Pickle.pickle([0x87]), .stackEmpty(offset: 2)),
        HostileFile("no mark", pickle: Pickle.pickle(Pickle.tuple), .stackEmpty(offset: 2)),
        HostileFile("nothing to remember", pickle: Pickle.pickle(Pickle.put(0)), .stackEmpty(offset: 2)),
        HostileFile("no value at the end", pickle: Pickle.pickle(), .stackEmpty(offset: 2)),
        HostileFile("two values at the end", pickle: Pickle.pickle([0x4E, 0x4E]), .leftOver(count: 2)),
        HostileFile(
            "values under a mark",
            pickle: Pickle.pickle(Pickle.emptyList, Pickle.mark, [0x4E], Pickle.append), .notAContainer(offset: 5)),
        HostileFile(
            "items for a list", pickle: Pickle.pickle(Pickle.emptyList, [0x4E, 0x4E, UInt8(ascii: "s")]),
            .notAContainer(offset: 5)),
        HostileFile(
            "a key without a value",
            pickle: Pickle.pickle(Pickle.emptyDictionary, Pickle.mark, Pickle.text("k"), Pickle.setItems),
            .halfAPair(offset: 10)),
        HostileFile(
            "a million instructions and one more",
            pickle: Pickle.pickle(.init(repeating: UInt8(ascii: "N"), count: 1_000_000)),
            .tooManyInstructions(limit: 1_000_000)),
        HostileFile(
            "an integer of 255 bytes", pickle: Pickle.pickle([0x8A, 255], .init(repeating: 1, count: 255)),
            .longInteger(byteCount: 255, limit: 16)),
        HostileFile(
            "a text of 4 GB", pickle: Pickle.pickle([0x58, 0xFF, 0xFF, 0xFF, 0xFF]), .truncated(offset: 2)),
        HostileFile("a name without an end", pickle: Pickle.pickle(Array("cposix".utf8)), .truncated(offset: 2)),
        HostileFile(
            "a frame of 2^64 - 1 bytes", pickle: Pickle.pickle([0x95] + .init(repeating: 0xFF, count: 8)),
            .badFrame(byteCount: .max)),
        HostileFile(
            "a name that is not UTF-8", pickle: Pickle.pickle([0x63, 0xFF, 0x0A, 0x61, 0x0A]), .notText(offset: 3)),
        HostileFile(
            "a name of a megabyte",
            pickle: Pickle.pickle(
                Pickle.text(.init(repeating: "a", count: 1 << 20)), Pickle.text("b"), [0x93]),
            .nameTooLong(byteCount: 1 << 20, limit: 1024)),
        HostileFile(
            "a second pickle behind the first", pickle: Pickle.honest + Pickle.honest,
            .trailing(byteCount: Pickle.honest.count)),
        HostileFile("an empty pickle", pickle: [], .truncated(offset: 0)),
        HostileFile("protocol 0", pickle: Array("(dp0\n.".utf8), .instruction(code: 0x28, offset: 0)),
        HostileFile("protocol 6", pickle: [0x80, 6, 0x4E, 0x2E], .protocolVersion(found: 6)),
        HostileFile(
            "a reference to something else", pickle: Pickle.pickle(Pickle.tuple([1, 2]), Array("Q".utf8)),
            .persistentID(offset: 14)),
        HostileFile(
            "a storage of -1 numbers", pickle: Pickle.weights(Pickle.tensor(Pickle.storage(count: -1))),
            .persistentID(offset: 97)),
        HostileFile(
            "one storage of two types",
            pickle: Pickle.pickle(
                Pickle.dictionary(
                    ("a", Pickle.tensor()), ("b", Pickle.tensor(Pickle.storage(type: "HalfStorage"))))),
            .twoStorages(key: "0")),
    ]

    /// Tensors that are not where they say.
    static let tensors: [HostileFile] = [
        HostileFile(
            "a tensor whose sign is turned",
            pickle: Pickle.weights(
                Pickle.tensor(settings: Pickle.dictionary(("neg", [0x88])))), .tensorSettings),
        HostileFile(
            "strides past the storage", pickle: Pickle.weights(Pickle.tensor(strides: [3, 1])),
            .outsideStorage(tensor: "t", last: 4, count: 4)),
        HostileFile(
            "an offset past the storage", pickle: Pickle.weights(Pickle.tensor(offset: 1)),
            .outsideStorage(tensor: "t", last: 4, count: 4)),
        HostileFile(
            "strides that wrap around",
            pickle: Pickle.weights(Pickle.tensor(shape: [1 << 40, 1], strides: [1 << 40, 1])),
            .outsideStorage(tensor: "t", last: nil, count: 4)),
        HostileFile("a negative size", pickle: Pickle.weights(Pickle.tensor(shape: [-2, -2])), .badShape(tensor: "t")),
        HostileFile(
            "a negative stride", pickle: Pickle.weights(Pickle.tensor(strides: [-2, 1])), .badShape(tensor: "t")),
        HostileFile("a negative offset", pickle: Pickle.weights(Pickle.tensor(offset: -1)), .badShape(tensor: "t")),
        HostileFile(
            "sizes whose product wraps to 0",
            pickle: Pickle.weights(Pickle.tensor(shape: [1 << 40, 1 << 40], strides: [0, 0])), .badShape(tensor: "t")),
        HostileFile(
            "a terabyte out of one number",
            pickle: Pickle.weights(Pickle.tensor(shape: [1 << 20, 1 << 20], strides: [0, 0])),
            .expanded(tensor: "t", elementCount: 1 << 40, storageCount: 4)),
        HostileFile(
            "the same numbers a hundred times",
            ZipImage(
                pickle: Pickle.pickle(
                    Pickle.emptyDictionary, Pickle.mark, Pickle.text("0"),
                    Pickle.tensor(Pickle.storage(count: 400), shape: [400], strides: [1]), Pickle.put(1),
                    Array((1..<100).flatMap { Pickle.text("\($0)") + Pickle.get(1) }), Pickle.setItems),
                storage: .init(repeating: 0, count: 1600)
            ).bytes
        ) { .pyTorch(path: $0, .repeated(byteCount: 6400, fileByteCount: 3091)) },
        HostileFile(
            "a storage that is not there", pickle: Pickle.weights(Pickle.tensor(Pickle.storage("1"))),
            .missingStorage(key: "1")),
        HostileFile(
            "a storage that says it is longer", pickle: Pickle.weights(Pickle.tensor(Pickle.storage(count: 5))),
            .wrongStorageSize(key: "0", stated: 20, found: 16)),
        HostileFile(
            "a storage of 2^62 numbers", pickle: Pickle.weights(Pickle.tensor(Pickle.storage(count: 1 << 62))),
            .wrongStorageSize(key: "0", stated: .max, found: 16)),
        HostileFile(
            "a name twice",
            pickle: Pickle.pickle(Pickle.dictionary(("t", Pickle.tensor()), ("t", Pickle.tensor()))),
            .duplicate(tensor: "t")),
        HostileFile(
            "a number among the weights",
            pickle: Pickle.pickle(Pickle.dictionary(("t", Pickle.tensor()), ("n", Pickle.integer(1)))),
            .notATensor(name: "n")),
        HostileFile(
            "a number for a name",
            pickle: Pickle.pickle(
                Pickle.emptyDictionary, Pickle.mark, Pickle.integer(1), Pickle.tensor(), Pickle.setItems), .notAName),
        HostileFile("a list", pickle: Pickle.pickle(Pickle.emptyList), .noWeights(found: "a list")),
        HostileFile(
            "an optimizer's state", pickle: Pickle.pickle(Pickle.dictionary(("state", Pickle.emptyDictionary))),
            .noWeights(found: "a dictionary of \"state\"")),
        HostileFile(
            "big-endian numbers", ZipImage().with { $0.entries[1].bytes = Array("big".utf8) }
        ) { .pyTorch(path: $0, .bigEndian) },
    ]
}

@Suite struct HostilePickles {
    private let folder = TemporaryDirectory()

    @Test(arguments: HostileFile.calls + HostileFile.structures + HostileFile.tensors)
    func areRefusedWithTheirReason(_ file: HostileFile) {
        let path = folder.file("pytorch_model.bin")
        writeFile(path, file.bytes)
        #expect(throws: file.expected(path)) { try PyTorchFile(path: path) }
        #expect(saysWhatToDo("\(file.expected("pytorch_model.bin"))"))
        #expect(folder.contents == ["pytorch_model.bin"])
    }

    @Test func areMoreThanForty() {
        #expect(HostileFile.calls.count + HostileFile.structures.count + HostileFile.tensors.count > 80)
    }

    @Test func atEveryLengthAreRefused() throws {
        let whole = ZipImage().bytes
        let path = folder.file("cut")
        writeFile(path, whole)
        #expect(try PyTorchFile(path: path).tensors.map(\.shape) == [[2, 2]])
        for count in 0..<whole.count {
            writeFile(path, Array(whole[..<count]))
            #expect(throws: CheckpointError.self) { try PyTorchFile(path: path) }
        }
    }

    /// A byte changed anywhere is noticed by a checksum, or lies where it means nothing; the numbers never change.
    @Test func withAnyBitFlippedGiveTheSameNumbersOrNone() throws {
        let whole = ZipImage().bytes
        let path = folder.file("flipped")
        for offset in whole.indices {
            var bytes = whole
            bytes[offset] ^= 1 << UInt8(offset % 8)
            writeFile(path, bytes)
            guard let file = try? PyTorchFile(path: path) else { continue }
            let tensor = try #require(file.tensors.first)
            var values = [Float](repeating: 0, count: 4)
            var span = values.mutableSpan
            file.read(tensor, rows: 0..<2, columns: 0..<2, into: &span)
            #expect(values == [1, 2, 3, 4], "offset \(offset)")
        }
    }
}
