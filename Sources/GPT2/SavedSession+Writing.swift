import ModelFile

extension Session {
    /// Saves what was read, keys, values and all, so that it can be resumed with the same bits; see
    /// ``GPT2/resumeSession(from:)``.
    ///
    /// Keys and values are written from where they lie; a copy is made of nothing but the tokens.
    ///
    /// - Parameters:
    ///   - path: written beside its place and moved there at the end. A new file is its owner's alone to read, since it holds
    ///     the text; one that was there keeps its permissions.
    ///   - text: what else belongs to the text.
    public func save(to path: String, as text: SavedText = SavedText()) throws(GPT2Error) {
        precondition(text.unfinished.count <= 3, "four bytes of UTF-8 are a character")
        let earlier = text.earlier.suffix(SavedText.earlierLimit)
        let header = SessionHeader(
            cacheType: model.cacheCode, activations: model.activationsCode, position: position,
            tokenCount: position + text.unread.count, earlierCount: earlier.count,
            fingerprint: model.file.fingerprint, seed: text.seed, drawCount: text.drawCount,
            fileByteCount: SessionHeader.byteCount + 4 * (earlier.count + position + text.unread.count)
                + KVCache.savedByteCount(model.configuration, model.options.cacheType, positions: position),
            unfinished: text.unfinished
        ).bytes
        var words: [UInt8] = []
        for list in [Array(earlier), tokens, text.unread] {
            for token in list { words.append(littleEndian: UInt32(token)) }
        }
        var checksum = unsafe xxh64(words.span.bytes, seed: xxh64(header.span.bytes))
        do throws(ModelFileError) {
            var file = try TemporaryFile(target: path, isPrivate: true)
            try file.append(header + [UInt8](repeating: 0, count: SessionHeader.byteCount - header.count))
            try file.append(words)
            cache.clearBlock(after: position)
            try unsafe cache.forEachStretch(positions: position) { stretch throws(ModelFileError) in
                let bytes = unsafe RawSpan(_unsafeElements: UnsafeRawBufferPointer(stretch).bindMemory(to: UInt8.self))
                checksum = xxh64(bytes, seed: checksum)
                try file.append(bytes)
            }
            var first = header
            first.append(littleEndian: checksum)
            try file.commit(first: first)
        } catch {
            guard case .system(let operation, let path, let number) = error else { throw .file(error) }
            throw .session(.system(operation: operation, path: path, errorNumber: number))
        }
    }

    /// A new text of the same model that begins with what this one has read, at the cost of a copy. It goes on by itself; the
    /// logits are this one's until it has read a token.
    public func fork() throws(GPT2Error) -> Session {
        let other = try model.makeSession()
        other.adopt(self, to: position)
        return other
    }
}
