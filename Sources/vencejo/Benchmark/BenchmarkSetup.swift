import GPT2
import Kernels

/// A model that some threads run, a session for every depth, and what was measured with them.
final class BenchmarkSetup {
    let model: GPT2
    let tests: [BenchmarkTest]
    private let pool: WorkerPool
    /// The session that has read as many tokens as its key says, and more after a test.
    private var sessions: [Int: Session] = [:]
    /// Sessions that are read together with the one of the same depth.
    private var companions: [Int: [Session]] = [:]
    /// Bytes of memory that the threads read in a second.
    private var bandwidths: [Double] = []
    /// Tokens a second, for every test.
    private var speeds: [[Double]]
    /// A token for every position, the same in every run.
    private let text: [Int]

    init(_ model: GPT2, pool: WorkerPool, tests: [BenchmarkTest]) {
        self.model = model
        self.pool = pool
        self.tests = tests
        speeds = Array(repeating: [], count: tests.count)
        let shape = model.configuration
        // Multiples of 2⁶⁴ divided by the golden ratio, of which the upper bits look random.
        text = (1...shape.contextLength).map { position in
            Int(UInt64(position) &* 0x9E37_79B9_7F4A_7C15 >> 33) % shape.vocabularySize
        }
    }

    /// Runs a test once.
    ///
    /// - Parameter counts: whether its time is kept.
    func run(test index: Int, counts: Bool) throws {
        let test = tests[index]
        let session = try session(after: test.depth)
        let time = try test.measure([session] + companions(test.textCount - 1, of: session), text)
        if counts { speeds[index].append(Double(test.tokenCount * test.textCount) / time.seconds) }
    }

    /// Measures the memory once.
    ///
    /// - Parameter counts: whether its speed is kept.
    func run(_ memory: ReadBandwidth, counts: Bool) {
        let bandwidth = memory.measure(pool)
        if counts { bandwidths.append(bandwidth) }
    }

    /// What was measured so far.
    var results: [BenchmarkResult] {
        let traffic = model.traffic
        return zip(tests, speeds).map { test, speeds in
            BenchmarkResult(
                test: test, threads: model.threadCount, speed: Sample(speeds),
                bytesPerToken: test.bytesPerToken(of: traffic), bandwidth: Sample(bandwidths))
        }
    }

    /// Sessions that have read what this one has.
    private func companions(_ count: Int, of session: Session) throws -> [Session] {
        var found = companions[session.position] ?? []
        while found.count < count { found.append(try session.makeCompanion()) }
        companions[session.position] = found
        for companion in found[..<count] { companion.adopt(session, to: session.position) }
        return Array(found[..<count])
    }

    /// A session in which the next token comes after `depth` others.
    private func session(after depth: Int) throws -> Session {
        if let session = sessions[depth] {
            session.rewind(to: depth)
            return session
        }
        let session = try model.makeSession()
        while session.position < depth {
            let end = min(session.position + Session.batchLength, depth)
            try session.read(Array(text[session.position..<end]))
            try Interrupt.check()
        }
        sessions[depth] = session
        return session
    }
}

/// What a test came to with some number of threads.
struct BenchmarkResult {
    let test: BenchmarkTest
    let threads: Int
    /// Tokens a second.
    let speed: Sample
    let bytesPerToken: Int
    /// Bytes of memory that these threads read in a second.
    let bandwidth: Sample

    /// How much of what the memory gives was used, median by median; above 1 where caches hold a part of the model.
    var bandwidthFraction: Double { Double(bytesPerToken) * speed.median / bandwidth.median }
}
