// Symbols in 4, 5 or 6 bits: taken apart as they are multiplied, or unpacked to int8, and packed.
//
// A panel is cut into slabs of 32 columns, a slab is `bits` groups, and the 16-bit lanes of these hold a row's symbols plus
// half of what the bits count, never negative. A *pair* is a lane of each half of a row: columns 0 and 2 of 4 where its number
// is even, 1 and 3 where it is odd, which is what a 16-bit multiply-add takes and the order in which int16 activations lie.
#ifndef VK_LANES_PACKED_H
#define VK_LANES_PACKED_H

#include "lanes.h"

enum {
    vk_group = 64,               // bytes of a group: 16 rows of 4
    vk_span = 512,               // columns between two float steps: 512 · 128 · vk_limit_i16 < 2^31
    vk_quad = 4,                 // tokens whose integer activations lie together
    vk_most_tokens = 64,         // tokens whose sums are kept at a time
    vk_slab = 32,                // columns packed together
    vk_pairs = 16,               // and pairs of them
    vk_most_spans = 1024,        // of 65 536 columns in blocks of 64
    vk_ahead = 4096,             // bytes that memory is asked for ahead of their use: docs/decisions/0009-packed-symbols.md
    vk_parts = vk_group / VK_REGISTER,
};

typedef uint16_t vk_words __attribute__((ext_vector_type(VK_REGISTER / 2)));
typedef int16_t vk_shorts __attribute__((ext_vector_type(VK_REGISTER / 2)));
typedef int32_t vk_dwords __attribute__((ext_vector_type(VK_REGISTER / 4)));
typedef uint64_t vk_quads __attribute__((ext_vector_type(VK_REGISTER / 8)));
typedef int8_t vk_bytes __attribute__((ext_vector_type(VK_REGISTER)));
typedef int8_t i8x64 __attribute__((ext_vector_type(64)));

// What a row provides: sum + the products of two registers' signed 16-bit lanes, neighbours added, in int32, exactly; and the
// rows of a sum added to `rows`.
VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y);
VK_INLINE void add_sum(int32_t *rows, vk_sum sum);

// The two 16-bit activations at `a`, again and again.
VK_INLINE vk_words repeat_pair(const uint8_t *a) {
    int32_t pair;
    __builtin_memcpy(&pair, a, sizeof pair);
    return (vk_words)(vk_dwords)pair;
}

// MARK: Panels

VK_INLINE size_t block_count(const vk_matrix *w) {
    return w->block >= w->columns ? 1 : (w->columns + w->block - 1) / w->block;
}

// Rows of panel `panel` that are to be written, at most 16.
VK_INLINE size_t panel_rows(const vk_matrix *w, size_t panel) { return smaller(w->rows - panel * vk_lanes, vk_lanes); }

VK_INLINE f32x16 panel_bias(const vk_matrix *w, size_t panel) {
    return w->bias ? load_part(w->bias + panel * vk_lanes, panel_rows(w, panel), 0) : (f32x16)0.0f;
}

VK_INLINE const uint32_t *first_outlier(const vk_packed_matrix *w, size_t panel) {
    return w->outliers + w->outlier_starts[panel];
}

VK_INLINE const uint8_t *packed_panel(const vk_packed_matrix *w, size_t panel) {
    return (const uint8_t *)w->matrix.elements + panel * (w->matrix.columns / vk_slab) * w->bits * vk_group;
}

// MARK: Slabs

VK_INLINE vk_words load_words(const uint8_t *group) {
    vk_words words;
    __builtin_memcpy(&words, group, sizeof words);
    return words;
}

