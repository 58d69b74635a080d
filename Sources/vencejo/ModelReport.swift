import GPT2
import ModelFile
import StrictJSON

/// What is to be said about a model file.
struct ModelReport {
    let path: String
    let configuration: Configuration
    let header: Header
    let byteCount: Int
    let arrays: [ArrayReport]
    /// Weights of the model: elements of the arrays that its configuration names.
    let weightCount: Int
    /// Bytes that these arrays and their companions take.
    let weightByteCount: Int
    /// What running it takes, where that was asked.
    let memory: MemoryReport?

    init(_ file: ModelFile, path: String, memory: MemoryReport? = nil) throws(ConfigurationError) {
        self.path = path
        self.memory = memory
        header = file.header
        byteCount = file.byteCount
        configuration = try Configuration(json: .object(header.config))
        arrays = file.arrays.map { ArrayReport($0, in: file) }
        let expected = Set(configuration.arrays.map(\.name))
        let weights = arrays.filter { expected.contains($0.array.name) }
        weightCount = weights.reduce(0) { $0 + $1.array.elementCount }
        weightByteCount = weights.reduce(0) { $0 + $1.byteCountWithCompanions }
    }

    var bitsPerWeight: Double { weightCount == 0 ? 0 : Double(weightByteCount) * 8 / Double(weightCount) }

    var vocabularySize: Int? { rows("tokenizer.offsets").map { $0 - 1 } }

    func rows(_ name: String) -> Int? { arrays.first { $0.array.name == name }?.array.rows }

    var json: JSONValue {
        [
            "path": .string(path),
            "byte_count": .integer(Int64(byteCount)),
            "weight_count": .integer(Int64(weightCount)),
            "weight_byte_count": .integer(Int64(weightByteCount)),
            "bits_per_weight": .number(bitsPerWeight),
            "config": .object(header.config),
            "quantization": .object(header.quantization),
            "tokenizer": header.tokenizer.map { .object($0) } ?? .null,
            "provenance": .object(header.provenance),
            "memory": memory?.json ?? .null,
            "arrays": .array(arrays.map(\.json)),
        ]
    }
}

/// One array, with what it takes in the file.
struct ArrayReport {
    let array: ArrayDescription
    /// Bytes in the file.
    let byteCount: Int
    /// The same with the scales, steps and escapes of an int8 matrix.
    let byteCountWithCompanions: Int
    /// What its symbols are packed in, in memory where not in the file; nil for 8 bits.
    let packedBits: Int?

    init(_ array: ArrayDescription, in file: ModelFile) {
        self.array = array
        byteCount = file.storedByteCount(of: array)
        byteCountWithCompanions = file.storedByteCountWithCompanions(of: array)
        packedBits = array.layout.packedBits ?? file.packing(of: array)?.bits
    }

    var bitsPerElement: Double { Double(byteCountWithCompanions) * 8 / Double(array.elementCount) }

    var json: JSONValue {
        [
            "name": .string(array.name),
            "type": .string("\(array.elementType)"),
            "layout": .string("\(array.layout)"),
            "storage": .string("\(array.storage)"),
            "block_length": .integer(Int64(array.blockLength)),
            "shape": [.integer(Int64(array.rows)), .integer(Int64(array.columns))],
            "byte_count": .integer(Int64(byteCount)),
            "bits_per_element": .number(bitsPerElement),
            "packed_bits": packedBits.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}
