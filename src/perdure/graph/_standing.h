/* Whether all that stands in the attributes of one object surely may stand there: what `_is_fine` of validate/census.py says of
 * each. Where it says no, the rule itself looks, and says what is wrong. */

typedef struct {
    State *state;
    PyObject *classes[N_CLASSES];
    PyObject *numbers, *spec, *stands, *constants, *defined;
} Census;

static int may_stand(Census *c, PyObject *node, PyObject *slots, int numbers);

/* A number, a flag or None. */
static int is_number(PyObject *value) {
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           Py_TYPE(value) == &PyComplex_Type;
}

/* Whether a dtype is of numbers; -1 with an error. */
static int is_numeric(PyObject *dtype) {
    Py_ssize_t size;
    const char *text = PyUnicode_Check(dtype) ? PyUnicode_AsUTF8AndSize(dtype, &size) : NULL;
    if (text == NULL) return PyErr_Occurred() ? -1 : 0;
    return (size > 1 && memchr("biufc", text[1], 5) != NULL) || (size == 4 && memcmp(text, "intp", 4) == 0);
}

static PyObject *part_of(Census *c, PyObject *node, int name) { return PyObject_GetAttr(node, c->state->names[name]); }

static int numeric_array(Census *c, PyObject *node) {
    PyObject *index = part_of(c, node, N_INDEX), *spec = NULL, *dtype = NULL;
    if (index != NULL) spec = PyObject_CallFunctionObjArgs(c->spec, index, NULL);
    if (spec != NULL) dtype = part_of(c, spec, N_DTYPE);
    int found = dtype == NULL ? -1 : is_numeric(dtype);
    Py_XDECREF(index);
    Py_XDECREF(spec);
    Py_XDECREF(dtype);
    return found;
}

static int all_may_stand(Census *c, PyObject *items, PyObject *slots, int numbers) {
    int fine = PyTuple_CheckExact(items);
    for (Py_ssize_t i = 0; fine == 1 && i < PyTuple_Size(items); i++) {
        PyObject *item = PyTuple_GetItem(items, i);
        if (numbers ? !is_number(item) : !is_plain(item)) fine = may_stand(c, item, slots, numbers);
    }
    return fine;
}

static int object_may_stand(Census *c, PyObject *node, PyObject *slots) {
    PyObject *type = part_of(c, node, N_TYPE), *found = NULL, *args = NULL, *state = NULL, *inner = NULL;
    int fine = -1;
    if (type != NULL) found = PyObject_CallFunctionObjArgs(c->stands, type, slots, NULL);
    if (found == NULL) goto done;
    fine = found == Py_True;
    if (found != Py_None) goto done;
    args = part_of(c, node, N_ARGS);
    state = part_of(c, node, N_STATE);
    inner = part_of(c, node, N_INNER);
    fine = args == NULL || state == NULL || inner == NULL ? -1 : 0;
    if (fine < 0 || args != Py_None || !PyDict_CheckExact(state) || !PyList_CheckExact(inner)) goto done;
    fine = 1;
    for (Py_ssize_t i = 0; fine == 1 && i < PyList_Size(inner); i++) {
        PyObject *value = PyDict_GetItemWithError(state, PyList_GetItem(inner, i));
        fine = value != NULL ? may_stand(c, value, slots, 0) : PyErr_Occurred() ? -1 : 0;
    }
done:
    Py_XDECREF(type);
    Py_XDECREF(found);
    Py_XDECREF(args);
    Py_XDECREF(state);
    Py_XDECREF(inner);
    return fine;
}

static int global_may_stand(Census *c, PyObject *node, PyObject *slots) {
    static const char *const words[] = {"function", "any"};
    int fine = 0;
    for (int i = 0; fine == 0 && i < 2; i++) {
        PyObject *word = PyUnicode_FromString(words[i]);
        fine = word == NULL ? -1 : PySet_Contains(slots, word);
        Py_XDECREF(word);
    }
    if (fine == 0) {
        PyObject *name = part_of(c, node, N_NAME);
        fine = name == NULL ? -1 : PySet_Contains(c->constants, name);
        Py_XDECREF(name);
    }
    return fine;
}

#define SHORT 16

/* Whether a shared list has few items, all of them numbers. */
static int few_numbers(PyObject *items) {
    int fine = PyTuple_CheckExact(items) && PyTuple_Size(items) <= SHORT;
    for (Py_ssize_t i = 0; fine && i < PyTuple_Size(items); i++) fine = is_number(PyTuple_GetItem(items, i));
    return fine;
}

/* Whether a shared dict has few items, all of them plain, and so are its keys. */
static int few_pairs(PyObject *pairs) {
    int fine = PyTuple_CheckExact(pairs) && PyTuple_Size(pairs) <= SHORT;
    for (Py_ssize_t i = 0; fine && i < PyTuple_Size(pairs); i++) {
        PyObject *pair = PyTuple_GetItem(pairs, i);
        fine = PyTuple_CheckExact(pair) && PyTuple_Size(pair) == 2 && is_plain(PyTuple_GetItem(pair, 0)) &&
               is_plain(PyTuple_GetItem(pair, 1));
    }
    return fine;
}

