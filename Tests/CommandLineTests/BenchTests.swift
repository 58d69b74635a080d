import StrictJSON
import Testing
import TestSupport

/// Not at the same time: every run takes memory to measure it. Nothing here depends on how fast anything is.
@Suite(.serialized) struct BenchCommand {
    /// What `bench --json` says of the tiny model (context 24).
    private static func results(_ arguments: [String], model: String = Model.text) throws -> [JSONValue] {
        let run = Program.vencejo(["bench", "--json", "-r", "1"] + arguments, model: model)
        #expect(run.status == 0)
        #expect(run.errors == "")
        return try #require(try JSONValue(parsing: run.bytes).arrayValue)
    }

    private static func names(_ results: [JSONValue]) -> [String] { results.compactMap { $0["test"]?.stringValue } }

    @Test func textsWrittenTogetherShareTheWeights() throws {
        let tests = try Self.results(["-p", "0", "-n", "4", "-t", "1", "--parallel", "1,4"])
        #expect(Self.names(tests) == ["tg4", "tg4x4"])
        let bytes = tests.compactMap { $0["bytes_per_token"]?.intValue }
        #expect(bytes.count == 2 && bytes[1] < bytes[0] / 2)
    }

    @Test func tellsPrograms() throws {
        let results = try Self.results(["-p", "8,0,8", "-n", "4", "-d", "0,5", "-t", "1,2", "-r", "3"])
        #expect(Self.names(results) == ["pp8", "tg4", "pp8@d5", "tg4@d5", "pp8", "tg4", "pp8@d5", "tg4@d5"])
        #expect(results.compactMap { $0["threads"]?.intValue } == [1, 1, 1, 1, 2, 2, 2, 2])
        for result in results {
            let keys = try #require(result.objectValue).keys
            for key in ["test", "threads", "tokens_per_second", "bytes_per_token", "bandwidth_fraction"] {
                #expect(keys.contains(key))
            }
            let speed = try #require(result["tokens_per_second"]?.objectValue)
            #expect(speed.keys == ["median", "min", "max"])
            let values = speed.compactMap(\.value.doubleValue)
            #expect(values.count == 3 && values[1] > 0 && values[1] <= values[0] && values[0] <= values[2])
            #expect(try #require(result["bandwidth_fraction"]?.doubleValue) > 0)
            #expect(result["repetitions"] == 3)
            #expect(result["parameters"] == 9810)
        }
    }

    @Test func countsTheBytesThatATokenDraws() throws {
        /// Panels of 16 rows and groups of 4 columns, both filled up; a float32 scale for each row.
        func matrix(_ rows: Int, _ columns: Int) -> Int {
            let rows = (rows + 15) / 16 * 16
            return rows * ((columns + 3) / 4 * 4) + 4 * rows
        }
        let (size, inner, vocabulary) = (18, 72, 61)
        let linear = [(3 * size, size), (size, size), (inner, size), (size, inner)]
        let block = linear.reduce(4 * 4 * size) { $0 + matrix($1.0, $1.1) + 4 * $1.0 }
        let head = matrix(vocabulary, size) + 2 * 4 * size
        let rows = matrix(vocabulary, size) / vocabulary + 2 * size  // positions are float16
        // Keys and values of two blocks; in int8 with a float32 scale for each of three heads.
        let cachedPositions = [("f16", 2 * 2 * size * 2), ("f32", 2 * 2 * size * 4), ("int8", 2 * 2 * (size + 3 * 4))]

        for (type, cachedPosition) in cachedPositions {
            let results = try Self.results(["-p", "8", "-n", "5", "-d", "0,7", "-t", "1", "--kv-cache", type])
            #expect(Self.names(results) == ["pp8", "tg5", "pp8@d7", "tg5@d7"])
            let prompt = (2 * block + head) / 8 + rows
            // Five tokens after none attend to 1, 2, 3, 4 and 5 positions.
            let generation = [3, 10].map { 2 * block + head + rows + $0 * cachedPosition }
            let found = results.compactMap { $0["bytes_per_token"]?.intValue }
            #expect(found == [prompt, generation[0], prompt, generation[1]])
            #expect(results.allSatisfy { $0["kv_cache"] == .string(type) })
        }
    }

    @Test func measuresTheUsualAsFarAsTheContextGoes() throws {
        #expect(Self.names(try Self.results(["-t", "1", "-d", "0,20"])) == ["pp24", "tg24", "pp4@d20", "tg4@d20"])
        #expect(Self.names(try Self.results(["-t", "1", "-n", "0", "-p", "3,24"])) == ["pp3", "pp24"])
        #expect(Self.names(try Self.results(["-t", "1", "-p", "0", "-n", "1"], model: Model.ids)) == ["tg1"])
    }

    @Test func showsPeopleATable() {
        let run = Program.vencejo(["bench", "-p", "8", "-n", "4", "-t", "1", "-r", "1", "--kernels", "portable"])
        #expect(run.status == 0)
        #expect(run.errors == "")
        #expect(run.lines.count == 7)
        guard run.lines.count == 7 else { return }
        let cells = run.lines.prefix(4).map { line in line.split(separator: "|").map { $0.filter { $0 != " " } } }
        #expect(cells[0] == ["model", "size", "params", "threads", "test", "t/s", "MB/token", "%ofbandwidth"])
        #expect(cells[1].dropFirst().allSatisfy { $0.hasPrefix("-") && $0.hasSuffix("-:") })
        #expect(cells[2][0] == "text.q8z")
        #expect(cells[2][2...4] == ["0.01M", "1", "pp8"])
        #expect(cells[3][4] == "tg4")
        #expect(Set(run.lines.prefix(4).map(\.count)).count == 1)
        #expect(run.lines[5].contains("kernels portable"))
        #expect(run.lines[6].contains("GB/s with 1 thread"))
    }

    @Test func showsItsProgressOnATerminalAndEndsOnControlC() throws {
        let terminal = try #require(PseudoTerminal())
        terminal.start(["bench", "-t", "1", "-r", "100000"], environment: ["VENCEJO_MODEL": Model.text])
        #expect(terminal.reads("warming up: pp24, 1 thread"))
        #expect(terminal.reads("round 1 of 100000: tg24, 1 thread"))
        terminal.interrupt()
        #expect(terminal.reads("\r\u{1B}[Kended 130"))
    }
}
