// The two multiplications by panels: integer activations around an instruction set's dot product, and float32
// activations whole.
//
// A panel holds 16 rows, one per lane. It is multiplied with a tile of tokens at a time, so that what is loaded and
// widened once serves them all. The number of tokens in a tile is a constant wherever these functions are inlined.
#ifndef VK_LANES_MULTIPLY_H
#define VK_LANES_MULTIPLY_H

#include "lanes.h"
#include "lanes_packed.h"

enum {
    vk_span_i8 = 65536,          // the same for int8 activations: 65536 · 128 · 127 < 2^31
    vk_most_panels = VK_PANELS < 4 ? 4 : VK_PANELS,   // of a tile
    vk_near = 128 << 10,         // bytes that fit the second cache beside all else: docs/decisions/0007-tiles.md
    vk_burst = 32,               // lines that a core can wait for together, and a few
    vk_far = 8 << 10,            // bytes that few tokens ask memory for ahead of their use, where they read straight on
};

// A tile: a few panels times a few tokens, through some of the columns.
typedef struct {
    const uint8_t *groups;   // the first group of the first panel
    size_t panel_stride;     // bytes from a panel to the next
    const uint8_t *a;        // the first group's activations of the first token
    size_t quad_stride;      // bytes from a quad of tokens to the next
    size_t group_count;
    size_t ahead;            // bytes from a group to its like in the next panels, or 0 if memory is not to be asked for them
    i32x16 *lifts;           // what int8 activations taken 128 higher add to each panel's dots, or NULL if it is known
} vk_tile;

// What a row provides: dots[panel · tokens + token] += Σ weight · activation over the tile's groups, in int32, exactly.
// A tile has VK_TOKENS tokens, a quad of them, or the 2 or 1 left over; VK_PANELS panels or 1; and where there is not
// even a quad, VK_STREAMS / tokens panels or 1, if memory answers faster when several places are read at once. int16 activations
// of a group lie in the order 0 2 1 3; int8 activations are never −128. A row that can only multiply unsigned with signed
// bytes takes int8 activations 128 higher, and adds 128 Σ weight to the tile's `lifts`.
VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots);
VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots);

// Bytes of activations in a group of one token.
#define VK_GROUP_I16 8
#define VK_GROUP_I8 4

// A panel's group.
VK_INLINE const uint8_t *tile_group(vk_tile tile, size_t panel, size_t group) {
    return tile.groups + panel * tile.panel_stride + group * vk_group;
}

// Where a token's activations of a group lie.
VK_INLINE const uint8_t *tile_activations(vk_tile tile, size_t group, size_t token, size_t tokens, size_t group_bytes) {
    const size_t together = smaller(tokens, vk_quad);
    return tile.a + token / vk_quad * tile.quad_stride + (group * together + token % vk_quad) * group_bytes;
}

// MARK: Integer activations

// What panels and tokens of a product have in common.
typedef struct {
    const vk_matrix *w;
    const vk_packed_matrix *packed;   // where `w` comes from, or NULL where its elements are int8
    const uint8_t *a;    // activations of the first token
    size_t tokens;
    bool wide;           // int16, not int8
} vk_product;

// Tokens of the next tile, where `left` are left.
VK_INLINE size_t tile_tokens(size_t left) {
    return left >= VK_TOKENS ? VK_TOKENS : left >= vk_quad ? vk_quad : left >= 2 ? 2 : 1;
}

// dots += the tile, of `panels` panels and the `tokens` tokens from `t` on, its columns from `column` on.
VK_INLINE void add_tile(const vk_product *product, vk_tile tile, size_t panels, size_t column, size_t t, size_t tokens,
                        i32x16 *dots) {
    tile.a = product->a + (t * product->w->columns + column * smaller(tokens, vk_quad)) * (product->wide ? 2 : 1);
    if (product->wide) dot_i8_i16(tile, panels, tokens, dots);
    else dot_i8_i8(tile, panels, tokens, dots);
}

