// The kernel table. A row holds every kernel for one instruction set; `vk_table` lists the rows of this architecture,
// worst first. docs/KERNELS.md defines the layouts and every operation to the bit: all rows return the same bits.
//
// Kernels have no state, allocate nothing, and read and write exactly the elements named here. Unless said otherwise
// pointers need only their element's alignment, and outputs do not overlap inputs.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A run of whole panels of a matrix [rows × columns]. Advancing the pointers makes a slice for a thread or a chunk.
typedef struct {
    const void *_Nonnull elements;   // [panels][groups][16 rows][4 bytes]; a panel is 16 rows
    const float *_Nullable scales;   // [panels][blocks][16]; NULL for float elements
    const float *_Nullable bias;     // [rows], or NULL for zero
    size_t rows;                     // rows to write; the last panel may be partly padding
    size_t columns;                  // padded to whole groups: 4 (int8), 2 (float16) or 1 (float32)
    size_t block;                    // columns that share a scale; `columns` or more when a row has one scale
} vk_matrix;

// The same of symbols packed in 4, 5 or 6 bits; columns and blocks are multiples of 32. A symbol outside of the bits is stored
// as the nearest inside and listed: its place in the panel as int8 (docs/KERNELS.md) · 256 + what it lacks, modulo 256.
typedef struct {
    vk_matrix matrix;                          // elements [panels][columns / 32][bits][16 rows][4 bytes]
    size_t bits;
    const uint32_t *_Nonnull outlier_starts;   // [panels + 1]: where a panel's outliers begin in `outliers`
    const uint32_t *_Nonnull outliers;         // of each panel ascending
} vk_packed_matrix;

// A few queries of one head at consecutive positions: the first attends to `positions` positions, each next one to one
// more.
typedef struct {
    size_t head_size, positions, queries;
    size_t stride;          // floats from one query to the next, and from one output to the next
    size_t scores_stride;   // floats from one query's scores to the next one's
} vk_attention;