// Pair `v` of a slab.
VK_INLINE vk_words packed_pair(const uint8_t *slab, size_t bits, size_t v) {
    const uint8_t *group = slab + (bits == 4 ? v / 4 : bits == 5 ? v / 3 % 5 : v / 8 * 3) * vk_group;
    const vk_words x = load_words(group);
    if (bits == 4) {
        const uint16_t shifts[4] = {0, 8, 4, 12};
        return x >> shifts[v % 4] & 15;
    }
    if (bits == 5) {
        const uint16_t shifts[3] = {0, 5, 11};
        if (v < 15) return x >> shifts[v % 3] & 31;
        vk_words last = x & 0x400;   // a bit of each group
        for (uint16_t i = 1; i < 5; i++) last |= load_words(slab + i * vk_group) >> i & 0x400 >> i;
        return last >> 6;
    }
    const vk_words y = load_words(group + vk_group), z = load_words(group + 2 * vk_group);
    switch (v % 8) {
    case 0: return x & 63;
    case 1: return x >> 6 & 63;
    case 2: return y & 63;
    case 3: return y >> 10;
    case 4: return z & 63;
    case 5: return z >> 6 & 63;
    case 6: return x >> 12 | (y >> 2 & 48);
    default: return z >> 12 | (y >> 4 & 48);
    }
}

// The group of a slab that holds these pairs.
VK_INLINE vk_words packed_group(const vk_words *pairs, size_t bits, size_t group) {
    const vk_words *p = pairs + (bits == 4 ? group * 4 : bits == 5 ? group * 3 : group / 3 * 8);
    if (bits == 4) return p[0] | p[1] << 8 | p[2] << 4 | p[3] << 12;
    if (bits == 5) return p[0] | p[1] << 5 | p[2] << 11 | (pairs[15] << (uint16_t)(6 + group) & 0x400);
    switch (group % 3) {
    case 0: return p[0] | p[1] << 6 | p[6] << 12;
    case 1: return p[2] | p[3] << 10 | (p[6] & 48) << 2 | (p[7] & 48) << 4;
    default: return p[4] | p[5] << 6 | p[7] << 12;
    }
}

// MARK: Few tokens

// dots[token] += a panel's slabs times 1, 2 or 4 tokens' activations, the symbols as they lie, half of the bits too high.
VK_INLINE void dot_packed(const uint8_t *slab, const uint8_t *a, size_t slab_count, size_t bits, size_t tokens,
                          i32x16 *dots) {
    vk_sum sums[vk_parts][vk_quad][VK_CHAINS] = {0};
    for (; slab_count > 0; slab_count--, slab += bits * vk_group, a += vk_slab * 2 * tokens) {
        for (size_t i = 0; i < bits; i++) __builtin_prefetch(slab + vk_ahead + i * vk_group);
#pragma clang loop unroll(full)
        for (size_t part = 0; part < vk_parts; part++)
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vk_pairs; v++) {
                const vk_words pair = packed_pair(slab + part * VK_REGISTER, bits, v);
#pragma clang loop unroll(full)
                for (size_t t = 0; t < tokens; t++) {
                    vk_sum *sum = &sums[part][t][v % VK_CHAINS];
                    *sum = add_products(*sum, pair, repeat_pair(a + (v / 2 * tokens + t) * 8 + v % 2 * 4));
                }
            }
    }
    for (size_t part = 0; part < vk_parts; part++)
        for (size_t t = 0; t < tokens; t++)
            for (size_t chain = 0; chain < VK_CHAINS; chain++)
                add_sum((int32_t *)(dots + t) + part * (VK_REGISTER / 4), sums[part][t][chain]);
}

// sums[token] = Σ a over `count` columns.
VK_INLINE void sum_activations(const int16_t *a, size_t count, size_t tokens, int32_t *sums) {
    i32x16 lanes = (i32x16)0;   // a group of 4 columns for each of 4, 2 or 1 tokens
    for (size_t i = 0; i < count * tokens; i += vk_lanes) {
        i16x16 words;
        __builtin_memcpy(&words, a + i, sizeof words);
        lanes += __builtin_convertvector(words, i32x16);
    }
    for (size_t t = 0; t < tokens; t++) sums[t] = 0;
    for (size_t lane = 0; lane < vk_lanes; lane++) sums[lane / 4 % tokens] += lanes[lane];
}

