import Kernels
import MappedMemory

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
/// `[block × headSize × 16]`, so that a query meets 16 keys in 16 lanes and no lane is ever summed across. Where the type has
/// scales, a head's keys are followed by theirs, `[capacity]`, and so are its values.
///
/// Address space is reserved for the whole context; the system gives memory to it as positions are used.
@safe final class KVCache {
    let configuration: Configuration
    let type: Options.CacheType
    /// Positions there is room for: the context, rounded up to whole blocks.
    let capacity: Int

    private let base: UnsafeMutableRawPointer
    private let byteCount: Int
    let kernels: KernelSet

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
        guard let memory = unsafe mapZeros(byteCount) else {
            throw .outOfMemory(what: "the key and value cache", byteCount: byteCount)
        }
        unsafe base = memory
    }

    /// The context, rounded up to whole blocks.
    static func capacity(_ contextLength: Int) -> Int { (contextLength + blockLength - 1) / blockLength * blockLength }

    /// What a full cache takes.
    static func byteCount(_ configuration: Configuration, type: Options.CacheType, contextLength: Int) -> Int {
        capacity(contextLength) * byteCount(ofPosition: configuration, type)
    }

    /// Bytes of one position's keys and values in all blocks and heads, scales included.
    static func byteCount(ofPosition configuration: Configuration, _ type: Options.CacheType) -> Int {
        2 * configuration.layerCount * configuration.headCount * type.byteCount(headSize: configuration.headSize)
    }

    /// Takes over what another cache holds for the first `positions` positions.
    func copy(_ other: KVCache, positions: Int) {
        for layer in 0..<configuration.layerCount {
            for head in 0..<configuration.headCount {
                unsafe copy(other.keys(layer: layer, head: head), to: keys(layer: layer, head: head), positions)
                unsafe copy(other.values(layer: layer, head: head), to: values(layer: layer, head: head), positions)
            }
        }
    }

    /// Whole blocks, which is where keys lie.
    private func copy(_ source: Region, to region: Region, _ positions: Int) {
        let used = (positions + Self.blockLength - 1) / Self.blockLength * Self.blockLength
        let byteCount = used * configuration.headSize * type.elementByteCount
        unsafe region.elements.copyMemory(from: source.elements, byteCount: byteCount)
        if type.hasScales { unsafe region.scales.update(from: source.scales, count: positions) }
    }

    deinit { unsafe munmap(base, byteCount) }

    /// What is kept of a head: its keys or its values.
    @unsafe struct Region {
        /// Keys `[capacity / 16 × headSize × 16]`, or values `[capacity × headSize]`.
        let elements: UnsafeMutableRawPointer
        /// `[capacity]`, where the type has scales; else there is no memory here.
        let scales: UnsafeMutablePointer<Float>
    }

    /// The keys of a head.
    func keys(layer: Int, head: Int) -> Region { unsafe region(layer: layer, half: 0, head: head) }

    /// The values of a head.
    func values(layer: Int, head: Int) -> Region { unsafe region(layer: layer, half: 1, head: head) }

    private func region(layer: Int, half: Int, head: Int) -> Region {
        let index = (2 * layer + half) * configuration.headCount + head
        let elements = unsafe base + index * capacity * type.byteCount(headSize: configuration.headSize)
        let scales = unsafe elements + capacity * configuration.headSize * type.elementByteCount
        return unsafe Region(elements: elements, scales: scales.assumingMemoryBound(to: Float.self))
    }
}
