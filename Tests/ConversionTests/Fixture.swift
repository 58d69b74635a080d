import Checkpoints
import StrictJSON
import TestSupport

/// A checkpoint that a test takes from the golden ones, changes, and writes to a folder of its own.
struct Fixture {
    struct Entry {
        var name: String
        var shape: [Int]
        var values: [Float]
        var type = "F32"
    }

    var configuration: [(String, JSONValue)]
    var tensors: [Entry]
    let folder = TemporaryDirectory()

    init(_ variant: String = "base") throws {
        let model = try openModel(path: golden("checkpoints/\(variant)"))
        configuration = model.configuration.map { ($0.key, $0.value) }
        tensors = model.weights.tensors.map { Entry(name: $0.name, shape: $0.shape, values: floats(of: $0, in: model)) }
    }

    subscript(key: String) -> JSONValue? {
        get { configuration.first { $0.0 == key }?.1 }
        set {
            configuration.removeAll { $0.0 == key }
            if let newValue { configuration.append((key, newValue)) }
        }
    }

    func position(_ name: String) -> Int {
        guard let index = tensors.firstIndex(where: { $0.name == "transformer." + name || $0.name == name }) else {
            preconditionFailure("the fixture has no tensor \(name)")
        }
        return index
    }

    /// Writes everything to the folder and gives its path.
    func write() -> String {
        var offset = 0
        var data: [UInt8] = []
        let entries = tensors.map { tensor -> (String, JSONValue) in
            let size = tensor.type == "F64" ? 8 : 4
            for value in tensor.values {
                for byte in 0..<size { data.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * byte))) }
            }
            let end = offset + size * tensor.values.count
            defer { offset = end }
            return (
                tensor.name,
                [
                    "dtype": .string(tensor.type), "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                    "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
                ]
            )
        }
        let header = Array(JSONValue.object(JSONObject(entries)).encoded().utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        writeFile(folder.file("model.safetensors"), length + header + data)
        writeFile(folder.file("config.json"), Array(JSONValue.object(JSONObject(configuration)).encoded().utf8))
        return folder.path
    }
}

/// All elements of a tensor.
func floats(of tensor: Tensor, in model: any SourceModel) -> [Float] {
    let count = tensor.shape.reduce(1, *)
    var output = [Float](repeating: 0, count: count)
    var span = output.mutableSpan
    model.weights.read(tensor, rows: 0..<tensor.rowCount, columns: 0..<tensor.columnCount, into: &span)
    return output
}
