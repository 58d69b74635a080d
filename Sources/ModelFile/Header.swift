public import StrictJSON

/// What a model file says about itself, as JSON for people: configuration, quantization, tokenizer and provenance.
public struct Header: Sendable, Equatable {
    /// The configuration, under the keys of Hugging Face's `config.json`.
    public var config: JSONObject
    /// How the weights were quantized. Nothing in it is needed to read them.
    public var quantization: JSONObject
    /// How to encode text, or nil if the file has no tokenizer; its tables are arrays.
    public var tokenizer: JSONObject?
    /// Where the weights come from: source files with their SHA-256, converter, options.
    public var provenance: JSONObject
    /// How few bits the symbols of int8 matrices stored as zstd fit in, by the array's name: what memory they will take.
    /// Whoever writes a file writes what is true of it.
    public internal(set) var packing: [String: Packing] = [:]

    /// A header with these members.
    public init(
        config: JSONObject, quantization: JSONObject = [:], tokenizer: JSONObject? = nil, provenance: JSONObject = [:]
    ) {
        self.config = config
        self.quantization = quantization
        self.tokenizer = tokenizer
        self.provenance = provenance
    }
}

extension Header {
    /// Reads a header of the format's minor version `minor` and checks rules 23 to 26 and 40.
    init(_ bytes: [UInt8], minor: Int, arrays: [ArrayDescription]) throws(ModelFileError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .headerNotJSON(error) }

        func object(_ key: String) throws(ModelFileError) -> JSONObject {
            guard let object = json[key]?.objectValue else {
                throw .invalidHeaderMember(key: key, expected: "an object")
            }
            return object
        }
        func text(_ key: String, _ expected: String) throws(ModelFileError) {
            guard json[key] == .string(expected) else {
                throw .invalidHeaderMember(key: key, expected: "\"\(expected)\"")
            }
        }
        try text("format", "q8z")
        try text("version", "\(Prologue.major).\(minor)")

        let requires = (json["requires"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard requires.count == json["requires"]?.arrayValue?.count,
            zip(requires, requires.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) })
        else {
            throw .invalidHeaderMember(key: "requires", expected: "a list of names in ascending order, none twice")
        }
        for name in requires where Feature(rawValue: name) == nil { throw .unknownFeature(name) }
        for feature in Feature.used(by: arrays) where !requires.contains(feature.rawValue) {
            throw .unlistedFeature(feature.rawValue)
        }

        config = try object("config")
        quantization = try object("quantization")
        provenance = try object("provenance")
        guard let tokenizer = json["tokenizer"], tokenizer.isNull || tokenizer.objectValue != nil else {
            throw .invalidHeaderMember(key: "tokenizer", expected: "an object or null")
        }
        self.tokenizer = tokenizer.objectValue
        packing = try Self.packing(json["packing"], arrays: arrays)
    }

    private static func packing(
        _ json: JSONValue?, arrays: [ArrayDescription]
    ) throws(ModelFileError) -> [String: Packing] {
        guard let json else { return [:] }
        let byName = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0) })
        var packing: [String: Packing] = [:]
        for (name, value) in json.objectValue ?? ["": .null] {
            guard let array = byName[name], array.isPackable, let bits = value["bits"]?.intValue,
                let count = value["outliers"]?.intValue, Packing.bitCounts.contains(bits),
                (0...Limits.outlierCount(elementCount: array.elementCount)).contains(count)
            else {
                throw .invalidHeaderMember(
                    key: "packing", expected: "bits (4 to 6) and outliers of int8 matrices that are stored as zstd")
            }
            packing[name] = Packing(bits: bits, outlierCount: count)
        }
        return packing
    }

    func encoded(arrays: [ArrayDescription]) -> [UInt8] {
        var json: JSONObject = [
            "format": "q8z",
            "version": .string("\(Prologue.major).\(minor(arrays))"),
            "requires": .array(Feature.used(by: arrays).map { .string($0.rawValue) }),
            "config": .object(config),
            "quantization": .object(quantization),
            "tokenizer": tokenizer.map { .object($0) } ?? nil,
            "provenance": .object(provenance),
        ]
        if !packing.isEmpty {
            let lists = arrays.compactMap { array in
                packing[array.name].map { packing in
                    let value: JSONValue = [
                        "bits": .integer(Int64(packing.bits)), "outliers": .integer(Int64(packing.outlierCount)),
                    ]
                    return (key: array.name, value: value)
                }
            }
            json["packing"] = .object(JSONObject(lists))
        }
        return Array(JSONValue.object(json).encoded(pretty: true).utf8)
    }

    /// The least minor version that has what a file with these arrays uses.
    func minor(_ arrays: [ArrayDescription]) -> Int {
        packing.isEmpty && !Feature.used(by: arrays).contains(.packedPanels) ? 0 : Prologue.minor
    }
}

/// What a file may use that a reader has to know. A reader refuses a file that names any other.
enum Feature: String, CaseIterable {
    // In ascending order of the names, the order in which a header lists them.
    case blockScales = "block-scales"
    case columnSteps = "column-steps"
    case escapes = "escapes"
    case floatPanels = "float-panels"
    case int8Panels = "int8-panels"
    case packedPanels = "packed-panels"
    case zstd = "zstd"

    /// The features that files with these arrays use, in ascending order.
    static func used(by arrays: [ArrayDescription]) -> [Feature] {
        let names = Set(arrays.map(\.name))
        return allCases.filter { feature in
            arrays.contains { array in
                switch feature {
                case .blockScales: array.blockLength != 0
                case .columnSteps: array.elementType == .int8 && names.contains(array.name + ".steps")
                case .escapes: array.elementType == .int8 && names.contains(array.name + ".escapes")
                case .floatPanels: array.elementType != .int8 && array.layout == .panels
                case .int8Panels: array.elementType == .int8 && array.layout == .panels
                case .packedPanels: array.layout.packedBits != nil
                case .zstd: array.storage == .zstd
                }
            }
        }
    }
}
