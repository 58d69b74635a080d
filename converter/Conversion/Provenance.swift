import Checkpoints
import Crypto
import GPT2
import ModelFile
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The version that a model file names as its maker.
public let converterVersion = "0.1.0"

/// A file that a conversion read, by name, length and SHA-256.
struct SourceFile: Sendable, Equatable {
    let name: String
    let byteCount: Int
    let digest: String

    /// Reads the whole file.
    ///
    /// - Parameter onBytes: told how many bytes were just read; false stops the reading.
    init(path: String, onBytes: (Int) -> Bool) throws(ConversionError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        var hash = SHA256()
        var byteCount = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
                if count > 0 { unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
                return count
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("read", path)
            }
            if count == 0 { break }
            byteCount += count
            guard onBytes(count) else { throw .interrupted }
        }
        name = path.split(separator: "/").last.map(String.init) ?? path
        self.byteCount = byteCount
        digest = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func failure(_ operation: String, _ path: String) -> ConversionError {
        .file(.system(operation: operation, path: path, errorNumber: errno))
    }

    var json: JSONValue {
        ["name": .string(name), "byte_count": .integer(Int64(byteCount)), "sha256": .string(digest)]
    }
}

extension ConversionOptions {
    /// The options under the names of the command line.
    var json: JSONValue {
        var options: JSONObject = [
            "precision": .string(precision.rawValue),
            "storage": .string(storage == .zstd ? "zstd" : "raw"),
            "block": precision == .int8 && blockLength > 0 ? .integer(Int64(blockLength)) : "row",
        ]
        if activations == .int8 { options["for-activations"] = "int8" }
        if let calibration { options[calibration.goal.name] = calibration.goal.json }
        return .object(options)
    }

    /// How the weights were made, for the header's "quantization".
    var quantization: JSONObject {
        guard precision == .int8 else { return ["precision": .string(precision.rawValue)] }
        var quantization: JSONObject = [
            "precision": "int8",
            "method": "round-to-nearest",
            "scale": blockLength == 0 ? "row" : .string("row and \(blockLength) columns"),
        ]
        if activations == .int8 { quantization[Options.activationsKey] = "int8" }
        return quantization
    }
}

extension QuantizationGoal {
    /// The command line's name for it.
    fileprivate var name: String {
        switch self {
        case .bits: "bits"
        case .byteCount: "target-size"
        case .bitsInMemory: "target-bits-in-memory"
        case .divergence: "target-kl"
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .bits(let bits), .bitsInMemory(let bits): .number(bits)
        case .byteCount(let byteCount): .integer(Int64(byteCount))
        case .divergence(let divergence): .number(divergence)
        }
    }
}
