/* Canonical JSON to nodes in one pass: what `read.py` and `reader.py` make of the same bytes, sooner.
 *
 * It reads what a writer of ours writes of most models. Whatever it meets beyond that, and whatever is wrong, it leaves to
 * the reader in Python: `read` then returns None, and that reader says what is wrong, or reads it. So nothing is refused
 * here, and nothing is let through that is refused there; tests/graph/test_native.py holds both.
 *
 * Every function that makes something returns NULL in the two cases that end the reading: with an exception set it is
 * one of memory, without one the bytes are for the other reader. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* --- what is known before ------------------------------------------------------------------- */

/* The classes of nodes, in the order in which `native.py` hands them over. */
enum {
    ARRAY_SPEC, LIST, TUPLE, DICT, SLICE, RANGE, ARRAY, SCALAR, DTYPE, STRUCTURED, OBJECTS, OBJECT, GLOBAL, DEF, REF, NUMBERS,
    SCALARS, TEXTS, ROWS, STACK, FIELDS, LISTS, EACH, BATCH, LIST_OF, TUPLE_OF, OBJECTS_OF, DICT_OF, N_CLASSES
};

/* The names of their slots. */
enum {
    N_ITEMS, N_PAIRS, N_START, N_STOP, N_STEP, N_INDEX, N_DTYPE, N_VALUE, N_NAME, N_FIELDS, N_ITEMSIZE, N_ALIGNED, N_SHAPE,
    N_ORDER, N_TYPE, N_STATE, N_ARGS, N_VERSION, N_INNER, N_KEY, N_NODE, N_ARRAY, N_DATA, N_OFFSETS, N_NODES, N_COUNT,
    N_CONSTANTS, N_COLUMNS, N_KEYS, N_VALUES, N_NAMES
};
static const char *const NAMES[N_NAMES] = {
    "items", "pairs", "start", "stop", "step", "index", "dtype", "value", "name", "fields", "itemsize", "aligned", "shape",
    "order", "type", "state", "args", "version", "inner", "key", "node", "array", "data", "offsets", "nodes", "count",
    "constants", "columns", "keys", "values",
};

typedef struct {
    PyObject *names[N_NAMES];
    PyObject *c_order, *f_order;
} State;

#define SAFE (1LL << 53)
#define MOST_DEPTH 100
#define MOST_SIZE (1LL << 30)
#define MOST_LETTERS (1LL << 20)
#define MOST_DIMENSIONS 32
#define MOST_NAME 500
#define LONG_RANGE (1LL << 21)
/* Dtypes that one graph names again and again. */
#define KNOWN_DTYPES 4

typedef struct {
    const char *text;
    Py_ssize_t size;
} Span;

typedef struct {
    const char *at, *end;
    State *state;
    PyObject *classes[N_CLASSES];
    PyObject *types, *specs, *sizes, *used_types, *used_values, *parts, *defined;
    Py_ssize_t n_types, n_arrays, next_type, next_array, next_key;
    Py_ssize_t *uses;
    int64_t most_nodes, most_arrays, references;
    int depth, most, columns, around, expands, unsized, plain;
    Span known[KNOWN_DTYPES];
    PyObject *dtypes[KNOWN_DTYPES];
    int next_dtype;
} Reader;

static PyObject *read_node(Reader *r);
static PyObject *read_column(Reader *r);

/* --- making nodes --------------------------------------------------------------------------- */

/* An instance without a call of its class: slots are set as its __init__ would. Takes over the values. */
static PyObject *make(Reader *r, int kind, int count, const int *names, PyObject **values) {
    int whole = 1;
    for (int i = 0; i < count; i++) whole &= values[i] != NULL;
    PyObject *made = whole ? PyType_GenericAlloc((PyTypeObject *)r->classes[kind], 0) : NULL;
    for (int i = 0; i < count; i++) {
        if (made != NULL && PyObject_SetAttr(made, r->state->names[names[i]], values[i]) < 0) Py_CLEAR(made);
        Py_XDECREF(values[i]);
    }
    r->plain = 0;
    return made;
}

static PyObject *make_1(Reader *r, int kind, int a, PyObject *x) {
    int names[] = {a};
    PyObject *values[] = {x};
    return make(r, kind, 1, names, values);
}

static PyObject *make_2(Reader *r, int kind, int a, PyObject *x, int b, PyObject *y) {
    int names[] = {a, b};
    PyObject *values[] = {x, y};
    return make(r, kind, 2, names, values);
}

static PyObject *make_3(Reader *r, int kind, int a, PyObject *x, int b, PyObject *y, int c, PyObject *z) {
    int names[] = {a, b, c};
    PyObject *values[] = {x, y, z};
    return make(r, kind, 3, names, values);
}

static PyObject *same(PyObject *value) {
    Py_INCREF(value);
    return value;
}

/* --- pieces of JSON ------------------------------------------------------------------------- */

static inline int take(Reader *r, char wanted) {
    if (r->at >= r->end || *r->at != wanted) return 0;
    r->at++;
    return 1;
}

static inline int is_next(const Reader *r, char wanted) { return r->at < r->end && *r->at == wanted; }

static int take_word(Reader *r, const char *word, Py_ssize_t size) {
    if (r->end - r->at < size || memcmp(r->at, word, (size_t)size) != 0) return 0;
    r->at += size;
    return 1;
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Whether none of eight bytes is below 0x20 or above 0x7e, or a backslash. */
static inline int all_plain(uint64_t eight) {
    uint64_t slash = eight ^ EACH('\\');
    uint64_t odd = eight | (eight - EACH(0x20)) | (eight + EACH(1)) | (slash - EACH(1));
    return !(odd & EACH(0x80));
}

/* A text in quotes without escapes, as it stands there. */
static int take_span(Reader *r, Span *found) {
    if (!take(r, '"')) return 0;
    const char *start = r->at, *at = start, *end = memchr(start, '"', (size_t)(r->end - start));
    if (end == NULL) return 0;
    for (; end - at >= 8; at += 8) {
        uint64_t eight;
        memcpy(&eight, at, 8);
        if (!all_plain(eight)) return 0;
    }
    for (; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < 0x20 || c >= 0x7f || c == '\\') return 0;
    }
    found->text = start;
    found->size = at - start;
    r->at = at + 1;
    return 1;
}

static int is_word(const Span *span, const char *word) {
    return (size_t)span->size == strlen(word) && memcmp(span->text, word, (size_t)span->size) == 0;
}

static PyObject *text_of(const Span *span) { return PyUnicode_FromStringAndSize(span->text, span->size); }

