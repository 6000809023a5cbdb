/* Walks down trees, many rows at once: what the numpy twin in walking.py does, sooner.
 *
 * Nothing here trusts its arguments: every length, index and step is checked against the memory that was handed over,
 * a child stands behind its parent or the walk ends, and what does not fit raises ValueError. Only the limited API of
 * Python 3.11 is used. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <stdint.h>
#include <string.h>

/* As NODE in walking.py. */
typedef struct {
    double threshold;
    int32_t children[2], feature, flags, bitset, known;
} Node;

enum { LEAF = 1, MISSING_LEFT = 2, CATEGORICAL = 4, BLOCK = 256, GROUP = 8 };

typedef struct {
    const double *rows;
    Py_ssize_t count, features;
    const Node *nodes;
    Py_ssize_t n_nodes;
    const int64_t *roots;
    Py_ssize_t n_trees;
    const uint32_t *bitsets;
    Py_ssize_t n_bitsets;
} Forest;

static int in_bitset(const uint32_t *bits, unsigned value) { return (int)((bits[value / 32] >> (value % 32)) & 1u); }

/* The node after an inner one, or -1 where the nodes make no tree. */
static inline Py_ssize_t step(const Forest *f, Py_ssize_t at, const double *row) {
    const Node *node = f->nodes + at;
    int flags = node->flags, left;
    if ((size_t)(uint32_t)node->feature >= (size_t)f->features) return -1;
    double value = row[node->feature];
    int missing = (flags & MISSING_LEFT) != 0;
    if (!(flags & CATEGORICAL)) {
        left = (value <= node->threshold) | ((value != value) & missing);
    } else if (value != value || value < 0) {
        left = missing;
    } else {
        if ((size_t)(uint32_t)node->bitset >= (size_t)f->n_bitsets) return -1;
        if ((size_t)(uint32_t)node->known >= (size_t)f->n_bitsets) return -1;
        /* As a C compiler makes a byte of a double on the machines that scikit-learn is built for. */
        unsigned category = value < 2147483648.0 ? (unsigned)((int32_t)value & 255) : 0;
        if (in_bitset(f->bitsets + 8 * (size_t)node->bitset, category)) left = 1;
        else left = in_bitset(f->bitsets + 8 * (size_t)node->known, category) ? 0 : missing;
    }
    /* Without a branch, which would be guessed wrong every other time. */
    Py_ssize_t next = node->children[1 - left];
    return next > at && next < f->n_nodes ? next : -1;
}

/* The leaves of some rows in one tree: they go down side by side, so that none waits for another's memory. */
static int walk(const Forest *f, Py_ssize_t tree, Py_ssize_t from, int count, Py_ssize_t *at) {
    Py_ssize_t root = (Py_ssize_t)f->roots[tree];
    if (root < 0 || root >= f->n_nodes) return -1;
    for (int i = 0; i < count; i++) at[i] = root;
    for (int going = 1; going;) {
        const double *row = f->rows + from * f->features;
        going = 0;
        for (int i = 0; i < count; i++, row += f->features) {
            if (f->nodes[at[i]].flags & LEAF) continue;
            Py_ssize_t next = step(f, at[i], row);
            if (next < 0) return -1;
            at[i] = next;
            going = 1;
        }
    }
    return 0;
}

/* --- memory that is handed over ------------------------------------------------------------- */

enum { ROWS, NODES, ROOTS, BITSETS, SHARED };

static void release(Py_buffer *views, int count) {
    for (int i = 0; i < count; i++) PyBuffer_Release(&views[i]);
}

static int take(PyObject *object, Py_buffer *view, int writable, Py_ssize_t size) {
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0)) < 0) return -1;
    if (view->len % size == 0 && ((uintptr_t)view->buf % (size < 8 ? (uintptr_t)size : 8)) == 0) return 0;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "an array of another dtype is needed");
    return -1;
}

/* rows, features, nodes, roots, bitsets: what both functions begin with. */
static int take_forest(PyObject *args, Py_buffer *views, Forest *f, Py_ssize_t features) {
    static const Py_ssize_t sizes[SHARED] = {8, sizeof(Node), 8, 32};
    for (int i = 0; i < SHARED; i++) {
        if (take(PyTuple_GetItem(args, i), &views[i], 0, sizes[i]) < 0) {
            release(views, i);
            return -1;
        }
    }
    f->rows = views[ROWS].buf;
    f->features = features;
    f->nodes = views[NODES].buf;
    f->n_nodes = views[NODES].len / (Py_ssize_t)sizeof(Node);
    f->roots = views[ROOTS].buf;
    f->n_trees = views[ROOTS].len / 8;
    f->bitsets = views[BITSETS].buf;
    f->n_bitsets = views[BITSETS].len / 32;
    Py_ssize_t values = views[ROWS].len / 8;
    if (features < 1 || values % features) {
        release(views, SHARED);
        PyErr_SetString(PyExc_ValueError, "the rows are not of so many features");
        return -1;
    }
    f->count = values / features;
    return 0;
}

static PyObject *done(Py_buffer *views, int count, int bad) {
    release(views, count);
    if (bad) {
        PyErr_SetString(PyExc_ValueError, "the nodes make no tree");
        return NULL;
    }
    Py_RETURN_NONE;
}

