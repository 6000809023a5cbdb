/* The hot loops of the structural codecs: the same bytes as numpy makes, sooner.
 *
 * Nothing here trusts its arguments: every length, index and cursor is checked against the memory that was handed over,
 * and what does not fit raises ValueError. Floating-point operations stand one by one, and the build switches their
 * contraction off, so that results are the same on every machine. Only the limited API of Python 3.11 is used. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
/* Of Linux since 5.14; an older one refuses it. */
#define POPULATE_WRITE 23
#endif

/* --- memory that is handed over ------------------------------------------------------------- */

typedef struct {
    Py_buffer view;
    char *data;
    Py_ssize_t count;  /* rows */
    Py_ssize_t stride; /* bytes from row to row */
    Py_ssize_t width;  /* values of a row, next to each other */
    char kind;         /* i, u or f */
} Column;

static int kind_of(const char *format) {
    if (format == NULL) return 'u';
    if (*format == '<' || *format == '=' || *format == '@') format++;
    if (format[0] == 0 || format[1] != 0) return 0;
    if (strchr("bhilqn", format[0])) return 'i';
    if (strchr("BHILQN?", format[0])) return 'u';
    return strchr("fd", format[0]) ? 'f' : 0;
}

/* kinds: the letters that are taken; size: bytes of a value, 0 for 1, 2, 4 or 8; rows: how many, -1 for any. */
static int take(PyObject *object, Column *column, int writable, const char *kinds, int size, Py_ssize_t rows) {
    column->view.obj = NULL;
    if (PyObject_GetBuffer(object, &column->view, PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)) < 0) return -1;
    Py_buffer *view = &column->view;
    int good = view->ndim == 1 || view->ndim == 2;
    if (good) {
        Py_ssize_t item = view->itemsize;
        column->data = view->buf;
        column->count = view->shape[0];
        column->stride = view->strides[0];
        column->width = view->ndim == 2 ? view->shape[1] : 1;
        column->kind = (char)kind_of(view->format);
        good = column->kind != 0 && strchr(kinds, column->kind) != NULL;
        good = good && (size ? item == size : item == 1 || item == 2 || item == 4 || item == 8);
        good = good && (view->ndim == 1 || column->width <= 1 || view->strides[1] == item);
        good = good && (rows < 0 || column->count == rows);
    }
    if (!good) {
        PyBuffer_Release(view);
        PyErr_SetString(PyExc_ValueError, "an array of another dtype or shape is needed");
        return -1;
    }
    return 0;
}

static PyObject *done(Column *columns, int count, const char *problem) {
    for (int i = 0; i < count; i++) PyBuffer_Release(&columns[i].view);
    if (problem != NULL) {
        PyErr_SetString(PyExc_ValueError, problem);
        return NULL;
    }
    Py_RETURN_NONE;
}

/* What each argument has to be: kinds, size, whether it is written, rows like the first one. */
typedef struct {
    const char *kinds;
    int size, writable, rows;
} Wanted;

static int take_all(PyObject *args, const Wanted *wanted, Column *columns, int count) {
    if (PyTuple_Size(args) != count) {
        PyErr_SetString(PyExc_TypeError, "another number of arguments is needed");
        return -1;
    }
    for (int i = 0; i < count; i++) {
        Py_ssize_t rows = i && wanted[i].rows ? columns[0].count : -1;
        if (take(PyTuple_GetItem(args, i), &columns[i], wanted[i].writable, wanted[i].kinds, wanted[i].size, rows) < 0) {
            for (int j = 0; j < i; j++) PyBuffer_Release(&columns[j].view);
            return -1;
        }
    }
    return 0;
}

/* One of two numbers without a branch, which on leaves and splits would be guessed wrong every other time. */
static inline uint64_t either(int is_leaf, uint64_t leaf, uint64_t split) {
    uint64_t mask = 0 - (uint64_t)is_leaf;
    return (leaf & mask) | (split & ~mask);
}

static const Wanted LEAF = {"u", 1, 0, 1};
#define BYTES(column) ((const uint8_t *)(column).data)
#define PACKED(column) ((column).stride == (column).view.itemsize * (column).width)

static inline int64_t i64_at(const Column *c, Py_ssize_t i) {
    int64_t v;
    memcpy(&v, c->data + i * c->stride, 8);
    return v;
}

static inline double f64_at(const Column *c, Py_ssize_t i) {
    double v;
    memcpy(&v, c->data + i * c->stride, 8);
    return v;
}

static inline uint64_t unsigned_at(const char *data, Py_ssize_t i, Py_ssize_t size) {
    switch (size) {
        case 1: return (uint8_t)data[i];
        case 2: { uint16_t v; memcpy(&v, data + 2 * i, 2); return v; }
        case 4: { uint32_t v; memcpy(&v, data + 4 * i, 4); return v; }
        default: { uint64_t v; memcpy(&v, data + 8 * i, 8); return v; }
    }
}

/* Whether the offsets go from 0 to the number of rows and never fall. */
static int cut(const Column *offsets, Py_ssize_t rows) {
    if (offsets->count < 1 || i64_at(offsets, 0) != 0 || i64_at(offsets, offsets->count - 1) != rows) return 0;
    for (Py_ssize_t k = 1; k < offsets->count; k++)
        if (i64_at(offsets, k) < i64_at(offsets, k - 1)) return 0;
    return 1;
}

static const char *const CUTS = "offsets do not cut the nodes into trees";
static const char *const TREES = "the nodes are no trees in preorder";

/* --- trees ---------------------------------------------------------------------------------- */

/* Whether each tree is a whole one in preorder, and if all are how deep each is. */
static PyObject *is_preorder(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 0}, {"i", 8, 1, 0}};
    Column c[3];
    if (take_all(args, wanted, c, 3) < 0) return NULL;
    Py_ssize_t n = c[0].count;
    if (!PACKED(c[0]) || !PACKED(c[2]) || !cut(&c[1], n) || c[2].count != c[1].count - 1) return done(c, 3, CUTS);
    Py_ssize_t longest = 0;
    for (Py_ssize_t k = 1; k < c[1].count; k++) {
        Py_ssize_t length = i64_at(&c[1], k) - i64_at(&c[1], k - 1);
        if (length > longest) longest = length;
    }
    /* The heights of subtrees that wait for a parent. Each node moves the top by one: there is room either way. */
    int64_t *memory = PyMem_Malloc((2 * (size_t)longest + 3) * sizeof *memory), *bottom = memory + longest + 1;
    if (memory == NULL) {
        done(c, 3, NULL);
        return PyErr_NoMemory();
    }
    memset(memory, 0, (2 * (size_t)longest + 3) * sizeof *memory);
    int good = 1;
    for (Py_ssize_t k = 1; good && k < c[1].count; k++) {
        Py_ssize_t start = i64_at(&c[1], k - 1), stop = i64_at(&c[1], k);
        int64_t *top = bottom;
        int under = 0;
        for (Py_ssize_t i = stop - 1; i >= start; i--) {
            int is_leaf = BYTES(c[0])[i] != 0;
            int64_t left = top[0];
            top += 2 * is_leaf - 1;
            int64_t right = top[0], higher = left > right ? left : right;
            top[0] = (int64_t)either(is_leaf, 0, (uint64_t)higher + 1);
            under |= top <= bottom;
        }
        good = start < stop && !under && top == bottom + 1;
        ((int64_t *)c[2].data)[k - 1] = top[0];
    }
    PyMem_Free(memory);
    for (int i = 0; i < 3; i++) PyBuffer_Release(&c[i].view);
    return PyBool_FromLong(good);
}