static PyObject *name_of(const Span *span) {
    PyObject *made = text_of(span);
    if (made != NULL) PyUnicode_InternInPlace(&made);
    return made;
}

static int is_before(const Span *a, const Span *b) {
    int order = memcmp(a->text, b->text, (size_t)(a->size < b->size ? a->size : b->size));
    return order < 0 || (order == 0 && a->size < b->size);
}

static int digit_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* One escape, as the writer has it, to UTF-8; no half of a pair. */
static int take_escape(const char **from, const char *end, char **to) {
    static const char letters[] = "\"\\nrtbf", values[] = "\"\\\n\r\t\b\f";
    const char *at = *from;
    if (at >= end) return 0;
    const char *letter = memchr(letters, *at, 7);
    if (letter != NULL) {
        *(*to)++ = values[letter - letters];
        *from = at + 1;
        return 1;
    }
    if (*at != 'u' || end - at < 5) return 0;
    unsigned code = 0;
    for (int i = 1; i <= 4; i++) {
        int digit = digit_of(at[i]);
        if (digit < 0) return 0;
        code = code << 4 | (unsigned)digit;
    }
    if ((code >= 0xd800 && code < 0xe000) || (code >= 0x20 && code < 0x7f)) return 0;
    if (code < 0x20 && (memchr(values + 2, (int)code, 5) != NULL)) return 0;
    if (code < 0x80) {
        *(*to)++ = (char)code;
    } else if (code < 0x800) {
        *(*to)++ = (char)(0xc0 | code >> 6);
        *(*to)++ = (char)(0x80 | (code & 0x3f));
    } else {
        *(*to)++ = (char)(0xe0 | code >> 12);
        *(*to)++ = (char)(0x80 | (code >> 6 & 0x3f));
        *(*to)++ = (char)(0x80 | (code & 0x3f));
    }
    *from = at + 5;
    return 1;
}

static PyObject *read_text(Reader *r) {
    Span span;
    const char *start = r->at;
    if (take_span(r, &span)) return text_of(&span);
    r->at = start;
    if (!take(r, '"')) return NULL;
    const char *at = r->at, *end = r->end;
    while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
    if (at >= end) return NULL;
    char *buffer = PyMem_Malloc((size_t)(at - r->at) + 1), *to = buffer;
    if (buffer == NULL) return PyErr_NoMemory();
    const char *from = r->at, *stop = at;
    int good = 1;
    while (good && from < stop) {
        unsigned char c = (unsigned char)*from++;
        if (c == '\\') {
            good = take_escape(&from, stop, &to);
        } else {
            good = c >= 0x20 && c < 0x7f;
            *to++ = (char)c;
        }
    }
    PyObject *made = good ? PyUnicode_DecodeUTF8(buffer, to - buffer, "strict") : NULL;
    PyMem_Free(buffer);
    r->at = stop + 1;
    return made;
}

/* An integer that any reader of JSON gets right. */
static int take_integer(Reader *r, int64_t *found) {
    int negative = take(r, '-');
    const char *start = r->at;
    int64_t value = 0;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        if (r->at - start >= 16) return 0;
        value = value * 10 + (*r->at++ - '0');
    }
    Py_ssize_t size = r->at - start;
    if (size == 0 || (*start == '0' && (size > 1 || negative)) || value > SAFE) return 0;
    *found = negative ? -value : value;
    return 1;
}

static int take_count(Reader *r, int64_t *found) { return !is_next(r, '-') && take_integer(r, found); }

/* Whether a float is written as Python writes it, at a glance: a few digits, a point and a few more.
 * No two such numbers of at most 15 digits are the same float, so that none is written shorter. */
static int is_short(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    const char *whole = at;
    while (at < end && *at >= '0' && *at <= '9') at++;
    if (at == whole || (*whole == '0' && at - whole > 1) || at >= end || *at != '.') return 0;
    const char *point = at++, *rest = at;
    while (at < end && *at >= '0' && *at <= '9') at++;
    if (at != end || at == rest || at - whole > 16) return 0;
    if (at[-1] == '0' && at - rest > 1) return 0;
    /* Below 0.0001 there is an exponent. */
    return !(point - whole == 1 && *whole == '0') || at - rest < 4 || memcmp(rest, "0000", 4) != 0;
}

/* An integer, or a float that is written as Python writes it. */
static PyObject *read_number(Reader *r) {
    const char *start = r->at, *at = start;
    int is_float = 0;
    for (; at < r->end; at++) {
        char c = *at;
        if (c == '.' || c == 'e') is_float = 1;
        else if (!((c >= '0' && c <= '9') || c == '-' || c == '+')) break;
    }
    if (!is_float) {
        int64_t value;
        return take_integer(r, &value) && r->at == at ? PyLong_FromLongLong(value) : NULL;
    }
    char *stop = NULL;
    double value = PyOS_string_to_double(start, &stop, NULL);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return NULL;
    }
    if (stop != at || (value == 0.0 && *start == '-')) return NULL;
    if (is_short(start, at)) {
        r->at = at;
        return PyFloat_FromDouble(value);
    }
    char *again = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (again == NULL) return NULL;
    int alike = strlen(again) == (size_t)(at - start) && memcmp(again, start, (size_t)(at - start)) == 0;
    PyMem_Free(again);
    if (!alike) return NULL;
    r->at = at;
    return PyFloat_FromDouble(value);
}

/* --- many values ---------------------------------------------------------------------------- */

typedef struct {
    PyObject *few[24], **items;
    Py_ssize_t count, room;
} Values;

static void begin(Values *v) {
    v->items = v->few;
    v->count = 0;
    v->room = 24;
}

static int add(Values *v, PyObject *value) {
    if (value == NULL) return 0;
    if (v->count == v->room) {
        size_t room = 2 * (size_t)v->room;
        PyObject **more = PyMem_Malloc(room * sizeof *more);
        if (more == NULL) {
            Py_DECREF(value);
            PyErr_NoMemory();
            return 0;
        }
        memcpy(more, v->items, (size_t)v->count * sizeof *more);
        if (v->items != v->few) PyMem_Free(v->items);
        v->items = more;
        v->room = (Py_ssize_t)room;
    }
    v->items[v->count++] = value;
    return 1;
}

/* The values as a tuple, NULL where they are not good; they are let go of in any case. */
static PyObject *finish(Values *v, int good) {
    PyObject *made = good ? PyTuple_New(v->count) : NULL;
    for (Py_ssize_t i = 0; i < v->count; i++) {
        if (made != NULL) PyTuple_SetItem(made, i, v->items[i]);
        else Py_DECREF(v->items[i]);
    }
    if (v->items != v->few) PyMem_Free(v->items);
    return made;
}