static int numbers(PyObject *args, int from, Py_ssize_t *found, int count) {
    for (int i = 0; i < count; i++) {
        found[i] = PyNumber_AsSsize_t(PyTuple_GetItem(args, from + i), PyExc_OverflowError);
        if (found[i] == -1 && PyErr_Occurred()) return -1;
    }
    return 0;
}

/* rows, nodes, roots, bitsets, columns, values, out, features, width, outputs: the values of each row's leaves, added
 * to the columns of their tree, tree after tree. */
static PyObject *add(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer views[SHARED + 3];
    Forest f;
    Py_ssize_t n[3];
    if (PyTuple_Size(args) != 10) {
        PyErr_SetString(PyExc_TypeError, "another number of arguments is needed");
        return NULL;
    }
    if (numbers(args, 7, n, 3) < 0 || take_forest(args, views, &f, n[0]) < 0) return NULL;
    Py_ssize_t width = n[1], outputs = n[2];
    for (int i = 0; i < 3; i++) {
        if (take(PyTuple_GetItem(args, SHARED + i), &views[SHARED + i], i == 2, 8) < 0) {
            release(views, SHARED + i);
            return NULL;
        }
    }
    const int64_t *columns = views[SHARED].buf;
    const double *values = views[SHARED + 1].buf;
    double *out = views[SHARED + 2].buf;
    int good = width >= 1 && outputs >= width && views[SHARED].len == views[ROOTS].len;
    good = good && views[SHARED + 1].len / 8 / width == f.n_nodes && views[SHARED + 1].len / 8 % width == 0;
    good = good && views[SHARED + 2].len / 8 / outputs == f.count && views[SHARED + 2].len / 8 % outputs == 0;
    for (Py_ssize_t t = 0; good && t < f.n_trees; t++) good = columns[t] >= 0 && columns[t] <= outputs - width;
    if (!good) {
        release(views, SHARED + 3);
        PyErr_SetString(PyExc_ValueError, "the values do not fit the nodes");
        return NULL;
    }
    int bad = 0;
    Py_ssize_t at[GROUP];
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t from = 0; from < f.count && !bad; from += BLOCK) {
        Py_ssize_t to = from + BLOCK < f.count ? from + BLOCK : f.count;
        for (Py_ssize_t t = 0; t < f.n_trees && !bad; t++) {
            for (Py_ssize_t i = from; i < to && !bad; i += GROUP) {
                int count = (int)(i + GROUP < to ? GROUP : to - i);
                bad = walk(&f, t, i, count, at) < 0;
                for (int g = 0; g < count && !bad; g++) {
                    const double *value = values + at[g] * width;
                    double *target = out + (i + g) * outputs + columns[t];
                    for (Py_ssize_t k = 0; k < width; k++) target[k] += value[k];
                }
            }
        }
    }
    Py_END_ALLOW_THREADS
    return done(views, SHARED + 3, bad);
}

/* rows, nodes, roots, bitsets, out, features: the leaf of each row in each tree, by its number among all nodes. */
static PyObject *leaves(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer views[SHARED + 1];
    Forest f;
    Py_ssize_t features;
    if (PyTuple_Size(args) != 6) {
        PyErr_SetString(PyExc_TypeError, "another number of arguments is needed");
        return NULL;
    }
    if (numbers(args, 5, &features, 1) < 0 || take_forest(args, views, &f, features) < 0) return NULL;
    if (take(PyTuple_GetItem(args, SHARED), &views[SHARED], 1, 8) < 0) {
        release(views, SHARED);
        return NULL;
    }
    int64_t *out = views[SHARED].buf;
    Py_ssize_t cells = views[SHARED].len / 8;
    if (f.n_trees < 1 || cells / f.n_trees != f.count || cells % f.n_trees) {
        release(views, SHARED + 1);
        PyErr_SetString(PyExc_ValueError, "there is not one place for each leaf");
        return NULL;
    }
    int bad = 0;
    Py_ssize_t at[GROUP];
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t from = 0; from < f.count && !bad; from += BLOCK) {
        Py_ssize_t to = from + BLOCK < f.count ? from + BLOCK : f.count;
        for (Py_ssize_t t = 0; t < f.n_trees && !bad; t++) {
            for (Py_ssize_t i = from; i < to && !bad; i += GROUP) {
                int count = (int)(i + GROUP < to ? GROUP : to - i);
                bad = walk(&f, t, i, count, at) < 0;
                for (int g = 0; g < count && !bad; g++) out[(i + g) * f.n_trees + t] = at[g];
            }
        }
    }
    Py_END_ALLOW_THREADS
    return done(views, SHARED + 1, bad);
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, "rows, nodes, roots, bitsets, columns, values, out, features, width, outputs."},
    {"leaves", leaves, METH_VARARGS, "rows, nodes, roots, bitsets, out, features."},
    {NULL, NULL, 0, NULL},
};

static int check(PyObject *module) {
    (void)module;
    if (FLT_EVAL_METHOD == 0) return 0;
    PyErr_SetString(PyExc_ImportError, "this machine computes with floats of more than 64 bits");
    return -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)check}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "perdure.prediction._trees", "Walks down trees.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__trees(void) { return PyModuleDef_Init(&module); }