/* Whether the nodes of each tree are one tree from the first node on, its children after each, and splits are on features that
 * there are; if all are, how deep each is. */
static PyObject *walk(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {{"i", 8, 0, 1}, {"i", 8, 0, 1}, {"i", 8, 0, 0}, {"i", 8, 1, 0}, {"i", 8, 0, 1}, {"i", 8, 0, 0}};
    Column c[6];
    if (take_all(args, wanted, c, 6) < 0) return NULL;
    if (!PACKED(c[3]) || !cut(&c[2], c[0].count) || c[3].count != c[2].count - 1 || c[5].count != 1) return done(c, 6, CUTS);
    const uint64_t n_features = (uint64_t)i64_at(&c[5], 0);
    Py_ssize_t longest = 0;
    for (Py_ssize_t k = 1; k < c[2].count; k++) {
        Py_ssize_t length = i64_at(&c[2], k) - i64_at(&c[2], k - 1);
        if (length > longest) longest = length;
    }
    /* One more than the depth of each node that a parent was found for. */
    int64_t *depth = PyMem_Malloc(((size_t)longest + 1) * sizeof *depth);
    if (depth == NULL) {
        done(c, 6, NULL);
        return PyErr_NoMemory();
    }
    int good = 1;
    for (Py_ssize_t k = 1; good && k < c[2].count; k++) {
        Py_ssize_t start = i64_at(&c[2], k - 1), n = i64_at(&c[2], k) - start;
        int64_t deepest = 0;
        memset(depth, 0, (size_t)n * sizeof *depth);
        depth[0] = 1;
        good = n > 0;
        for (Py_ssize_t i = 0; good && i < n; i++) {
            int64_t left = i64_at(&c[0], start + i), right = i64_at(&c[1], start + i), own = depth[i];
            if (own > deepest) deepest = own;
            if (left == -1) {
                good = own != 0 && right == -1;
            } else {
                good = own != 0 && left > i && left < n && right > i && right < n && left != right && !depth[left] && !depth[right];
                good = good && (uint64_t)i64_at(&c[4], start + i) < n_features;
                if (good) depth[left] = depth[right] = own + 1;
            }
        }
        ((int64_t *)c[3].data)[k - 1] = deepest - 1;
    }
    PyMem_Free(depth);
    for (int i = 0; i < 6; i++) PyBuffer_Release(&c[i].view);
    return PyBool_FromLong(good);
}

/* The node after each subtree. What branches would cost here is more than the rest: there are none on what a node is. */
static PyObject *ends(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 1, 1}};
    Column c[2];
    if (take_all(args, wanted, c, 2) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1])) return done(c, 2, "packed arrays are needed");
    Py_ssize_t n = c[0].count;
    int64_t *out = (int64_t *)c[1].data;
    /* The ends of subtrees that wait for a parent. Each node moves the top by one: there is room for n either way. */
    int64_t *memory = PyMem_Calloc(2 * (size_t)n + 2, sizeof *memory), *top = memory + n;
    if (memory == NULL) {
        done(c, 2, NULL);
        return PyErr_NoMemory();
    }
    const int64_t *bottom = top;
    int under = 0;
    for (Py_ssize_t i = n - 1; i >= 0; i--) {
        int is_leaf = BYTES(c[0])[i] != 0;
        top += 2 * is_leaf - 1;
        /* A split takes two and leaves one, that of its right child. */
        int64_t end = (int64_t)either(is_leaf, (uint64_t)i + 1, (uint64_t)*top);
        *top = end;
        out[i] = end;
        under |= top <= bottom;
    }
    PyMem_Free(memory);
    return done(c, 2, under ? TREES : NULL);
}

/* --- columns -------------------------------------------------------------------------------- */

static inline void put_integer(char *at, Py_ssize_t size, uint64_t value) {
    if (size == 8) memcpy(at, &value, 8);
    else { uint32_t low = (uint32_t)value; memcpy(at, &low, 4); }
}

static PyObject *left(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 0}, {"iu", 0, 1, 1}};
    Column c[3];
    if (take_all(args, wanted, c, 3) < 0) return NULL;
    Py_ssize_t size = c[2].view.itemsize;
    if (!PACKED(c[0]) || !cut(&c[1], c[0].count) || size < 4) return done(c, 3, CUTS);
    uint64_t none = c[2].kind == 'i' ? UINT64_MAX : 0;
    for (Py_ssize_t k = 1; k < c[1].count; k++) {
        Py_ssize_t start = i64_at(&c[1], k - 1), stop = i64_at(&c[1], k);
        for (Py_ssize_t i = start; i < stop; i++) {
            uint64_t child = (uint64_t)(i + 1 - start);
            put_integer(c[2].data + i * c[2].stride, size, either(BYTES(c[0])[i] != 0, none, child));
        }
    }
    return done(c, 3, NULL);
}

static PyObject *right(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 0}, {"i", 8, 0, 1}, {"iu", 0, 1, 1}};
    Column c[4];
    if (take_all(args, wanted, c, 4) < 0) return NULL;
    Py_ssize_t size = c[3].view.itemsize;
    if (!PACKED(c[0]) || !PACKED(c[2]) || !cut(&c[1], c[0].count) || size < 4) return done(c, 4, CUTS);
    const int64_t *end = (const int64_t *)c[2].data;
    uint64_t none = c[3].kind == 'i' ? UINT64_MAX : 0;
    for (Py_ssize_t k = 1; k < c[1].count; k++) {
        Py_ssize_t start = i64_at(&c[1], k - 1), stop = i64_at(&c[1], k);
        if (start < stop && BYTES(c[0])[stop - 1] == 0) return done(c, 4, TREES);
        for (Py_ssize_t i = start; i < stop; i++) {
            int is_leaf = BYTES(c[0])[i] != 0;
            uint64_t child = (uint64_t)(end[i + !is_leaf] - start);
            put_integer(c[3].data + i * c[3].stride, size, either(is_leaf, none, child));
        }
    }
    return done(c, 4, NULL);
}

