/* Plain nodes to values: what build/builder.py makes of them, sooner.
 *
 * Objects whose state is their attributes, lists, tuples, dicts, arrays and a few scalars are made here. Every other node goes
 * to the builder in Python, with its place, and whatever is wrong as well: it says what. */

/* The place of a node, spelled out only where somebody asks. */
typedef struct Frame {
    struct Frame *up;
    PyObject *name;   /* of an attribute, or a key of a dict; borrowed */
    Py_ssize_t index; /* of an item, where there is no name */
    int attribute;
    PyObject *path; /* owned */
} Frame;

typedef struct {
    State *state;
    PyObject *classes[N_CLASSES];
    PyObject *shared, *first, *known, *scalars, *found, *allowed, *array, *class_of, *other, *path_type, *shown, *new_object;
} Builder;

static PyObject *build_node(Builder *b, PyObject *node, Frame *frame, PyObject *key);

static int is_plain(PyObject *value) {
    return value == Py_None || value == Py_Ellipsis || PyBool_Check(value) || PyLong_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyFloat_CheckExact(value) || PyBytes_CheckExact(value) ||
           Py_TYPE(value) == &PyComplex_Type;
}

static PyObject *path_of(Builder *b, Frame *frame) {
    if (frame->path != NULL) return frame->path;
    PyObject *above = path_of(b, frame->up), *piece = NULL;
    if (above == NULL) return NULL;
    if (frame->attribute) {
        piece = PyUnicode_FromFormat(".%U", frame->name);
    } else if (frame->name != NULL) {
        PyObject *shown = PyObject_CallFunctionObjArgs(b->shown, frame->name, NULL);
        if (shown != NULL) piece = PyUnicode_FromFormat("[%U]", shown);
        Py_XDECREF(shown);
    } else {
        piece = PyUnicode_FromFormat("[%zd]", frame->index);
    }
    if (piece != NULL) frame->path = PyObject_CallFunctionObjArgs(b->path_type, above, piece, NULL);
    Py_XDECREF(piece);
    return frame->path;
}

/* What the builder in Python makes of a node. */
static PyObject *by_python(Builder *b, PyObject *node, Frame *frame, PyObject *key) {
    PyObject *path = path_of(b, frame);
    return path == NULL ? NULL : PyObject_CallFunctionObjArgs(b->other, node, path, key == NULL ? Py_None : key, NULL);
}

static PyObject *slot(Builder *b, PyObject *node, int name) { return PyObject_GetAttr(node, b->state->names[name]); }

static PyObject *build_inside(Builder *b, PyObject *node, Frame *up, PyObject *name, Py_ssize_t index, int attribute) {
    if (is_plain(node)) return same(node);
    Frame frame = {up, name, index, attribute, NULL};
    PyObject *made = build_node(b, node, &frame, NULL);
    Py_XDECREF(frame.path);
    return made;
}

static int begin_shared(Builder *b, PyObject *key, PyObject *made) {
    return key == NULL || PyDict_SetItem(b->shared, key, made) == 0;
}

static PyObject *build_list(Builder *b, PyObject *items, Frame *frame, PyObject *key) {
    PyObject *made = PyList_New(0);
    if (made == NULL || !begin_shared(b, key, made)) goto failed;
    for (Py_ssize_t i = 0, count = PyTuple_Size(items); i < count; i++) {
        PyObject *item = build_inside(b, PyTuple_GetItem(items, i), frame, NULL, i, 0);
        if (item == NULL) goto failed;
        int bad = PyList_Append(made, item);
        Py_DECREF(item);
        if (bad) goto failed;
    }
    return made;
failed:
    Py_XDECREF(made);
    return NULL;
}