/* The nodes up to the end of a list that has begun. */
static PyObject *read_rest(Reader *r) {
    Values v;
    begin(&v);
    int good = 1;
    while (good && take(r, ',')) good = add(&v, read_node(r));
    return finish(&v, good && take(r, ']'));
}

static PyObject *read_shape(Reader *r) {
    Values v;
    begin(&v);
    int good = take(r, '[');
    int64_t length;
    if (good && take(r, ']')) return finish(&v, 1);
    while (good) {
        good = v.count < MOST_DIMENSIONS && take_count(r, &length) && add(&v, PyLong_FromLongLong(length));
        if (!take(r, ',')) break;
    }
    return finish(&v, good && take(r, ']'));
}

static PyObject *read_order(Reader *r) {
    Span span;
    if (!take_span(r, &span) || span.size != 1) return NULL;
    return *span.text == 'C' ? same(r->state->c_order) : *span.text == 'F' ? same(r->state->f_order) : NULL;
}

/* The name of a dtype: most graphs have few of them. */
static PyObject *dtype_name(Reader *r, const Span *span) {
    for (int i = 0; i < KNOWN_DTYPES; i++) {
        const Span *known = &r->known[i];
        if (known->size == span->size && r->dtypes[i] != NULL && memcmp(known->text, span->text, (size_t)span->size) == 0)
            return same(r->dtypes[i]);
    }
    PyObject *made = text_of(span);
    if (made != NULL) {
        int slot = r->next_dtype++ % KNOWN_DTYPES;
        Py_XDECREF(r->dtypes[slot]);
        r->dtypes[slot] = same(made);
        r->known[slot] = *span;
    }
    return made;
}

static PyObject *read_short(Reader *r) {
    Span span;
    return take_span(r, &span) && span.size > 0 && span.size <= 40 ? dtype_name(r, &span) : NULL;
}

/* --- tables --------------------------------------------------------------------------------- */

/* Of each character of base64 its six bits; 64 of any other. */
static const unsigned char SEXTETS[256] = {
#define NONE_8 64, 64, 64, 64, 64, 64, 64, 64
#define NONE_32 NONE_8, NONE_8, NONE_8, NONE_8
    NONE_32, NONE_8, 64, 64, 64, 62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
    64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
    NONE_32, NONE_32, NONE_32, NONE_32,
};

static PyObject *bytes_of(const Span *span) {
    const char *text = span->text;
    Py_ssize_t size = span->size, whole = size;
    if (size % 4) return NULL;
    if (whole && text[whole - 1] == '=') whole--;
    if (whole != size && text[whole - 1] == '=') whole--;
    PyObject *made = PyBytes_FromStringAndSize(NULL, whole * 3 / 4);
    if (made == NULL) return NULL;
    char *to = PyBytes_AsString(made);
    unsigned bits = 0, wrong = 0;
    int held = 0;
    Py_ssize_t i = 0;
    for (; whole - i >= 4; i += 4) {
        unsigned a = SEXTETS[(unsigned char)text[i]], b = SEXTETS[(unsigned char)text[i + 1]];
        unsigned c = SEXTETS[(unsigned char)text[i + 2]], d = SEXTETS[(unsigned char)text[i + 3]];
        wrong |= a | b | c | d;
        bits = a << 18 | b << 12 | c << 6 | d;
        *to++ = (char)(bits >> 16 & 0xff);
        *to++ = (char)(bits >> 8 & 0xff);
        *to++ = (char)(bits & 0xff);
    }
    bits = 0;
    for (; i < whole; i++) {
        unsigned value = SEXTETS[(unsigned char)text[i]];
        wrong |= value;
        bits = (bits << 6 | (value & 63)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (char)(bits >> held & 0xff);
        }
    }
    if ((wrong & 64) || (bits & ((1u << held) - 1))) Py_CLEAR(made);
    return made;
}

/* The bytes of one value of a dtype of numbers or texts; -1 for any other name. */
static int64_t item_size(const Span *dtype) {
    static const char *const names[] = {"<f8", "<i8", "intp", "|b1", "<f4", "<i4", "|u1", "|i1", "<u4", "<u8", "<i2", "<u2", "<f2",
                                        "<c16", "<c8"};
    static const int sizes[] = {8, 8, 8, 1, 4, 4, 1, 1, 4, 8, 2, 2, 2, 16, 8};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (is_word(dtype, names[i])) return sizes[i];
    if (dtype->size < 3 || dtype->size > 9 || dtype->text[0] != '<' || dtype->text[1] != 'U' || dtype->text[2] == '0') return -1;
    int64_t letters = 0;
    for (Py_ssize_t i = 2; i < dtype->size; i++) {
        if (dtype->text[i] < '0' || dtype->text[i] > '9') return -1;
        letters = 10 * letters + (dtype->text[i] - '0');
    }
    return letters <= MOST_LETTERS ? 4 * letters : -1;
}

/* The bytes of an array; -1 where the reader in Python has to look at it. */
static int64_t size_of(const Span *dtype, PyObject *shape) {
    int64_t room = item_size(dtype), empty = 0;
    for (Py_ssize_t i = 0; room > 0 && i < PyTuple_Size(shape); i++) {
        int64_t length = PyLong_AsLongLong(PyTuple_GetItem(shape, i));
        if (length > MOST_SIZE || room * (length ? length : 1) > MOST_SIZE) return -1;
        empty |= length == 0;
        room *= length ? length : 1;
    }
    return room > 0 && empty ? 0 : room;
}

/* Note the size of the next array; whether there was memory for it. */
static int keep_size(Reader *r, const Span *dtype, PyObject *shape) {
    int64_t size = size_of(dtype, shape);
    r->unsized |= size < 0;
    PyObject *made = PyLong_FromLongLong(size);
    int good = made != NULL && PyList_Append(r->sizes, made) == 0;
    Py_XDECREF(made);
    return good;
}