/* Of so many nodes, those that are splits. */
static Py_ssize_t count_splits(const Column *leaf) {
    Py_ssize_t found = 0;
    for (Py_ssize_t i = 0; i < leaf->count; i++) found += BYTES(*leaf)[i] == 0;
    return found;
}

static PyObject *splits(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"iuf", 0, 0, 0}, {"iuf", 0, 0, 0}, {"iuf", 0, 1, 1}};
    Column c[4];
    if (take_all(args, wanted, c, 4) < 0) return NULL;
    Py_ssize_t from = c[1].view.itemsize, size = c[3].view.itemsize, at = 0, last = c[1].count - 1;
    if (!PACKED(c[0]) || !PACKED(c[1]) || c[2].count != 1 || c[2].view.itemsize != size) return done(c, 4, "another constant is needed");
    if (count_splits(&c[0]) != c[1].count) return done(c, 4, "there is not one value for each split");
    uint64_t constant = unsigned_at(c[2].data, 0, size);
    /* Something to look at where there is no split at all. */
    const char *values = last < 0 ? (const char *)&constant : c[1].data;
#define LOOP(FROM, TO)                                                                \
    for (Py_ssize_t i = 0; i < c[0].count; i++) {                                     \
        FROM kept;                                                                    \
        Py_ssize_t here = at < last ? at : last < 0 ? 0 : last;                       \
        memcpy(&kept, values + here * (Py_ssize_t)sizeof kept, sizeof kept);          \
        int is_leaf = BYTES(c[0])[i] != 0;                                            \
        TO value = (TO)either(is_leaf, constant, kept);                               \
        at += !is_leaf;                                                               \
        memcpy(c[3].data + i * c[3].stride, &value, sizeof value);                    \
    }
#define FROM(TO)                          \
    switch (from) {                       \
        case 1: LOOP(uint8_t, TO) break;  \
        case 2: LOOP(uint16_t, TO) break; \
        case 4: LOOP(uint32_t, TO) break; \
        default: LOOP(uint64_t, TO)       \
    }
    switch (size) {
        case 1: FROM(uint8_t) break;
        case 2: FROM(uint16_t) break;
        case 4: FROM(uint32_t) break;
        default: FROM(uint64_t)
    }
#undef LOOP
#undef FROM
    return done(c, 4, NULL);
}

/* Sums of what the leaves have, in integers of 64 bits: what stands before the end of a subtree less what stands before it.
 * The memory for what stands before each node is the caller's, one more than there are nodes. */
static const char *sum(const Column *leaf, const Column *ends, const Column *kept, uint64_t *before, int64_t *out) {
    const int64_t *end = (const int64_t *)ends->data;
    Py_ssize_t n = leaf->count, at = 0, size = kept->view.itemsize, last = kept->count - 1;
    if (n - count_splits(leaf) != kept->count) return "there is not one value for each leaf";
    if (n == 0) return NULL;
    if (last < 0) return TREES;
    uint64_t sum = 0;
#define LOOP(TYPE)                                                                    \
    for (Py_ssize_t i = 0; i < n; i++) {                                              \
        TYPE value;                                                                   \
        Py_ssize_t here = at < last ? at : last;                                      \
        uint64_t is_leaf = BYTES(*leaf)[i] != 0;                                      \
        memcpy(&value, kept->data + here * (Py_ssize_t)sizeof value, sizeof value);   \
        before[i] = sum;                                                              \
        sum += (uint64_t)value & (0 - is_leaf);                                       \
        at += (Py_ssize_t)is_leaf;                                                    \
    }
    switch (size) {
        case 1: LOOP(uint8_t) break;
        case 2: LOOP(uint16_t) break;
        case 4: LOOP(uint32_t) break;
        default: LOOP(uint64_t)
    }
#undef LOOP
    before[n] = sum;
    for (Py_ssize_t i = 0; i < n; i++) {
        int64_t stop = end[i];
        if (stop <= i || stop > n) return TREES;
        out[i] = (int64_t)(before[stop] - before[i]);
    }
    return NULL;
}

/* Sums as integers of 64 bits, and in a column of the dtype that is wanted. */
static PyObject *sums(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"u", 0, 0, 0}, {"iuf", 0, 1, 1}};
    Column c[4];
    if (take_all(args, wanted, c, 4) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1]) || !PACKED(c[2])) return done(c, 4, "packed arrays are needed");
    Py_ssize_t n = c[0].count, size = c[3].view.itemsize;
    if (size < 4 || (c[3].kind == 'f' && size != 8)) return done(c, 4, "an array of another dtype is needed");
    uint64_t *before = PyMem_Malloc(2 * ((size_t)n + 1) * sizeof *before);
    if (before == NULL) {
        done(c, 4, NULL);
        return PyErr_NoMemory();
    }
    int64_t *out = (int64_t *)(before + n + 1);
    const char *problem = sum(&c[0], &c[1], &c[2], before, out);
    if (problem == NULL && c[3].kind == 'f') {
        for (Py_ssize_t i = 0; i < n; i++) {
            double value = (double)out[i];
            memcpy(c[3].data + i * c[3].stride, &value, 8);
        }
    } else if (problem == NULL) {
        for (Py_ssize_t i = 0; i < n; i++) put_integer(c[3].data + i * c[3].stride, size, (uint64_t)out[i]);
    }
    PyMem_Free(before);
    return done(c, 4, problem);
}

static PyObject *majority(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"i", 8, 0, 1}, {"u", 1, 1, 1}};
    Column c[4];
    if (take_all(args, wanted, c, 4) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1])) return done(c, 4, "packed arrays are needed");
    const int64_t *end = (const int64_t *)c[1].data;
    Py_ssize_t n = c[0].count;
    for (Py_ssize_t i = 0; i < n; i++) {
        int is_split = BYTES(c[0])[i] == 0;
        Py_ssize_t left = i + is_split;
        if (left >= n) return done(c, 4, TREES);
        int64_t right = (int64_t)either(!is_split, (uint64_t)i, (uint64_t)end[left]);
        if (right < 0 || right >= n) return done(c, 4, TREES);
        c[3].data[i * c[3].stride] = i64_at(&c[2], left) > i64_at(&c[2], right);
    }
    return done(c, 4, NULL);
}

