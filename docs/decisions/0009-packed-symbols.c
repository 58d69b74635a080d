// The prototype behind 0009-packed-symbols.md: weights of 8, 4, 5, 5⅓ and 6 bits times one token of int16 activations, with
// AVX2, from memory; panels at a time and how far ahead memory is asked. In turns, medians and quartiles of the ratios to int8
// as it is multiplied today.
//
//     clang -O2 -mavx2 -mfma -pthread docs/decisions/0009-packed-symbols.c -o packed && ./packed [ROUNDS]
#include <immintrin.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INLINE static inline __attribute__((always_inline))
#define FULLY _Pragma("clang loop unroll(full)")
#define EACH(p, h) FULLY for (int p = 0; p < panels; p++) FULLY for (int h = 0; h < 2; h++)
enum { columns = 768, span = 512 };

INLINE __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const __m256i_u *)bytes); }
INLINE __m256i multiply(__m256i sum, __m256i pair, const uint8_t *a) {
    int32_t word;
    memcpy(&word, a, sizeof word);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pair, _mm256_set1_epi32(word)));
}
INLINE __m256i and(__m256i x, int mask) { return _mm256_and_si256(x, _mm256_set1_epi16((short)mask)); }
#define RIGHT _mm256_srli_epi16

// `count` columns of some panels, `stride` bytes apart.
INLINE void dot(int layout, const uint8_t *w, size_t stride, const uint8_t *a, size_t count, __m256i sums[][2],
                int panels, int ahead) {
    static const size_t bytes[] = {64, 64, 320, 64, 192}, together[] = {4, 8, 32, 6, 16};
    for (size_t left = count / together[layout]; left > 0; left--, w += bytes[layout], a += 2 * together[layout])
        EACH(p, h) {
            const uint8_t *g = w + p * stride + h * 32;
            if (ahead && h == 0) FULLY for (size_t i = 0; i < bytes[layout]; i += 64) __builtin_prefetch(g + ahead + i);
            __m256i x = load(g), sum = sums[p][h];
            switch (layout) {
            case 0:
                sum = multiply(sum, _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8), a);
                sum = multiply(sum, _mm256_srai_epi16(x, 8), a + 4);
                break;
            case 1:
                sum = multiply(multiply(sum, and(x, 15), a), and(RIGHT(x, 8), 15), a + 4);
                sum = multiply(multiply(sum, and(RIGHT(x, 4), 15), a + 8), RIGHT(x, 12), a + 12);
                break;
            case 2: {
                __m256i last = and(x, 0x400);
                FULLY for (int j = 0; j < 5; j++) {
                    __m256i y = load(g + 64 * j);
                    if (j) last = _mm256_or_si256(last, and(RIGHT(y, j), 0x400 >> j));
                    sum = multiply(multiply(sum, and(y, 31), a + 12 * j), and(RIGHT(y, 5), 31), a + 12 * j + 4);
                    sum = multiply(sum, RIGHT(y, 11), a + 12 * j + 8);
                }
                sum = multiply(sum, RIGHT(last, 6), a + 60);
                break;
            }
            case 3:
                sum = multiply(multiply(sum, and(x, 31), a), and(RIGHT(x, 5), 31), a + 4);
                sum = multiply(sum, RIGHT(x, 11), a + 8);
                break;
            default: {
                __m256i y = load(g + 64), z = load(g + 128);
                sum = multiply(multiply(sum, and(x, 63), a), and(RIGHT(x, 6), 63), a + 4);
                sum = multiply(multiply(sum, and(y, 63), a + 8), RIGHT(y, 10), a + 12);
                sum = multiply(multiply(sum, and(z, 63), a + 16), and(RIGHT(z, 6), 63), a + 20);
                sum = multiply(sum, _mm256_or_si256(RIGHT(x, 12), and(RIGHT(y, 2), 48)), a + 24);
                sum = multiply(sum, _mm256_or_si256(RIGHT(z, 12), and(RIGHT(y, 4), 48)), a + 28);
            }
            }
            sums[p][h] = sum;
        }
}

typedef struct {
    const uint8_t *w, *a;
    float *y;
    const float *scales;
    size_t first, end;   // panels
    void (*run)(const void *);
} work;

