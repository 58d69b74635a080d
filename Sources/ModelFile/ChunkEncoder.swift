import CZstd

/// Compresses chunks, each into one zstd frame that states its content size and nothing else.
///
/// Symbols are independent draws from a histogram: there is nothing to match, only an entropy to reach. The settings
/// are those of `docs/decisions/0003-zstd-settings.md`.
@safe struct ChunkEncoder: ~Copyable {
    private let context: OpaquePointer

    init() throws(ModelFileError) {
        guard let context = unsafe ZSTD_createCCtx() else { throw .outOfMemory(byteCount: 1 << 20) }
        unsafe self.context = context
        for (parameter, value) in Self.settings {
            let code = unsafe ZSTD_CCtx_setParameter(context, parameter, value)
            precondition(ZSTD_isError(code) == 0, "libzstd refuses a setting of ours")
        }
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    private static let settings: [(ZSTD_cParameter, Int32)] = [
        (ZSTD_c_compressionLevel, 1),
        (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)),
        (ZSTD_c_minMatch, 7),
        (ZSTD_c_contentSizeFlag, 1),
        (ZSTD_c_checksumFlag, 0),
        (ZSTD_c_dictIDFlag, 0),
    ]

    /// The frame that decodes to `bytes`.
    borrowing func encode(_ bytes: [UInt8]) throws(ModelFileError) -> [UInt8] {
        var code = 0
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { frame, count in
            code = unsafe bytes.withUnsafeBytes { bytes in
                unsafe ZSTD_compress2(context, frame.baseAddress, frame.count, bytes.baseAddress, bytes.count)
            }
            count = ZSTD_isError(code) == 0 ? code : 0
        }
        guard ZSTD_isError(code) == 0 else {
            throw .compressionFailed(message: unsafe String(cString: ZSTD_getErrorName(code)))
        }
        return frame
    }
}