/* --- classes -------------------------------------------------------------------------------- */

static PyObject *fractions(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"u", 0, 0, 0}, {"f", 8, 0, 1}, {"f", 8, 1, 1}};
    Column c[5];
    if (take_all(args, wanted, c, 5) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1]) || !PACKED(c[2]) || !PACKED(c[4]) || c[4].width != 2) return done(c, 5, "packed arrays are needed");
    Py_ssize_t n = c[0].count;
    uint64_t *before = PyMem_Malloc(2 * ((size_t)n + 1) * sizeof *before);
    if (before == NULL) {
        done(c, 5, NULL);
        return PyErr_NoMemory();
    }
    /* Counts of the second class; the first has the rest. */
    int64_t *counts = (int64_t *)(before + n + 1);
    const char *problem = sum(&c[0], &c[1], &c[2], before, counts);
    double *out = (double *)c[4].data;
    for (Py_ssize_t i = 0; problem == NULL && i < n; i++) {
        double weight = f64_at(&c[3], i), second = (double)counts[i], first = weight - second;
        out[2 * i] = first / weight;
        out[2 * i + 1] = second / weight;
    }
    PyMem_Free(before);
    return done(c, 5, problem);
}

/* The nearest whole number, of two the even one, without its sign: rint() is a call where a machine may lack the instruction. */
static inline double whole(double value) {
    const double large = 4503599627370496.0;
    double size = fabs(value), moved = size + large, back = moved - large;
    return size < large ? back : size;
}

static PyObject *gini(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {{"f", 8, 0, 1}, {"f", 8, 0, 1}, {"f", 8, 1, 1}};
    Column c[3];
    if (take_all(args, wanted, c, 3) < 0) return NULL;
    if (!PACKED(c[0])) return done(c, 3, "packed arrays are needed");
    const double *shares = (const double *)c[0].data;
    for (Py_ssize_t i = 0; i < c[0].count; i++) {
        double weight = f64_at(&c[1], i), squares = 0.0;
        for (Py_ssize_t k = 0; k < c[0].width; k++) {
            double share = *shares++ * weight, count = whole(share), square = count * count;
            squares += square;
        }
        double all = weight * weight, part = squares / all, impurity = 1.0 - part;
        memcpy(c[2].data + i * c[2].stride, &impurity, 8);
    }
    return done(c, 3, NULL);
}

/* --- what follows nearly -------------------------------------------------------------------- */

/* As many floats away as is kept. */
static inline double corrected(double guess, uint64_t miss) {
    uint64_t bits;
    memcpy(&bits, &guess, 8);
    /* Machines differ in what is no number: it is one and the same here. */
    if (guess != guess) bits = 0x7ff8000000000000u;
    bits += (miss >> 1) ^ (0 - (miss & 1));
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

/* Leaves as they are kept, splits from their children: of the last node first. The means are given, or they are what is made. */
static const char *nearly(const Column *leaf, const Column *ends, const Column *leaves, const Column *misses, const Column *means,
                          const Column *weights, const Column *out) {
    const int64_t *end = (const int64_t *)ends->data;
    Py_ssize_t n = leaf->count, of_leaves = leaves->count, of_splits = misses->count;
    for (Py_ssize_t i = n - 1; i >= 0; i--) {
        double value;
        if (BYTES(*leaf)[i]) {
            if (of_leaves-- <= 0) return "there is not one value for each leaf";
            value = f64_at(leaves, of_leaves);
        } else {
            Py_ssize_t left = i + 1;
            if (of_splits-- <= 0) return "there is not one value for each split";
            if (left >= n) return TREES;
            int64_t right = end[left];
            if (right <= left || right >= n) return TREES;
            double all = f64_at(weights, i), of_left = f64_at(weights, left), of_right = f64_at(weights, right);
            double a = f64_at(out, left), b = f64_at(out, right), guess;
            if (means == NULL) {
                double first = a * of_left, second = b * of_right, sum = first + second;
                guess = sum / all;
            } else {
                double share = of_left / all, other = of_right / all, apart = f64_at(means, left) - f64_at(means, right);
                double first = share * a, second = other * b, within = first + second;
                double both = share * other, square = apart * apart, between = both * square;
                guess = within + between;
            }
            value = corrected(guess, (uint64_t)i64_at(misses, of_splits));
        }
        memcpy(out->data + i * out->stride, &value, 8);
    }
    return of_leaves || of_splits ? "there are more values than nodes" : NULL;
}

static PyObject *means(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"u", 8, 0, 0}, {"u", 8, 0, 0}, {"f", 8, 0, 1}, {"f", 8, 1, 1}};
    Column c[6];
    if (take_all(args, wanted, c, 6) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1])) return done(c, 6, "packed arrays are needed");
    return done(c, 6, nearly(&c[0], &c[1], &c[2], &c[3], NULL, &c[4], &c[5]));
}

static PyObject *variances(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"u", 8, 0, 0}, {"u", 8, 0, 0}, {"f", 8, 0, 1}, {"f", 8, 0, 1}, {"f", 8, 1, 1}};
    Column c[7];
    if (take_all(args, wanted, c, 7) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1])) return done(c, 7, "packed arrays are needed");
    return done(c, 7, nearly(&c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6]));
}

/* --- bins ----------------------------------------------------------------------------------- */

/* The upper end of the bin that each split names, of the feature that it names. */
static PyObject *thresholds(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {LEAF, {"i", 8, 0, 1}, {"u", 1, 0, 1}, {"u", 1, 0, 1}, {"f", 8, 0, 0}, {"i", 8, 0, 0}, {"f", 8, 1, 1}};
    Column c[7];
    if (take_all(args, wanted, c, 7) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[4]) || !cut(&c[5], c[4].count)) return done(c, 7, "the bins are not cut into features");
    for (Py_ssize_t i = 0; i < c[0].count; i++) {
        double value = 0.0;
        if (!BYTES(c[0])[i]) {
            int64_t feature = i64_at(&c[1], i);
            if (feature < 0 || feature >= c[5].count - 1) return done(c, 7, "a split is on a feature that has no bins");
            int64_t place = i64_at(&c[5], feature) + (uint8_t)c[2].data[i * c[2].stride];
            if (!c[3].data[i * c[3].stride]) value = place < i64_at(&c[5], feature + 1) ? f64_at(&c[4], place) : HUGE_VAL;
        }
        memcpy(c[6].data + i * c[6].stride, &value, 8);
    }
    return done(c, 7, NULL);
}

/* --- all columns of decision trees at once --------------------------------------------------- */

