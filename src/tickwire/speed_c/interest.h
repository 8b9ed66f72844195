/* Which cell a place is in, and which a window touches: the twins are in replication/interest.py. */

#pragma once

#include "cpython.h"
#include "lists.h"
#include "tracker_moves.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* place // cell, clamped; by the steps of Python's own floor division of floats: no place is in another cell. */
static int64_t cell_of(double place, double cell, int64_t last)
{
    enum { MANY = 1 << 30 };
    double quotient = place / cell;
    if (place >= 0 && quotient < MANY) {                     /* fmod() takes thrice the time */
        int64_t number = quotient;
        if (fma(-(double)number, cell, place) < 0) number--; /* the quotient was rounded up */
        return number >= last ? last : number;
    }
    double rest = fmod(place, cell), whole = (place - rest) / cell;
    if (rest < 0) whole -= 1;
    double number = floor(whole);
    if (whole - number > 0.5) number += 1;
    return number <= 0 ? 0 : number >= last ? last : (int64_t)number;
}

static int no_place(bool bad)
{
    if (bad) PyErr_SetString(PyExc_ValueError, "a place must be finite, and a cell above 0");
    return bad;
}

static PyObject *cell_at(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "cell_at() takes a place, the size of a cell and the last cell");
        return NULL;
    }
    double place = PyFloat_AsDouble(args[0]), cell = PyFloat_AsDouble(args[1]);
    int64_t last;
    if (PyErr_Occurred() || read_int(args[2], &last) || no_place(!isfinite(place) || !(cell > 0))) return NULL;
    return PyLong_FromLongLong(cell_of(place, cell, last));
}

/* The number of the cell that a row is in; of those that are given, if it is one of them. */
static PyObject *cell_of_row(PyObject *row, PyObject *const *names, const Py_ssize_t *slots, PyTypeObject *type,
                             double cell, const int64_t *last, PyObject *numbers)
{
    int64_t places[2];
    for (int i = 0; i < 2; i++) {
        PyObject *value = read_field(row, names[i], type, slots[i]);
        double place = value ? PyFloat_AsDouble(value) : -1;
        Py_XDECREF(value);
        if (!value || PyErr_Occurred() || no_place(!isfinite(place) || !(cell > 0))) return NULL;
        places[i] = cell_of(place, cell, last[i]);
    }
    int64_t number = 1 + places[1] * (last[0] + 1) + places[0];
    if (number >= 0 && number < PyTuple_GET_SIZE(numbers)) return Py_NewRef(PyTuple_GET_ITEM(numbers, number));
    return PyLong_FromLongLong(number);
}

/* For each row on a list the number of its cell, line by line from 1. */
static PyObject *cells_of(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 7 || !PyList_CheckExact(args[0]) || !PyTuple_CheckExact(args[6])) {
        PyErr_SetString(PyExc_TypeError, "cells_of() takes a list, two names, three numbers and a tuple");
        return NULL;
    }
    double cell = PyFloat_AsDouble(args[3]);
    int64_t last[2];
    if (PyErr_Occurred() || read_int(args[4], &last[0]) || read_int(args[5], &last[1])) return NULL;
    PyObject *rows = PyList_AsTuple(args[0]);                /* a row's own code may do anything */
    Py_ssize_t n = rows ? PyTuple_GET_SIZE(rows) : 0, slots[2] = {0, 0};
    PyTypeObject *type = n ? (PyTypeObject *)Py_NewRef(Py_TYPE(PyTuple_GET_ITEM(rows, 0))) : NULL;
    for (int i = 0; n && i < 2; i++) slots[i] = slot_of(type, args[1 + i]);
    PyObject *cells = rows ? PyList_New(n) : NULL;
    for (Py_ssize_t i = 0; cells && i < n; i++) {
        PyObject *number = cell_of_row(PyTuple_GET_ITEM(rows, i), args + 1, slots, type, cell, last, args[6]);
        if (!number) { Py_CLEAR(cells); break; }
        PyList_SET_ITEM(cells, i, number);
    }
    Py_XDECREF(type);
    Py_XDECREF(rows);
    return cells;
}

/* number * by + more, for boards whose rectangles have numbers of more than 64 bits; lets go of the number. */
static PyObject *times_plus(PyObject *number, int64_t by, int64_t more)
{
    PyObject *factor = PyLong_FromLongLong(by), *rest = PyLong_FromLongLong(more), *product = NULL, *sum = NULL;
    if (number && factor && rest && (product = PyNumber_Multiply(number, factor))) sum = PyNumber_Add(product, rest);
    Py_XDECREF(product);
    Py_XDECREF(rest);
    Py_XDECREF(factor);
    Py_XDECREF(number);
    return sum;
}

/* The number of a rectangle: first and last column, first and last line. */
static PyObject *number_of(const int64_t *cells, const int64_t *last)
{
    enum { MOST = 46340 };                                   /* whose fourth power fits */
    int64_t columns = last[0] + 1, lines = last[1] + 1;
    if (columns <= MOST && lines <= MOST)
        return PyLong_FromLongLong(((cells[2] * lines + cells[3]) * columns + cells[0]) * columns + cells[1]);
    PyObject *number = times_plus(PyLong_FromLongLong(cells[2]), lines, cells[3]);
    return times_plus(times_plus(number, columns, cells[0]), columns, cells[1]);
}

/* The cells that a window around a focus, a sequence of two numbers, touches. `halves` are half its width and its
 * height. */
static PyObject *window_at(PyObject *focus, const double *halves, double cell, const int64_t *last)
{
    PyObject *place = PySequence_Tuple(focus);
    if (!place) return NULL;
    if (PyTuple_GET_SIZE(place) != 2) {
        PyErr_SetString(PyExc_ValueError, "a focus is two numbers");
        Py_DECREF(place);
        return NULL;
    }
    double middles[] = {PyFloat_AsDouble(PyTuple_GET_ITEM(place, 0)), PyFloat_AsDouble(PyTuple_GET_ITEM(place, 1))};
    Py_DECREF(place);
    if (PyErr_Occurred()) return NULL;
    int64_t cells[4];
    for (int i = 0; i < 4; i++) {
        double end = middles[i / 2] + (i % 2 ? halves[i / 2] : -halves[i / 2]);
        if (no_place(!isfinite(end) || !(cell > 0))) return NULL;
        cells[i] = cell_of(end, cell, last[i / 2]);
    }
    return number_of(cells, last);
}

static PyObject *windows_at(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 6 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "windows_at() takes a list of places and five numbers");
        return NULL;
    }
    double halves[] = {PyFloat_AsDouble(args[1]), PyFloat_AsDouble(args[2])}, cell = PyFloat_AsDouble(args[3]);
    int64_t last[2];
    if (PyErr_Occurred() || read_int(args[4], &last[0]) || read_int(args[5], &last[1])) return NULL;
    PyObject *foci = PyList_AsTuple(args[0]);                /* a sequence's own code may do anything */
    PyObject *windows = foci ? PyList_New(PyTuple_GET_SIZE(foci)) : NULL;
    for (Py_ssize_t i = 0; windows && i < PyTuple_GET_SIZE(foci); i++) {
        PyObject *window = window_at(PyTuple_GET_ITEM(foci, i), halves, cell, last);
        if (!window) { Py_CLEAR(windows); break; }
        PyList_SET_ITEM(windows, i, window);
    }
    Py_XDECREF(foci);
    return windows;
}