// Bytes from a group to what memory is to be asked for meanwhile, or 0: the same group of the next run of the panels, or of
// the next panels where several are read side by side.
VK_INLINE size_t bytes_ahead(const vk_product *product, size_t panel, size_t panels, size_t column, size_t count) {
    const vk_matrix *w = product->w;
    const size_t to_next = panels * w->columns * vk_lanes;
    if (product->packed) return 0;
    if (VK_STREAMS > 1) {
        // What follows the last panels is another worker's, who may be at it already: few tokens wait for memory and spare it.
        const bool is_last = product->tokens < vk_quad && (panel + 2 * panels) * vk_lanes > w->rows;
        return is_last || to_next > vk_near ? 0 : to_next;
    }
    if (product->tokens < vk_quad) return vk_far;
    return column + count < w->columns ? count * vk_lanes : to_next - column * vk_lanes;
}

// Asks memory for what lies `ahead` of a run of panels, but of every `tiles` lines for the one that is tile `index`'s.
VK_INLINE void ask_ahead(vk_tile tile, size_t panels, size_t ahead, size_t index, size_t tiles) {
    for (size_t p = 0; p < panels; p++)
        for (size_t group = index; group < tile.group_count; group += tiles)
            __builtin_prefetch(tile_group(tile, p, group) + ahead);
}

// `panels` panels times every token. The columns go by in runs short enough for a run of the panels to stay in the
// nearest cache while all tokens meet it; what is packed is unpacked there.
VK_INLINE void panels_integer(const vk_product *product, size_t panel, size_t panels, const float *a_scales, float *y,
                              size_t y_stride) {
    const vk_matrix *w = product->w;
    const size_t tokens = product->tokens;
    const size_t span = smaller(w->block, product->wide ? vk_span : vk_span_i8);
    f32x16 sums[VK_PANELS * vk_most_tokens];   // tile after tile, in each [panels][tokens]
    i32x16 dots[VK_PANELS * vk_most_tokens], lifts[vk_most_panels];
    _Alignas(vk_group) uint8_t unpacked[VK_PANELS * VK_RUN * vk_lanes];
    const uint32_t *outliers[VK_PANELS];
    for (size_t p = 0; p < panels; p++) lifts[p] = (i32x16)0;
    if (product->packed)
        for (size_t p = 0; p < panels; p++) outliers[p] = first_outlier(product->packed, panel + p);
    for (size_t column = 0; column < w->columns;) {
        const size_t span_end = smaller((column / span + 1) * span, w->columns);
        const size_t count = smaller(VK_RUN, span_end - column);
        // Many tiles each ask memory for a part of what is wanted next; where they are few the first asks as it goes.
        const size_t ahead = bytes_ahead(product, panel, panels, column, count), tiles = tokens / VK_TOKENS;
        const bool all_ask = panels * count / 4 <= vk_burst * tiles;
        vk_tile tile = {
            .groups = (const uint8_t *)w->elements + (panel * w->columns + column) * vk_lanes,
            .panel_stride = w->columns * vk_lanes,
            .quad_stride = vk_quad * w->columns * (product->wide ? 2 : 1),
            .group_count = count / 4,
            .ahead = all_ask ? 0 : ahead,
            .lifts = lifts,
        };
        if (product->packed) {
            tile.groups = unpacked;
            tile.panel_stride = VK_RUN * vk_lanes;
            for (size_t p = 0; p < panels; p++)
                outliers[p] = unpack(
                    product->packed, panel + p, column, count, outliers[p], unpacked + p * tile.panel_stride);
        }
        for (size_t t = 0, together; t < tokens; t += together) {
            together = tile_tokens(tokens - t);
            i32x16 *sum = dots + panels * t;
            if (all_ask && ahead > 0) ask_ahead(tile, panels, ahead, t / VK_TOKENS, tiles);
            if (column % span == 0)
                for (size_t i = 0; i < panels * together; i++) sum[i] = (i32x16)0;
            switch (together) {   // a constant for each, so that a tile's sums are registers
            case VK_TOKENS: add_tile(product, tile, panels, column, t, VK_TOKENS, sum); break;
#if VK_TOKENS > 4
            case 4: add_tile(product, tile, panels, column, t, 4, sum); break;
#endif
            case 2: add_tile(product, tile, panels, column, t, 2, sum); break;
            default: add_tile(product, tile, panels, column, t, 1, sum); break;
            }
            tile.ahead = 0;
            tile.lifts = NULL;
        }
        column += count;
        if (column < span_end) continue;
        const size_t block = w->block >= w->columns ? 0 : (column - 1) / w->block;
        for (size_t p = 0; p < panels; p++) {
            const f32x16 scale = load(w->scales + ((panel + p) * block_count(w) + block) * vk_lanes);
            for (size_t t = 0, together; t < tokens; t += together) {
                together = tile_tokens(tokens - t);
                for (size_t i = panels * t + p * together, end = i + together; i < end; i++) {
                    const f32x16 sum = column <= span ? (f32x16)0.0f : sums[i];
                    sums[i] = fma_lanes(__builtin_convertvector(dots[i] - lifts[p], f32x16), scale, sum);
                }
            }
            lifts[p] = (i32x16)0;
        }
    }
    for (size_t t = 0, together; t < tokens; t += together) {
        together = tile_tokens(tokens - t);
        for (size_t p = 0; p < panels; p++) {
            f32x16 bias = panel_bias(w, panel + p);
            for (size_t i = 0; i < together; i++)
                store_part(y + (t + i) * y_stride + (panel + p) * vk_lanes,
                           fma_lanes(sums[panels * t + p * together + i], (f32x16)a_scales[t + i], bias),
                           panel_rows(w, panel + p));
        }
    }
}