/* The table of arrays, which stands first. */
static int read_arrays(Reader *r, PyObject *inline_) {
    if (!take(r, '[')) return 0;
    if (take(r, ']')) return 1;
    do {
        Span dtype, text = {NULL, 0};
        if (r->n_arrays >= r->most_arrays || !take(r, '[') || !take_span(r, &dtype) || !take(r, ',')) return 0;
        PyObject *shape = read_shape(r), *order = r->state->c_order, *content = NULL;
        int good = shape != NULL;
        if (good && take(r, ',')) {
            good = take_span(r, &text);
            if (good && is_word(&text, "F")) {
                order = r->state->f_order;
                text.text = NULL;
                if (take(r, ',')) good = take_span(r, &text);
            }
        }
        good = good && take(r, ']');
        if (good && text.text != NULL) {
            PyObject *number = PyLong_FromSsize_t(r->n_arrays);
            content = bytes_of(&text);
            good = number != NULL && content != NULL && PyDict_SetItem(inline_, number, content) == 0;
            Py_XDECREF(number);
            Py_XDECREF(content);
        }
        good = good && keep_size(r, &dtype, shape);
        if (!good) {
            Py_XDECREF(shape);
            return 0;
        }
        PyObject *spec = make_3(r, ARRAY_SPEC, N_DTYPE, dtype_name(r, &dtype), N_SHAPE, shape, N_ORDER, same(order));
        if (spec == NULL) return 0;
        int failed = PyList_Append(r->specs, spec);
        Py_DECREF(spec);
        if (failed) return 0;
        r->n_arrays++;
    } while (take(r, ','));
    return take(r, ']');
}

