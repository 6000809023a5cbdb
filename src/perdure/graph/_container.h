/* What stands around the graph in a small file: the headers of the archive, the manifest, the frame of the graph.
 *
 * As everywhere here: whatever is not exactly as a writer of ours writes most files is left to the reader in Python, by None.
 * container/archive.py, container/manifest.py and arrays/codecs/zstd.py say the same in Python. */

/* --- the archive ---------------------------------------------------------------------------- */

#define CENTRAL 46
#define LOCAL 30
#define END 22
#define MOST_MEMBER_NAME 255
#define ARCHIVE_DATE 33
#define ALIGNING 0x5044

typedef const unsigned char *Bytes;

static unsigned at_2(Bytes at) { return at[0] | (unsigned)at[1] << 8; }
static uint32_t at_4(Bytes at) { return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }

/* Whether every system can have a file of that name. */
static int is_member_name(Bytes name, Py_ssize_t size) {
    char before = '/';
    if (size < 1 || size > MOST_MEMBER_NAME) return 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        char c = (char)name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
              c == '/'))
            return 0;
        /* Not absolute, no empty part, no part that is hidden, ends in a point or leads elsewhere. */
        if ((before == '/' && (c == '.' || c == '/')) || (before == '.' && c == '/')) return 0;
        before = c;
    }
    return before != '.' && before != '/';
}

/* The header before a member's data, as it has to be; its size, 0 where it is another. */
static Py_ssize_t check_local(Bytes data, Py_ssize_t at, Py_ssize_t end, Bytes row, unsigned name_size) {
    static const unsigned char fixed[] = {'P', 'K', 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, ARCHIVE_DATE, 0};
    Bytes local = data + at;
    if (end - at < LOCAL + (Py_ssize_t)name_size || memcmp(local, fixed, sizeof fixed) != 0) return 0;
    /* CRC-32 and both sizes stand alike in the directory. */
    if (memcmp(local + 14, row + 16, 12) != 0 || at_2(local + 26) != name_size) return 0;
    if (memcmp(local + LOCAL, row + CENTRAL, name_size) != 0) return 0;
    unsigned extra = at_2(local + 28), wanted = 0;
    Py_ssize_t size = LOCAL + (Py_ssize_t)name_size;
    if (name_size == 18 && memcmp(row + CENTRAL, "arrays.safetensors", 18) == 0) {
        unsigned gap = (unsigned)((64 - (at + size + 4) % 64) % 64);
        wanted = 4 + gap;
        if (extra != wanted || end - at < size + (Py_ssize_t)wanted) return 0;
        if (at_2(local + size) != ALIGNING || at_2(local + size + 2) != gap) return 0;
        for (unsigned i = 0; i < gap; i++)
            if (local[size + 4 + i]) return 0;
    }
    return extra == wanted ? size + (Py_ssize_t)wanted : 0;
}

