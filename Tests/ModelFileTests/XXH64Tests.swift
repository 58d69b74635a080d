@testable import ModelFile
import Testing

@Suite struct XXH64 {
    /// The sanity checks of the xxHash distribution: bytes of a fixed generator, without and with a seed.
    static let published: [(Int, UInt64, UInt64)] = [
        (0, 0, 0xEF46_DB37_51D8_E999), (0, 2_654_435_761, 0xAC75_FDA2_929B_17EF),
        (1, 0, 0xE934_A84A_DB05_2768), (1, 2_654_435_761, 0x5014_6076_43A9_B4C3),
        (4, 0, 0x9136_A0DC_A574_57EE), (14, 0, 0x8282_DCC4_994E_35C8), (14, 2_654_435_761, 0xC3BD_6BF6_3DEB_6DF0),
        (222, 0, 0xB641_AE8C_B691_C174), (222, 2_654_435_761, 0x20CB_8AB7_AE10_C14A),
    ]

    @Test(arguments: published)
    func equalsThePublishedValue(count: Int, seed: UInt64, expected: UInt64) {
        var state: UInt64 = 2_654_435_761
        let bytes = (0..<count).map { _ in
            defer { state = state &* 0x9E37_79B1_85EB_CA8D }
            return UInt8(state >> 56)
        }
        #expect(unsafe xxh64(bytes.span.bytes, seed: seed) == expected)
    }

    @Test func readsFromAnyAddress() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for shift in 0..<9 {
            let moved = [UInt8](repeating: 0, count: shift) + bytes
            #expect(unsafe xxh64(moved.span.bytes.extracting(shift..<moved.count)) == xxh64(bytes.span.bytes))
        }
    }
}
