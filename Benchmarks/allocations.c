// Counts a program's allocations; deterministic.sh preloads it. For glibc.
//
// At exit it writes "allocations: COUNT" to standard error. With ALLOCATIONS_TRACE_FROM=K it also writes the callers of the
// ten allocations after the first K, so that what a count gives away can be found.
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What glibc's own malloc, calloc, realloc and memalign are called inside.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long allocations;
static long trace_from = -1;
static _Thread_local int inside;   // backtrace() allocates when it is first called

enum { frames_shown = 12, traces = 10 };

static void count(void) {
    if (inside) return;
    const long number = atomic_fetch_add(&allocations, 1);
    if (trace_from < 0 || number < trace_from || number >= trace_from + traces) return;
    inside = 1;
    void *frames[frames_shown];
    const int found = backtrace(frames, frames_shown);
    dprintf(STDERR_FILENO, "allocation %ld:\n", number);
    backtrace_symbols_fd(frames + 2, found - 2, STDERR_FILENO);   // without this function and malloc
    inside = 0;
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
    count();
    return __libc_calloc(elements, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *out = memory;
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *from = getenv("ALLOCATIONS_TRACE_FROM");
    if (from != NULL) trace_from = atol(from);
}

__attribute__((destructor)) static void end(void) {
    dprintf(STDERR_FILENO, "allocations: %ld\n", atomic_load(&allocations));
}
