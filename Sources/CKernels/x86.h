// What an x86-64 CPU and its operating system offer (Intel SDM, volume 1, chapters 14 and 15).
#ifndef VK_X86_H
#define VK_X86_H

#include <cpuid.h>
#include <stdbool.h>

enum { vk_xcr0_avx = 0x06, vk_xcr0_avx512 = 0xe6 };   // state the operating system must save: XMM, YMM; opmask, ZMM

// Whether the vector state `wanted` survives a change of task.
static inline bool saves_vectors(unsigned wanted) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 27)) return false;   // OSXSAVE
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & wanted) == wanted;
}

// AVX, AVX2, FMA and F16C.
static inline bool has_avx2(void) {
    const unsigned leaf1 = 1u << 12 | 1u << 28 | 1u << 29;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1) != leaf1) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 5) && saves_vectors(vk_xcr0_avx);
}

// The VEX-encoded dot products.
static inline bool has_avxvnni(void) {
    unsigned a, b, c, d;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4);
}

// AVX-512 F, DQ, BW, VL and VNNI.
static inline bool has_avx512vnni(void) {
    const unsigned leaf7 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
    unsigned a, b, c, d;
    if (!has_avx2() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return (b & leaf7) == leaf7 && (c & 1u << 11) && saves_vectors(vk_xcr0_avx512);
}

// Whether more of a core's units add than multiply: AMD's, of Zen 4 and later 512 bits wide.
static inline bool is_amd(void) {
    static _Atomic int known;   // asking takes a virtual machine microseconds: 1 no, 2 yes
    if (known == 0) {
        unsigned a, b, c, d;
        known = __get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx ? 2 : 1;
    }
    return known == 2;
}

#endif