// One row of the table.
typedef struct {
    const char *_Nonnull name;
    bool (*_Nonnull is_supported)(void);   // asks the CPU and the operating system

    // Activations, from float32: x [columns], steps [columns] or NULL. The scale is written to *scale. Integers are
    // written in groups of 4 columns, padded / 4 of them, `stride` elements from one to the next.
    void (*_Nonnull quantize_i16)(const float *_Nonnull x, const float *_Nullable steps, size_t columns, size_t padded,
                                  int16_t *_Nonnull out, size_t stride, float *_Nonnull scale);
    void (*_Nonnull quantize_i8)(const float *_Nonnull x, const float *_Nullable steps, size_t columns, size_t padded,
                                 int8_t *_Nonnull out, size_t stride, float *_Nonnull scale);
    void (*_Nonnull prepare_f32)(const float *_Nonnull x, const float *_Nullable steps, size_t columns, size_t padded,
                                 float *_Nonnull out);

    // y[token * y_stride + row] for every token and row; a_scales [tokens]. Integer activations lie in quads of tokens
    // (see vk_place_of below), float32 ones as [tokens × w->columns].
    void (*_Nonnull multiply_i8_i16)(const vk_matrix *_Nonnull w, const int16_t *_Nonnull a,
                                     const float *_Nonnull a_scales, size_t tokens, float *_Nonnull y, size_t y_stride);
    void (*_Nonnull multiply_i8_i8)(const vk_matrix *_Nonnull w, const int8_t *_Nonnull a,
                                    const float *_Nonnull a_scales, size_t tokens, float *_Nonnull y, size_t y_stride);
    void (*_Nonnull multiply_i8_f32)(const vk_matrix *_Nonnull w, const float *_Nonnull a, size_t tokens,
                                     float *_Nonnull y, size_t y_stride);
    void (*_Nonnull multiply_f16_f32)(const vk_matrix *_Nonnull w, const float *_Nonnull a, size_t tokens,
                                      float *_Nonnull y, size_t y_stride);
    void (*_Nonnull multiply_f32_f32)(const vk_matrix *_Nonnull w, const float *_Nonnull a, size_t tokens,
                                      float *_Nonnull y, size_t y_stride);

    // The same with packed symbols, and the same result as from int8.
    void (*_Nonnull multiply_packed_i16)(const vk_packed_matrix *_Nonnull w, const int16_t *_Nonnull a,
                                         const float *_Nonnull a_scales, size_t tokens, float *_Nonnull y,
                                         size_t y_stride);
    void (*_Nonnull multiply_packed_i8)(const vk_packed_matrix *_Nonnull w, const int8_t *_Nonnull a,
                                        const float *_Nonnull a_scales, size_t tokens, float *_Nonnull y,
                                        size_t y_stride);
    void (*_Nonnull multiply_packed_f32)(const vk_packed_matrix *_Nonnull w, const float *_Nonnull a, size_t tokens,
                                         float *_Nonnull y, size_t y_stride);
    // Packs an int8 panel of `columns` columns. Writes its first outliers, at most `room`, and returns how many it has.
    size_t (*_Nonnull pack)(const int8_t *_Nonnull panel, size_t columns, size_t bits, uint8_t *_Nonnull out,
                            uint32_t *_Nonnull outliers, size_t room);

    // Scores of a head's queries, q · k · scale. k [⌈last query's positions / 16⌉][head_size][16], blocks read whole.
    void (*_Nonnull scores_f32)(const vk_attention *_Nonnull h, const float *_Nonnull q, const float *_Nonnull k,
                                float scale, float *_Nonnull scores);
    void (*_Nonnull scores_f16)(const vk_attention *_Nonnull h, const float *_Nonnull q, const uint16_t *_Nonnull k,
                                float scale, float *_Nonnull scores);
    // q · k · k_scales · scale; k_scales [last query's positions].
    void (*_Nonnull scores_i8)(const vk_attention *_Nonnull h, const float *_Nonnull q, const int8_t *_Nonnull k,
                               const float *_Nonnull k_scales, float scale, float *_Nonnull scores);
    // out = Σ p[i] · v[i], ascending, for every query; v [positions][head_size].
    void (*_Nonnull mix_f32)(const vk_attention *_Nonnull h, const float *_Nonnull p, const float *_Nonnull v,
                             float *_Nonnull out);
    void (*_Nonnull mix_f16)(const vk_attention *_Nonnull h, const float *_Nonnull p, const uint16_t *_Nonnull v,
                             float *_Nonnull out);
    // out = Σ (p[i] · v_scales[i]) · v[i]; v_scales [last query's positions].
    void (*_Nonnull mix_i8)(const vk_attention *_Nonnull h, const float *_Nonnull p, const int8_t *_Nonnull v,
                            const float *_Nonnull v_scales, float *_Nonnull out);

    // Vectors. `out` of layer_norm may be `x`; the others work in place.
    void (*_Nonnull softmax)(float *_Nonnull x, size_t count);
    void (*_Nonnull layer_norm)(const float *_Nonnull x, const float *_Nonnull gain, const float *_Nonnull bias,
                                size_t count, float epsilon, float *_Nonnull out);
    void (*_Nonnull gelu_tanh)(float *_Nonnull x, size_t count);
    void (*_Nonnull gelu_erf)(float *_Nonnull x, size_t count);
    void (*_Nonnull relu)(float *_Nonnull x, size_t count);
    void (*_Nonnull add)(float *_Nonnull x, const float *_Nonnull y, size_t count);   // x += y; y may be x
    void (*_Nonnull exp_f32)(float *_Nonnull x, size_t count);
    void (*_Nonnull log_f32)(float *_Nonnull x, size_t count);
    float (*_Nonnull sum_f32)(const float *_Nonnull x, size_t count);
    void (*_Nonnull half_from_float)(const float *_Nonnull x, size_t count, uint16_t *_Nonnull out);
    void (*_Nonnull float_from_half)(const uint16_t *_Nonnull x, size_t count, float *_Nonnull out);
} vk_kernels;

extern const vk_kernels *const _Nonnull vk_table[];
extern const size_t vk_table_count;

// Swift does not see an array of unknown length.
static inline const vk_kernels *_Nonnull vk_table_row(size_t index) { return vk_table[index]; }

// Where a token's integer activations lie: tokens come in quads, `[groups][4 tokens][4 columns]`, what is left over of
// them as a pair, then one. `start` is its first element, `stride` the elements from one of its groups to the next.
typedef struct {
    size_t start, stride;
} vk_place;

static inline vk_place vk_place_of(size_t token, size_t tokens, size_t columns) {
    const size_t whole = tokens / 4 * 4, left = tokens - whole;
    const size_t together = token < whole ? 4 : left >= 2 && token < whole + 2 ? 2 : 1;
    const size_t first = token < whole ? token / 4 * 4 : token < whole + 2 && left >= 2 ? whole : token;
    return (vk_place){.start = first * columns + (token - first) * 4, .stride = together * 4};
}

#endif
