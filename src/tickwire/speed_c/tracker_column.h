/* Columns: the twin, Column, is in replication/tracker.py. */

#pragma once

#include "cpython.h"
#include "lists.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Wire values by row id, ids ascending: two arrays where a dict would have two objects and an entry for each value. All
 * rows of a room are looked at in every tick, and what that costs is reading them from memory. */
typedef struct column { PyObject_HEAD Py_ssize_t n, room; int64_t *ids, *values; } column;

static PyTypeObject *column_type;   /* the same for every module that is made of these files */

static bool is_c_column(PyObject *object) { return column_type && Py_IS_TYPE(object, column_type); }

/* Where an id is, or where it would have to be; a caller that walks says where it expects it. */
static Py_ssize_t place_of(const column *c, int64_t id, Py_ssize_t expected)
{
    if (expected < c->n && c->ids[expected] == id) return expected;
    Py_ssize_t low = 0, high = c->n;
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (c->ids[middle] < id) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_at(const column *c, Py_ssize_t place, int64_t id) { return place < c->n && c->ids[place] == id; }

static int grow_column(column *c)
{
    Py_ssize_t room = c->room ? 2 * c->room : 8;
    int64_t *ids = PyMem_Resize(c->ids, int64_t, room);
    if (ids) c->ids = ids;
    int64_t *values = ids ? PyMem_Resize(c->values, int64_t, room) : NULL;
    if (!values) { PyErr_NoMemory(); return -1; }
    c->values = values;
    c->room = room;
    return 0;
}

static int set_in_column(column *c, PyObject *key, PyObject *wire)
{
    int64_t id, value;
    if (read_int(key, &id) || read_int(wire, &value)) return -1;
    Py_ssize_t place = place_of(c, id, c->n);
    if (!is_at(c, place, id)) {
        if (place < c->n) { PyErr_SetString(PyExc_ValueError, "ids ascend"); return -1; }
        if (c->n == c->room && grow_column(c)) return -1;
        c->ids[c->n++] = id;
    }
    c->values[place] = value;
    return 0;
}

static int column_assign(column *c, PyObject *key, PyObject *wire)
{
    int64_t id;
    if (wire) return set_in_column(c, key, wire);
    if (read_int(key, &id)) return -1;
    Py_ssize_t place = place_of(c, id, 0);
    if (!is_at(c, place, id)) { PyErr_SetObject(PyExc_KeyError, key); return -1; }
    c->n--;
    memmove(c->ids + place, c->ids + place + 1, (c->n - place) * sizeof *c->ids);
    memmove(c->values + place, c->values + place + 1, (c->n - place) * sizeof *c->values);
    return 0;
}

static PyObject *column_get(column *c, PyObject *key)
{
    int64_t id;
    if (read_int(key, &id)) return NULL;
    Py_ssize_t place = place_of(c, id, 0);
    if (is_at(c, place, id)) return PyLong_FromLongLong(c->values[place]);
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static Py_ssize_t column_length(column *c) { return c->n; }

static PyObject *list_of(column *c, bool of_ids)
{
    Py_ssize_t n = c->n;
    PyObject *list = PyList_New(n);                          /* a collection may run anything */
    if (list && c->n != n) {
        PyErr_SetString(PyExc_RuntimeError, "the column changed");
        Py_CLEAR(list);
    }
    for (Py_ssize_t i = 0; list && i < n; i++) {
        PyObject *value = PyLong_FromLongLong((of_ids ? c->ids : c->values)[i]);
        if (value) PyList_SET_ITEM(list, i, value);
        else Py_CLEAR(list);
    }
    return list;
}

static PyObject *column_keys(column *c, PyObject *nothing) { return list_of(c, true); }

static PyObject *column_values(column *c, PyObject *nothing) { return list_of(c, false); }

static PyObject *column_iterator(column *c)
{
    PyObject *ids = list_of(c, true), *iterator = ids ? PyObject_GetIter(ids) : NULL;
    Py_XDECREF(ids);
    return iterator;
}

static PyObject *column_update(column *c, PyObject *pairs)
{
    PyObject *iterator = PyObject_GetIter(pairs), *pair;
    if (!iterator) return NULL;
    while ((pair = PyIter_Next(iterator))) {
        int failed = 1;
        if (PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2)
            failed = set_in_column(c, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        else
            PyErr_SetString(PyExc_TypeError, "pairs of an id and a value are wanted");
        Py_DECREF(pair);
        if (failed) break;
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void column_dealloc(column *c)
{
    PyTypeObject *type = Py_TYPE(c);
    PyMem_Free(c->ids);
    PyMem_Free(c->values);
    type->tp_free((PyObject *)c);
    Py_DECREF(type);
}

static PyMethodDef column_methods[] = {
    {"keys", (PyCFunction)column_keys, METH_NOARGS, NULL},
    {"values", (PyCFunction)column_values, METH_NOARGS, NULL},
    {"update", (PyCFunction)column_update, METH_O, NULL},
    {NULL},
};

static PyType_Slot column_slots[] = {
    {Py_tp_doc, "See tickwire.replication.tracker."},
    {Py_tp_methods, column_methods},
    {Py_tp_iter, column_iterator},
    {Py_tp_dealloc, column_dealloc},
    {Py_mp_length, column_length},
    {Py_mp_subscript, column_get},
    {Py_mp_ass_subscript, column_assign},
    {0, NULL},
};

static PyType_Spec column_spec = {
    .name = "tickwire._speed.Column",
    .basicsize = sizeof(column),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = column_slots,
};

/* The differences of the rows of a column that move on to `after`; None if there are none. */
static PyObject *move_c_column(column *c, PyObject *ids, const int64_t *after)
{
    Py_ssize_t n = PyList_GET_SIZE(ids), place = -1;
    PyObject *differences = PyList_New(n);
    bool any = false;
    for (Py_ssize_t i = 0; differences && i < n; i++) {
        PyObject *key = PyList_GET_ITEM(ids, i), *moved = NULL;
        int64_t id, difference;
        if (!read_int(key, &id)) {
            place = place_of(c, id, place + 1);
            if (!is_at(c, place, id)) PyErr_SetObject(PyExc_KeyError, key);
            else if (__builtin_sub_overflow(after[i], c->values[place], &difference))
                PyErr_SetString(PyExc_OverflowError, "a wire value is too large");
            else moved = PyLong_FromLongLong(difference);
        }
        if (!moved) { Py_CLEAR(differences); break; }
        c->values[place] = after[i];
        any |= difference != 0;
        PyList_SET_ITEM(differences, i, moved);
    }
    if (!differences || any) return differences;
    Py_DECREF(differences);
    return Py_NewRef(Py_None);
}
