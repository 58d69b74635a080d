import GPT2

/// Measures several setups in turns: a round runs every test of each once, so that a slow moment of the machine hits all
/// alike.
struct Benchmark {
    let setups: [BenchmarkSetup]
    let rounds: Int
    let memory: ReadBandwidth

    /// Runs a round that is not counted and then the others. Ctrl-C ends it.
    func run() throws {
        defer { Diagnostics.progress("") }
        for round in 0...rounds {
            let name = round == 0 ? "warming up" : "round \(round) of \(rounds)"
            for setup in setups {
                let threads = setup.model.threadCount == 1 ? "1 thread" : "\(setup.model.threadCount) threads"
                for (index, test) in setup.tests.enumerated() {
                    Diagnostics.progress("\(name): \(test.name), \(threads)")
                    try setup.run(test: index, counts: round > 0)
                    try Interrupt.check()
                }
            }
            Diagnostics.progress("\(name): memory")
            for setup in setups { setup.run(memory, counts: round > 0) }
        }
    }
}
