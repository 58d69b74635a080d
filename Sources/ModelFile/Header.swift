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
    /// Reads a header of the format's minor version `minor` and checks rules 23 to 26.
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
    }

    func encoded(arrays: [ArrayDescription]) -> [UInt8] {
        let json: JSONValue = [
            "format": "q8z",
            "version": .string("\(Prologue.major).\(Prologue.minor)"),
            "requires": .array(Feature.used(by: arrays).map { .string($0.rawValue) }),
            "config": .object(config),
            "quantization": .object(quantization),
            "tokenizer": tokenizer.map { .object($0) } ?? nil,
            "provenance": .object(provenance),
        ]
        return Array(json.encoded(pretty: true).utf8)
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
                case .int8Panels: array.elementType == .int8
                case .zstd: array.storage == .zstd
                }
            }
        }
    }
}
