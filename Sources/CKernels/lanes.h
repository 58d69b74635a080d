// Sixteen virtual lanes: the vector type in which every float kernel is written, once, for all rows.
//
// A row's C file sets its target attributes, names itself in VK_ISA and includes these headers, so that the same
// operations in the same order become that instruction set's code. What may not differ between rows is explicit here:
// `fma` is one rounding, everything else rounds by itself (FP_CONTRACT is off), and no function of libm is called.
#ifndef VK_LANES_H
#define VK_LANES_H

#include "ckernels.h"

#pragma STDC FP_CONTRACT OFF
// Vectors wider than a register have no stable calling convention; nothing here is called from another file with one.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang diagnostic ignored "-Wc23-extensions"

#define VK_PASTE(what, isa) vk_##what##__##isa
#define VK_EXPAND(what, isa) VK_PASTE(what, isa)
#define VK_NAME(what) VK_EXPAND(what, VK_ISA)   // vk_<what>_<types>__<isa>

#define VK_INLINE static inline __attribute__((always_inline, unused))

// A loop that begins where 64 bytes of code do: on Zen 3 the tightest ones are 5 % faster so.
#if defined(__has_c_attribute)
#if __has_c_attribute(clang::code_align)
#define VK_ALIGNED_LOOP [[clang::code_align(64)]]
#endif
#endif
#if !defined(VK_ALIGNED_LOOP)
#define VK_ALIGNED_LOOP
#endif

// A loop whose count is a constant wherever its function is inlined, so that what it indexes becomes registers.
#define VK_UNROLLED _Pragma("clang loop unroll(full)")

enum { vk_lanes = 16 };

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));
typedef int16_t i16x16 __attribute__((ext_vector_type(16)));
typedef int8_t i8x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x4 __attribute__((ext_vector_type(4)));

// What a matrix, keys or values are made of.
typedef enum { vk_int8, vk_float16, vk_float32 } vk_element;

VK_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// MARK: Memory

VK_INLINE f32x16 load(const float *x) {
    f32x16 v;
    __builtin_memcpy(&v, x, sizeof v);
    return v;
}

VK_INLINE void store(float *x, f32x16 v) { __builtin_memcpy(x, &v, sizeof v); }

// Copies fewer than 64 bytes without a call: a call anywhere in a loop would keep the loop's vectors in memory.
VK_INLINE void copy_part(void *to, const void *from, size_t byte_count) {
    uint8_t *out = to;
    const uint8_t *in = from;
#define VK_COPY(size)                      \
    if (byte_count & size) {               \
        __builtin_memcpy(out, in, size);   \
        out += size;                       \
        in += size;                        \
    }
    VK_COPY(32) VK_COPY(16) VK_COPY(8) VK_COPY(4) VK_COPY(2) VK_COPY(1)
#undef VK_COPY
}

// The first `count` elements, at most 16; lanes beyond them hold `fill`.
VK_INLINE f32x16 load_part(const float *x, size_t count, float fill) {
    if (count >= vk_lanes) return load(x);
    f32x16 v = (f32x16)fill;
    copy_part(&v, x, count * sizeof(float));
    return v;
}

VK_INLINE void store_part(float *x, f32x16 v, size_t count) {
    if (count >= vk_lanes) store(x, v);
    else copy_part(x, &v, count * sizeof(float));
}

VK_INLINE u16x16 load_half_part(const uint16_t *x, size_t count) {
    u16x16 v = (u16x16)0;
    if (count >= vk_lanes) __builtin_memcpy(&v, x, sizeof v);
    else copy_part(&v, x, count * sizeof(uint16_t));
    return v;
}

VK_INLINE void store_half_part(uint16_t *x, u16x16 v, size_t count) {
    if (count >= vk_lanes) __builtin_memcpy(x, &v, sizeof v);
    else copy_part(x, &v, count * sizeof(uint16_t));
}

VK_INLINE i8x16 load_byte_part(const int8_t *x, size_t count) {
    i8x16 v = (i8x16)0;
    if (count >= vk_lanes) __builtin_memcpy(&v, x, sizeof v);
    else copy_part(&v, x, count);
    return v;
}

// All ones in the lanes below `count`.
VK_INLINE i32x16 first_lanes(size_t count) {
    const i32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return lane < (i32x16)(int32_t)smaller(count, vk_lanes);
}

// MARK: Arithmetic

#if defined(VK_SOFTWARE_FLOAT)
#include "lanes_software.h"
#else
typedef _Float16 f16x16 __attribute__((ext_vector_type(16)));

VK_INLINE f32x16 fma_lanes(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }

VK_INLINE f32x16 widen_half(u16x16 bits) { return __builtin_convertvector((f16x16)bits, f32x16); }

VK_INLINE u16x16 narrow_half(f32x16 v) { return (u16x16)__builtin_convertvector(v, f16x16); }
#endif

// The sum of the lanes by the fixed tree: l += l+8, l += l+4, l += l+2, l += l+1.
VK_INLINE float tree_sum(f32x16 v) {
    typedef float f32x8 __attribute__((ext_vector_type(8)));
    typedef float f32x4 __attribute__((ext_vector_type(4)));
    f32x8 by8 = v.lo + v.hi;
    f32x4 by4 = by8.lo + by8.hi;
    return (by4.x + by4.z) + (by4.y + by4.w);
}

// The largest lane, where none is NaN.
VK_INLINE float tree_max(f32x16 v) {
    typedef float f32x8 __attribute__((ext_vector_type(8)));
    typedef float f32x4 __attribute__((ext_vector_type(4)));
    f32x8 by8 = v.lo > v.hi ? v.lo : v.hi;
    f32x4 by4 = by8.lo > by8.hi ? by8.lo : by8.hi;
    float even = by4.x > by4.z ? by4.x : by4.z, odd = by4.y > by4.w ? by4.y : by4.w;
    return even > odd ? even : odd;
}

#endif
