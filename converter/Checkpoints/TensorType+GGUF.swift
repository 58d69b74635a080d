extension TensorType {
    /// The type that a GGUF file means by a number, or nil where Vencejo knows no size for it.
    init?(gguf number: UInt32) {
        switch number {
        case 0: self = .float32
        case 1: self = .float16
        case 2: self = .q40
        case 3: self = .q41
        case 6: self = .q50
        case 7: self = .q51
        case 8: self = .q80
        case 10: self = .q2k
        case 11: self = .q3k
        case 12: self = .q4k
        case 13: self = .q5k
        case 14: self = .q6k
        case 24: self = .int8
        case 25: self = .int16
        case 26: self = .int32
        case 27: self = .int64
        case 28: self = .float64
        case 30: self = .bfloat16
        default: return nil
        }
    }

    /// A name for a type that is not read: ggml's, or its number.
    static func name(gguf number: UInt32) -> String {
        let names: [UInt32: String] = [
            4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
            20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 31: "Q4_0_4_4", 32: "Q4_0_4_8",
            33: "Q4_0_8_8", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
        ]
        return names[number] ?? "\(number)"
    }
}