/* What the nodes of some trees are made of; counts of 0 where a column is not made here. */
typedef struct {
    const uint8_t *leaf;
    Py_ssize_t n, n_leaves, n_splits;
    const Column *features, *thresholds, *samples, *weights; /* weights: none where they are the samples */
    const Column *shares;                                    /* counts of all classes but the first, a row a class */
    const Column *means, *misses;                            /* means of leaves, and by how much those of splits miss */
    const Column *variances, *variance_misses;
    uint64_t feature, threshold; /* of leaves */
    const int64_t *places;
    char *nodes;
    Py_ssize_t stride;
    double *values;
    Py_ssize_t width;
} Forest;

enum { AT_LEFT, AT_RIGHT, AT_FEATURE, AT_THRESHOLD, AT_IMPURITY, AT_SAMPLES, AT_WEIGHT, AT_MISSING, PLACES };
/* What a subtree that waits for its parent leaves behind: its first node, and its sums. */
enum { ITS_NODE, ITS_SAMPLES, ITS_WEIGHT, ITS_FIRST, ITS_MEAN = ITS_FIRST, ITS_VARIANCE, ITS_END };

static inline double as_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static inline uint64_t as_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

/* One tree, from its last node to its first. The cursors stand behind what is kept for its leaves and splits. */
static inline __attribute__((always_inline)) int grow(const Forest *f, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t *leaves,
                                                      Py_ssize_t *splits, uint64_t *stack, Py_ssize_t slots, Py_ssize_t classes, int regression) {
    const Py_ssize_t size_f = f->features->view.itemsize, size_s = f->samples->view.itemsize;
    const Py_ssize_t size_w = f->weights->count ? f->weights->view.itemsize : 0;
    const int64_t *places = f->places;
    Py_ssize_t at_leaf = *leaves, at_split = *splits;
    /* The first slot stands for no subtree: a leaf that comes first looks at it. */
    uint64_t *top = stack;
    uint64_t *const end = stack + slots * (stop - start + 1);
    for (Py_ssize_t i = stop - 1; i >= start; i--) {
        const int is_leaf = f->leaf[i] != 0;
        uint64_t *const left = top;
        top = is_leaf ? top + slots : top - slots;
        at_leaf -= is_leaf;
        at_split -= !is_leaf;
        if (top <= stack || top > end || at_leaf < 0 || at_split < 0) return 0;
        const uint64_t *const right = top;
        /* Of what is kept for leaves there is at least one; for splits there may be none. */
        const Py_ssize_t of_leaf = at_leaf < f->n_leaves ? at_leaf : f->n_leaves - 1;
        const Py_ssize_t of_split = at_split < f->n_splits ? at_split : f->n_splits - 1;
        uint64_t feature = f->feature, threshold = f->threshold;
        if (of_split >= 0) {
            feature = either(is_leaf, feature, unsigned_at(f->features->data, of_split, size_f));
            threshold = either(is_leaf, threshold, unsigned_at(f->thresholds->data, of_split, 8));
        }
        const int64_t right_samples = (int64_t)right[ITS_SAMPLES], left_samples = (int64_t)left[ITS_SAMPLES];
        const uint64_t child = (uint64_t)(i + 1 - start), other = right[ITS_NODE];
        const uint64_t samples = either(is_leaf, unsigned_at(f->samples->data, of_leaf, size_s), (uint64_t)left_samples + (uint64_t)right_samples);
        uint64_t weight = samples;
        if (size_w) weight = either(is_leaf, unsigned_at(f->weights->data, of_leaf, size_w), left[ITS_WEIGHT] + right[ITS_WEIGHT]);
        const double all = (double)(int64_t)weight;
        char *node = f->nodes + i * f->stride;
        const uint64_t no_child = UINT64_MAX, child_left = either(is_leaf, no_child, child), child_right = either(is_leaf, no_child, other);
        memcpy(node + places[AT_LEFT], &child_left, 8);
        memcpy(node + places[AT_RIGHT], &child_right, 8);
        memcpy(node + places[AT_FEATURE], &feature, 8);
        memcpy(node + places[AT_THRESHOLD], &threshold, 8);
        memcpy(node + places[AT_SAMPLES], &samples, 8);
        memcpy(node + places[AT_WEIGHT], &all, 8);
        if (places[AT_MISSING] >= 0) node[places[AT_MISSING]] = (char)(!is_leaf & (left_samples > right_samples));
        if (classes) {
            double *out = f->values + i * f->width, rest = all;
            for (Py_ssize_t k = 1; k < classes; k++) {
                const Column *shares = f->shares;
                const char *row = shares->data + (k - 1) * shares->stride;
                const uint64_t kept = unsigned_at(row, of_leaf, shares->view.itemsize);
                const uint64_t count = either(is_leaf, kept, left[ITS_FIRST + k - 1] + right[ITS_FIRST + k - 1]);
                const double part = (double)(int64_t)count;
                rest -= part;
                out[k] = part / all;
                top[ITS_FIRST + k - 1] = count;
            }
            out[0] = rest / all;
            if (places[AT_IMPURITY] >= 0) {
                double squares = 0.0;
                for (Py_ssize_t k = 0; k < classes; k++) {
                    double share = out[k] * all, count = whole(share), square = count * count;
                    squares += square;
                }
                double whole_square = all * all, part = squares / whole_square, impurity = 1.0 - part;
                memcpy(node + places[AT_IMPURITY], &impurity, 8);
            }
        }
        if (regression) {
            const double of_left = (double)(int64_t)left[ITS_WEIGHT], of_right = (double)(int64_t)right[ITS_WEIGHT];
            const double left_mean = as_double(left[ITS_MEAN]), right_mean = as_double(right[ITS_MEAN]);
            double mean, variance;
            if (is_leaf) {
                mean = as_double(unsigned_at(f->means->data, of_leaf, 8));
            } else {
                double first = left_mean * of_left, second = right_mean * of_right, sum = first + second, guess = sum / all;
                mean = corrected(guess, unsigned_at(f->misses->data, of_split, 8));
            }
            f->values[i] = mean;
            if (places[AT_IMPURITY] >= 0) {
                if (is_leaf) {
                    variance = as_double(unsigned_at(f->variances->data, of_leaf, 8));
                } else {
                    double share = of_left / all, rest = of_right / all, apart = left_mean - right_mean;
                    double first = share * as_double(left[ITS_VARIANCE]), second = rest * as_double(right[ITS_VARIANCE]);
                    double within = first + second, both = share * rest, square = apart * apart, between = both * square;
                    variance = corrected(within + between, unsigned_at(f->variance_misses->data, of_split, 8));
                }
                memcpy(node + places[AT_IMPURITY], &variance, 8);
                top[ITS_VARIANCE] = as_bits(variance);
            }
            top[ITS_MEAN] = as_bits(mean);
        }
        top[ITS_NODE] = (uint64_t)(i - start);
        top[ITS_SAMPLES] = samples;
        top[ITS_WEIGHT] = weight;
    }
    *leaves = at_leaf;
    *splits = at_split;
    return top == stack + slots;
}

