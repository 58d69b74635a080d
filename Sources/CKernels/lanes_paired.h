// Integer products of prompts with half as many multiplications, by Winograd's inner product:
//
//     w0 a0 + w1 a1 = (w0 + a1) (w1 + a0) − w0 w1 − a0 a1
//
// The last two products belong to a row alone and to a token alone: they are taken once for all tokens, and once for all
// rows. In the loop additions stand in for multiplications, and more units can add. Every sum is exact modulo 2^32, and
// what remains in the end fits 32 bits; a weight and an activation together fit 16 (vk_limit_i16).
//
// S. Winograd, "A New Algorithm for Inner Product", IEEE Transactions on Computers C-17 (1968), p. 693; what it saves
// where: docs/decisions/0010-products-in-pairs.md.
#ifndef VK_LANES_PAIRED_H
#define VK_LANES_PAIRED_H

#include "lanes_packed.h"

enum {
    vk_paired_spans = 64,   // spans whose tokens' own products are kept: 32 768 columns in spans of 512
    vk_paired_panels = vk_parts > 1 ? 1 : 2,         // panels and
    vk_paired_tokens = vk_parts > 2 ? 2 : vk_quad,   // tokens at a time: their sums fill half of 16 registers or more
    vk_paired_run = vk_span / vk_paired_panels,      // columns that are widened together, to 16 KiB
};

// A group of panels in 16 bits.
typedef struct {
    vk_words even[vk_paired_panels * vk_parts];   // columns 0 and 2 of each row
    vk_words odd[vk_paired_panels * vk_parts];    // columns 1 and 3
} vk_wide_group;

// What the panels and tokens of a call have in common.
typedef struct {
    const vk_matrix *w;
    const vk_packed_matrix *packed;   // where `w` comes from, or NULL
    const int16_t *a;                 // quads of tokens
    const float *a_scales;
    size_t tokens, span;
    u32x4 own[vk_paired_spans][vk_most_tokens / vk_quad];   // a quad's Σ a0 a1 + a2 a3
} vk_pairing;

// Whether a call with so many tokens is worth it, and has room.
VK_INLINE bool pairs_up(const vk_matrix *w, size_t tokens) {
    const size_t span = smaller(w->block, vk_span);
    return VK_PAIRED > 0 && tokens >= VK_PAIRED && (w->columns + span - 1) / span <= vk_paired_spans;
}

// Widens groups of panel `p` of those in `wide`. Adds each row's Σ w0 w1 + w2 w3 to `rows`.
VK_INLINE void widen(const uint8_t *groups, size_t group_count, size_t p, vk_wide_group *wide, u32x16 *rows) {
    vk_sum sums[vk_parts] = {0};
    for (size_t group = 0; group < group_count; group++)
        VK_UNROLLED
        for (size_t part = 0; part < vk_parts; part++) {
            const vk_shorts bytes = (vk_shorts)load_words(groups + group * vk_group + part * VK_REGISTER);
            const vk_words even = (vk_words)(bytes << 8 >> 8), odd = (vk_words)(bytes >> 8);
            wide[group].even[p * vk_parts + part] = even;
            wide[group].odd[p * vk_parts + part] = odd;
            sums[part] = add_products(sums[part], even, odd);
        }
    for (size_t part = 0; part < vk_parts; part++) add_sum((int32_t *)rows + part * (VK_REGISTER / 4), sums[part]);
}

// Each group's 0 2 and 1 3 change places and meet themselves.
VK_INLINE vk_sum add_own(vk_sum sum, const int16_t *a, size_t size) {
    vk_quads x = (vk_quads)0;
    __builtin_memcpy(&x, a, size);
    return add_products(sum, (vk_words)x, (vk_words)(x << 32 | x >> 32));
}

// A quad's Σ a0 a1 + a2 a3, token by token.
VK_INLINE u32x4 own_products(const int16_t *a, size_t group_count) {
    enum { size = VK_REGISTER < 32 ? VK_REGISTER : 32, count = 32 / size, chains = 4 };   // of a quad's group
    vk_sum sums[chains][count] = {0};
    size_t group = 0;
    for (; group_count - group >= chains; group += chains)
        VK_UNROLLED
        for (size_t chain = 0; chain < chains; chain++)
            VK_UNROLLED
            for (size_t i = 0; i < count; i++)
                sums[chain][i] = add_own(sums[chain][i], a + (group + chain) * vk_quad * 4 + i * size / 2, size);
    for (; group < group_count; group++)
        for (size_t i = 0; i < count; i++)
            sums[0][i] = add_own(sums[0][i], a + group * vk_quad * 4 + i * size / 2, size);
    int32_t lanes[vk_lanes] = {0};   // each token's sum stands there twice
    for (size_t chain = 0; chain < chains; chain++)
        for (size_t i = 0; i < count; i++) add_sum(lanes + i * size / 4, sums[chain][i]);
    return (u32x4){(uint32_t)lanes[0], (uint32_t)lanes[2], (uint32_t)lanes[4], (uint32_t)lanes[6]};
}