// Every panel times every token, 64 tokens at a time. `packed` is where `w` comes from, or NULL.
VK_INLINE void multiply_integer(const vk_matrix *w, const vk_packed_matrix *packed, const void *activations,
                                const float *a_scales, size_t tokens, float *y, size_t y_stride, bool wide) {
    const size_t panels = (w->rows + vk_lanes - 1) / vk_lanes;
    for (size_t first = 0; first < tokens; first += vk_most_tokens) {
        const uint8_t *a = (const uint8_t *)activations + first * w->columns * (wide ? 2 : 1);
        const vk_product product = {w, packed, a, smaller(tokens - first, vk_most_tokens), wide};
        const float *token_scales = a_scales + first;
        float *out = y + first * y_stride;
        size_t panel = 0;
        if (product.tokens >= vk_quad)
            for (; panels - panel >= VK_PANELS; panel += VK_PANELS)
                panels_integer(&product, panel, VK_PANELS, token_scales, out, y_stride);
        else if (packed)
            ;   // a panel at a time
        else if (product.tokens == 1 && VK_STREAMS == 4)
            for (; panels - panel >= 4; panel += 4) panels_integer(&product, panel, 4, token_scales, out, y_stride);
        else if (product.tokens > 1 && VK_STREAMS == 4)
            for (; panels - panel >= 2; panel += 2) panels_integer(&product, panel, 2, token_scales, out, y_stride);
        for (; panel < panels; panel++) panels_integer(&product, panel, 1, token_scales, out, y_stride);
    }
}

// MARK: Float32 activations

// The 16 rows' weights of one column of a panel.
VK_INLINE f32x16 panel_column(const uint8_t *panel, size_t column, vk_element element) {
    switch (element) {
    case vk_int8: {
        u32x16 group;
        __builtin_memcpy(&group, panel + column / 4 * vk_group, sizeof group);
        return __builtin_convertvector((i32x16)(group << (24 - column % 4 * 8)) >> 24, f32x16);
    }
    case vk_float16: {
        u32x16 group;
        __builtin_memcpy(&group, panel + column / 2 * vk_group, sizeof group);
        return widen_half(__builtin_convertvector(group >> (column % 2 * 16), u16x16));
    }
    case vk_float32: return load((const float *)(const void *)(panel + column * vk_group));
    }
}

