@_exported import CKernels

/// Whole panels of a matrix [rows × columns], as the kernels see them; docs/KERNELS.md gives the layout.
public typealias PanelMatrix = vk_matrix

/// A few queries of one head at consecutive positions: the first attends to `positions` positions, each next to one more.
public typealias AttentionQueries = vk_attention

extension KernelSet {
    /// Tokens whose integer activations lie together.
    public static var tokensTogether: Int { 4 }

    /// Where a token's integer activations lie among those of `tokens` tokens: its first element, and the elements from one
    /// of its groups of 4 columns to the next. Tokens come in quads, `[groups × 4 tokens × 4 columns]`, what is left over of
    /// them as a pair, then one.
    public static func place(ofToken token: Int, among tokens: Int, columns: Int) -> (start: Int, stride: Int) {
        let place = vk_place_of(token, tokens, columns)
        return (place.start, place.stride)
    }
}

/// One row of the kernel table: every kernel, for one instruction set.
///
/// All rows return the same bits for the same arguments; they differ in speed only. The `reference` row defines what
/// each kernel computes, docs/KERNELS.md says it in words. Kernels keep no state, allocate nothing, check nothing, and
/// touch exactly the elements their shapes name.
@safe public struct KernelSet: Sendable {
    // MARK: Signatures

