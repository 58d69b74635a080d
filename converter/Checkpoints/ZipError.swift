/// Why a ZIP archive was refused. One case per rule; the rules are listed at ``ZipArchive``.
public enum ZipError: Error, Equatable, Sendable {
    // The end of the archive, and its directory.
    case noEnd
    case noLocator
    case noRecord64
    case twoEnds
    case manyDisks
    case tooMany(count: UInt64, limit: Int)
    case directoryTooLarge(byteCount: UInt64, limit: Int)
    case directoryOutside
    case badDirectory

    // Entries.
    case badName(String)
    case duplicate(String)
    case compressed(String, method: UInt16)
    case encrypted(String)
    case twoSizes(String, stored: UInt64, unpacked: UInt64)
    case outside(String)
    case headerDiffers(String)
    case overlap(first: String, second: String)
    case wrongChecksum(String, stated: UInt32, found: UInt32)
}

extension ZipError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noEnd:
            return "it begins as a ZIP archive but does not end as one: the download is not complete, or something was "
                + "appended. Fetch it again"
        case .noLocator:
            return "its end says that sizes stand in a 64-bit record, which is not there" + damagedOrHostile
        case .noRecord64:
            return "the 64-bit record of its end is not where its locator says, or is not what it must be"
                + damagedOrHostile
        case .twoEnds:
            return "the two records of its end disagree" + damagedOrHostile
        case .manyDisks:
            return "it says that it is one part of several; expected a whole archive" + damagedOrHostile
        case .tooMany(let count, let limit):
            return "it has \(count) entries; at most \(limit) are read" + damagedOrHostile
        case .directoryTooLarge(let byteCount, let limit):
            return "its directory has \(byteCount) bytes; at most \(limit) are read" + damagedOrHostile
        case .directoryOutside:
            return "its directory does not end where the record of its end begins" + damagedOrHostile
        case .badDirectory:
            return "its directory does not hold the entries that are stated, and only these" + damagedOrHostile
        case .badName(let name):
            return "it has an entry named \(quoted(name)); expected a plain path in UTF-8" + damagedOrHostile
        case .duplicate(let name):
            return "it has the entry \(quoted(name)) twice" + damagedOrHostile
        case .compressed(let name, let method):
            return "the entry \(quoted(name)) is compressed (method \(method)); PyTorch stores entries as they are. "
                + "Load the model and save it again with torch.save"
        case .encrypted(let name):
            return "the entry \(quoted(name)) is encrypted; expected an open one. Save the model again with torch.save"
        case .twoSizes(let name, let stored, let unpacked):
            return "the entry \(quoted(name)) has \(stored) bytes and says it has \(unpacked)" + damagedOrHostile
        case .outside(let name):
            return "the entry \(quoted(name)) does not lie between the beginning and the directory" + damagedOrHostile
        case .headerDiffers(let name):
            return "the entry \(quoted(name)) has a header of its own that is not what the directory says"
                + damagedOrHostile
        case .overlap(let first, let second):
            return "the entries \(quoted(first)) and \(quoted(second)) overlap" + damagedOrHostile
        case .wrongChecksum(let name, let stated, let found):
            return "the entry \(quoted(name)) has the checksum \(String(found, radix: 16)); its directory says "
                + "\(String(stated, radix: 16)): fetch the file again"
        }
    }
}