// Every panel times 1, 2 or 4 tokens, whose activations lie together.
VK_INLINE void packed_tokens(const vk_packed_matrix *packed, const int16_t *a, const float *a_scales, size_t tokens,
                             float *y, size_t y_stride, size_t bits) {
    const vk_matrix *w = &packed->matrix;
    const size_t span = smaller(w->block, vk_span), blocks = block_count(w);
    int32_t totals[vk_most_spans][vk_quad];
    for (size_t column = 0, i = 0; column < w->columns; column += span, i++)
        sum_activations(a + column * tokens, smaller(span, w->columns - column), tokens, totals[i]);
    for (size_t panel = 0; panel * vk_lanes < w->rows; panel++) {
        const uint8_t *slab = packed_panel(packed, panel);
        const uint32_t *outlier = first_outlier(packed, panel), *end = first_outlier(packed, panel + 1);
        f32x16 sums[vk_quad];
        for (size_t t = 0; t < tokens; t++) sums[t] = (f32x16)0.0f;
        for (size_t column = 0, i = 0; column < w->columns; column += span, i++) {
            const size_t count = smaller(span, w->columns - column);
            i32x16 dots[vk_quad];
            for (size_t t = 0; t < tokens; t++) dots[t] = (i32x16)(-(1 << (bits - 1)) * totals[i][t]);
            dot_packed(slab, (const uint8_t *)(a + column * tokens), count / vk_slab, bits, tokens, dots);
            slab += count / vk_slab * bits * vk_group;
            for (; outlier < end && *outlier >> 8 < (column + count) * vk_lanes; outlier++) {
                const size_t place = *outlier >> 8;   // group, row, column of 4
                const int16_t *values = a + place / vk_group * 4 * tokens + (place & 1) * 2 + (place >> 1 & 1);
                for (size_t t = 0; t < tokens; t++)
                    ((int32_t *)(dots + t))[place / 4 % vk_lanes] += (int8_t)*outlier * values[t * 4];
            }
            const f32x16 scale = load(w->scales + (panel * blocks + (blocks == 1 ? 0 : column / w->block)) * vk_lanes);
            for (size_t t = 0; t < tokens; t++)
                sums[t] = fma_lanes(__builtin_convertvector(dots[t], f32x16), scale, sums[t]);
        }
        for (size_t t = 0; t < tokens; t++)
            store_part(y + t * y_stride + panel * vk_lanes,
                       fma_lanes(sums[t], (f32x16)a_scales[t], panel_bias(w, panel)), panel_rows(w, panel));
    }
}

static void few_tokens(const vk_packed_matrix *w, const int16_t *a, const float *a_scales, size_t tokens, float *y,
                       size_t y_stride) {
    switch (w->bits * 8 + tokens) {   // constants for each
    case 4 * 8 + 1: packed_tokens(w, a, a_scales, 1, y, y_stride, 4); break;
    case 4 * 8 + 2: packed_tokens(w, a, a_scales, 2, y, y_stride, 4); break;
    case 4 * 8 + 4: packed_tokens(w, a, a_scales, 4, y, y_stride, 4); break;
    case 5 * 8 + 1: packed_tokens(w, a, a_scales, 1, y, y_stride, 5); break;
    case 5 * 8 + 2: packed_tokens(w, a, a_scales, 2, y, y_stride, 5); break;
    case 5 * 8 + 4: packed_tokens(w, a, a_scales, 4, y, y_stride, 5); break;
    case 6 * 8 + 1: packed_tokens(w, a, a_scales, 1, y, y_stride, 6); break;
    case 6 * 8 + 2: packed_tokens(w, a, a_scales, 2, y, y_stride, 6); break;
    default: packed_tokens(w, a, a_scales, 4, y, y_stride, 6); break;
    }
}

// MARK: Unpacking

VK_INLINE void unpack_slabs(const uint8_t *slab, size_t slab_count, size_t bits, uint8_t *out) {
    for (; slab_count > 0; slab_count--, slab += bits * vk_group, out += vk_slab * vk_lanes)
        for (size_t part = 0; part < vk_parts; part++)
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vk_pairs; v += 2) {
                const uint8_t *rows = slab + part * VK_REGISTER;
                const vk_words both = packed_pair(rows, bits, v) | packed_pair(rows, bits, v + 1) << 8;
                const vk_bytes symbols = (vk_bytes)both - (int8_t)(1 << (bits - 1));
                __builtin_memcpy(out + v / 2 * vk_group + part * VK_REGISTER, &symbols, sizeof symbols);
            }
}