static int is_first(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static int is_numeral(char c) { return c >= '0' && c <= '9'; }

/* `module:qualname`, with a version behind where it is a form of our own; all in ASCII. */
static int is_name(const Span *span) {
    const char *at = span->text, *end = at + span->size;
    int colons = 0;
    if (span->size > MOST_NAME) return 0;
    while (1) {
        if (at >= end || !is_first(*at)) return 0;
        while (at < end && (is_first(*at) || is_numeral(*at))) at++;
        if (at >= end) return colons == 1;
        if (*at == ':') {
            if (colons++) return 0;
        } else if (*at == '/' && colons) {
            if (++at >= end) return 0;
            while (at < end && is_numeral(*at)) at++;
            return at >= end;
        } else if (*at != '.') {
            return 0;
        }
        at++;
    }
}

static PyObject *read_name(Reader *r) {
    Span span;
    return take_span(r, &span) && is_name(&span) ? name_of(&span) : NULL;
}

static int read_types(Reader *r, PyObject *bases) {
    PyObject *met = NULL;
    if (!take(r, '[')) return 0;
    if (take(r, ']')) return 1;
    do {
        Values above;
        begin(&above);
        int listed = take(r, '[');
        PyObject *name = read_name(r);
        if (name == NULL) return 0;
        int good = PyList_Append(r->types, name) == 0;
        if (listed) {
            while (good && take(r, ',')) good = add(&above, read_name(r));
            PyObject *found = finish(&above, good && above.count > 0 && take(r, ']'));
            good = found != NULL && PyDict_SetItem(bases, name, found) == 0;
            Py_XDECREF(found);
        }
        Py_DECREF(name);
        if (!good) return 0;
        r->n_types++;
    } while (take(r, ','));
    met = PySet_New(r->types);
    if (met == NULL) return 0;
    int differ = PySet_Size(met) == r->n_types;
    Py_DECREF(met);
    return differ && take(r, ']');
}

/* --- parts of nodes ------------------------------------------------------------------------- */

/* The name of a type by its number, borrowed. */
static PyObject *read_type(Reader *r, PyObject *used) {
    int64_t number;
    if (!take_count(r, &number) || number > r->next_type || number >= r->n_types) return NULL;
    if (number == r->next_type) r->next_type++;
    PyObject *name = PyList_GetItem(r->types, (Py_ssize_t)number);
    return name != NULL && PySet_Add(used, name) == 0 ? name : NULL;
}

static PyObject *read_array(Reader *r, int as_value) {
    int64_t number;
    if (!take_count(r, &number) || number > r->next_array || number >= r->n_arrays) return NULL;
    if (number == r->next_array) r->next_array++;
    if (as_value) r->uses[number]++;
    return PyLong_FromLongLong(number);
}

/* Attributes, sorted by name; where `inner` is given, it takes the names of those that are more than plain values. */
static PyObject *read_attributes(Reader *r, PyObject *(*read)(Reader *), PyObject *inner) {
    if (!take(r, '{')) return NULL;
    PyObject *made = PyDict_New();
    if (made == NULL || take(r, '}')) return made;
    Span last = {NULL, 0}, span;
    int good = 1;
    do {
        good = take_span(r, &span) && (last.text == NULL || is_before(&last, &span)) && take(r, ':');
        if (!good) break;
        PyObject *value = read(r), *name = value == NULL ? NULL : name_of(&span);
        good = name != NULL && PyDict_SetItem(made, name, value) == 0;
        if (good && inner != NULL && !r->plain) good = PyList_Append(inner, name) == 0;
        Py_XDECREF(name);
        Py_XDECREF(value);
        last = span;
    } while (good && take(r, ','));
    if (!good || !take(r, '}')) Py_CLEAR(made);
    return made;
}

/* A version, or None where there is none before the end of the list. */
static PyObject *read_version(Reader *r) {
    Span span;
    if (!take(r, ',') || take_word(r, "null", 4)) return same(Py_None);
    return take_span(r, &span) && span.size > 0 && span.size <= 100 ? text_of(&span) : NULL;
}

static int keep_part(Reader *r, PyObject *node) { return node != NULL && PyList_Append(r->parts, node) == 0; }

static PyObject *as_part(Reader *r, PyObject *node) {
    if (!keep_part(r, node)) Py_CLEAR(node);
    return node;
}

static PyObject *read_dtype(Reader *r, int depth) {
    if (is_next(r, '"'))
        return make(r, DTYPE, 4, (int[]){N_NAME, N_FIELDS, N_ITEMSIZE, N_ALIGNED},
                    (PyObject *[]){read_short(r), PyTuple_New(0), PyLong_FromLong(0), same(Py_False)});
    if (depth > 8 || !take(r, '{')) return NULL;
    int aligned = take_word(r, "\"aligned\":true,", 15);
    if (!take_word(r, "\"fields\":[", 10)) return NULL;
    PyObject *met = PySet_New(NULL);
    if (met == NULL) return NULL;
    Values v;
    begin(&v);
    int good = 1;
    do {
        PyObject *name = NULL, *inner = NULL, *shape = NULL, *offset = NULL;
        int64_t at;
        good = take(r, '[') && (name = read_text(r)) != NULL && take(r, ',') && (inner = read_dtype(r, depth + 1)) != NULL &&
               take(r, ',') && (shape = read_shape(r)) != NULL && take(r, ',') && take_count(r, &at) && take(r, ']') &&
               (offset = PyLong_FromLongLong(at)) != NULL && PySet_Add(met, name) == 0;
        if (good) good = add(&v, PyTuple_Pack(4, name, inner, shape, offset));
        Py_XDECREF(name);
        Py_XDECREF(inner);
        Py_XDECREF(shape);
        Py_XDECREF(offset);
    } while (good && take(r, ','));
    int64_t size;
    good = good && PySet_Size(met) == v.count && take_word(r, "],\"itemsize\":", 13) && take_count(r, &size) && take(r, '}');
    Py_DECREF(met);
    PyObject *fields = finish(&v, good);
    if (fields == NULL) return NULL;
    return make(r, DTYPE, 4, (int[]){N_NAME, N_FIELDS, N_ITEMSIZE, N_ALIGNED},
                (PyObject *[]){PyUnicode_FromStringAndSize("", 0), fields, PyLong_FromLongLong(size), PyBool_FromLong(aligned)});
}

/* Whether the names are those of the fields of a dtype, and there are some. */
static int are_fields(Reader *r, PyObject *dtype, PyObject *values) {
    PyObject *fields = PyObject_GetAttr(dtype, r->state->names[N_FIELDS]);
    if (fields == NULL) return 0;
    Py_ssize_t count = PyTuple_Size(fields);
    int good = count > 0 && PyDict_Size(values) == count;
    for (Py_ssize_t i = 0; good && i < count; i++)
        good = PyDict_Contains(values, PyTuple_GetItem(PyTuple_GetItem(fields, i), 0)) == 1;
    Py_DECREF(fields);
    return good;
}

/* --- nodes, each from behind its tag to its end --------------------------------------------- */

static PyObject *read_object(Reader *r) {
    PyObject *type, *inner = PyList_New(0), *state = NULL, *args = NULL, *version = NULL;
    if (inner == NULL) return NULL;
    int good = take(r, ',') && (type = read_type(r, r->used_types)) != NULL && take(r, ',') &&
               (state = read_attributes(r, read_node, inner)) != NULL;
    if (good && take(r, ',')) {
        if (take_word(r, "null", 4)) args = same(Py_None);
        else if (take_word(r, "[\"tuple\"", 8)) args = read_rest(r);
        good = args != NULL && (version = read_version(r)) != NULL;
    } else if (good) {
        args = same(Py_None);
        version = same(Py_None);
    }
    good = good && take(r, ']');
    if (!good) {
        Py_XDECREF(state);
        Py_XDECREF(args);
        Py_XDECREF(version);
        Py_DECREF(inner);
        return NULL;
    }
    return as_part(r, make(r, OBJECT, 5, (int[]){N_TYPE, N_STATE, N_ARGS, N_VERSION, N_INNER},
                           (PyObject *[]){same(type), state, args, version, inner}));
}

static PyObject *read_batch(Reader *r) {
    PyObject *type, *constants = NULL, *columns = NULL, *version = NULL;
    int64_t count;
    int good = take(r, ',') && (type = read_type(r, r->used_types)) != NULL && take(r, ',') && take_count(r, &count) &&
               count <= r->most_nodes && take(r, ',') && (constants = read_attributes(r, read_node, NULL)) != NULL &&
               take(r, ',') && (columns = read_attributes(r, read_column, NULL)) != NULL &&
               (version = read_version(r)) != NULL && take(r, ']');
    if (good && PyDict_Size(constants)) {
        PyObject *name, *value;
        Py_ssize_t at = 0;
        while (good && PyDict_Next(columns, &at, &name, &value)) good = PyDict_Contains(constants, name) == 0;
    }
    if (!good) {
        Py_XDECREF(constants);
        Py_XDECREF(columns);
        Py_XDECREF(version);
        return NULL;
    }
    return as_part(r, make(r, BATCH, 5, (int[]){N_TYPE, N_COUNT, N_CONSTANTS, N_COLUMNS, N_VERSION},
                           (PyObject *[]){same(type), PyLong_FromLongLong(count), constants, columns, version}));
}

/* A dict whose keys are texts, an object of JSON. */
static PyObject *read_dict(Reader *r) {
    Values v;
    begin(&v);
    if (!take(r, '{')) return NULL;
    if (take(r, '}')) return as_part(r, make_1(r, DICT, N_PAIRS, finish(&v, 1)));
    PyObject *met = PySet_New(NULL);
    if (met == NULL) return NULL;
    int good;
    do {
        PyObject *key = read_text(r), *value = key != NULL && take(r, ':') ? read_node(r) : NULL;
        good = value != NULL && PySet_Add(met, key) == 0 && add(&v, PyTuple_Pack(2, key, value));
        Py_XDECREF(key);
        Py_XDECREF(value);
    } while (good && take(r, ','));
    good = good && PySet_Size(met) == v.count && take(r, '}');
    Py_DECREF(met);
    return as_part(r, make_1(r, DICT, N_PAIRS, finish(&v, good)));
}

/* A dict with keys of any sort, flat. */
static PyObject *read_dictionary(Reader *r) {
    PyObject *flat = read_rest(r);
    if (flat == NULL) return NULL;
    Py_ssize_t size = PyTuple_Size(flat);
    int ascii = size > 0, good = size % 2 == 0;
    Values v;
    begin(&v);
    for (Py_ssize_t i = 0; good && i < size; i += 2) {
        PyObject *key = PyTuple_GetItem(flat, i);
        good = add(&v, PyTuple_Pack(2, key, PyTuple_GetItem(flat, i + 1)));
        if (ascii) {
            Py_ssize_t bytes = -1;
            if (PyUnicode_CheckExact(key) && PyUnicode_AsUTF8AndSize(key, &bytes) == NULL) good = 0;
            ascii = PyUnicode_CheckExact(key) && bytes == PyUnicode_GetLength(key);
        }
    }
    Py_DECREF(flat);
    return as_part(r, make_1(r, DICT, N_PAIRS, finish(&v, good && !ascii)));
}

static PyObject *read_structured(Reader *r) {
    PyObject *dtype = NULL, *shape = NULL, *order = NULL, *fields = NULL;
    r->columns = 2;
    r->expands = 1;
    int good = take(r, ',') && (dtype = read_dtype(r, 0)) != NULL && take(r, ',') && (shape = read_shape(r)) != NULL &&
               take(r, ',') && (order = read_order(r)) != NULL && take(r, ',') &&
               (fields = read_attributes(r, read_node, NULL)) != NULL && take(r, ']') && are_fields(r, dtype, fields);
    if (!good) {
        Py_XDECREF(dtype);
        Py_XDECREF(shape);
        Py_XDECREF(order);
        Py_XDECREF(fields);
        return NULL;
    }
    return make(r, STRUCTURED, 4, (int[]){N_DTYPE, N_SHAPE, N_ORDER, N_FIELDS}, (PyObject *[]){dtype, shape, order, fields});
}

static PyObject *read_fields(Reader *r) {
    PyObject *dtype = NULL, *fields = NULL;
    int good = take(r, ',') && (dtype = read_dtype(r, 0)) != NULL && take(r, ',') &&
               (fields = read_attributes(r, read_column, NULL)) != NULL && take(r, ']') && are_fields(r, dtype, fields);
    if (!good) {
        Py_XDECREF(dtype);
        Py_XDECREF(fields);
        return NULL;
    }
    return make_2(r, FIELDS, N_DTYPE, dtype, N_FIELDS, fields);
}

/* Whether a shape holds so many items. */
static int holds(PyObject *shape, Py_ssize_t items) {
    int64_t count = 1, length;
    int empty = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(shape); i++) {
        length = PyLong_AsLongLong(PyTuple_GetItem(shape, i));
        empty |= length == 0;
        if (length > MOST_SIZE || (length && count > MOST_SIZE / length)) return 0;
        count *= length ? length : 1;
    }
    return (empty ? 0 : count) == items;
}

