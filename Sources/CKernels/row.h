// Everything a row has in common with the others. A row's C file defines VK_ISA, its largest tile (VK_PANELS × VK_TOKENS
// through VK_RUN columns), VK_STREAMS (panels that a single token reads side by side, 1 or 4), VK_REGISTER (bytes of a register),
// VK_SUMS (sums of 16 lanes that its registers hold beside all else), VK_CHAINS (sums to keep going in each) and VK_PAIRED (tokens
// from which products in pairs are faster, 0 for never), defines vk_sum, includes this header under its target
// attributes, defines the dot products and its support check, and lists itself with VK_ROW_FUNCTIONS.
#ifndef VK_ROW_H
#define VK_ROW_H

#include "lanes_attention.h"
#include "lanes_functions.h"
#include "lanes_multiply.h"
#include "lanes_paired.h"
#include "lanes_vectors.h"

// Multiplies as many of the tokens as are better multiplied in pairs, and returns how many.
static size_t multiply_in_pairs(const vk_matrix *w, const vk_packed_matrix *packed, const int16_t *a,
                                const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    const size_t quads = pairs_up(w, tokens) ? tokens / vk_quad * vk_quad : 0;
    multiply_pairs(w, packed, a, a_scales, quads, y, y_stride);
    return quads;
}

static void multiply_i16(const vk_matrix *w, const vk_packed_matrix *packed, const int16_t *a, const float *a_scales,
                         size_t tokens, float *y, size_t y_stride) {
    multiply_integer(w, packed, a, a_scales, tokens, y, y_stride, true);
}

static void multiply_i8(const vk_matrix *w, const vk_packed_matrix *packed, const int8_t *a, const float *a_scales,
                        size_t tokens, float *y, size_t y_stride) {
    multiply_integer(w, packed, a, a_scales, tokens, y, y_stride, false);
}

static void VK_NAME(multiply_i8_i16)(
    const vk_matrix *w, const int16_t *a, const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    const size_t done = multiply_in_pairs(w, NULL, a, a_scales, tokens, y, y_stride);
    multiply_i16(w, NULL, a + done * w->columns, a_scales + done, tokens - done, y + done * y_stride, y_stride);
}

static void VK_NAME(multiply_i8_i8)(
    const vk_matrix *w, const int8_t *a, const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    multiply_i8(w, NULL, a, a_scales, tokens, y, y_stride);
}

// Few tokens are multiplied with symbols as they are taken apart; for more these are unpacked first.
static void VK_NAME(multiply_packed_i16)(
    const vk_packed_matrix *w, const int16_t *a, const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    const vk_matrix *matrix = &w->matrix;
    size_t t = multiply_in_pairs(matrix, w, a, a_scales, tokens, y, y_stride);
    if (tokens - t >= 2 * vk_quad) {
        multiply_i16(matrix, w, a + t * matrix->columns, a_scales + t, tokens - t, y + t * y_stride, y_stride);
        return;
    }
    for (size_t together; t < tokens; t += together) {
        together = tokens - t >= 4 ? 4 : tokens - t >= 2 ? 2 : 1;
        few_tokens(w, a + t * matrix->columns, a_scales + t, together, y + t * y_stride, y_stride);
    }
}

static void VK_NAME(multiply_packed_i8)(
    const vk_packed_matrix *w, const int8_t *a, const float *a_scales, size_t tokens, float *y, size_t y_stride) {
    multiply_i8(&w->matrix, w, a, a_scales, tokens, y, y_stride);
}

#define VK_ROW_FUNCTIONS                              \
    .quantize_i16 = VK_NAME(quantize_i16),            \
    .quantize_i8 = VK_NAME(quantize_i8),              \
    .prepare_f32 = VK_NAME(prepare_f32),              \
    .multiply_i8_i16 = VK_NAME(multiply_i8_i16),      \
    .multiply_i8_i8 = VK_NAME(multiply_i8_i8),        \
    .multiply_i8_f32 = VK_NAME(multiply_i8_f32),      \
    .multiply_f16_f32 = VK_NAME(multiply_f16_f32),    \
    .multiply_f32_f32 = VK_NAME(multiply_f32_f32),    \
    .multiply_packed_i16 = VK_NAME(multiply_packed_i16), \
    .multiply_packed_i8 = VK_NAME(multiply_packed_i8), \
    .multiply_packed_f32 = VK_NAME(multiply_packed_f32), \
    .pack = VK_NAME(pack),                            \
    .scores_f32 = VK_NAME(scores_f32),                \
    .scores_f16 = VK_NAME(scores_f16),                \
    .scores_i8 = VK_NAME(scores_i8),                  \
    .mix_f32 = VK_NAME(mix_f32),                      \
    .mix_f16 = VK_NAME(mix_f16),                      \
    .mix_i8 = VK_NAME(mix_i8),                        \
    .softmax = VK_NAME(softmax),                      \
    .layer_norm = VK_NAME(layer_norm),                \
    .gelu_tanh = VK_NAME(gelu_tanh),                  \
    .gelu_erf = VK_NAME(gelu_erf),                    \
    .relu = VK_NAME(relu),                            \
    .add = VK_NAME(add),                              \
    .exp_f32 = VK_NAME(exp_f32),                      \
    .log_f32 = VK_NAME(log_f32),                      \
    .sum_f32 = VK_NAME(sum_f32),                      \
    .half_from_float = VK_NAME(half_from_float),      \
    .float_from_half = VK_NAME(float_from_half)

#endif
