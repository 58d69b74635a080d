/// Why a GGUF file was refused. One case per rule; the rules are listed at ``GGUFFile``.
public enum GGUFError: Error, Equatable, Sendable {
    // The beginning.
    case truncated(field: String, byteCount: UInt64, available: Int)
    case bigEndian
    case unknownVersion(UInt32)
    case tooMany(field: String, count: UInt64, limit: Int)

    // Metadata.
    case notText(field: String)
    case emptyKey
    case duplicateKey(String)
    case unknownValueType(key: String, type: UInt32)
    case notABoolean(key: String, value: UInt8)
    case metadataTooLarge(byteCount: Int, limit: Int)
    case badAlignment(found: String)

    // The table of tensors.
    case badTensorName(byteCount: Int)
    case duplicateTensor(String)
    case dimensionCount(tensor: String, found: UInt32)
    case dimension(tensor: String, found: UInt64)
    case unreadType(tensor: String, type: String)
    case partialBlock(tensor: String, columnCount: Int, type: TensorType)
    case shapeOverflows(tensor: String)
    case wrongOffset(tensor: String, expected: Int, found: UInt64)
    case tensorBeyondFile(tensor: String, end: Int, fileByteCount: Int)
    case appended(expected: Int, found: Int)

    // What a GPT-2 needs to say about itself.
    case missingKey(String)
    case wrongValue(key: String, found: String, expected: String)
    case unsupported(key: String, found: String, supported: String)
}

extension GGUFError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let field, let byteCount, let available):
            "it ends inside \(field), which needs \(byteCount) bytes where \(available) are left: fetch it again"
        case .bigEndian:
            "it is a big-endian GGUF; expected a little-endian one. Convert the model again on or for a usual machine"
        case .unknownVersion(let version):
            "it is GGUF version \(version); versions 2 and 3 are read. Convert the model again with a current llama.cpp"
        case .tooMany(let field, let count, let limit):
            "\(field) is \(count); at most \(limit) is allowed" + damagedOrHostile
        case .notText(let field):
            "\(field) is not UTF-8" + damagedOrHostile
        case .emptyKey:
            "a key of the metadata is empty" + damagedOrHostile
        case .duplicateKey(let key):
            "the metadata has \(quoted(key)) twice" + damagedOrHostile
        case .unknownValueType(let key, let type):
            "\(quoted(key)) has values of type \(type); expected a type from 0 to 12, and no lists in lists"
                + damagedOrHostile
        case .notABoolean(let key, let value):
            "\(quoted(key)) is the boolean \(value); expected 0 or 1" + damagedOrHostile
        case .metadataTooLarge(let byteCount, let limit):
            "metadata and tables take \(byteCount) bytes; at most \(limit) are read" + damagedOrHostile
        case .badAlignment(let found):
            "\"general.alignment\" is \(found); expected a power of two up to \(GGUFHeader.alignmentLimit), 32-bit and unsigned"
                + damagedOrHostile
        case .badTensorName(let byteCount):
            "a tensor's name has \(byteCount) bytes; expected 1 to \(GGUFHeader.tensorNameLimit)"
                + damagedOrHostile
        case .duplicateTensor(let tensor):
            "tensor \(quoted(tensor)) is there twice" + damagedOrHostile
        case .dimensionCount(let tensor, let found):
            "tensor \(quoted(tensor)) has \(found) dimensions; expected 1 to \(GGUFHeader.dimensionLimit)"
                + damagedOrHostile
        case .dimension(let tensor, let found):
            "tensor \(quoted(tensor)) has a dimension of \(found); expected 1 to 2^48 - 1" + damagedOrHostile
        case .unreadType(let tensor, let type):
            "tensor \(quoted(tensor)) has the type \(type), which is not read; these are: "
                + TensorType.allCases.filter(\.isReadable).map(\.rawValue).joined(separator: ", ")
                + ". Quantize the model to one of them with llama-quantize"
        case .partialBlock(let tensor, let columnCount, let type):
            "tensor \(quoted(tensor)) has rows of \(columnCount) weights; \(type.rawValue) has blocks of "
                + "\(type.blockLength), and a row consists of whole ones" + damagedOrHostile
        case .shapeOverflows(let tensor):
            "the shape of tensor \(quoted(tensor)) is too large to count its bytes" + damagedOrHostile
        case .wrongOffset(let tensor, let expected, let found):
            "tensor \(quoted(tensor)) starts at \(found) of the data; expected \(expected), where the one before it ends "
                + "with its padding" + damagedOrHostile
        case .tensorBeyondFile(let tensor, let end, let fileByteCount):
            "tensor \(quoted(tensor)) ends at \(end), but the file after \(fileByteCount) bytes: "
                + "the download is not complete. Fetch it again"
        case .appended(let expected, let found):
            "it has \(found) bytes; its tables describe \(expected): something was appended. Fetch it again"
        case .missingKey(let key):
            "the metadata lacks \(quoted(key)); convert the model again with a current llama.cpp"
        case .wrongValue(let key, let found, let expected):
            "\(quoted(key)) is \(found); expected \(expected). Convert the model again with a current llama.cpp"
        case .unsupported(let key, let found, let supported):
            "\(quoted(key)) is \(found), which Vencejo does not compute; it knows \(supported). "
                + "Use the program that the model was made for"
        }
    }
}
