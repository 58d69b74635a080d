/// A value on the stack of a ``PickleMachine``. What holds other values stands in its arena, so that none of these nests.
enum PickleValue: Equatable {
    case none
    case bool(Bool)
    case integer(Int64)
    /// An integer that no `Int64` holds.
    case large
    case number(Double)
    /// Where its UTF-8 lies in the pickle.
    case text(Range<Int>)
    /// Bytes that nobody asks for.
    case bytes
    case container(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
}

/// The names that a pickle may call. Nothing is looked up or run: each of them is a case here, and no other is known.
enum PickleGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(TensorType)

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let type = Self.storages[name] else { return nil }
            self = .storage(type)
        default: return nil
        }
    }

    private static let storages: [String: TensorType] = [
        "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "DoubleStorage": .float64,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    var name: String {
        switch self {
        case .orderedDictionary: "collections.OrderedDict"
        case .rebuildTensor: "torch._utils._rebuild_tensor_v2"
        case .rebuildParameter: "torch._utils._rebuild_parameter"
        case .storage(let type): "torch." + (Self.storages.first { $0.value == type }?.key ?? type.rawValue)
        }
    }
}

/// A list, a tuple or a dictionary.
struct PickleContainer {
    enum Kind { case list, tuple, dictionary }

    let kind: Kind
    /// Its values; a dictionary's keys and values by turns.
    var items: [PickleValue] = []
    /// Whether it still stands on the stack, where its values are put in. Closed once it is part of something else.
    var isOpen: Bool
    /// Levels of values inside of it, itself included.
    var depth: Int32 = 1
    /// Values inside of it, counted as often as they would be written out; at most ``PickleMachine/expansionLimit``.
    var expandedCount: Int32 = 1
}

/// Numbers that several tensors may share, as a pickle speaks of them.
struct PickleStorage: Equatable {
    let key: String
    let type: TensorType
    let count: Int
}

/// A tensor as a pickle speaks of it: part of a storage, in range of what a pickle can say but not yet of the storage.
struct PickleTensor: Equatable {
    let storage: Int
    let offset: Int64
    let shape: [Int64]
    let strides: [Int64]
}