/* Of what is shared its type, or a few plain values: that it does not hold itself, nobody has seen yet. */
static int shared_may_stand(Census *c, PyObject *node, PyObject *slots, int numbers) {
    PyObject *key = part_of(c, node, N_KEY), *shared = key == NULL ? NULL : PyDict_GetItemWithError(c->defined, key);
    PyObject *type = NULL, *found = NULL;
    int fine = key == NULL || PyErr_Occurred() ? -1 : 0;
    if (shared != NULL && Py_TYPE(shared) == (PyTypeObject *)c->classes[OBJECT]) {
        type = part_of(c, shared, N_TYPE);
        if (type != NULL) found = PyObject_CallFunctionObjArgs(c->stands, type, slots, NULL);
        fine = found == NULL ? -1 : found == Py_True;
    } else if (shared != NULL && (Py_TYPE(shared) == (PyTypeObject *)c->classes[LIST] ||
                                  Py_TYPE(shared) == (PyTypeObject *)c->classes[TUPLE])) {
        found = part_of(c, shared, N_ITEMS);
        fine = found == NULL ? -1 : few_numbers(found);
    } else if (shared != NULL && Py_TYPE(shared) == (PyTypeObject *)c->classes[DICT] && !numbers) {
        found = part_of(c, shared, N_PAIRS);
        fine = found == NULL ? -1 : few_pairs(found);
    }
    Py_XDECREF(key);
    Py_XDECREF(type);
    Py_XDECREF(found);
    return fine;
}

static int fields_may_stand(Census *c, PyObject *fields, PyObject *slots, int numbers) {
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int fine = PyDict_CheckExact(fields);
    while (fine == 1 && PyDict_Next(fields, &at, &name, &value)) fine = may_stand(c, value, slots, numbers);
    return fine;
}

static int pairs_may_stand(Census *c, PyObject *pairs, PyObject *slots) {
    int fine = PyTuple_CheckExact(pairs);
    for (Py_ssize_t i = 0; fine == 1 && i < PyTuple_Size(pairs); i++) {
        PyObject *pair = PyTuple_GetItem(pairs, i);
        fine = PyTuple_CheckExact(pair) && PyTuple_Size(pair) == 2;
        for (int k = 0; fine == 1 && k < 2; k++) {
            PyObject *item = PyTuple_GetItem(pair, k);
            if (!is_plain(item)) fine = may_stand(c, item, slots, 0);
        }
    }
    return fine;
}

/* 1 where it surely may, 0 where it takes a look, -1 with an error. */
static int may_stand(Census *c, PyObject *node, PyObject *slots, int numbers) {
    PyTypeObject *kind = Py_TYPE(node);
    PyObject *inside = NULL;
    int fine = 0;
    if (is_number(node)) return 1;
    if (is_plain(node)) return !numbers;
    if (Py_EnterRecursiveCall(" while looking at a model")) return -1;
    if (kind == (PyTypeObject *)c->classes[ARRAY]) {
        fine = numbers ? numeric_array(c, node) : 1;
    } else if (kind == (PyTypeObject *)c->classes[LIST] || kind == (PyTypeObject *)c->classes[TUPLE]) {
        inside = part_of(c, node, N_ITEMS);
        fine = inside == NULL ? -1 : all_may_stand(c, inside, slots, numbers);
    } else if (kind == (PyTypeObject *)c->classes[OBJECT]) {
        fine = object_may_stand(c, node, slots);
    } else if (kind == (PyTypeObject *)c->classes[SCALAR]) {
        inside = numbers ? part_of(c, node, N_DTYPE) : NULL;
        fine = !numbers ? 1 : inside == NULL ? -1 : is_numeric(inside);
    } else if (kind == (PyTypeObject *)c->classes[GLOBAL]) {
        fine = global_may_stand(c, node, slots);
    } else if (kind == (PyTypeObject *)c->classes[DEF]) {
        inside = part_of(c, node, N_NODE);
        fine = inside == NULL ? -1 : may_stand(c, inside, slots, numbers);
    } else if (kind == (PyTypeObject *)c->classes[REF]) {
        fine = shared_may_stand(c, node, slots, numbers);
    } else if (kind == (PyTypeObject *)c->classes[STRUCTURED]) {
        inside = part_of(c, node, N_FIELDS);
        fine = inside == NULL ? -1 : fields_may_stand(c, inside, slots, numbers);
    } else if (kind == (PyTypeObject *)c->classes[OBJECTS] && !numbers) {
        inside = part_of(c, node, N_ITEMS);
        fine = inside == NULL ? -1 : all_may_stand(c, inside, slots, 0);
    } else if (kind == (PyTypeObject *)c->classes[DICT] && !numbers) {
        inside = part_of(c, node, N_PAIRS);
        fine = inside == NULL ? -1 : pairs_may_stand(c, inside, slots);
    }
    Py_LeaveRecursiveCall();
    Py_XDECREF(inside);
    return fine;
}

static PyObject *standing(PyObject *module, PyObject *args) {
    Census c;
    PyObject *classes, *state, *inner, *known, *other;
    if (!PyArg_ParseTuple(args, "O!O!O!OOOOOOO!", &PyTuple_Type, &classes, &PyDict_Type, &state, &PyList_Type, &inner, &known,
                          &other, &c.numbers, &c.spec, &c.stands, &c.constants, &PyDict_Type, &c.defined) ||
        !take_classes(classes, c.classes))
        return NULL;
    if (!PyDict_CheckExact(known)) {
        PyErr_SetString(PyExc_TypeError, "the census of a type is a dict");
        return NULL;
    }
    c.state = PyModule_GetState(module);
    int fine = 1;
    for (Py_ssize_t i = 0; fine == 1 && i < PyList_Size(inner); i++) {
        PyObject *name = PyList_GetItem(inner, i), *node = PyDict_GetItemWithError(state, name);
        PyObject *slots = node == NULL ? NULL : PyDict_GetItemWithError(known, name);
        if (PyErr_Occurred()) return NULL;
        if (slots == NULL) slots = other;
        fine = node == NULL || !PyFrozenSet_CheckExact(slots) ? 0 : may_stand(&c, node, slots, slots == c.numbers);
    }
    return fine < 0 ? NULL : same(fine ? Py_True : Py_False);
}