INLINE void product(const work *k, int layout, int panels, int ahead) {
    static const size_t panel_bytes[] = {columns * 16, columns * 8, columns * 10, columns / 6 * 64, columns * 12};
    const size_t size = panel_bytes[layout];
    for (size_t panel = k->first; panel < k->end; panel += (size_t)panels) {
        __m256 out[4][2];
        EACH(p, h) out[p][h] = _mm256_setzero_ps();
        for (size_t c = 0; c < columns; c += span) {
            __m256i sums[4][2];
            EACH(p, h) sums[p][h] = _mm256_setzero_si256();
            dot(layout, k->w + panel * size + size * c / columns, size, k->a + 2 * c,
                columns - c < span ? columns - c : span, sums, panels, ahead);
            EACH(p, h) out[p][h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[p][h]),
                                                   _mm256_loadu_ps(k->scales + (panel + p) * 16 + h * 8), out[p][h]);
        }
        EACH(p, h) _mm256_storeu_ps(k->y + (panel + p) * 16 + h * 8, out[p][h]);
    }
}

#define CASE(layout, panels, ahead) \
    static void run_##layout##_##panels##_##ahead(const void *k) { product(k, layout, panels, ahead); }
#define ALL(what) \
    what(0, 4, 0) what(0, 1, 4096) what(1, 4, 0) what(1, 4, 4096) what(1, 1, 0) what(1, 1, 4096) what(1, 2, 8192) \
    what(2, 4, 0) what(2, 1, 4096) what(2, 2, 8192) what(3, 4, 0) what(3, 1, 4096) what(4, 4, 0) what(4, 1, 4096) \
    what(4, 2, 8192)
ALL(CASE)
#define ROW(layout, panels, ahead) {layout, panels, ahead, run_##layout##_##panels##_##ahead},
static const struct {
    int layout, panels, ahead;
    void (*run)(const void *);
} rows[] = {ALL(ROW)};
enum { row_count = sizeof rows / sizeof *rows, most_rounds = 200 };

static void *thread(void *k) { return ((work *)k)->run(k), NULL; }
static int compare(const void *x, const void *y) { return (*(double *)x > *(double *)y) - (*(double *)x < *(double *)y); }

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 31;
    const size_t panels = 10000, count = panels * 16 * columns;   // 123 MB of int8
    uint8_t *w = aligned_alloc(64, count), *a = aligned_alloc(64, columns * 2);
    float *scales = calloc(panels * 16, 4), *y = calloc(panels * 16, 4);
    for (size_t i = 0; i < count; i++) w[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t i = 0; i < columns * 2; i++) a[i] = (uint8_t)(i * 7919);
    for (size_t threads = 1; threads <= 2; threads++) {
        static double times[row_count][most_rounds];
        for (int r = 0; r < rounds; r++)
            for (int i = 0; i < row_count; i++) {
                struct timespec start, end;
                const size_t middle = threads == 1 ? panels : panels / 2;
                work one = {w, a, y, scales, 0, middle, rows[i].run}, other = {w, a, y, scales, middle, panels, rows[i].run};
                pthread_t helper;
                clock_gettime(CLOCK_MONOTONIC, &start);
                if (threads > 1) pthread_create(&helper, NULL, thread, &other);
                thread(&one);
                if (threads > 1) pthread_join(helper, NULL);
                clock_gettime(CLOCK_MONOTONIC, &end);
                times[i][r] = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
            }
        for (int i = 0; i < row_count; i++) {
            static const char *names[] = {"8", "4", "5", "5 1/3", "6"};
            double ratios[most_rounds];
            for (int r = 0; r < rounds; r++) ratios[r] = times[0][r] / times[i][r];
            qsort(ratios, (size_t)rounds, sizeof *ratios, compare);
            qsort(times[i], i ? (size_t)rounds : 0, sizeof **times, compare);
            printf("%zu threads, %s bits, %d panels, %d bytes ahead: %.2f (%.2f-%.2f) of int8\n", threads,
                   names[rows[i].layout], rows[i].panels, rows[i].ahead, ratios[rounds / 2], ratios[rounds / 4],
                   ratios[3 * rounds / 4]);
        }
    }
}