static PyObject *build_tuple(Builder *b, PyObject *items, Frame *frame) {
    Py_ssize_t count = PyTuple_Size(items);
    PyObject *made = PyTuple_New(count);
    for (Py_ssize_t i = 0; made != NULL && i < count; i++) {
        PyObject *item = build_inside(b, PyTuple_GetItem(items, i), frame, NULL, i, 0);
        if (item == NULL) Py_CLEAR(made);
        else PyTuple_SetItem(made, i, item);
    }
    return made;
}

/* Whether all pairs are pairs, and their keys plain values. */
static int are_pairs(PyObject *pairs) {
    if (!PyTuple_CheckExact(pairs)) return 0;
    for (Py_ssize_t i = 0, count = PyTuple_Size(pairs); i < count; i++) {
        PyObject *pair = PyTuple_GetItem(pairs, i);
        if (!PyTuple_CheckExact(pair) || PyTuple_Size(pair) != 2 || !is_plain(PyTuple_GetItem(pair, 0))) return 0;
    }
    return 1;
}

static PyObject *build_dict(Builder *b, PyObject *node, PyObject *pairs, Frame *frame, PyObject *key) {
    PyObject *made = PyDict_New();
    if (made == NULL || !begin_shared(b, key, made)) goto failed;
    Py_ssize_t count = PyTuple_Size(pairs);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *pair = PyTuple_GetItem(pairs, i), *name = PyTuple_GetItem(pair, 0);
        PyObject *item = build_inside(b, PyTuple_GetItem(pair, 1), frame, name, 0, 0);
        if (item == NULL) goto failed;
        int bad = PyDict_SetItem(made, name, item);
        Py_DECREF(item);
        if (bad) goto failed;
    }
    if (PyDict_Size(made) == count) return made;
    /* A key stands twice. */
    Py_DECREF(made);
    return by_python(b, node, frame, key);
failed:
    Py_XDECREF(made);
    return NULL;
}

static PyObject *build_array(Builder *b, PyObject *node, Frame *frame, PyObject *key) {
    PyObject *index = slot(b, node, N_INDEX), *made = NULL;
    if (index == NULL) return NULL;
    if (!PyLong_CheckExact(index) || PyDict_Contains(b->first, index) != 0) {
        if (!PyErr_Occurred()) made = by_python(b, node, frame, key);
    } else {
        made = PyObject_CallFunctionObjArgs(b->array, index, NULL);
        if (made != NULL && PyDict_SetItem(b->first, index, made) < 0) Py_CLEAR(made);
    }
    Py_DECREF(index);
    return made;
}

/* A scalar of numpy of the type that Python's own number has. */
static PyObject *build_scalar(Builder *b, PyObject *node, Frame *frame, PyObject *key) {
    PyObject *dtype = slot(b, node, N_DTYPE), *value = dtype == NULL ? NULL : slot(b, node, N_VALUE), *made = NULL;
    PyObject *known = value == NULL ? NULL : PyDict_GetItemWithError(b->scalars, dtype);
    if (known != NULL && Py_TYPE(value) == (PyTypeObject *)PyTuple_GetItem(known, 0)) {
        made = PyObject_CallFunctionObjArgs(PyTuple_GetItem(known, 1), value, NULL);
        /* A number that does not fit. */
        if (made == NULL && PyErr_ExceptionMatches(PyExc_OverflowError)) PyErr_Clear();
    }
    if (made == NULL && !PyErr_Occurred()) made = by_python(b, node, frame, key);
    Py_XDECREF(dtype);
    Py_XDECREF(value);
    return made;
}

/* The class of a plain type with the attributes that hide nothing of it, borrowed; None for any other type. */
static PyObject *class_of(Builder *b, PyObject *type, Frame *frame) {
    PyObject *found = PyDict_GetItemWithError(b->found, type);
    /* Found in this process before, and trusted in this file. */
    if (found != NULL && PySet_Contains(b->allowed, type) == 1) return found;
    found = PyErr_Occurred() ? NULL : PyDict_GetItemWithError(b->known, type);
    if (found != NULL || PyErr_Occurred()) return found;
    PyObject *path = path_of(b, frame);
    found = path == NULL ? NULL : PyObject_CallFunctionObjArgs(b->class_of, type, path, NULL);
    if (found == NULL) return NULL;
    int bad = PyDict_SetItem(b->known, type, found);
    Py_DECREF(found);
    return bad ? NULL : found;
}

