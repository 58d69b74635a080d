import Generation
import Kernels

@testable import GPT2
@testable import ModelFile

/// A model file: its tables with a true checksum, and then the chunks too, all of which are verified and read.
func parseModelFile(_ bytes: [UInt8]) {
    guard let file = try? ModelFile(bytes: sealed(bytes)) else { return }
    _ = try? file.verifyAll()
    guard let whole = sealedWithChunks(file, bytes), let file = try? ModelFile(bytes: whole) else { return }
    let isVerified = (try? file.verifyAll()) != nil
    _ = try? Configuration(of: file)
    if let tokenizer = try? TextModel.tokenizer(in: file) { use(tokenizer, on: bytes.prefix(100) + sampleText) }
    for array in file.arrays where array.elementCount < 1 << 20 {
        let isFloat = ![.uint8, .uint32].contains(array.elementType)
        let weights = try? file.weights(of: array)
        precondition(!isVerified || !isFloat || weights != nil, "\(array.name) is verified and cannot be read")
    }
}

private let pool = WorkerPool(threadCount: 1)
private var options: Options {
    var options = Options(kernels: "portable", pool: pool, memoryLimit: 64 << 20)
    options.programByteCount = 0
    return options
}

/// The same, opened as a model that reads two tokens.
func runModel(_ bytes: [UInt8]) {
    guard let file = try? ModelFile(bytes: sealed(bytes)), let whole = sealedWithChunks(file, bytes),
        let model = try? GPT2(contentsOf: put(whole), options: options), let session = try? model.makeSession(),
        (try? session.read([0, model.configuration.vocabularySize - 1])) != nil
    else { return }
    session.withLogits { precondition($0.count >= model.configuration.vocabularySize) }
}

private let model: GPT2? = try? GPT2(contentsOf: modelPath, options: options)

/// A saved session, with the model's fingerprint, its own length and a true checksum.
func resumeSession(_ bytes: [UInt8]) {
    guard let model else { preconditionFailure("\(modelPath) is no model") }
    guard let resumed = try? model.resumeSession(from: put(sealed(session: bytes, of: model))) else { return }
    precondition(resumed.session.position <= model.contextLength)
    if let next = resumed.text.unread.first { try? resumed.session.read([next]) }
}

private func sealed(session bytes: [UInt8], of model: GPT2) -> [UInt8] {
    guard bytes.count >= SessionHeader.byteCount else { return bytes }
    var sealed = bytes
    sealed.replaceSubrange(32..<40, with: littleEndian(model.file.fingerprint))
    sealed.replaceSubrange(56..<64, with: littleEndian(UInt64(bytes.count)))
    let (position, tokenCount, earlierCount) = (
        Int(sealed.word(at: 20, byteCount: 4)), Int(sealed.word(at: 24, byteCount: 4)),
        Int(sealed.word(at: 28, byteCount: 4))
    )
    var checksum = unsafe xxh64(Array(sealed[..<SessionHeader.checksumOffset]).span.bytes)
    var offset = SessionHeader.byteCount
    func add(_ count: Int) {
        let piece = Array(sealed[offset..<min(sealed.count, offset + count)])
        checksum = unsafe xxh64(piece.span.bytes, seed: checksum)
        offset += piece.count
    }
    add(4 * (tokenCount + earlierCount))
    if position <= model.contextLength, let session = try? model.makeSession() {
        unsafe session.cache.forEachStretch(positions: position) { stretch in add(stretch.count) }
    }
    sealed.replaceSubrange(SessionHeader.checksumOffset..<SessionHeader.byteCount, with: littleEndian(checksum))
    return sealed
}

/// With a true checksum of the tables, where the header's offset makes sense.
private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= Prologue.byteCount else { return bytes }
    var sealed = bytes
    sealed.replaceSubrange(0..<8, with: Prologue.magic)
    sealed.replaceSubrange(48..<56, with: littleEndian(UInt64(bytes.count)))
    guard let start = Int(exactly: unsafe sealed.span.bytes.uint64(at: 16)), start <= bytes.count else { return sealed }
    let covered = sealed[..<56] + sealed[start...]
    sealed.replaceSubrange(56..<64, with: littleEndian(unsafe xxh64(covered.span.bytes)))
    return sealed
}

/// With a true checksum of every chunk as well.
private func sealedWithChunks(_ file: ModelFile, _ bytes: [UInt8]) -> [UInt8]? {
    var whole = bytes
    let table = bytes.count - file.chunks.count * ChunkTable.recordByteCount
    for (number, chunk) in file.chunks.enumerated() {
        let first = file.arrays[chunk.arrayIndex].chunks.lowerBound
        let seed = Chunk.seed(arrayIndex: chunk.arrayIndex, chunkInArray: number - first)
        let stored = Array(bytes[chunk.stored])
        let place = table + number * ChunkTable.recordByteCount + 16
        whole.replaceSubrange(place..<place + 8, with: littleEndian(unsafe xxh64(stored.span.bytes, seed: seed)))
    }
    return sealed(whole)
}

private func littleEndian(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
