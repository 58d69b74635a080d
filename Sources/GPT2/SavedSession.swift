import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What belongs to a text beside what a session has read of it, so that it can be gone on with as if it had never stopped.
public struct SavedText: Sendable, Equatable {
    /// Tokens that have not been read yet, after those that have.
    public var unread: [Int] = []
    /// Tokens before those that the session holds, which have slid out of the context; the last ``earlierLimit`` are kept.
    public var earlier: [Int] = []
    /// Bytes at the end of the text as it was shown that begin a character in UTF-8: three at most.
    public var unfinished: [UInt8] = []
    /// Where the text's random numbers start.
    public var seed: UInt64 = 0
    /// How many of them it has taken.
    public var drawCount: UInt64 = 0

    /// Tokens kept of ``earlier``: more than penalties look back.
    public static let earlierLimit = 1 << 16

    /// A text of which everything was read.
    public init() {}
}

/// A text that was saved and can be gone on with.
public struct ResumedSession {
    /// What was read of it.
    public let session: Session
    /// What else belongs to it.
    public let text: SavedText
}

/// Why a session cannot be saved or resumed.
public enum SavedSessionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed.
    case system(operation: String, path: String, errorNumber: Int32)
    /// The file is something else.
    case notASession(path: String)
    /// The file is of another version of the format.
    case unsupportedVersion(path: String, version: Int)
    /// The file is not what was saved.
    case damaged(path: String, reason: String)
    /// The text was read by another model.
    case otherModel(path: String)
    /// The text was read in another way.
    case otherOption(path: String, option: String, saved: String, now: String)
    /// The context is too short for what was read.
    case tooLong(path: String, tokens: Int, contextLength: Int)
    /// Another program goes on with the text.
    case inUse(path: String)

    public var description: String {
        switch self {
        case .system(let operation, let path, let number):
            unsafe "cannot \(operation) the session \(path): \(String(cString: strerror(number)))"
        case .notASession(let path): "\(path) is no saved session; name another file"
        case .unsupportedVersion(let path, let version):
            "\(path) has version \(version) of the format and this program knows \(SessionHeader.version); "
                + (version > SessionHeader.version ? "use a newer one" : "begin the text again, in another file")
        case .damaged(let path, let reason): "\(path) is damaged: \(reason); delete it and begin the text again"
        case .otherModel(let path): "\(path) is a session of another model file; name that one, or another session"
        case .otherOption(let path, let option, let saved, let now):
            "\(path) was saved with --\(option) \(saved) and this is \(now); use the same, or begin the text again"
        case .tooLong(let path, let tokens, let contextLength):
            "\(path) holds \(tokens) tokens and the context \(contextLength); use a longer --context"
        case .inUse(let path):
            "another program goes on with the session \(path); wait for it, or name another file"
        }
    }
}

/// The first 80 bytes of a saved session. After them come the tokens as 32-bit words, those that slid away, those that were
/// read and those that were not; then, for every block and head, its keys and its values as the cache has them, in whole
/// blocks of 16 positions, each with its scales where the type has some. All little-endian.
///
/// The checksum is XXH64, piece after piece, each seeded with the checksum so far: the header before the checksum, the
/// tokens, and every stretch of keys, values or scales.
struct SessionHeader {
    static let magic: [UInt8] = [0x89, 0x51, 0x38, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
    static let byteCount = 80
    static let checksumOffset = 72
    static let version = 2

    var cacheType: Int
    var activations: Int
    /// Tokens that were read.
    var position: Int
    /// These, and those that were not.
    var tokenCount: Int
    /// Tokens before them.
    var earlierCount: Int
    var fingerprint: UInt64
    var seed: UInt64
    var drawCount: UInt64
    var fileByteCount: Int
    /// Three bytes at most.
    var unfinished: [UInt8]

    /// Everything but the checksum, which comes last.
    var bytes: [UInt8] {
        var bytes = Self.magic
        for word in [Self.version, cacheType, activations, position, tokenCount, earlierCount] {
            bytes.append(littleEndian: UInt32(word))
        }
        for word in [fingerprint, seed, drawCount, UInt64(fileByteCount)] { bytes.append(littleEndian: word) }
        bytes.append(UInt8(unfinished.count))
        return bytes + unfinished + [UInt8](repeating: 0, count: Self.checksumOffset - bytes.count - unfinished.count)
    }
}

extension [UInt8] {
    func word(at offset: Int, byteCount: Int) -> UInt64 {
        (0..<byteCount).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }
}

extension KVCache {
    /// Bytes of what a saved session has of a cache.
    static func savedByteCount(
        _ configuration: Configuration, _ type: Options.CacheType, positions: Int
    ) -> Int {
        2 * configuration.layerCount * configuration.headCount
            * (capacity(positions) * configuration.headSize * type.elementByteCount
                + (type.hasScales ? MemoryLayout<Float>.size * positions : 0))
    }

    /// Clears what follows the first positions in their last block: traces of text that is no more part of the session.
    func clearBlock(after positions: Int) {
        let start = positions % Self.blockLength
        guard start > 0 else { return }
        let (headSize, elementByteCount) = (configuration.headSize, type.elementByteCount)
        let (lanes, used) = (Self.blockLength * elementByteCount, start * elementByteCount)
        let block = (positions - start) * headSize * elementByteCount
        for layer in 0..<configuration.layerCount {
            for head in 0..<configuration.headCount {
                let keys = unsafe keys(layer: layer, head: head).elements + block
                for feature in 0..<headSize { unsafe memset(keys + feature * lanes + used, 0, lanes - used) }
                let values = unsafe values(layer: layer, head: head).elements + block
                unsafe memset(values + used * headSize, 0, (lanes - used) * headSize)
            }
        }
    }

    /// Hands out the memory of the first positions, where it lies, in the order of a saved session: whole blocks of a head's
    /// keys or values, and the positions' scales after them.
    func forEachStretch<E: Error>(
        positions: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        guard positions > 0 else { return }
        let elementByteCount = Self.capacity(positions) * configuration.headSize * type.elementByteCount
        for layer in 0..<configuration.layerCount {
            for head in 0..<configuration.headCount {
                for isKeys in [true, false] {
                    let region = unsafe isKeys ? keys(layer: layer, head: head) : values(layer: layer, head: head)
                    unsafe try body(UnsafeMutableRawBufferPointer(start: region.elements, count: elementByteCount))
                    guard type.hasScales else { continue }
                    unsafe try body(
                        UnsafeMutableRawBufferPointer(
                            start: region.scales, count: MemoryLayout<Float>.size * positions))
                }
            }
        }
    }
}

extension GPT2 {
    var cacheCode: Int { Options.CacheType.allCases.firstIndex(of: options.cacheType) ?? 0 }
    var activationsCode: Int { Options.Activations.allCases.firstIndex(of: activations) ?? 0 }
}