// `panels` panels times `tokens` tokens: so many chains of fused multiply-adds run side by side.
VK_INLINE void panels_float(const vk_matrix *w, const vk_packed_matrix *packed, size_t panel, size_t panels,
                            const float *a, size_t tokens, float *y, size_t y_stride, vk_element element) {
    size_t byte_count = w->columns * (element == vk_int8 ? 16 : element == vk_float16 ? 32 : 64);
    const size_t span = smaller(w->block, vk_span);
    const uint8_t *elements = (const uint8_t *)w->elements + panel * byte_count;
    uint8_t unpacked[4 * vk_span * vk_lanes];
    const uint32_t *outliers[4];
    if (packed)
        for (size_t p = 0; p < panels; p++) outliers[p] = first_outlier(packed, panel + p);
    f32x16 sums[4];   // [panels][tokens]
    for (size_t i = 0; i < panels * tokens; i++) sums[i] = (f32x16)0.0f;
    for (size_t column = 0; column < w->columns; column += span) {
        const size_t count = smaller(span, w->columns - column);
        size_t first = 0;   // the column that `elements` begins with
        if (packed) {
            elements = unpacked;
            byte_count = vk_span * vk_lanes;
            first = column;
            for (size_t p = 0; p < panels; p++)
                outliers[p] = unpack(packed, panel + p, column, count, outliers[p], unpacked + p * byte_count);
        }
        f32x16 parts[4];
        for (size_t i = 0; i < panels * tokens; i++) parts[i] = (f32x16)0.0f;
        for (size_t c = column; c < column + count; c++)
            for (size_t p = 0; p < panels; p++) {
                f32x16 weights = panel_column(elements + p * byte_count, c - first, element);
                for (size_t t = 0; t < tokens; t++) {
                    f32x16 value = (f32x16)a[t * w->columns + c];
                    parts[p * tokens + t] = fma_lanes(weights, value, parts[p * tokens + t]);
                }
            }
        for (size_t p = 0; p < panels; p++) {
            f32x16 scale = (f32x16)1.0f;
            if (element == vk_int8) {
                size_t block = w->block >= w->columns ? 0 : column / w->block;
                scale = load(w->scales + ((panel + p) * block_count(w) + block) * vk_lanes);
            }
            for (size_t t = 0; t < tokens; t++)
                sums[p * tokens + t] = fma_lanes(parts[p * tokens + t], scale, sums[p * tokens + t]);
        }
    }
    for (size_t p = 0; p < panels; p++)
        for (size_t t = 0; t < tokens; t++)
            store_part(y + t * y_stride + (panel + p) * vk_lanes, sums[p * tokens + t] + panel_bias(w, panel + p),
                       panel_rows(w, panel + p));
}

// Tiles of one panel and 4 tokens; what is left over, token by token in tiles of 4 panels, then one.
VK_INLINE void multiply_float(const vk_matrix *w, const vk_packed_matrix *packed, const float *a, size_t tokens,
                              float *y, size_t y_stride, vk_element element) {
    const size_t panels = (w->rows + vk_lanes - 1) / vk_lanes;
    size_t t = 0;
    for (; tokens - t >= 4; t += 4)
        for (size_t panel = 0; panel < panels; panel++)
            panels_float(w, packed, panel, 1, a + t * w->columns, 4, y + t * y_stride, y_stride, element);
    for (; t < tokens; t++) {
        size_t panel = 0;
        for (; panels - panel >= 4; panel += 4)
            panels_float(w, packed, panel, 4, a + t * w->columns, 1, y + t * y_stride, y_stride, element);
        for (; panel < panels; panel++)
            panels_float(w, packed, panel, 1, a + t * w->columns, 1, y + t * y_stride, y_stride, element);
    }
}

static void multiply_f32(const vk_matrix *w, const vk_packed_matrix *packed, const float *a, size_t tokens, float *y,
                         size_t y_stride) {
    multiply_float(w, packed, a, tokens, y, y_stride, vk_int8);
}

static void VK_NAME(multiply_i8_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_f32(w, NULL, a, tokens, y, y_stride);
}

static void VK_NAME(multiply_f16_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_float(w, NULL, a, tokens, y, y_stride, vk_float16);
}

static void VK_NAME(multiply_f32_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_float(w, NULL, a, tokens, y, y_stride, vk_float32);
}

static void VK_NAME(multiply_packed_f32)(
    const vk_packed_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_f32(&w->matrix, w, a, tokens, y, y_stride);
}

#endif