static PyObject *read_objects(Reader *r, int columnar) {
    PyObject *shape = NULL, *order = NULL, *items = NULL;
    if (r->columns == 0) r->columns = 1;
    r->around++;
    if (take(r, ',') && (shape = read_shape(r)) != NULL && take(r, ',') && (order = read_order(r)) != NULL) {
        if (!columnar) items = read_rest(r);
        else if (take(r, ',') && (items = read_column(r)) != NULL && !take(r, ']')) Py_CLEAR(items);
    }
    r->around--;
    /* What else would be said of it when it is built: audit.py says it. */
    if (items != NULL && !columnar && !holds(shape, PyTuple_Size(items))) r->columns = 2;
    return make_3(r, columnar ? OBJECTS_OF : OBJECTS, N_SHAPE, shape, N_ORDER, order, N_ITEMS, items);
}

/* One or two nodes or columns, and no more. */
static int take_two(Reader *r, PyObject *(*read)(Reader *), PyObject **first, PyObject **second) {
    *first = *second = NULL;
    if (take(r, ',') && (*first = read(r)) != NULL && take(r, ',') && (*second = read(r)) != NULL && take(r, ']')) return 1;
    Py_CLEAR(*first);
    Py_CLEAR(*second);
    return 0;
}

static PyObject *read_only(Reader *r, PyObject *(*read)(Reader *)) {
    PyObject *found = take(r, ',') ? read(r) : NULL;
    if (found != NULL && !take(r, ']')) Py_CLEAR(found);
    return found;
}

static PyObject *read_index(Reader *r) { return read_array(r, 0); }
static PyObject *read_used(Reader *r) { return read_array(r, 1); }
static PyObject *read_whole_dtype(Reader *r) { return read_dtype(r, 0); }

static PyObject *read_range(Reader *r) {
    int64_t at[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++)
        if (!take(r, ',') || !take_integer(r, &at[i])) return NULL;
    int64_t apart = at[1] - at[0];
    if (!take(r, ']') || at[2] == 0 || apart > LONG_RANGE || apart < -LONG_RANGE) return NULL;
    return make_3(r, RANGE, N_START, PyLong_FromLongLong(at[0]), N_STOP, PyLong_FromLongLong(at[1]), N_STEP,
                  PyLong_FromLongLong(at[2]));
}

static PyObject *read_slice(Reader *r) {
    PyObject *rest = read_rest(r);
    if (rest == NULL) return NULL;
    PyObject *made = NULL;
    if (PyTuple_Size(rest) == 3)
        made = make_3(r, SLICE, N_START, same(PyTuple_GetItem(rest, 0)), N_STOP, same(PyTuple_GetItem(rest, 1)), N_STEP,
                      same(PyTuple_GetItem(rest, 2)));
    Py_DECREF(rest);
    return made;
}

/* An integer that not every reader of JSON gets right, as its shortest hexadecimal. */
static PyObject *big_integer(const Span *span) {
    char text[80];
    const char *digits = span->text;
    Py_ssize_t size = span->size;
    if (size == 0 || (size_t)size >= sizeof text) return NULL;
    if (*digits == '-') digits++, size--;
    if (size < 3 || digits[0] != '0' || digits[1] != 'x' || digits[2] == '0') return NULL;
    digits += 2;
    size -= 2;
    uint64_t value = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        int digit = digit_of(digits[i]);
        if (digit < 0) return NULL;
        value = value << 4 | (uint64_t)digit;
    }
    if (size < 14 || (size == 14 && value <= (uint64_t)SAFE)) return NULL;
    memcpy(text, span->text, (size_t)span->size);
    text[span->size] = 0;
    return PyLong_FromString(text, NULL, 16);
}

/* A plain value that JSON has no form for, from behind its tag; negative zero is among them. */
static PyObject *read_special(Reader *r, const Span *tag) {
    Span span;
    if (!take(r, ',') || !take_span(r, &span) || !take(r, ']')) return NULL;
    r->plain = 1;
    if (is_word(tag, "int")) return big_integer(&span);
    if (is_word(tag, "bytes")) return bytes_of(&span);
    if (is_word(&span, "nan")) return PyFloat_FromDouble(Py_NAN);
    if (is_word(&span, "inf")) return PyFloat_FromDouble(Py_HUGE_VAL);
    if (is_word(&span, "-inf")) return PyFloat_FromDouble(-Py_HUGE_VAL);
    return is_word(&span, "-0.0") ? PyFloat_FromDouble(-0.0) : NULL;
}

static int is_special(const Span *tag) { return is_word(tag, "float") || is_word(tag, "int") || is_word(tag, "bytes"); }

static PyObject *read_scalar(Reader *r) {
    PyObject *dtype = NULL, *value = NULL;
    Span tag;
    if (take(r, ',') && (dtype = read_short(r)) != NULL && take(r, ',')) {
        /* A plain value stands there, and no node. */
        if (take(r, '[')) value = take_span(r, &tag) && is_special(&tag) ? read_special(r, &tag) : NULL;
        else if (!is_next(r, '{')) value = read_node(r);
        if (value != NULL && !take(r, ']')) Py_CLEAR(value);
    }
    return make_2(r, SCALAR, N_DTYPE, dtype, N_VALUE, value);
}

