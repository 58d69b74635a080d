import Checkpoints
import Conversion
import GPT2
import Kernels
import TestSupport

/// The yardstick: nothing is rounded but float32 arithmetic itself.
let exact = Options(activations: .float32, cacheType: .float32, pool: WorkerPool(threadCount: 2))

/// Where trained checkpoints lie.
enum Models {
    /// Nil, said loudly, where it is not at hand.
    static func checkpoint(_ name: String) -> String? {
        switch name {
        case "sorter": return golden("sorter")
        case "demo": return "\(packageRoot)/models/demo"
        default:
            return sharedData("checkpoints/tinygpt-shakespeare-char/hf/config.json").map {
                String($0.dropLast("/config.json".count))
            }
        }
    }
}

/// A checkpoint converted for a test, in a folder that goes with it.
struct Converted {
    private let folder = TemporaryDirectory()
    let path: String

    init(_ checkpoint: String, _ options: ConversionOptions = ConversionOptions(precision: .float32)) throws {
        path = folder.file("model.q8z")
        _ = try convert(ConversionPlan(path: checkpoint), to: path, options: options)
    }

    func open(_ options: Options = exact) throws -> GPT2 { try GPT2(contentsOf: path, options: options) }
}