static PyObject *places_of(Bytes data, Py_ssize_t size, Py_ssize_t most) {
    static const unsigned char row_fixed[] = {'P', 'K', 1, 2, 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, ARCHIVE_DATE, 0};
    static const unsigned char zeros[12] = {0};
    if (size < END || size > 1 << 30) return NULL;
    Bytes closing = data + size - END;
    if (memcmp(closing, "PK\5\6\0\0\0\0", 8) != 0 || at_2(closing + 20)) return NULL;
    unsigned count = at_2(closing + 8);
    uint32_t length = at_4(closing + 12), start = at_4(closing + 16);
    if (at_2(closing + 10) != count || count > most || (uint64_t)start + length + END != (uint64_t)size) return NULL;
    PyObject *places = PyDict_New();
    Py_ssize_t at = 0, row_at = start, end = size - END;
    int good = places != NULL;
    for (unsigned i = 0; good && i < count; i++) {
        Bytes row = data + row_at;
        good = end - row_at >= CENTRAL && memcmp(row, row_fixed, sizeof row_fixed) == 0 && memcmp(row + 30, zeros, 12) == 0;
        if (!good) break;
        uint32_t data_size = at_4(row + 20);
        unsigned name_size = at_2(row + 28);
        good = at_4(row + 24) == data_size && end - row_at - CENTRAL >= (Py_ssize_t)name_size &&
               at_4(row + 42) == (uint32_t)at && is_member_name(row + CENTRAL, name_size);
        Py_ssize_t local = good ? check_local(data, at, start, row, name_size) : 0;
        if (local == 0 || (Py_ssize_t)start - at - local < (Py_ssize_t)data_size) {
            good = 0;
            break;
        }
        PyObject *name = PyUnicode_FromStringAndSize((const char *)row + CENTRAL, name_size);
        PyObject *place = Py_BuildValue("nnk", at + local, (Py_ssize_t)data_size, (unsigned long)at_4(row + 16));
        good = name != NULL && place != NULL && PyDict_Contains(places, name) == 0 && PyDict_SetItem(places, name, place) == 0;
        Py_XDECREF(name);
        Py_XDECREF(place);
        at += local + (Py_ssize_t)data_size;
        row_at += CENTRAL + (Py_ssize_t)name_size;
    }
    if (!good || at != (Py_ssize_t)start || row_at != end) Py_CLEAR(places);
    return places;
}

static PyObject *or_none(PyObject *made) {
    if (made == NULL && !PyErr_Occurred()) return same(Py_None);
    return made;
}

static PyObject *read_places(PyObject *module, PyObject *args) {
    Py_buffer view;
    Py_ssize_t most;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*n", &view, &most)) return NULL;
    PyObject *made = places_of(view.buf, view.len, most);
    PyBuffer_Release(&view);
    return or_none(made);
}

/* --- the manifest --------------------------------------------------------------------------- */

#define MOST_TEXT 100

static int is_digest(const Span *span) {
    if (span->size != 71 || memcmp(span->text, "sha256:", 7) != 0) return 0;
    for (int i = 7; i < 71; i++)
        if (digit_of(span->text[i]) < 0) return 0;
    return 1;
}

static int take_key(Reader *r, Span *last, Span *key) {
    if (!take_span(r, key) || key->size == 0 || (last->text != NULL && !is_before(last, key)) || !take(r, ':')) return 0;
    *last = *key;
    return 1;
}

static PyObject *read_library(Reader *r, const Span *name) {
    Span text;
    if (name->size > MOST_TEXT) return NULL;
    if (take_word(r, "null", 4)) return same(Py_None);
    return take_span(r, &text) && text.size > 0 && text.size <= MOST_TEXT ? text_of(&text) : NULL;
}

static PyObject *read_member(Reader *r, const Span *name) {
    int64_t size;
    Span digest;
    (void)name;
    if (!take(r, '[') || !take_count(r, &size) || !take(r, ',') || !take_span(r, &digest) || !is_digest(&digest) || !take(r, ']'))
        return NULL;
    /* No "s#": built with the headers of 3.13 it does not run on 3.11 and 3.12. */
    return Py_BuildValue("LN", (long long)size, PyUnicode_FromStringAndSize(digest.text, digest.size));
}

/* A number, a text, or a list of these and of one more level of such lists. */
static PyObject *read_how(Reader *r, int levels) {
    int64_t number;
    Span text;
    if (is_next(r, '"')) return take_span(r, &text) && text.size > 0 ? text_of(&text) : NULL;
    if (!is_next(r, '[')) return take_integer(r, &number) ? PyLong_FromLongLong(number) : NULL;
    if (levels == 0) return NULL;
    r->at++;
    PyObject *made = PyList_New(0);
    if (made == NULL || take(r, ']')) return made;
    int good;
    do {
        PyObject *item = read_how(r, levels - 1);
        good = item != NULL && PyList_Append(made, item) == 0;
        Py_XDECREF(item);
    } while (good && take(r, ','));
    if (!good || !take(r, ']')) Py_CLEAR(made);
    return made;
}

static PyObject *read_storage(Reader *r, const Span *name) {
    (void)name;
    return read_how(r, 2);
}

