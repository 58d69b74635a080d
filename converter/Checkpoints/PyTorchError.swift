/// Why what a PyTorch file holds was refused, where archive and pickle alone are well formed.
public enum PyTorchError: Error, Equatable, Sendable {
    // The file.
    case noPickle
    case bigEndian
    case pickle(PickleError)
    case unknownVersion
    case badStorageList
    case appended(expected: Int, found: Int)

    // Storages and tensors.
    case missingStorage(key: String)
    case wrongStorageSize(key: String, stated: Int, found: Int)
    case badShape(tensor: String)
    case outsideStorage(tensor: String, last: Int?, count: Int)
    case expanded(tensor: String, elementCount: Int, storageCount: Int)
    case repeated(byteCount: Int, fileByteCount: Int)

    // What the weights are found by.
    case noWeights(found: String)
    case notATensor(name: String)
    case notAName
    case duplicate(tensor: String)
    case tooMany(limit: Int)
    case longNames(limit: Int)
    case badArgument(key: String)
    case unknownArgument(key: String, value: String)
}

extension PyTorchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noPickle:
            return "it is a ZIP archive without one data.pkl; expected what torch.save writes. Name the file of weights"
        case .bigEndian:
            return "its numbers are big-endian; expected little-endian ones. Load it and save it on a usual machine"
        case .pickle(let error):
            return error.description
        case .unknownVersion:
            return "it begins as a pickle but not as torch.save begins one; expected weights that torch.save wrote. "
                + "Load it where it comes from, and save its state_dict()"
        case .badStorageList:
            return "its list of storages does not name each storage once" + damagedOrHostile
        case .appended(let expected, let found):
            return "it has \(found) bytes; its storages end after \(expected): something was appended. "
                + "Fetch it again"
        case .tooMany(let limit):
            return "a dictionary in it has more than \(limit) entries" + damagedOrHostile
        case .longNames(let limit):
            return "the names of its tensors have more than \(limit) bytes" + damagedOrHostile
        case .missingStorage(let key):
            return "it lacks the storage \(quoted(key)): fetch it again"
        case .wrongStorageSize(let key, let stated, let found):
            return "the storage \(quoted(key)) has \(found) bytes; its pickle says \(stated)" + damagedOrHostile
        case .badShape(let tensor):
            return "tensor \(quoted(tensor)) has a negative or absurd size, stride or offset" + damagedOrHostile
        case .outsideStorage(let tensor, let last, let count):
            return
                "tensor \(quoted(tensor)) reaches \(last.map { "to element \($0)" } ?? "beyond element 2^63") of a storage of "
                + "\(count)" + damagedOrHostile
        case .expanded(let tensor, let elementCount, let storageCount):
            return "tensor \(quoted(tensor)) has \(elementCount) elements made from \(storageCount); save it after "
                + ".contiguous()"
        case .repeated(let byteCount, let fileByteCount):
            return "its tensors take \(byteCount) bytes, in a file of \(fileByteCount): too much of it is there twice. "
                + "Save the tensors after .clone()"
        case .noWeights(let found):
            return "it holds \(found), which is no dictionary of tensors; save model.state_dict(), alone or under "
                + "\"model\", \"state_dict\" or \"model_state_dict\""
        case .notATensor(let name):
            return "\(quoted(name)) among its weights is not a tensor; save model.state_dict() alone"
        case .notAName:
            return "a name among its weights is not a text; save model.state_dict() alone"
        case .duplicate(let tensor):
            return "tensor \(quoted(tensor)) is there twice" + damagedOrHostile
        case .badArgument(let key):
            return "\(quoted(key)) in its model_args is not what nanoGPT saves there" + damagedOrHostile
        case .unknownArgument(let key, let value):
            return
                "its model_args have \(quoted(key)), \(quoted(value)), which nanoGPT does not save: it is a model of "
                + "another kind, which Vencejo does not compute"
        }
    }
}
