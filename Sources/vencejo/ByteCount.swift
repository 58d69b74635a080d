import ArgumentParser

/// A size as people type it: 64M, 1.5G, 65536K, 500MB, or bytes. K, M and G are 1024, 1024² and 1024³.
struct ByteCount: ExpressibleByArgument, Equatable {
    let byteCount: Int

    init(byteCount: Int) { self.byteCount = byteCount }

    init?(argument: String) {
        let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [String: Double] = ["": 1, "B": 1, "K": 0x1p10, "M": 0x1p20, "G": 0x1p30]
        var unit = argument.dropFirst(number.count).uppercased()
        for ending in ["IB", "B"] where unit.count > ending.count && unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
            break
        }
        guard let factor = units[unit], let value = Double(number), value * factor < 0x1p62 else { return nil }
        byteCount = Int(value * factor)
    }
}
