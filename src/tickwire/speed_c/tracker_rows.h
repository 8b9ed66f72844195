/* Rows as mirrors have them: the twin, hold_rows(), is in replication/tracker.py. */

#pragma once

#include "cpython.h"
#include "tracker_moves.h"
#include <stdint.h>

/* How a field is read. */
typedef struct { PyObject *name, *limits; to_wire *read; double numbers[3]; Py_ssize_t slot; } reading;

static int set_reading(reading *r, PyObject *name, PyObject *limits, PyTypeObject *type)
{
    Py_ssize_t n = PyTuple_CheckExact(limits) ? PyTuple_GET_SIZE(limits) : 0;
    if (n != 2 && n != 3) {
        PyErr_SetString(PyExc_TypeError, "a field is a name and two or three numbers");
        return -1;
    }
    r->name = name;
    r->limits = limits;
    r->read = n == 3 ? fixed_to_wire : int_to_wire;
    for (Py_ssize_t i = 0; i < n; i++) r->numbers[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(limits, i));
    if (PyErr_Occurred()) return -1;
    r->slot = type ? slot_of(type, name) : 0;
    return 0;
}

static int make_reading(reading *r, PyObject *field, PyTypeObject *type)
{
    bool is = PyTuple_CheckExact(field) && PyTuple_GET_SIZE(field) == 2;
    return set_reading(r, is ? PyTuple_GET_ITEM(field, 0) : Py_None, is ? PyTuple_GET_ITEM(field, 1) : Py_None, type);
}

/* A field's wire value in a row; NULL, without an error if the field cannot hold it. */
static PyObject *wire_of(PyObject *row, const reading *r, PyTypeObject *type)
{
    PyObject *value = read_field(row, r->name, type, r->slot);
    int64_t wire;
    int unfit = value ? r->read(value, r->limits, r->numbers, &wire) : -1;
    PyObject *held = unfit ? NULL : r->read == int_to_wire ? Py_NewRef(value) : PyLong_FromLongLong(wire);
    Py_XDECREF(value);
    return held;
}

static PyObject *held_row(PyObject *row, PyObject *group, const reading *readings, Py_ssize_t fields,
                          PyTypeObject *type)
{
    PyObject *held = PyTuple_New(1 + fields);
    if (held) PyTuple_SET_ITEM(held, 0, Py_NewRef(group));
    for (Py_ssize_t i = 0; held && i < fields; i++) {
        PyObject *wire = wire_of(row, &readings[i], type);
        if (wire) PyTuple_SET_ITEM(held, 1 + i, wire);
        else Py_CLEAR(held);
    }
    return held;
}

static PyObject *hold_all(PyObject *rows, PyObject *groups, PyObject *fields)
{
    enum { MOST_FIELDS = 64 };
    reading readings[MOST_FIELDS];
    Py_ssize_t n = PyTuple_GET_SIZE(rows), count = PyTuple_GET_SIZE(fields);
    if (PyTuple_GET_SIZE(groups) != n || count > MOST_FIELDS) {
        PyErr_SetString(PyExc_ValueError, "a group for each row is wanted, and at most 64 fields");
        return NULL;
    }
    PyTypeObject *type = n ? (PyTypeObject *)Py_NewRef(Py_TYPE(PyTuple_GET_ITEM(rows, 0))) : NULL;
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < count; i++)
        failed = make_reading(&readings[i], PyTuple_GET_ITEM(fields, i), type);
    PyObject *all = failed ? NULL : PyList_New(n);
    for (Py_ssize_t i = 0; all && i < n; i++) {
        PyObject *held = held_row(PyTuple_GET_ITEM(rows, i), PyTuple_GET_ITEM(groups, i), readings, count, type);
        if (held) PyList_SET_ITEM(all, i, held);
        else Py_CLEAR(all);
    }
    Py_XDECREF(type);
    return all || PyErr_Occurred() ? all : Py_NewRef(Py_None);
}

static PyObject *hold_rows(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3 || !all_lists(args, 3)) {
        PyErr_SetString(PyExc_TypeError, "hold_rows() takes three lists");
        return NULL;
    }
    /* Tuples of our own: a row's own code may do anything. */
    PyObject *rows = PyList_AsTuple(args[0]), *groups = PyList_AsTuple(args[1]), *fields = PyList_AsTuple(args[2]);
    PyObject *all = rows && groups && fields ? hold_all(rows, groups, fields) : NULL;
    Py_XDECREF(rows);
    Py_XDECREF(groups);
    Py_XDECREF(fields);
    return all;
}
