import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The keys and values of every position read so far, for every block and head.
///
/// A head's values lie as `[position × headSize]`. Its keys lie transposed in blocks of 16 positions,
/// `[block × headSize × 16]`, so that a query meets 16 keys in 16 lanes and no lane is ever summed across.
///
/// Address space is reserved for the whole context; the system gives memory to it as positions are used.
@safe final class KVCache {
    let configuration: Configuration
    let type: Options.CacheType
    /// Positions there is room for: the context, rounded up to whole blocks.
    let capacity: Int

    private let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private let kernels: KernelSet

    /// Positions in a block of keys: the lanes of a panel.
    static let blockLength = 16

    init(
        _ configuration: Configuration, type: Options.CacheType, contextLength: Int, kernels: KernelSet
    ) throws(GPT2Error) {
        self.configuration = configuration
        self.type = type
        self.kernels = kernels
        capacity = Self.capacity(contextLength)
        byteCount = Self.byteCount(configuration, type: type, contextLength: contextLength)
        let memory = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | Self.anonymous, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw .outOfMemory(what: "the key and value cache", byteCount: byteCount)
        }
        unsafe base = memory
    }

    /// The context, rounded up to whole blocks.
    static func capacity(_ contextLength: Int) -> Int { (contextLength + blockLength - 1) / blockLength * blockLength }

    /// What a full cache takes.
    static func byteCount(_ configuration: Configuration, type: Options.CacheType, contextLength: Int) -> Int {
        2 * configuration.layerCount * configuration.embeddingSize * capacity(contextLength) * type.byteCount
    }

    /// Takes over what another cache holds for the first `positions` positions.
    func copy(_ other: KVCache, positions: Int) {
        let used = (positions + Self.blockLength - 1) / Self.blockLength * Self.blockLength
        let byteCount = used * configuration.headSize * type.byteCount
        for layer in 0..<configuration.layerCount {
            for head in 0..<configuration.headCount {
                unsafe keys(layer: layer, head: head).copyMemory(
                    from: other.keys(layer: layer, head: head), byteCount: byteCount)
                unsafe values(layer: layer, head: head).copyMemory(
                    from: other.values(layer: layer, head: head), byteCount: byteCount)
            }
        }
    }

    deinit { unsafe munmap(base, byteCount) }

    /// The keys of a head: `[capacity / 16 × headSize × 16]` elements.
    func keys(layer: Int, head: Int) -> UnsafeMutableRawPointer { unsafe start(layer: layer, half: 0, head: head) }

    /// The values of a head: `[capacity × headSize]` elements.
    func values(layer: Int, head: Int) -> UnsafeMutableRawPointer { unsafe start(layer: layer, half: 1, head: head) }

    /// Stores the key and the value of one head at one position, rounded to the cache's type.
    ///
    /// - Parameters:
    ///   - key: `[headSize]`
    ///   - value: `[headSize]`
    func append(key: UnsafePointer<Float>, value: UnsafePointer<Float>, layer: Int, head: Int, position: Int) {
        let headSize = configuration.headSize
        let lanes = Self.blockLength
        let keyStart = position / lanes * headSize * lanes + position % lanes
        switch type {
        case .float32:
            let keys = unsafe keys(layer: layer, head: head).assumingMemoryBound(to: Float.self) + keyStart
            let values = unsafe values(layer: layer, head: head).assumingMemoryBound(to: Float.self)
            for i in 0..<headSize { unsafe keys[i * lanes] = key[i] }
            unsafe (values + position * headSize).update(from: value, count: headSize)
        case .float16:
            let keys = unsafe keys(layer: layer, head: head).assumingMemoryBound(to: UInt16.self) + keyStart
            let values = unsafe values(layer: layer, head: head).assumingMemoryBound(to: UInt16.self)
            unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: headSize) { halves in
                guard let halves = halves.baseAddress else { return }
                unsafe kernels.halfFromFloat(key, headSize, halves)
                for i in 0..<headSize { unsafe keys[i * lanes] = halves[i] }
            }
            unsafe kernels.halfFromFloat(value, headSize, values + position * headSize)
        }
    }

    private func start(layer: Int, half: Int, head: Int) -> UnsafeMutableRawPointer {
        let index = (2 * layer + half) * configuration.headCount + head
        return unsafe base + index * capacity * configuration.headSize * type.byteCount
    }

    private static var anonymous: Int32 {
        #if canImport(Darwin)
            MAP_ANON
        #else
            Int32(MAP_ANONYMOUS)
        #endif
    }
}
