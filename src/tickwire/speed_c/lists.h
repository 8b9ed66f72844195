/* Lists that Python hands over: integers of one, and whether arguments are lists or dicts at all. */

#pragma once

#include "cpython.h"
#include <stdbool.h>
#include <stdint.h>

enum { ON_STACK = 128 };            /* values that need no memory of their own: a room has fewer rows */

typedef struct { int64_t *values; Py_ssize_t n; int64_t on_stack[ON_STACK]; } ints;

static void free_ints(ints *a)
{
    if (a->values != a->on_stack) PyMem_Free(a->values);
}

static int make_ints(ints *a, Py_ssize_t n)
{
    a->n = n;
    a->values = n <= ON_STACK ? a->on_stack : PyMem_New(int64_t, n);
    if (a->values) return 0;
    PyErr_NoMemory();
    return -1;
}

static int read_int(PyObject *item, int64_t *value)
{
    if (!PyLong_Check(item)) {
        PyErr_Format(PyExc_TypeError, "an integer is wanted, not %.100s", Py_TYPE(item)->tp_name);
        return -1;
    }
    *value = PyLong_AsLongLong(item);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

/* The values of a list of at least one; whatever can be iterated over is made one first. */
static int read_ints(ints *a, PyObject *sequence)
{
    PyObject *list = PySequence_Fast(sequence, "a sequence of integers is wanted");
    if (!list) return -1;
    Py_ssize_t n = PySequence_Fast_GET_SIZE(list);
    if (!n) PyErr_SetString(PyExc_ValueError, "at least one value is wanted");
    if (!n || make_ints(a, n)) { Py_DECREF(list); return -1; }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!read_int(PySequence_Fast_GET_ITEM(list, i), &a->values[i])) continue;
        free_ints(a);
        Py_DECREF(list);
        return -1;
    }
    Py_DECREF(list);
    return 0;
}

static PyObject *list_of_ints(const ints *a)
{
    PyObject *list = PyList_New(a->n);
    for (Py_ssize_t i = 0; list && i < a->n; i++) {
        PyObject *value = PyLong_FromLongLong(a->values[i]);
        if (value) PyList_SET_ITEM(list, i, value);
        else Py_CLEAR(list);
    }
    return list;
}

static bool all_lists(PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) if (!PyList_CheckExact(args[i])) return false;
    return true;
}

static bool all_dicts(PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) if (!PyDict_CheckExact(args[i])) return false;
    return true;
}