static int grow_all(const Forest *f, const int64_t *offsets, Py_ssize_t trees, uint64_t *stack, Py_ssize_t slots, Py_ssize_t classes, int regression) {
    Py_ssize_t leaves = f->n_leaves, splits = f->n_splits;
    for (Py_ssize_t k = trees; k > 0; k--) {
        Py_ssize_t start = (Py_ssize_t)offsets[k - 1], stop = (Py_ssize_t)offsets[k];
        int good;
        if (regression) good = grow(f, start, stop, &leaves, &splits, stack, ITS_END, 0, 1);
        else if (classes == 2) good = grow(f, start, stop, &leaves, &splits, stack, ITS_FIRST + 1, 2, 0);
        else good = grow(f, start, stop, &leaves, &splits, stack, slots, classes, 0);
        if (!good) return 0;
    }
    return leaves == 0 && splits == 0;
}

/* The nodes of some trees with their values: each node is written once. */
static PyObject *forest(PyObject *self, PyObject *args) {
    (void)self;
    enum { LEAVES, OFFSETS, NODES, PLACE, CONSTANTS, FEATURES, THRESHOLDS, SAMPLES, WEIGHTS, VALUES, SHARES, MEANS, MISSES, VARIANCES, APART, ALL };
    const Wanted wanted[ALL] = {
        LEAF, {"i", 8, 0, 0}, {"u", 1, 1, 1}, {"i", 8, 0, 0}, {"u", 8, 0, 0},                     /* leaf, offsets, nodes, places, constants */
        {"u", 0, 0, 0}, {"u", 8, 0, 0}, {"u", 0, 0, 0}, {"u", 0, 0, 0},                           /* features, thresholds, samples, weights */
        {"f", 8, 1, 0}, {"u", 0, 0, 0}, {"u", 8, 0, 0}, {"u", 8, 0, 0}, {"u", 8, 0, 0}, {"u", 8, 0, 0}, /* values, shares, means … */
    };
    Column c[ALL];
    if (take_all(args, wanted, c, ALL) < 0) return NULL;
    Forest f = {.leaf = BYTES(c[LEAVES]), .n = c[LEAVES].count, .features = &c[FEATURES], .thresholds = &c[THRESHOLDS],
                .samples = &c[SAMPLES], .weights = &c[WEIGHTS], .shares = &c[SHARES], .means = &c[MEANS], .misses = &c[MISSES],
                .variances = &c[VARIANCES], .variance_misses = &c[APART], .places = (const int64_t *)c[PLACE].data,
                .nodes = c[NODES].data, .stride = c[NODES].stride, .values = (double *)c[VALUES].data, .width = c[VALUES].width};
    for (int i = 0; i < ALL; i++)
        if (i != SHARES && !PACKED(c[i])) return done(c, ALL, "packed arrays are needed");
    if (!cut(&c[OFFSETS], f.n) || f.n == 0) return done(c, ALL, CUTS);
    f.n_splits = count_splits(&c[LEAVES]);
    f.n_leaves = f.n - f.n_splits;
    const int regression = c[MEANS].count > 0;
    const Py_ssize_t classes = c[SHARES].count > 0 ? c[SHARES].count + 1 : 0;
    int good = c[PLACE].count == PLACES && c[CONSTANTS].count == 2 && f.n_leaves > 0 && !(regression && classes);
    good = good && c[FEATURES].count == f.n_splits && c[THRESHOLDS].count == f.n_splits && c[SAMPLES].count == f.n_leaves;
    good = good && (c[WEIGHTS].count == 0 || c[WEIGHTS].count == f.n_leaves);
    for (int i = FEATURES; i < ALL; i++) good = good && (i == SHARES || i == VALUES || c[i].width == 1);
    if (good && classes) good = c[SHARES].width == f.n_leaves && c[VALUES].count == f.n && f.width == classes && classes <= 256;
    if (good && regression) good = c[MEANS].count == f.n_leaves && c[MISSES].count == f.n_splits && c[VALUES].count == f.n && f.width == 1;
    for (int i = 0; good && i < PLACES; i++) {
        const int64_t most = (int64_t)c[NODES].width - (i == AT_MISSING ? 1 : 8);
        good = f.places[i] <= most && f.places[i] >= (i == AT_MISSING || i == AT_IMPURITY ? -1 : 0);
    }
    if (good && f.places[AT_IMPURITY] >= 0) good = classes || (regression && c[VARIANCES].count == f.n_leaves && c[APART].count == f.n_splits);
    if (!good) return done(c, ALL, "the columns do not belong to the same trees");
    f.feature = unsigned_at(c[CONSTANTS].data, 0, 8);
    f.threshold = unsigned_at(c[CONSTANTS].data, 1, 8);
    Py_ssize_t longest = 0;
    const int64_t *offsets = (const int64_t *)c[OFFSETS].data;
    for (Py_ssize_t k = 1; k < c[OFFSETS].count; k++)
        if (offsets[k] - offsets[k - 1] > longest) longest = (Py_ssize_t)(offsets[k] - offsets[k - 1]);
    const Py_ssize_t slots = regression ? ITS_END : ITS_FIRST + (classes ? classes - 1 : 0);
    uint64_t *stack = (size_t)longest + 3 > SIZE_MAX / 8 / (size_t)slots ? NULL : PyMem_Calloc(((size_t)longest + 3) * (size_t)slots, 8);
    if (stack == NULL) {
        done(c, ALL, NULL);
        return PyErr_NoMemory();
    }
    /* Nothing of Python is touched in between: others may run. */
    Py_BEGIN_ALLOW_THREADS
    good = grow_all(&f, offsets, c[OFFSETS].count - 1, stack, slots, classes, regression);
    Py_END_ALLOW_THREADS
    PyMem_Free(stack);
    return done(c, ALL, good ? NULL : TREES);
}

/* --- columns side by side ------------------------------------------------------------------- */

/* Rows that are written together: what lies in the first cache of a processor. */
#define ROWS 64
#define MOST_COLUMNS 32