static int all_harmless(PyObject *harmless, PyObject *state) {
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(state, &at, &name, &value))
        if (PySet_Contains(harmless, name) != 1) return 0;
    return 1;
}

static int fill_attributes(Builder *b, PyObject *attributes, PyObject *state, PyObject *inner, Frame *frame) {
    if (PyDict_Update(attributes, state) < 0) return 0;
    for (Py_ssize_t i = 0; i < PyList_Size(inner); i++) {
        PyObject *name = PyList_GetItem(inner, i), *node = PyDict_GetItemWithError(state, name);
        if (node == NULL) {
            if (!PyErr_Occurred()) PyErr_SetString(PyExc_KeyError, "an attribute is noted that is not there");
            return 0;
        }
        PyObject *value = build_inside(b, node, frame, name, 0, 1);
        if (value == NULL) return 0;
        int bad = PyDict_SetItem(attributes, name, value);
        Py_DECREF(value);
        if (bad) return 0;
    }
    return 1;
}

static PyObject *build_object(Builder *b, PyObject *node, Frame *frame, PyObject *key) {
    PyObject *type = slot(b, node, N_TYPE), *state = slot(b, node, N_STATE), *args = slot(b, node, N_ARGS);
    PyObject *inner = slot(b, node, N_INNER), *made = NULL, *attributes = NULL, *found;
    if (type == NULL || state == NULL || args == NULL || inner == NULL) goto done;
    int usual = args == Py_None && PyUnicode_CheckExact(type) && PyDict_CheckExact(state) && PyList_CheckExact(inner);
    if (usual) {
        found = class_of(b, type, frame);
        if (found == NULL) goto done;
        usual = PyTuple_CheckExact(found) && all_harmless(PyTuple_GetItem(found, 1), state);
        if (PyErr_Occurred()) goto done;
    }
    if (usual) {
        made = PyObject_CallFunctionObjArgs(b->new_object, PyTuple_GetItem(found, 0), NULL);
        if (made != NULL) attributes = PyObject_GenericGetDict(made, NULL);
        if (attributes == NULL) {
            Py_CLEAR(made);
            if (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_AttributeError)) {
                /* No such instance can be made here: the builder in Python says so. */
                PyErr_Clear();
                usual = 0;
            }
        } else if (!begin_shared(b, key, made) || !fill_attributes(b, attributes, state, inner, frame)) {
            Py_CLEAR(made);
        }
    }
    if (!usual) made = by_python(b, node, frame, key);
done:
    Py_XDECREF(type);
    Py_XDECREF(state);
    Py_XDECREF(args);
    Py_XDECREF(inner);
    Py_XDECREF(attributes);
    return made;
}

static PyObject *build_definition(Builder *b, PyObject *node, Frame *frame) {
    PyObject *key = slot(b, node, N_KEY), *inner = key == NULL ? NULL : slot(b, node, N_NODE), *made = NULL;
    if (inner != NULL && !is_plain(inner) && Py_TYPE(inner) != (PyTypeObject *)b->classes[DEF]) {
        PyObject *known = PyDict_GetItemWithError(b->shared, key);
        if (known != NULL) made = same(known);
        else if (!PyErr_Occurred()) made = build_node(b, inner, frame, key);
        if (made != NULL && known == NULL && PyDict_SetItem(b->shared, key, made) < 0) Py_CLEAR(made);
    } else if (inner != NULL) {
        made = by_python(b, node, frame, NULL);
    }
    Py_XDECREF(key);
    Py_XDECREF(inner);
    return made;
}