// Panels' groups times a quad: dots[panel · 4 + token] += Σ (w0 + a1) (w1 + a0) + (w2 + a3) (w3 + a2).
VK_INLINE void dot_pairs(const vk_wide_group *wide, size_t panels, const uint8_t *a, size_t group_count, u32x16 *dots) {
    for (size_t first = 0; first < vk_quad; first += vk_paired_tokens) {
        vk_sum sums[vk_paired_tokens][vk_paired_panels * vk_parts] = {0};
        VK_ALIGNED_LOOP
        for (size_t group = 0; group < group_count; group++)
            VK_UNROLLED
            for (size_t t = 0; t < vk_paired_tokens; t++) {
                const uint8_t *pairs = a + (group * vk_quad + first + t) * 8;
                const vk_words a02 = repeat_pair(pairs), a13 = repeat_pair(pairs + 4);
                VK_UNROLLED
                for (size_t part = 0; part < panels * vk_parts; part++)
                    sums[t][part] =
                        add_products(sums[t][part], wide[group].odd[part] + a02, wide[group].even[part] + a13);
            }
        for (size_t t = 0; t < vk_paired_tokens; t++)
            for (size_t part = 0; part < panels * vk_parts; part++)
                add_sum((int32_t *)(dots + part / vk_parts * vk_quad + first + t) +
                            part % vk_parts * (VK_REGISTER / 4),
                        sums[t][part]);
    }
}

// `panels` panels times every token. What they will need next is asked of memory meanwhile.
VK_INLINE void panels_in_pairs(const vk_pairing *p, size_t panel, size_t panels, float *y, size_t y_stride) {
    const vk_matrix *w = p->w;
    const size_t quads = p->tokens / vk_quad, blocks = block_count(w);
    _Alignas(vk_group) uint8_t unpacked[vk_paired_run * vk_lanes];
    vk_wide_group wide[vk_paired_run / 4];
    f32x16 sums[vk_most_tokens / vk_quad][vk_paired_panels][vk_quad];
    u32x16 dots[vk_most_tokens / vk_quad][vk_paired_panels][vk_quad], rows[vk_paired_panels];
    const uint8_t *next[vk_paired_panels];
    const uint32_t *outliers[vk_paired_panels];
    for (size_t i = 0; i < panels; i++) {
        next[i] = p->packed ? packed_panel(p->packed, panel + i)
                            : (const uint8_t *)w->elements + (panel + i) * w->columns * vk_lanes;
        outliers[i] = p->packed ? first_outlier(p->packed, panel + i) : NULL;
    }
    for (size_t start = 0, span = 0; start < w->columns; start += p->span, span++) {
        const size_t end = smaller(start + p->span, w->columns);
        for (size_t i = 0; i < panels; i++) rows[i] = (u32x16)0;
        for (size_t column = start, count; column < end; column += count) {
            count = smaller(vk_paired_run, end - column);
            const size_t bytes = p->packed ? count / vk_slab * p->packed->bits * vk_group : count * vk_lanes;
            for (size_t i = 0; i < panels; i++) {
                if (p->packed) outliers[i] = unpack(p->packed, panel + i, column, count, outliers[i], unpacked);
                widen(p->packed ? unpacked : next[i], count / 4, i, wide, rows + i);
                next[i] += bytes;
            }
            for (size_t quad = 0; quad < quads; quad++) {
                for (size_t i = 0; i < panels; i++)
                    for (size_t line = quad * vk_group; line < bytes; line += quads * vk_group)
                        __builtin_prefetch(next[i] + line);
                const int16_t *a = p->a + (quad * w->columns + column) * vk_quad;
                if (column == start)
                    for (size_t i = 0; i < panels * vk_quad; i++) dots[quad][i / vk_quad][i % vk_quad] = (u32x16)0;
                dot_pairs(wide, panels, (const uint8_t *)a, count / 4, dots[quad][0]);
            }
        }
        for (size_t i = 0; i < panels; i++) {
            const size_t block = blocks == 1 ? 0 : start / w->block;
            const f32x16 scale = load(w->scales + ((panel + i) * blocks + block) * vk_lanes);
            for (size_t t = 0; t < p->tokens; t++) {
                const i32x16 dot =
                    (i32x16)(dots[t / vk_quad][i][t % vk_quad] - rows[i] - p->own[span][t / vk_quad][t % vk_quad]);
                f32x16 *sum = &sums[t / vk_quad][i][t % vk_quad];
                *sum = fma_lanes(__builtin_convertvector(dot, f32x16), scale, span == 0 ? (f32x16)0.0f : *sum);
            }
        }
    }
    for (size_t i = 0; i < panels; i++)
        for (size_t t = 0; t < p->tokens; t++)
            store_part(y + t * y_stride + (panel + i) * vk_lanes,
                       fma_lanes(sums[t / vk_quad][i][t % vk_quad], (f32x16)p->a_scales[t], panel_bias(w, panel + i)),
                       panel_rows(w, panel + i));
}

// Every panel times quads of tokens, 64 tokens at a time. `packed` is where `w` comes from, or NULL.
VK_INLINE void multiply_pairs(const vk_matrix *w, const vk_packed_matrix *packed, const int16_t *a,
                              const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    vk_pairing p;
    p.w = w;
    p.packed = packed;
    p.span = smaller(w->block, vk_span);
    for (size_t first = 0; first < tokens; first += vk_most_tokens) {
        p.a = a + first * w->columns;
        p.a_scales = a_scales + first;
        p.tokens = smaller(tokens - first, vk_most_tokens);
        for (size_t column = 0, i = 0; column < w->columns; column += p.span, i++)
            for (size_t quad = 0; quad < p.tokens / vk_quad; quad++)
                p.own[i][quad] = own_products(
                    p.a + (quad * w->columns + column) * vk_quad, smaller(p.span, w->columns - column) / 4);
        const size_t panels = (w->rows + vk_lanes - 1) / vk_lanes;
        size_t panel = 0;
        for (; panels - panel >= vk_paired_panels; panel += vk_paired_panels)
            panels_in_pairs(&p, panel, vk_paired_panels, y + first * y_stride, y_stride);
        for (; panel < panels; panel++) panels_in_pairs(&p, panel, 1, y + first * y_stride, y_stride);
    }
}

#endif