/* Columns next to each other, as the fields of structured rows; integers may come in fewer bytes. */
static PyObject *gather(PyObject *self, PyObject *args) {
    (void)self;
    Column c[MOST_COLUMNS + 2];
    const Py_ssize_t given = PyTuple_Size(args), columns = given - 2;
    if (columns < 0 || columns > MOST_COLUMNS) {
        PyErr_SetString(PyExc_ValueError, "another number of columns is needed");
        return NULL;
    }
    Wanted wanted[MOST_COLUMNS + 2] = {{"u", 1, 1, 1}, {"i", 8, 0, 0}};
    for (Py_ssize_t k = 0; k < columns; k++) wanted[k + 2] = (Wanted){"iuf", 0, 0, 1};
    if (take_all(args, wanted, c, (int)given) < 0) return NULL;
    /* Of each column: where it goes, and how many bytes a value has there. */
    const int64_t *places = (const int64_t *)c[1].data;
    int good = PACKED(c[0]) && PACKED(c[1]) && c[1].count == columns && c[1].width == 2;
    for (Py_ssize_t k = 0; good && k < columns; k++) {
        const Py_ssize_t from = c[k + 2].view.itemsize;
        const int64_t at = places[2 * k], to = places[2 * k + 1];
        good = PACKED(c[k + 2]) && c[k + 2].width == 1 && (to == from || (to == 8 && c[k + 2].kind == 'i'));
        good = good && at >= 0 && at <= (int64_t)c[0].width && to <= (int64_t)c[0].width - at;
    }
    if (!good) return done(c, (int)given, "the columns are no fields of such rows");
    const Py_ssize_t n = c[0].count, stride = c[0].stride;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t first = 0; first < n; first += ROWS) {
        const Py_ssize_t some = n - first < ROWS ? n - first : ROWS;
        for (Py_ssize_t k = 0; k < columns; k++) {
            const Py_ssize_t from = c[k + 2].view.itemsize;
            const char *in = c[k + 2].data + first * from;
            char *out = c[0].data + first * stride + places[2 * k];
#define LOOP(FROM, TO)                                                 \
    for (Py_ssize_t i = 0; i < some; i++) {                            \
        FROM value;                                                    \
        memcpy(&value, in + i * (Py_ssize_t)sizeof value, sizeof value); \
        TO wide = (TO)value;                                           \
        memcpy(out + i * stride, &wide, sizeof wide);                  \
    }
            if (places[2 * k + 1] != from) {
                if (from == 1) LOOP(int8_t, int64_t)
                else if (from == 2) LOOP(int16_t, int64_t)
                else LOOP(int32_t, int64_t)
            } else if (from == 8) LOOP(uint64_t, uint64_t)
            else if (from == 4) LOOP(uint32_t, uint32_t)
            else if (from == 2) LOOP(uint16_t, uint16_t)
            else LOOP(uint8_t, uint8_t)
#undef LOOP
        }
    }
    Py_END_ALLOW_THREADS
    return done(c, (int)given, NULL);
}

/* --- checksums ------------------------------------------------------------------------------ */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

/* CRC-32 of blocks of 16 bytes, 64 at least, by multiplication without carries: V. Gopal et al., "Fast CRC computation for
 * generic polynomials using PCLMULQDQ instruction", Intel 2009. */
__attribute__((target("sse4.1,pclmul"))) static uint32_t crc_of_blocks(const char *at, size_t size, uint32_t crc) {
    const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4), by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i low = _mm_setr_epi32(~0, 0, ~0, 0);
    __m128i sums[4];
    for (int k = 0; k < 4; k++) sums[k] = _mm_loadu_si128((const __m128i *)(at + 16 * k));
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128((int)crc));
    for (at += 64, size -= 64; size >= 64; at += 64, size -= 64)
        for (int k = 0; k < 4; k++) {
            const __m128i first = _mm_clmulepi64_si128(sums[k], by_512, 0x00), second = _mm_clmulepi64_si128(sums[k], by_512, 0x11);
            sums[k] = _mm_xor_si128(_mm_xor_si128(first, second), _mm_loadu_si128((const __m128i *)(at + 16 * k)));
        }
    __m128i sum = sums[0];
    for (int k = 1; k < 4; k++) {
        const __m128i first = _mm_clmulepi64_si128(sum, by_128, 0x00), second = _mm_clmulepi64_si128(sum, by_128, 0x11);
        sum = _mm_xor_si128(_mm_xor_si128(first, second), sums[k]);
    }
    for (; size >= 16; at += 16, size -= 16) {
        const __m128i first = _mm_clmulepi64_si128(sum, by_128, 0x00), second = _mm_clmulepi64_si128(sum, by_128, 0x11);
        sum = _mm_xor_si128(_mm_xor_si128(first, second), _mm_loadu_si128((const __m128i *)at));
    }
    /* From 128 bits to 64, and from these to 32. */
    sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, by_128, 0x10));
    sum = _mm_xor_si128(_mm_srli_si128(sum, 4), _mm_clmulepi64_si128(_mm_and_si128(sum, low), _mm_set_epi64x(0, 0x0163cd6124), 0x00));
    const __m128i polynomial = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    __m128i rest = _mm_clmulepi64_si128(_mm_and_si128(sum, low), polynomial, 0x10);
    rest = _mm_clmulepi64_si128(_mm_and_si128(rest, low), polynomial, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(sum, rest), 1);
}
#define HAS_BLOCKS (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
#else
#define HAS_BLOCKS 0
static uint32_t crc_of_blocks(const char *at, size_t size, uint32_t crc) {
    (void)at;
    (void)size;
    return crc;
}
#endif

/* The CRC-32 of data that are several times 16 bytes, 64 at least, from that of what stands before; None where this machine has
 * no instruction for it. */
static PyObject *crc32(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *data, *before;
    Py_buffer view;
    if (PyTuple_Size(args) != 2) {
        PyErr_SetString(PyExc_TypeError, "another number of arguments is needed");
        return NULL;
    }
    data = PyTuple_GetItem(args, 0);
    before = PyTuple_GetItem(args, 1);
    if (!HAS_BLOCKS) Py_RETURN_NONE;
    const unsigned long crc = PyLong_AsUnsignedLong(before);
    if (crc == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) return NULL;
    if (view.len < 64 || view.len % 16) {
        PyBuffer_Release(&view);
        PyErr_SetString(PyExc_ValueError, "blocks of 16 bytes are needed");
        return NULL;
    }
    uint32_t found;
    Py_BEGIN_ALLOW_THREADS
    found = ~crc_of_blocks(view.buf, (size_t)view.len, ~(uint32_t)crc);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(found);
}

/* --- texts ---------------------------------------------------------------------------------- */