static PyObject *build_reference(Builder *b, PyObject *node, Frame *frame) {
    PyObject *key = slot(b, node, N_KEY), *made = key == NULL ? NULL : PyDict_GetItemWithError(b->shared, key);
    Py_XINCREF(made);
    if (key != NULL && made == NULL && !PyErr_Occurred()) made = by_python(b, node, frame, NULL);
    Py_XDECREF(key);
    return made;
}

static PyObject *build_node(Builder *b, PyObject *node, Frame *frame, PyObject *key) {
    PyTypeObject *kind = Py_TYPE(node);
    PyObject *made = NULL, *items = NULL;
    int is_list = kind == (PyTypeObject *)b->classes[LIST], is_tuple = kind == (PyTypeObject *)b->classes[TUPLE];
    if (Py_EnterRecursiveCall(" while building a model")) return NULL;
    if (kind == (PyTypeObject *)b->classes[OBJECT]) {
        made = build_object(b, node, frame, key);
    } else if (kind == (PyTypeObject *)b->classes[ARRAY]) {
        made = build_array(b, node, frame, key);
    } else if (is_list || is_tuple) {
        items = slot(b, node, N_ITEMS);
        if (items == NULL || !PyTuple_CheckExact(items)) made = items == NULL ? NULL : by_python(b, node, frame, key);
        else made = is_list ? build_list(b, items, frame, key) : build_tuple(b, items, frame);
    } else if (kind == (PyTypeObject *)b->classes[DICT]) {
        items = slot(b, node, N_PAIRS);
        if (items != NULL) made = are_pairs(items) ? build_dict(b, node, items, frame, key) : by_python(b, node, frame, key);
    } else if (kind == (PyTypeObject *)b->classes[DEF]) {
        made = build_definition(b, node, frame);
    } else if (kind == (PyTypeObject *)b->classes[REF]) {
        made = build_reference(b, node, frame);
    } else if (kind == (PyTypeObject *)b->classes[SCALAR]) {
        made = build_scalar(b, node, frame, key);
    } else {
        made = by_python(b, node, frame, key);
    }
    Py_LeaveRecursiveCall();
    Py_XDECREF(items);
    return made;
}

static int take_classes(PyObject *classes, PyObject **found) {
    if (PyTuple_Size(classes) != N_CLASSES) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "these are not the classes of nodes");
        return 0;
    }
    for (int i = 0; i < N_CLASSES; i++) {
        found[i] = PyTuple_GetItem(classes, i);
        if (!PyType_Check(found[i])) {
            PyErr_SetString(PyExc_TypeError, "these are not the classes of nodes");
            return 0;
        }
    }
    return 1;
}

static PyObject *build(PyObject *module, PyObject *args) {
    Builder b;
    PyObject *classes, *node, *path, *key, *handed;
    PyObject **taken[] = {&b.shared, &b.first, &b.known, &b.scalars, &b.found, &b.allowed,
                          &b.array, &b.class_of, &b.other, &b.path_type, &b.shown, &b.new_object};
    if (!PyArg_ParseTuple(args, "O!OOOO!", &PyTuple_Type, &classes, &node, &path, &key, &PyTuple_Type, &handed) ||
        !take_classes(classes, b.classes))
        return NULL;
    for (int i = 0; i < 12; i++) {
        *taken[i] = i < PyTuple_Size(handed) ? PyTuple_GetItem(handed, i) : NULL;
        if (*taken[i] == NULL || (i < 5 && !PyDict_CheckExact(*taken[i])) || (i == 5 && !PyFrozenSet_CheckExact(*taken[i]))) {
            PyErr_SetString(PyExc_TypeError, "the builder hands over five dicts, a set and six functions");
            return NULL;
        }
    }
    b.state = PyModule_GetState(module);
    Frame root = {NULL, NULL, 0, 0, same(path)};
    PyObject *made = is_plain(node) ? same(node) : build_node(&b, node, &root, key == Py_None ? NULL : key);
    Py_DECREF(root.path);
    return made;
}
