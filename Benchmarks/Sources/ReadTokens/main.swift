// Reads tokens one at a time, as in writing a text, and nothing else: what grows with the tokens is the engine's.
//
//     read-tokens MODEL COUNT [THREADS]
//
// deterministic.sh runs it under counters of allocations and instructions.
import GPT2
import Kernels

let arguments = CommandLine.arguments
guard (3...4).contains(arguments.count), let count = Int(arguments[2]), count >= 0,
    let threads = arguments.count == 4 ? Int(arguments[3]) : 1
else { fatalError("usage: read-tokens MODEL COUNT [THREADS]") }

let model = try GPT2(contentsOf: arguments[1], options: Options(pool: WorkerPool(threadCount: threads)))
let session = try model.makeSession()
// Multiples of 2⁶⁴ divided by the golden ratio, of which the upper bits look random.
let text = (0..<count).map { position in
    Int(UInt64(position + 1) &* 0x9E37_79B9_7F4A_7C15 >> 33) % model.configuration.vocabularySize
}
for position in 0..<count { try session.read(text.span.extracting(position..<position + 1)) }