/* A string for each piece of the bytes. */
static PyObject *texts(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {{"u", 1, 0, 0}, {"i", 8, 0, 0}};
    Column c[2];
    if (take_all(args, wanted, c, 2) < 0) return NULL;
    if (!PACKED(c[0]) || c[0].width != 1 || !cut(&c[1], c[0].count)) return done(c, 2, "offsets do not cut the bytes into strings");
    PyObject *found = PyList_New(c[1].count - 1);
    for (Py_ssize_t i = 0; found != NULL && i + 1 < c[1].count; i++) {
        Py_ssize_t start = (Py_ssize_t)i64_at(&c[1], i), stop = (Py_ssize_t)i64_at(&c[1], i + 1);
        PyObject *text = PyUnicode_DecodeUTF8(c[0].data + start, stop - start, "surrogatepass");
        if (text == NULL || PyList_SetItem(found, i, text) < 0) Py_CLEAR(found);
    }
    for (int i = 0; i < 2; i++) PyBuffer_Release(&c[i].view);
    return found;
}

/* --- memory --------------------------------------------------------------------------------- */

/* How many bytes of a block lie before the next multiple of 64: numpy makes a dict to say where an array is. */
static PyObject *gap(PyObject *self, PyObject *block) {
    (void)self;
    Py_buffer view;
    if (PyObject_GetBuffer(block, &view, PyBUF_SIMPLE) < 0) return NULL;
    uintptr_t at = (uintptr_t)view.buf;
    PyBuffer_Release(&view);
    return PyLong_FromLong((long)((0 - at) & 63));
}

/* Have the kernel hand out the pages of so many bytes of the C library's heap in one go, and give them back to the heap: who
 * asks it for as many next finds them there, and does not meet the kernel at every page. Returns where they are, 0 where there
 * is no such thing. Nothing of the heap is changed but which of its pages are in memory. */
static PyObject *prefault(PyObject *self, PyObject *size) {
    (void)self;
    const size_t nbytes = PyLong_AsSize_t(size);
    if (nbytes == (size_t)-1 && PyErr_Occurred()) return NULL;
    uintptr_t found = 0;
#if defined(__linux__) && defined(__GLIBC__)
    char *memory = malloc(nbytes ? nbytes : 1);
    if (memory != NULL) {
        const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)memory;
        const uintptr_t start = (at + page - 1) / page * page, stop = (at + nbytes) / page * page;
        if (stop > start && madvise((void *)start, stop - start, POPULATE_WRITE) == 0) found = (uintptr_t)memory;
        free(memory);
    }
#endif
    return PyLong_FromSize_t(found);
}

/* --- bytes ---------------------------------------------------------------------------------- */

static PyObject *unshuffle(PyObject *self, PyObject *args) {
    (void)self;
    const Wanted wanted[] = {{"u", 1, 0, 1}, {"u", 1, 1, 1}, {"i", 8, 0, 0}};
    Column c[3];
    if (take_all(args, wanted, c, 3) < 0) return NULL;
    if (!PACKED(c[0]) || !PACKED(c[1]) || c[2].count != 1) return done(c, 3, "packed arrays are needed");
    int64_t size = i64_at(&c[2], 0);
    Py_ssize_t n = c[0].count;
    if ((size != 2 && size != 4 && size != 8) || n % size) return done(c, 3, "the bytes are no planes of values");
    Py_ssize_t each = n / size;
    const uint8_t *in = BYTES(c[0]);
    char *out = c[1].data;
    if (size == 8) {
        for (Py_ssize_t i = 0; i < each; i++) {
            uint64_t value = 0;
            for (int k = 0; k < 8; k++) value |= (uint64_t)in[i + k * each] << (8 * k);
            memcpy(out + 8 * i, &value, 8);
        }
    } else if (size == 4) {
        for (Py_ssize_t i = 0; i < each; i++) {
            uint32_t value = 0;
            for (int k = 0; k < 4; k++) value |= (uint32_t)in[i + k * each] << (8 * k);
            memcpy(out + 4 * i, &value, 4);
        }
    } else {
        for (Py_ssize_t i = 0; i < each; i++) {
            uint16_t value = (uint16_t)(in[i] | in[i + each] << 8);
            memcpy(out + 2 * i, &value, 2);
        }
    }
    return done(c, 3, NULL);
}

static PyMethodDef methods[] = {
    {"is_preorder", is_preorder, METH_VARARGS, "leaf, offsets, out: whether each tree is a whole one in preorder; its depth."},
    {"walk", walk, METH_VARARGS, "left, right, offsets, out, features, how many there are: whether children make each tree one; its depth."},
    {"ends", ends, METH_VARARGS, "leaf, out: the node after each subtree."},
    {"left", left, METH_VARARGS, "leaf, offsets, out."},
    {"right", right, METH_VARARGS, "leaf, offsets, ends, out."},
    {"splits", splits, METH_VARARGS, "leaf, values, constant, out."},
    {"sums", sums, METH_VARARGS, "leaf, ends, kept, out."},
    {"majority", majority, METH_VARARGS, "leaf, ends, samples, out."},
    {"fractions", fractions, METH_VARARGS, "leaf, ends, kept, weights, out."},
    {"gini", gini, METH_VARARGS, "shares, weights, out."},
    {"means", means, METH_VARARGS, "leaf, ends, leaves, misses, weights, out."},
    {"variances", variances, METH_VARARGS, "leaf, ends, leaves, misses, means, weights, out."},
    {"thresholds", thresholds, METH_VARARGS, "leaf, features, bins, categorical, ends of bins, their offsets, out."},
    {"forest", forest, METH_VARARGS, "leaf, offsets, nodes, places, constants, what is kept …: all columns of some trees."},
    {"gather", gather, METH_VARARGS, "rows, places, columns …: the columns as the fields of the rows."},
    {"crc32", crc32, METH_VARARGS, "data, of what stands before: CRC-32 of blocks of 16 bytes; or None."},
    {"texts", texts, METH_VARARGS, "bytes, offsets: the strings of UTF-8, surrogates among them."},
    {"prefault", prefault, METH_O, "bytes: have their pages in the heap; where they are, or 0."},
    {"gap", gap, METH_O, "block: the bytes before its first multiple of 64."},
    {"unshuffle", unshuffle, METH_VARARGS, "planes, out, bytes of a value."},
    {NULL, NULL, 0, NULL},
};

/* Where registers hold more than 64 bits of a float, results would not be those of numpy. */
static int check(PyObject *module) {
    if (FLT_EVAL_METHOD == 0) return PyModule_AddIntConstant(module, "FORM", 4);
    PyErr_SetString(PyExc_ImportError, "this machine computes with floats of more than 64 bits");
    return -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)check}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "perdure.arrays._native", "Hot loops of the structural codecs.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&module); }