static PyObject *read_definition(Reader *r) {
    int64_t number;
    if (!take(r, ',') || !take_count(r, &number) || number != r->next_key) return NULL;
    r->next_key++;
    PyObject *node = read_only(r, read_node), *key = node == NULL ? NULL : PyLong_FromLongLong(number);
    if (key == NULL || PyDict_SetItem(r->defined, key, node) < 0) {
        Py_XDECREF(key);
        Py_XDECREF(node);
        return NULL;
    }
    return make_2(r, DEF, N_KEY, key, N_NODE, node);
}

static PyObject *read_reference(Reader *r) {
    int64_t number;
    if (!take(r, ',') || !take_count(r, &number) || number >= r->next_key || !take(r, ']')) return NULL;
    PyObject *key = PyLong_FromLongLong(number);
    if (key == NULL) return NULL;
    /* To a value that it lies in, it leads no further; only an array of objects must not hold itself. */
    if (PyDict_Contains(r->defined, key) == 1) r->references++;
    else if (r->around) r->expands = 1;
    return make_1(r, REF, N_KEY, key);
}

static PyObject *read_global(Reader *r) {
    PyObject *name = take(r, ',') ? read_type(r, r->used_values) : NULL;
    return name != NULL && take(r, ']') ? make_1(r, GLOBAL, N_NAME, same(name)) : NULL;
}

static PyObject *read_dict_of(Reader *r) {
    PyObject *keys, *values;
    if (!take_two(r, read_column, &keys, &values)) return NULL;
    return as_part(r, make_2(r, DICT_OF, N_KEYS, keys, N_VALUES, values));
}

static PyObject *tagged(Reader *r, const Span *tag) {
    switch (*tag->text) {
        case 'a':
            if (is_word(tag, "array")) return make_1(r, ARRAY, N_INDEX, read_only(r, read_used));
            break;
        case 'd':
            if (is_word(tag, "dtype")) return read_only(r, read_whole_dtype);
            if (is_word(tag, "def")) return read_definition(r);
            if (is_word(tag, "dict")) return read_dictionary(r);
            if (is_word(tag, "dict-of")) return read_dict_of(r);
            break;
        case 'g':
            if (is_word(tag, "global")) return read_global(r);
            break;
        case 'l':
            if (is_word(tag, "list")) return make_1(r, LIST, N_ITEMS, read_rest(r));
            if (is_word(tag, "list-of")) return make_1(r, LIST_OF, N_ITEMS, read_only(r, read_column));
            break;
        case 'o':
            if (is_word(tag, "object")) return read_object(r);
            if (is_word(tag, "objects")) return read_objects(r, 0);
            if (is_word(tag, "objects-of")) return read_objects(r, 1);
            break;
        case 'r':
            if (is_word(tag, "ref")) return read_reference(r);
            if (is_word(tag, "range")) return read_range(r);
            break;
        case 's':
            if (is_word(tag, "scalar")) return read_scalar(r);
            if (is_word(tag, "structured")) return read_structured(r);
            if (is_word(tag, "slice")) return read_slice(r);
            break;
        case 't':
            if (is_word(tag, "tuple")) return make_1(r, TUPLE, N_ITEMS, read_rest(r));
            if (is_word(tag, "tuple-of")) return make_1(r, TUPLE_OF, N_ITEMS, read_only(r, read_column));
            break;
    }
    return NULL;
}

/* Afterwards `plain` says whether it is a value that is itself. */
static PyObject *read_node(Reader *r) {
    if (r->at >= r->end) return NULL;
    PyObject *made = NULL;
    Span tag;
    switch (*r->at) {
        case '[':
            r->at++;
            if (!take_span(r, &tag) || tag.size == 0) return NULL;
            if (is_special(&tag)) return read_special(r, &tag);
            if (++r->depth > r->most) return NULL;
            made = tagged(r, &tag);
            r->depth--;
            r->plain = 0;
            return made;
        case '{':
            if (++r->depth > r->most) return NULL;
            made = read_dict(r);
            r->depth--;
            r->plain = 0;
            return made;
        case '"':
            made = read_text(r);
            break;
        case 'n':
            if (take_word(r, "null", 4)) made = same(Py_None);
            break;
        case 't':
            if (take_word(r, "true", 4)) made = same(Py_True);
            break;
        case 'f':
            if (take_word(r, "false", 5)) made = same(Py_False);
            break;
        default:
            made = read_number(r);
    }
    r->plain = 1;
    return made;
}

/* --- columns -------------------------------------------------------------------------------- */

static PyObject *of_two_arrays(Reader *r, int kind, int name) {
    PyObject *values, *offsets;
    return take_two(r, read_index, &values, &offsets) ? make_2(r, kind, name, values, N_OFFSETS, offsets) : NULL;
}

static PyObject *of_column(Reader *r, const Span *tag) {
    if (is_word(tag, "numbers")) return make_1(r, NUMBERS, N_ARRAY, read_only(r, read_index));
    if (is_word(tag, "stack")) return make_1(r, STACK, N_ARRAY, read_only(r, read_index));
    if (is_word(tag, "scalars")) return make_1(r, SCALARS, N_ARRAY, read_only(r, read_index));
    if (is_word(tag, "rows")) return of_two_arrays(r, ROWS, N_ARRAY);
    if (is_word(tag, "texts")) return of_two_arrays(r, TEXTS, N_DATA);
    if (is_word(tag, "fields")) return read_fields(r);
    if (is_word(tag, "each")) return make_1(r, EACH, N_NODES, read_rest(r));
    if (is_word(tag, "batch")) return read_batch(r);
    if (is_word(tag, "lists")) {
        PyObject *items = NULL, *offsets = NULL;
        if (take(r, ',') && (items = read_column(r)) != NULL && take(r, ',') && (offsets = read_index(r)) != NULL && !take(r, ']'))
            Py_CLEAR(offsets);
        return make_2(r, LISTS, N_ITEMS, items, N_OFFSETS, offsets);
    }
    return NULL;
}

