// Lets a call to the system fail, or a signal arrive at it, in a program that is started with this in LD_PRELOAD.
// Only calls from the program's own code count, those that go through Swift's overlay of the C library among them; what
// Swift's runtime and other libraries ask for is left alone, and so is what concerns the standard streams.
//
//   VENCEJO_FAULT      which calls: open read write map sync rename examine allocate folder, or all
//   VENCEJO_FAULT_AT   the number of the call among these, from 1
//   VENCEJO_FAULT_HOW  fail; again: EINTR, at every second call; short: at most 7 bytes a call; or the number of a signal
//   VENCEJO_FAULT_FILE is made when it has happened
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_calloc(size_t, size_t);
extern void *__libc_memalign(size_t, size_t);

enum how { FAIL, AGAIN, SHORT, SIGNAL };
static const char *wanted, *mark;
static long at;
static enum how how;
static int number;
static atomic_long count;
static struct { uintptr_t first, last; } own[8];
static int ownCount;

static int note(struct dl_phdr_info *object, size_t size, void *data) {
    (void)size, (void)data;
    if (object->dlpi_name[0] && !strstr(object->dlpi_name, "libswiftGlibc")) return 0;
    for (int i = 0; i < object->dlpi_phnum && ownCount < 8; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        own[ownCount].first = object->dlpi_addr + part->p_vaddr;
        own[ownCount].last = own[ownCount].first + part->p_memsz;
        ownCount++;
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *kind = getenv("VENCEJO_FAULT_HOW"), *place = getenv("VENCEJO_FAULT_AT");
    wanted = getenv("VENCEJO_FAULT");
    mark = getenv("VENCEJO_FAULT_FILE");
    at = place ? atol(place) : 0;
    how = !kind || !strcmp(kind, "fail") ? FAIL : !strcmp(kind, "again") ? AGAIN : !strcmp(kind, "short") ? SHORT : SIGNAL;
    if (how == SIGNAL) number = atoi(kind);
    if (wanted) dl_iterate_phdr(note, NULL);
}

// Whether this call is to fail. A signal is raised here.
static int strikes(const char *name, void *caller) {
    uintptr_t address = (uintptr_t)caller;
    int isOwn = 0;
    for (int i = 0; i < ownCount; i++) isOwn |= own[i].first <= address && address < own[i].last;
    if (!isOwn || (strcmp(wanted, name) && strcmp(wanted, "all"))) return 0;
    long now = ++count;
    if (how == AGAIN || how == SHORT ? now < at : now != at) return 0;
    if (mark) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT, 0666);
        if (file >= 0) syscall(SYS_close, file);
    }
    if (how == SIGNAL) {
        kill(getpid(), number);
        return 0;
    }
    return how != AGAIN || now % 2;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define STRIKES(name) strikes(name, __builtin_return_address(0))

// How a call that moves bytes goes on, or -1.
static ssize_t room(const char *name, int file, size_t count, int error, void *caller) {
    if (file <= 2 || !strikes(name, caller)) return (ssize_t)count;
    if (how == SHORT) return count < 7 ? (ssize_t)count : 7;
    errno = how == AGAIN ? EINTR : error;
    return -1;
}

// Other calls do not come in halves, and are not begun again.
#define WHOLE(name) ((how == FAIL || how == SIGNAL) && STRIKES(name))

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (WHOLE("open")) return errno = EMFILE, -1;
    return REAL(open)(path, flags, mode);
}

ssize_t read(int file, void *bytes, size_t count) {
    ssize_t left = room("read", file, count, EIO, __builtin_return_address(0));
    return left < 0 ? left : REAL(read)(file, bytes, (size_t)left);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
    ssize_t left = room("read", file, count, EIO, __builtin_return_address(0));
    return left < 0 ? left : REAL(pread)(file, bytes, (size_t)left, offset);
}

ssize_t write(int file, const void *bytes, size_t count) {
    ssize_t left = room("write", file, count, ENOSPC, __builtin_return_address(0));
    return left < 0 ? left : REAL(write)(file, bytes, (size_t)left);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    ssize_t left = room("write", file, count, ENOSPC, __builtin_return_address(0));
    return left < 0 ? left : REAL(pwrite)(file, bytes, (size_t)left, offset);
}

void *mmap(void *place, size_t count, int protection, int flags, int file, off_t offset) {
    if (WHOLE("map")) return errno = ENOMEM, MAP_FAILED;
    return REAL(mmap)(place, count, protection, flags, file, offset);
}

int fsync(int file) { return WHOLE("sync") ? (errno = EIO, -1) : REAL(fsync)(file); }

int rename(const char *from, const char *to) { return WHOLE("rename") ? (errno = EIO, -1) : REAL(rename)(from, to); }

int mkdir(const char *path, mode_t mode) { return WHOLE("folder") ? (errno = EACCES, -1) : REAL(mkdir)(path, mode); }

int fstat(int file, struct stat *status) { return WHOLE("examine") ? (errno = EIO, -1) : REAL(fstat)(file, status); }

void *calloc(size_t count, size_t size) {
    return WHOLE("allocate") ? (errno = ENOMEM, NULL) : __libc_calloc(count, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return WHOLE("allocate") ? (errno = ENOMEM, NULL) : __libc_memalign(alignment, size);
}