    /// x [columns], steps [columns] or nil, out [padded / 4] groups of 4, `stride` elements apart, one scale.
    public typealias QuantizeInt16 =
        @convention(c) (
            _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
            _ out: UnsafeMutablePointer<Int16>, _ stride: Int, _ scale: UnsafeMutablePointer<Float>
        ) -> Void
    /// x [columns], steps [columns] or nil, out [padded / 4] groups of 4, `stride` elements apart, one scale.
    public typealias QuantizeInt8 =
        @convention(c) (
            _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
            _ out: UnsafeMutablePointer<Int8>, _ stride: Int, _ scale: UnsafeMutablePointer<Float>
        ) -> Void
    /// x [columns], steps [columns] or nil, out [padded].
    public typealias Prepare =
        @convention(c) (
            _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
            _ out: UnsafeMutablePointer<Float>
        ) -> Void
    /// a [tokens × matrix.columns] in quads, scales [tokens], y [tokens × yStride] of which matrix.rows are written.
    public typealias MultiplyInt16 =
        @convention(c) (
            _ matrix: UnsafePointer<PanelMatrix>, _ a: UnsafePointer<Int16>, _ scales: UnsafePointer<Float>,
            _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// a [tokens × matrix.columns] in quads, never −128; scales [tokens], y [tokens × yStride] of which matrix.rows are written.
    public typealias MultiplyInt8 =
        @convention(c) (
            _ matrix: UnsafePointer<PanelMatrix>, _ a: UnsafePointer<Int8>, _ scales: UnsafePointer<Float>,
            _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// a [tokens × matrix.columns], y [tokens × yStride] of which matrix.rows are written.
    public typealias MultiplyFloat =
        @convention(c) (
            _ matrix: UnsafePointer<PanelMatrix>, _ a: UnsafePointer<Float>, _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// As for int8 elements, with packed ones.
    public typealias MultiplyPackedInt16 =
        @convention(c) (
            _ matrix: UnsafePointer<PackedMatrix>, _ a: UnsafePointer<Int16>, _ scales: UnsafePointer<Float>,
            _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// As for int8 elements, with packed ones.
    public typealias MultiplyPackedInt8 =
        @convention(c) (
            _ matrix: UnsafePointer<PackedMatrix>, _ a: UnsafePointer<Int8>, _ scales: UnsafePointer<Float>,
            _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// As for int8 elements, with packed ones.
    public typealias MultiplyPackedFloat =
        @convention(c) (
            _ matrix: UnsafePointer<PackedMatrix>, _ a: UnsafePointer<Float>, _ tokens: Int,
            _ y: UnsafeMutablePointer<Float>, _ yStride: Int
        ) -> Void
    /// panel [16 × columns] int8, out [2 · bits · columns] bytes, outliers [room]; the number of outliers, even where that is
    /// more than there is room for.
    public typealias Pack =
        @convention(c) (
            _ panel: UnsafePointer<Int8>, _ columns: Int, _ bits: Int, _ out: UnsafeMutablePointer<UInt8>,
            _ outliers: UnsafeMutablePointer<UInt32>, _ room: Int
        ) -> Int
    /// q [queries × stride], k [⌈positions / 16⌉ × headSize × 16], scores [queries × scoresStride].
    public typealias ScoresFloat =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>,
            _ scale: Float, _ scores: UnsafeMutablePointer<Float>
        ) -> Void
    /// The same with k in float16.
    public typealias ScoresHalf =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ q: UnsafePointer<Float>, _ k: UnsafePointer<UInt16>,
            _ scale: Float, _ scores: UnsafeMutablePointer<Float>
        ) -> Void
    /// The same with k in int8 and keyScales [positions].
    public typealias ScoresInt8 =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Int8>,
            _ keyScales: UnsafePointer<Float>, _ scale: Float, _ scores: UnsafeMutablePointer<Float>
        ) -> Void
    /// p [queries × scoresStride], v [positions × headSize], out [queries × stride].
    public typealias MixFloat =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ p: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
            _ out: UnsafeMutablePointer<Float>
        ) -> Void
    /// The same with v in float16.
    public typealias MixHalf =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ p: UnsafePointer<Float>, _ v: UnsafePointer<UInt16>,
            _ out: UnsafeMutablePointer<Float>
        ) -> Void
    /// The same with v in int8 and valueScales [positions].
    public typealias MixInt8 =
        @convention(c) (
            _ head: UnsafePointer<AttentionQueries>, _ p: UnsafePointer<Float>, _ v: UnsafePointer<Int8>,
            _ valueScales: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
        ) -> Void
    /// x, gain, bias and out [count]; out may be x.
    public typealias LayerNorm =
        @convention(c) (
            _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ count: Int,
            _ epsilon: Float, _ out: UnsafeMutablePointer<Float>
        ) -> Void
    /// x [count], changed in place.
    public typealias InPlace = @convention(c) (_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Void
    /// x [count], changed in place; y [count], which may be x.
    public typealias Accumulate =
        @convention(c) (
            _ x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
        ) -> Void
    /// x [count].
    public typealias Sum = @convention(c) (_ x: UnsafePointer<Float>, _ count: Int) -> Float
    /// x [count], out [count].
    public typealias HalfFromFloat =
        @convention(c) (
            _ x: UnsafePointer<Float>, _ count: Int, _ out: UnsafeMutablePointer<UInt16>
        ) -> Void
    /// x [count], out [count].
    public typealias FloatFromHalf =
        @convention(c) (
            _ x: UnsafePointer<UInt16>, _ count: Int, _ out: UnsafeMutablePointer<Float>
        ) -> Void

    // MARK: The row

    /// What the row is called: `reference`, `portable`, `avx2`, …
    public let name: String
    let isSupported: @convention(c) () -> Bool

    /// Activations as int16 with one scale; in each group of 4 the order is 0 2 1 3.
    public let quantizeI16: QuantizeInt16
    /// Activations as int8 with one scale.
    public let quantizeI8: QuantizeInt8
    /// Activations as they are, times their steps.
    public let prepareF32: Prepare
    /// int8 weights times int16 activations.
    public let multiplyI8I16: MultiplyInt16
    /// int8 weights times int8 activations.
    public let multiplyI8I8: MultiplyInt8
    /// int8 weights times float32 activations.
    public let multiplyI8F32: MultiplyFloat
    /// float16 weights times float32 activations.
    public let multiplyF16F32: MultiplyFloat
    /// float32 weights times float32 activations.
    public let multiplyF32F32: MultiplyFloat
    /// Packed weights times int16 activations: the bits that int8 gives, as in the next two.
    public let multiplyPackedI16: MultiplyPackedInt16
    /// Packed weights times int8 activations.
    public let multiplyPackedI8: MultiplyPackedInt8
    /// Packed weights times float32 activations.
    public let multiplyPackedF32: MultiplyPackedFloat
    /// Packs an int8 panel, columns a multiple of 32.
    public let pack: Pack
    /// Queries against float32 keys, times a scale.
    public let scoresF32: ScoresFloat
    /// Queries against float16 keys, times a scale.
    public let scoresF16: ScoresHalf
    /// Queries against int8 keys with a scale for each position, times a scale.
    public let scoresI8: ScoresInt8
    /// Σ p · v over float32 values.
    public let mixF32: MixFloat
    /// Σ p · v over float16 values.
    public let mixF16: MixHalf
    /// Σ p · v over int8 values with a scale for each position.
    public let mixI8: MixInt8
    /// e^(x − max) over its sum; all NaN where the maximum is not finite.
    public let softmax: InPlace
    /// (x − mean) / √(variance + epsilon) · gain + bias.
    public let layerNorm: LayerNorm
    /// v/2 · (1 + tanh(√(2/π) · (v + 0.044715 v³))).
    public let geluTanh: InPlace
    /// v/2 · (1 + erf(v / √2)).
    public let geluErf: InPlace
    /// max(v, 0).
    public let relu: InPlace
    /// x += y.
    public let add: Accumulate
    /// e^x; 0 below −87.
    public let expF32: InPlace
    /// ln x.
    public let logF32: InPlace
    /// The sum, in 16 lanes and a fixed tree.
    public let sumF32: Sum
    /// float16 bits, rounded to nearest even.
    public let halfFromFloat: HalfFromFloat
    /// The exact value of float16 bits.
    public let floatFromHalf: FloatFromHalf
}

extension KernelSet {
    /// A row of the C table.
    init(_ row: vk_kernels) {
        name = unsafe String(cString: row.name)
        isSupported = unsafe row.is_supported
        unsafe quantizeI16 = row.quantize_i16
        unsafe quantizeI8 = row.quantize_i8
        unsafe prepareF32 = row.prepare_f32
        unsafe multiplyI8I16 = row.multiply_i8_i16
        unsafe multiplyI8I8 = row.multiply_i8_i8
        unsafe multiplyI8F32 = row.multiply_i8_f32
        unsafe multiplyF16F32 = row.multiply_f16_f32
        unsafe multiplyF32F32 = row.multiply_f32_f32
        unsafe multiplyPackedI16 = row.multiply_packed_i16
        unsafe multiplyPackedI8 = row.multiply_packed_i8
        unsafe multiplyPackedF32 = row.multiply_packed_f32
        unsafe pack = row.pack
        unsafe scoresF32 = row.scores_f32
        unsafe scoresF16 = row.scores_f16
        unsafe scoresI8 = row.scores_i8
        unsafe mixF32 = row.mix_f32
        unsafe mixF16 = row.mix_f16
        unsafe mixI8 = row.mix_i8
        unsafe softmax = row.softmax
        unsafe layerNorm = row.layer_norm
        unsafe geluTanh = row.gelu_tanh
        unsafe geluErf = row.gelu_erf
        unsafe relu = row.relu
        unsafe add = row.add
        unsafe expF32 = row.exp_f32
        unsafe logF32 = row.log_f32
        unsafe sumF32 = row.sum_f32
        unsafe halfFromFloat = row.half_from_float
        unsafe floatFromHalf = row.float_from_half
    }
}
