/* All columns of a table that move on: the twin, move_fields(), is in replication/tracker.py. */

#pragma once

#include "cpython.h"
#include "entity.h"
#include "lists.h"
#include "tracker_column.h"
#include "tracker_rows.h"
#include <stdbool.h>
#include <stdint.h>

/* A field's wire value in a row, if it takes no more than a look: nothing runs, and nothing has to be held. */
static bool look_up(PyObject *row, const reading *r, PyTypeObject *type, int64_t *wire)
{
    PyObject *value = r->slot && Py_IS_TYPE(row, type) ? *(PyObject **)((char *)row + r->slot) : NULL;
    if (!value) return false;
    if (r->read == int_to_wire) return PyLong_CheckExact(value) && !int_to_wire(value, NULL, r->numbers, wire);
    double steps = PyFloat_CheckExact(value) ? rint((PyFloat_AS_DOUBLE(value) - r->numbers[0]) * r->numbers[1]) : -1;
    bool held = steps >= 0 && steps <= r->numbers[2];
    if (held) *wire = steps;
    return held;
}

static int list_changed(PyObject *rows, Py_ssize_t n)
{
    if (PyList_GET_SIZE(rows) == n) return 0;
    PyErr_SetString(PyExc_RuntimeError, "the list changed");
    return -1;
}

static int read_ids(ints *ids, PyObject *rows)
{
    static PyObject *name;
    if (!name && !(name = PyUnicode_InternFromString("id"))) return -1;
    for (Py_ssize_t i = 0; i < ids->n; i++) {
        PyObject *each = Py_NewRef(PyList_GET_ITEM(rows, i));
        bool is = PyObject_TypeCheck(each, row_type) && ((row *)each)->id;
        PyObject *id = is ? Py_NewRef(((row *)each)->id) : PyObject_GetAttr(each, name);
        Py_DECREF(each);
        int failed = id ? read_int(id, &ids->values[i]) : -1;
        Py_XDECREF(id);
        if (failed || list_changed(rows, ids->n)) return -1;
    }
    return 0;
}

/* What a field of all rows now holds: 1 if it cannot hold one of them, -1 with an error. */
static int read_column(ints *after, PyObject *rows, const reading *r, PyTypeObject *type)
{
    int unfit = 0;
    for (Py_ssize_t i = 0; !unfit && i < after->n; i++) {
        if (look_up(PyList_GET_ITEM(rows, i), r, type, &after->values[i])) continue;
        PyObject *row = Py_NewRef(PyList_GET_ITEM(rows, i));
        PyObject *value = read_field(row, r->name, type, r->slot);
        unfit = value ? r->read(value, r->limits, r->numbers, &after->values[i]) : -1;
        Py_XDECREF(value);
        Py_DECREF(row);
        if (unfit >= 0 && list_changed(rows, after->n)) unfit = -1;   /* a getter may do anything */
    }
    return unfit;
}

/* Moves a column on, and puts the differences where the values were: 1 if there are any, -1 with an error. */
static int move_column(column *c, const ints *ids, ints *values)
{
    int64_t any = 0;
    for (Py_ssize_t i = 0, place = -1; i < ids->n; i++) {
        int64_t after = values->values[i];
        place = place_of(c, ids->values[i], place + 1);
        if (!is_at(c, place, ids->values[i])) {
            PyObject *key = PyLong_FromLongLong(ids->values[i]);
            if (key) PyErr_SetObject(PyExc_KeyError, key);
            Py_XDECREF(key);
            return -1;
        }
        if (__builtin_sub_overflow(after, c->values[place], &values->values[i])) {
            PyErr_SetString(PyExc_OverflowError, "a wire value is too large");
            return -1;
        }
        c->values[place] = after;
        any |= values->values[i];
    }
    return any != 0;
}

/* Moves one field on: 1 if it cannot hold a value, -1 with an error. */
static int move_field(PyObject *rows, PyObject *field, const ints *ids, PyTypeObject *type, PyObject *changes)
{
    reading r;
    ints values;
    if (!PyTuple_CheckExact(field) || PyTuple_GET_SIZE(field) != 4 || !is_c_column(PyTuple_GET_ITEM(field, 1))) {
        PyErr_SetString(PyExc_TypeError, "a field is its place, a column, a name and limits");
        return -1;
    }
    if (set_reading(&r, PyTuple_GET_ITEM(field, 2), PyTuple_GET_ITEM(field, 3), type)) return -1;
    if (make_ints(&values, ids->n)) return -1;
    int result = read_column(&values, rows, &r, type);
    if (!result && (result = move_column((column *)PyTuple_GET_ITEM(field, 1), ids, &values)) > 0) {
        PyObject *differences = list_of_ints(&values);
        result = differences ? PyDict_SetItem(changes, PyTuple_GET_ITEM(field, 0), differences) : -1;
        Py_XDECREF(differences);
    }
    free_ints(&values);
    return result;
}

static PyObject *move_fields(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3 || !PyList_CheckExact(args[0]) || !PyTuple_CheckExact(args[1]) || !PyDict_CheckExact(args[2])) {
        PyErr_SetString(PyExc_TypeError, "move_fields() takes a list of rows, a tuple of fields and a dict");
        return NULL;
    }
    PyObject *rows = args[0], *fields = args[1], *unfit = PyList_New(0);
    Py_ssize_t n = PyList_GET_SIZE(rows);
    ints ids;
    if (!unfit || make_ints(&ids, n)) { Py_XDECREF(unfit); return NULL; }
    PyTypeObject *type = n ? (PyTypeObject *)Py_NewRef(Py_TYPE(PyList_GET_ITEM(rows, 0))) : NULL;
    int failed = read_ids(&ids, rows);
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(fields); i++) {
        PyObject *field = PyTuple_GET_ITEM(fields, i);
        failed = move_field(rows, field, &ids, type, args[2]);
        if (failed > 0) failed = PyList_Append(unfit, PyTuple_GET_ITEM(field, 0));
    }
    free_ints(&ids);
    Py_XDECREF(type);
    if (failed) Py_CLEAR(unfit);
    return unfit;
}
