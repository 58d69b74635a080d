// What a core can multiply at most: the instructions that the integer kernels are made of, in registers alone, side by side.
//
//     clang -O2 Benchmarks/peak.c -o peak && ./peak
//
// One thread; the fastest of many short runs. "in pairs" is docs/decisions/0010-products-in-pairs.md: two additions and one
// multiplication for what would be two multiplications.
#include <stdio.h>
#include <time.h>

#if !defined(__x86_64__)
int main(void) { return puts("peak.c knows x86-64 only") < 0; }
#else

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { rounds = 20000, runs = 200 };

// Twelve instructions (or groups of them) that do not wait for each other, again and again.
#define EACH(X) X("0") X("1") X("2") X("3") X("4") X("5") X("6") X("7") X("8") X("9") X("10") X("11")
#define VECTORS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm14", "xmm15"
#define MEASURE(name, code)                                                                          \
    static double name(void) {                                                                       \
        double best = 1e9;                                                                           \
        for (int run = 0; run < runs; run++) {                                                       \
            const double start = now();                                                              \
            __asm__ volatile("mov %0, %%ecx\n1:\n" EACH(code) "dec %%ecx\njnz 1b" ::"i"(rounds) : "ecx", VECTORS); \
            const double seconds = now() - start;                                                    \
            best = seconds < best ? seconds : best;                                                  \
        }                                                                                            \
        return 12.0 * rounds / best / 1e9;                                                           \
    }

#define BYTES_512(i) "vpdpbusd %%zmm12, %%zmm13, %%zmm" i "\n"
#define WORDS_512(i) "vpdpwssd %%zmm12, %%zmm13, %%zmm" i "\n"
#define PAIRS_512(i) "vpaddw %%zmm12, %%zmm13, %%zmm14\nvpaddw %%zmm12, %%zmm13, %%zmm15\nvpdpwssd %%zmm14, %%zmm15, %%zmm" i "\n"
#define FLOATS_512(i) "vfmadd231ps %%zmm12, %%zmm13, %%zmm" i "\n"
#define BYTES_256(i) "%{vex%} vpdpbusd %%ymm12, %%ymm13, %%ymm" i "\n"
#define WORDS_256(i) "%{vex%} vpdpwssd %%ymm12, %%ymm13, %%ymm" i "\n"
#define WORDS_AVX2(i) "vpmaddwd %%ymm12, %%ymm13, %%ymm14\nvpaddd %%ymm14, %%ymm" i ", %%ymm" i "\n"
#define PAIRS_AVX2(i) "vpaddw %%ymm12, %%ymm13, %%ymm14\nvpaddw %%ymm12, %%ymm13, %%ymm15\nvpmaddwd %%ymm14, %%ymm15, %%ymm14\nvpaddd %%ymm14, %%ymm" i ", %%ymm" i "\n"
#define FLOATS_256(i) "vfmadd231ps %%ymm12, %%ymm13, %%ymm" i "\n"

MEASURE(bytes_512, BYTES_512)
MEASURE(words_512, WORDS_512)
MEASURE(pairs_512, PAIRS_512)
MEASURE(floats_512, FLOATS_512)
MEASURE(bytes_256, BYTES_256)
MEASURE(words_256, WORDS_256)
MEASURE(words_avx2, WORDS_AVX2)
MEASURE(pairs_avx2, PAIRS_AVX2)
MEASURE(floats_256, FLOATS_256)

static void tell(const char *what, double groups, int products) {
    printf("%-44s %6.1f billion products a second\n", what, groups * products);
}

int main(void) {
    if (__builtin_cpu_supports("avx512vnni")) {
        tell("avx512vnni, int8: vpdpbusd", bytes_512(), 64);
        tell("avx512vnni, int16: vpdpwssd", words_512(), 32);
        tell("avx512vnni, int16 in pairs", pairs_512(), 64);
        tell("avx512vnni, float32: vfmadd231ps", floats_512(), 16);
    }
    if (__builtin_cpu_supports("avxvnni")) {
        tell("avxvnni, int8: vpdpbusd", bytes_256(), 32);
        tell("avxvnni, int16: vpdpwssd", words_256(), 16);
    }
    if (__builtin_cpu_supports("avx2")) {
        tell("avx2, int16: vpmaddwd, vpaddd", words_avx2(), 16);
        tell("avx2, int16 in pairs", pairs_avx2(), 32);
        tell("avx2, float32: vfmadd231ps", floats_256(), 8);
    }
    return 0;
}
#endif