/* An object of JSON, sorted by its keys. */
static PyObject *read_mapping(Reader *r, PyObject *(*read)(Reader *, const Span *)) {
    PyObject *made = take(r, '{') ? PyDict_New() : NULL;
    if (made == NULL || take(r, '}')) return made;
    Span last = {NULL, 0}, key;
    int good;
    do {
        PyObject *value = take_key(r, &last, &key) ? read(r, &key) : NULL, *name = value == NULL ? NULL : text_of(&key);
        good = name != NULL && PyDict_SetItem(made, name, value) == 0;
        Py_XDECREF(name);
        Py_XDECREF(value);
    } while (good && take(r, ','));
    if (!good || !take(r, '}')) Py_CLEAR(made);
    return made;
}

static PyObject *read_manifest(PyObject *module, PyObject *args) {
    Py_buffer view;
    Reader r;
    memset(&r, 0, sizeof r);
    (void)module;
    if (!PyArg_ParseTuple(args, "y*", &view)) return NULL;
    r.at = view.buf;
    r.end = r.at + view.len;
    Span digest, producer;
    PyObject *libraries = NULL, *members = NULL, *storage = NULL, *made = NULL;
    if (take_word(&r, "{\"digest\":", 10) && take_span(&r, &digest) && is_digest(&digest) &&
        take_word(&r, ",\"format\":[1,0],\"libraries\":", 28) && (libraries = read_mapping(&r, read_library)) != NULL &&
        take_word(&r, ",\"members\":", 11) && (members = read_mapping(&r, read_member)) != NULL &&
        take_word(&r, ",\"min_reader\":[1,0],\"producer\":", 31) && take_span(&r, &producer) && producer.size > 0 &&
        producer.size <= MOST_TEXT && take_word(&r, ",\"storage\":", 11) &&
        (storage = read_mapping(&r, read_storage)) != NULL && take(&r, '}') && r.at == r.end)
        made = Py_BuildValue("NONOO", PyUnicode_FromStringAndSize(producer.text, producer.size), libraries,
                             PyUnicode_FromStringAndSize(digest.text, digest.size), members, storage);
    Py_XDECREF(libraries);
    Py_XDECREF(members);
    Py_XDECREF(storage);
    PyBuffer_Release(&view);
    return or_none(made);
}

/* --- a frame of zstd ------------------------------------------------------------------------ */

/* How much one whole frame holds, as it says itself: walked from header to header to its last block. */
static int64_t content_of(Bytes frame, Py_ssize_t size) {
    if (size < 6 || memcmp(frame, "\x28\xb5\x2f\xfd", 4) != 0) return -1;
    unsigned how = frame[4], single = how >> 5 & 1, flag = how >> 6;
    /* Without a dictionary, nothing reserved; one segment, so that its window is as large as what it holds. */
    if ((how & 0x1b) || !single || flag > 2) return -1;
    Py_ssize_t at = 5, wide = flag == 0 ? 1 : flag == 1 ? 2 : 4;
    if (size < at + wide) return -1;
    int64_t content = flag == 0 ? frame[5] : flag == 1 ? (int64_t)at_2(frame + 5) + 256 : (int64_t)at_4(frame + 5);
    if (content > 1 << 24) return -1;
    at += wide;
    unsigned last = 0;
    while (!last) {
        if (size - at < 3) return -1;
        unsigned header = frame[at] | (unsigned)frame[at + 1] << 8 | (unsigned)frame[at + 2] << 16, kind = header >> 1 & 3;
        if (kind == 3) return -1;
        last = header & 1;
        at += 3 + (kind == 1 ? 1 : (Py_ssize_t)(header >> 3));
        if (at > size) return -1;
    }
    return at + (how & 4 ? 4 : 0) == size ? content : -1;
}

static PyObject *read_frame(PyObject *module, PyObject *args) {
    Py_buffer view;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*", &view)) return NULL;
    int64_t content = content_of(view.buf, view.len);
    PyBuffer_Release(&view);
    return content < 0 ? same(Py_None) : PyLong_FromLongLong(content);
}
