/* An allocator with guard pages: a block ends where a page ends, and the next page cannot be touched.

   Preloaded, it stands in for malloc and its kin. It guards nothing before guard_set(1), so that a program may start
   as it always does; guard_set(2) lets blocks begin where a page begins instead, the page before it being closed.
   What is freed is closed for good: a use after free is a fault as well. A read or a write beyond a block is SIGSEGV,
   at the very instruction. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

#define PAGE 4096ul
/* Addresses, not memory: 256 GiB of them. */
#define PAGES (1ul << 26)
/* The kernel keeps some 65,000 maps for a process; a block takes two. */
#define LIVE 24000
#define MOST (1ul << 30)
#define CANARY 0xA5

struct block {
    uint32_t pages;
    uint32_t before;
    uint64_t size;
};

static unsigned char *region;
static struct block *blocks;
static atomic_ulong next_page;
static atomic_long live, guarded, missed;
static atomic_int mode;

int guard_set(int wanted) {
    if (!region) {
        void *addresses = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        void *table = mmap(NULL, PAGES * sizeof(struct block), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (addresses == MAP_FAILED || table == MAP_FAILED)
            return -1;
        blocks = table;
        region = addresses;
    }
    atomic_store(&mode, wanted);
    return 0;
}

/* How many blocks were guarded, and how many had to go without. */
long guard_count(void) { return atomic_load(&guarded); }
long guard_missed(void) { return atomic_load(&missed); }

static int is_guarded(const void *p) {
    return region && (unsigned char *)p >= region && (unsigned char *)p < region + PAGES * PAGE;
}

static struct block *block_of(const void *p) {
    return &blocks[(size_t)((unsigned char *)p - region) / PAGE];
}

static void *guarded_alloc(size_t size, size_t alignment) {
    int how = atomic_load_explicit(&mode, memory_order_relaxed);
    if (!how || !size || size > MOST || alignment > PAGE)
        return NULL;
    if (atomic_load_explicit(&live, memory_order_relaxed) >= LIVE) {
        atomic_fetch_add(&missed, 1);
        return NULL;
    }
    size_t pages = (size + PAGE - 1) / PAGE;
    /* One closed page before the first block, one behind each. */
    size_t first = atomic_fetch_add(&next_page, pages + 1) + 1;
    if (first + pages + 1 >= PAGES) {
        atomic_fetch_add(&missed, 1);
        return NULL;
    }
    unsigned char *start = region + first * PAGE;
    if (mprotect(start, pages * PAGE, PROT_READ | PROT_WRITE)) {
        atomic_fetch_add(&missed, 1);
        return NULL;
    }
    size_t room = pages * PAGE - size;
    size_t before = how == 2 ? 0 : room & ~(alignment - 1);
    struct block *block = block_of(start + before);
    block->pages = (uint32_t)pages;
    block->before = (uint32_t)before;
    block->size = size;
    /* What is left behind a block of a size that is no multiple of its alignment. */
    memset(start + before + size, CANARY, room - before);
    atomic_fetch_add(&live, 1);
    atomic_fetch_add(&guarded, 1);
    return start + before;
}

static void guarded_free(unsigned char *p) {
    struct block *block = block_of(p);
    if (!block->pages)
        abort(); /* freed twice, or never given out */
    unsigned char *start = p - block->before;
    size_t whole = block->pages * PAGE;
    for (unsigned char *rest = p + block->size; rest < start + whole; rest++)
        if (*rest != CANARY)
            abort(); /* written behind its end */
    block->pages = 0;
    madvise(start, whole, MADV_DONTNEED);
    mprotect(start, whole, PROT_NONE);
    atomic_fetch_sub(&live, 1);
}

/* Blocks of eight times anything are arrays of numbers: aligned for those, so that they end with the page. */
static size_t natural(size_t size) { return size % 16 == 0 ? 16 : 8; }

void *malloc(size_t size) {
    void *p = guarded_alloc(size, natural(size));
    return p ? p : __libc_malloc(size);
}

void free(void *p) {
    if (p && is_guarded(p))
        guarded_free(p);
    else
        __libc_free(p);
}

void *calloc(size_t count, size_t size) {
    size_t whole;
    if (!__builtin_mul_overflow(count, size, &whole)) {
        /* Fresh pages are zero. */
        void *p = guarded_alloc(whole, natural(whole));
        if (p)
            return p;
    }
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size) {
    if (!p)
        return malloc(size);
    if (!is_guarded(p))
        return __libc_realloc(p, size);
    if (!size) {
        guarded_free(p);
        return NULL;
    }
    size_t old = block_of(p)->size;
    void *made = malloc(size);
    if (made) {
        memcpy(made, p, old < size ? old : size);
        guarded_free(p);
    }
    return made;
}

void *memalign(size_t alignment, size_t size) {
    void *p = guarded_alloc(size, alignment);
    return p ? p : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *p = memalign(alignment, size);
    if (!p)
        return ENOMEM;
    *out = p;
    return 0;
}

size_t malloc_usable_size(void *p) {
    static size_t (*original)(void *);
    if (!p)
        return 0;
    if (is_guarded(p))
        return block_of(p)->size;
    if (!original)
        original = (size_t(*)(void *))dlsym(RTLD_NEXT, "malloc_usable_size");
    return original ? original(p) : 0;
}