static PyObject *read_column(Reader *r) {
    Span tag;
    r->columns = 2;
    r->expands = 1;
    if (!take(r, '[') || !take_span(r, &tag) || ++r->depth > r->most) return NULL;
    PyObject *made = of_column(r, &tag);
    r->depth--;
    return made;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* Where the table of types begins: behind the root, which needs it. No text of a name holds such a piece. */
static const char *last(const char *start, const char *end, const char *piece, Py_ssize_t size) {
    for (const char *at = end - size; at >= start; at--)
        if (*at == *piece && memcmp(at, piece, (size_t)size) == 0) return at;
    return NULL;
}

static PyObject *read_whole(Reader *r, PyObject *inline_, PyObject *bases) {
    static const char types[] = ",\"types\":";
    const char *end = r->end, *behind = last(r->at, end, types, 9);
    if (behind == NULL || !take_word(r, "{\"arrays\":", 10) || r->at > behind) return NULL;
    r->end = behind;
    if (!read_arrays(r, inline_) || !take_word(r, ",\"root\":", 8)) return NULL;
    const char *root_at = r->at;
    r->at = behind + 9;
    r->end = end;
    if (!read_types(r, bases) || !take(r, '}') || r->at != end) return NULL;
    r->uses = PyMem_Calloc((size_t)r->n_arrays + 1, sizeof *r->uses);
    if (r->uses == NULL) return PyErr_NoMemory();
    r->at = root_at;
    r->end = behind;
    PyObject *root = read_node(r);
    if (root != NULL && (r->at != behind || r->next_type != r->n_types || r->next_array != r->n_arrays)) Py_CLEAR(root);
    return root;
}

static PyObject *uses_of(const Reader *r) {
    PyObject *made = PyDict_New();
    for (Py_ssize_t i = 0; made != NULL && i < r->n_arrays; i++) {
        if (!r->uses[i]) continue;
        PyObject *number = PyLong_FromSsize_t(i), *count = PyLong_FromSsize_t(r->uses[i]);
        if (number == NULL || count == NULL || PyDict_SetItem(made, number, count) < 0) Py_CLEAR(made);
        Py_XDECREF(number);
        Py_XDECREF(count);
    }
    return made;
}

/* The bytes of all arrays once each place that names one has its own; None where that takes a look at columns. */
static PyObject *built_of(const Reader *r) {
    int64_t total = 0;
    if (r->columns > 1 || r->unsized) return same(Py_None);
    for (Py_ssize_t i = 0; i < r->n_arrays; i++) {
        int64_t size = PyLong_AsLongLong(PyList_GetItem(r->sizes, i));
        if (r->uses[i] > 0 && size > (INT64_MAX - total) / r->uses[i]) return same(Py_None);
        total += size * r->uses[i];
    }
    return PyLong_FromLongLong(total);
}

#include "_container.h"
#include "_building.h"
#include "_standing.h"

static PyObject *read_graph(PyObject *module, PyObject *args) {
    Reader r;
    memset(&r, 0, sizeof r);
    PyObject *data, *classes;
    long long depth, nodes, arrays;
    char *text;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "SO!LLL", &data, &PyTuple_Type, &classes, &depth, &nodes, &arrays)) return NULL;
    if (PyBytes_AsStringAndSize(data, &text, &size) < 0 || !take_classes(classes, r.classes)) return NULL;
    r.state = PyModule_GetState(module);
    r.at = text;
    r.end = text + size;
    /* What nests deeper needs a look at the stack, which the other reader has. */
    r.most = depth < MOST_DEPTH ? (int)depth : MOST_DEPTH;
    r.most_nodes = nodes;
    r.most_arrays = arrays;
    PyObject *inline_ = PyDict_New(), *bases = PyDict_New(), *root = NULL, *uses = NULL, *built = NULL, *made = NULL;
    r.types = PyList_New(0);
    r.specs = PyList_New(0);
    r.sizes = PyList_New(0);
    r.used_types = PySet_New(NULL);
    r.used_values = PySet_New(NULL);
    r.parts = PyList_New(0);
    r.defined = PyDict_New();
    if (inline_ && bases && r.types && r.specs && r.sizes && r.used_types && r.used_values && r.parts && r.defined)
        root = read_whole(&r, inline_, bases);
    if (root != NULL && (uses = uses_of(&r)) != NULL && (built = built_of(&r)) != NULL)
        made = Py_BuildValue("OOOOOOOOLOOOOO", root, r.specs, inline_, bases, r.used_types, r.used_values, r.parts, r.defined,
                             (long long)r.references, r.expands ? Py_True : Py_False, r.columns ? Py_True : Py_False, uses,
                             r.unsized ? Py_None : r.sizes, built);
    Py_XDECREF(root);
    Py_XDECREF(uses);
    Py_XDECREF(built);
    Py_XDECREF(inline_);
    Py_XDECREF(bases);
    Py_XDECREF(r.types);
    Py_XDECREF(r.specs);
    Py_XDECREF(r.sizes);
    Py_XDECREF(r.used_types);
    Py_XDECREF(r.used_values);
    Py_XDECREF(r.parts);
    Py_XDECREF(r.defined);
    for (int i = 0; i < KNOWN_DTYPES; i++) Py_XDECREF(r.dtypes[i]);
    PyMem_Free(r.uses);
    return or_none(made);
}

/* --- the module ----------------------------------------------------------------------------- */

static int prepare(PyObject *module) {
    State *state = PyModule_GetState(module);
    for (int i = 0; i < N_NAMES; i++) {
        state->names[i] = PyUnicode_InternFromString(NAMES[i]);
        if (state->names[i] == NULL) return -1;
    }
    state->c_order = PyUnicode_InternFromString("C");
    state->f_order = PyUnicode_InternFromString("F");
    /* native.py asks for it: what an earlier build has left does less. */
    if (state->c_order == NULL || state->f_order == NULL) return -1;
    return PyModule_AddIntConstant(module, "FORM", 2);
}

static int clear(PyObject *module) {
    State *state = PyModule_GetState(module);
    for (int i = 0; i < N_NAMES; i++) Py_CLEAR(state->names[i]);
    Py_CLEAR(state->c_order);
    Py_CLEAR(state->f_order);
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg) {
    State *state = PyModule_GetState(module);
    for (int i = 0; i < N_NAMES; i++) Py_VISIT(state->names[i]);
    Py_VISIT(state->c_order);
    Py_VISIT(state->f_order);
    return 0;
}

static PyMethodDef methods[] = {
    {"read", read_graph, METH_VARARGS, "data, classes of nodes, most depth, nodes, arrays: what the graph says, or None."},
    {"places", read_places, METH_VARARGS, "archive, most members: where each member lies, or None."},
    {"manifest", read_manifest, METH_VARARGS, "data: producer, libraries, digest, members, storage, or None."},
    {"frame", read_frame, METH_VARARGS, "frame of zstd: how much it holds, or None."},
    {"build", build, METH_VARARGS, "classes of nodes, node, path, key, and what the builder in Python hands over: the value."},
    {"standing", standing, METH_VARARGS, "classes of nodes, an object's attributes and their census: whether all surely may stand there."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)prepare}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "perdure.graph._native", "Canonical JSON to nodes.", sizeof(State), methods, slots, traverse, clear, NULL,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