// `count` columns of a panel from `column` on, as int8. `outlier` is the first that lies there; returns the first behind.
static const uint32_t *unpack(const vk_packed_matrix *w, size_t panel, size_t column, size_t count,
                              const uint32_t *outlier, uint8_t *out) {
    const uint8_t *slab = packed_panel(w, panel) + column / vk_slab * w->bits * vk_group;
    switch (w->bits) {   // a constant for each
    case 4: unpack_slabs(slab, count / vk_slab, 4, out); break;
    case 5: unpack_slabs(slab, count / vk_slab, 5, out); break;
    default: unpack_slabs(slab, count / vk_slab, 6, out); break;
    }
    const uint32_t *end = first_outlier(w, panel + 1);
    for (; outlier < end && *outlier >> 8 < (column + count) * vk_lanes; outlier++)
        out[(*outlier >> 8) - column * vk_lanes] += (uint8_t)*outlier;
    return outlier;
}

// MARK: Packing

VK_INLINE void pack_slabs(const int8_t *panel, size_t slab_count, size_t bits, uint8_t *out) {
    const int8_t half = (int8_t)(1 << (bits - 1));
    for (; slab_count > 0; slab_count--, panel += vk_slab * vk_lanes, out += bits * vk_group)
#pragma clang loop unroll(full)
        for (size_t part = 0; part < vk_parts; part++) {
            vk_words pairs[vk_pairs];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vk_pairs; v += 2) {
                vk_bytes symbols;
                __builtin_memcpy(&symbols, panel + v / 2 * vk_group + part * VK_REGISTER, sizeof symbols);
                symbols = __builtin_elementwise_max(symbols, (vk_bytes)(int8_t)-half);
                symbols = __builtin_elementwise_min(symbols, (vk_bytes)(int8_t)(half - 1));
                const vk_words both = (vk_words)(symbols + half);
                pairs[v] = both & 0xff;
                pairs[v + 1] = both >> 8;
            }
#pragma clang loop unroll(full)
            for (size_t group = 0; group < bits; group++) {
                const vk_words words = packed_group(pairs, bits, group);
                __builtin_memcpy(out + group * vk_group + part * VK_REGISTER, &words, sizeof words);
            }
        }
}

static size_t VK_NAME(pack)(const int8_t *panel, size_t columns, size_t bits, uint8_t *out, uint32_t *outliers,
                            size_t room) {
    switch (bits) {   // a constant for each
    case 4: pack_slabs(panel, columns / vk_slab, 4, out); break;
    case 5: pack_slabs(panel, columns / vk_slab, 5, out); break;
    default: pack_slabs(panel, columns / vk_slab, 6, out); break;
    }
    const int8_t high = (int8_t)((1 << (bits - 1)) - 1), low = (int8_t)(-high - 1);
    size_t count = 0;
    for (size_t place = 0; place < columns * vk_lanes; place += vk_group) {
        i8x64 symbols;
        __builtin_memcpy(&symbols, panel + place, sizeof symbols);
        const i8x64 outside = (i8x64)((symbols < low) | (symbols > high));
        uint64_t flags[8];   // a byte of ones for each outlier
        __builtin_memcpy(flags, &outside, sizeof flags);
        for (size_t i = 0; i < 8; i++)
            for (uint64_t left = flags[i]; left != 0; count++) {
                const size_t byte = (size_t)__builtin_ctzll(left) / 8, at = place + i * 8 + byte;
                left &= ~((uint64_t)0xff << byte * 8);
                if (count >= room) continue;
                const uint8_t lacks = (uint8_t)(panel[at] - (panel[at] < 0 ? low : high));
                outliers[count] = (uint32_t)(at << 8 | lacks);
            }
    }
    return count;
}

#endif
