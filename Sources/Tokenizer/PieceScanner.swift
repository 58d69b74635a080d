/// Cuts a text in the pieces that byte-pair encoding works on, by GPT-2's pattern (`encoder.py`, 2019):
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The pattern is walked by hand over UTF-8 bytes. Every byte is looked at no more than three times, whatever the text.
/// A byte that begins no well-formed UTF-8 sequence counts as one symbol of class `other`, so that any bytes can be
/// encoded and come back from decoding unchanged.
@safe struct PieceScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private let count: Int
    private let classes = CharacterClasses.shared

    /// A scanner of `text`, which must outlive it.
    @unsafe init(_ text: UnsafeBufferPointer<UInt8>) {
        unsafe self.text = unsafe text
        count = text.count
    }

    /// The offset behind the piece that begins at `start`; `start` is inside the text.
    @inline(__always)
    func end(ofPieceAt start: Int) -> Int {
        let first = unsafe text[start]
        var at = start
        if first == UInt8(ascii: " ") {
            at += 1
            if at == count { return at }
        } else if first == UInt8(ascii: "'"), let end = endOfContraction(at: start) {
            return end
        }
        let (kind, byteCount) = symbol(at: at)
        if kind != .space { return endOfRun(of: kind, from: at + byteCount) }
        return endOfSpace(from: start)
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private func endOfContraction(at start: Int) -> Int? {
        guard count - start >= 2 else { return nil }
        let second = unsafe text[start + 1]
        switch second {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
            let third = second == UInt8(ascii: "l") ? second : UInt8(ascii: "e")
            guard count - start >= 3, unsafe text[start + 2] == third else { return nil }
            return start + 3
        default: return nil
        }
    }

    @inline(__always)
    private func endOfRun(of kind: CharacterClass, from start: Int) -> Int {
        var at = start
        while at < count {
            let (next, byteCount) = symbol(at: at)
            if next != kind { break }
            at += byteCount
        }
        return at
    }

    /// `\s+(?!\S)|\s+`: white space up to the end of the text, or all but its last character, which may belong to the
    /// word that follows.
    private func endOfSpace(from start: Int) -> Int {
        var last = start
        var at = start
        while at < count {
            let (kind, byteCount) = symbol(at: at)
            if kind != .space { return last > start ? last : at }
            last = at
            at += byteCount
        }
        return at
    }

    @inline(__always)
    private func symbol(at offset: Int) -> (kind: CharacterClass, byteCount: Int) {
        let byte = unsafe text[offset]
        return byte < 0x80 ? (classes.ofASCII(byte), 1) : wideSymbol(at: offset)
    }

    @inline(never)
    private func wideSymbol(at offset: Int) -> (kind: CharacterClass, byteCount: Int) {
        var decoder = UTF8Decoder()
        var at = offset
        while at < count {
            switch decoder.step(unsafe text[at]) {
            case .more: at += 1
            case .scalar(let code): return (classes.ofScalar(code), at + 1 - offset)
            case .invalid: return (.other, 1)
            }
        }
        return (.other, 1)
    }
}
