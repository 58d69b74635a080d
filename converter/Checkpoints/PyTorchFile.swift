/// Files of PyTorch: not read, but recognised, so that they can be refused by name.
enum PyTorchFile {
    private static let suffixes = [".bin", ".pt", ".pth", ".ckpt"]

    /// Whether a file begins as `torch.save` begins one: as a zip archive, or as a pickle of protocol 2 to 5.
    ///
    /// The length of a safetensors file's header can begin with the same bytes; but then the header follows with its {.
    static func isBegun(by bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 8, bytes[8] != UInt8(ascii: "{") else { return false }
        let isZip = (0..<4).map { bytes[$0] } == [0x50, 0x4B, 0x03, 0x04]
        return isZip || bytes[0] == 0x80 && (2...5).contains(bytes[1])
    }

    /// The one of these files that holds weights, by its name; training leaves others, such as `optimizer.pt`.
    static func weights(among names: [String]) -> String? {
        let files = names.filter { name in suffixes.contains { name.hasSuffix($0) } }
        return files.first { $0.hasPrefix("pytorch_model") } ?? files.first
    }
}

extension RawSpan {
    fileprivate subscript(offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
