/// The 64-bit checksum of the format: XXH64, after the xxHash specification (Yann Collet, version 0.1.1).
///
/// It notices damage, not forgery. Four lanes of 8 bytes run side by side, so it reads as fast as memory delivers.
public func xxh64(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe xxh64($0, seed: seed) }
}

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

private func xxh64(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    guard var next = bytes.baseAddress else { return avalanche(seed &+ prime5) }
    let end = unsafe next + bytes.count
    var hash: UInt64

    if bytes.count >= 32 {
        var (lane1, lane2) = (seed &+ prime1 &+ prime2, seed &+ prime2)
        var (lane3, lane4) = (seed, seed &- prime1)
        while unsafe end - next >= 32 {
            lane1 = unsafe round(lane1, word64(next))
            lane2 = unsafe round(lane2, word64(next + 8))
            lane3 = unsafe round(lane3, word64(next + 16))
            lane4 = unsafe round(lane4, word64(next + 24))
            unsafe next += 32
        }
        hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        for lane in [lane1, lane2, lane3, lane4] {
            hash = (hash ^ round(0, lane)) &* prime1 &+ prime4
        }
    } else {
        hash = seed &+ prime5
    }

    hash = hash &+ UInt64(bytes.count)
    while unsafe end - next >= 8 {
        hash = unsafe rotate(hash ^ round(0, word64(next)), 27) &* prime1 &+ prime4
        unsafe next += 8
    }
    if unsafe end - next >= 4 {
        hash = unsafe rotate(hash ^ UInt64(word32(next)) &* prime1, 23) &* prime2 &+ prime3
        unsafe next += 4
    }
    while unsafe next < end {
        hash = unsafe rotate(hash ^ UInt64(next.load(as: UInt8.self)) &* prime5, 11) &* prime1
        unsafe next += 1
    }
    return avalanche(hash)
}

@inline(__always) private func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
}

@inline(__always) private func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
    word &<< count | word &>> (64 &- count)
}

@inline(__always) private func word64(_ pointer: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
}

@inline(__always) private func word32(_ pointer: UnsafeRawPointer) -> UInt32 {
    unsafe UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self))
}

private func avalanche(_ hash: UInt64) -> UInt64 {
    var hash = hash
    hash = (hash ^ hash &>> 33) &* prime2
    hash = (hash ^ hash &>> 29) &* prime3
    return hash ^ hash &>> 32
}
