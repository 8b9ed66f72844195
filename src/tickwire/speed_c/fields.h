/* Numbers to wire values, by columns: the twins are in game/fields.py. */

#pragma once

#include "cpython.h"
#include "lists.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* round((value - lo) * per_unit) for whatever is no plain float or int; NULL without an error if it is no number. */
static PyObject *round_steps(PyObject *value, PyObject *lo, PyObject *per_unit)
{
    PyObject *from_lo = PyNumber_Subtract(value, lo);
    PyObject *steps = from_lo ? PyNumber_Multiply(from_lo, per_unit) : NULL;
    PyObject *rounded = steps ? PyObject_CallMethod(steps, "__round__", NULL) : NULL;
    Py_XDECREF(from_lo);
    Py_XDECREF(steps);
    if (!rounded && (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError)
                     || PyErr_ExceptionMatches(PyExc_OverflowError) || PyErr_ExceptionMatches(PyExc_AttributeError)))
        PyErr_Clear();
    return rounded;
}

/* A wire value, if it is an int from 0 to `most`; NULL without an error if not. Takes the reference over. */
static PyObject *if_within(PyObject *wire, double most)
{
    int overflow = 0;
    long long value = wire && PyLong_Check(wire) ? PyLong_AsLongLongAndOverflow(wire, &overflow) : -1;
    if (wire && !overflow && value >= 0 && value <= most) return wire;
    Py_XDECREF(wire);
    return NULL;
}

static PyObject *nearest_step(PyObject *value, PyObject *const *args, double lo, double per_unit, double most)
{
    enum { EXACT = 1 << 30 };       /* up to here, and far beyond, an int is a float without loss */
    double number;
    int overflow = 0;
    if (PyFloat_CheckExact(value)) {
        number = PyFloat_AS_DOUBLE(value);
    } else {
        long long whole = PyLong_CheckExact(value) ? PyLong_AsLongLongAndOverflow(value, &overflow) : EXACT + 1LL;
        if (overflow || whole > EXACT || whole < -EXACT || fabs(lo) > EXACT)
            return if_within(round_steps(value, args[1], args[2]), most);
        number = whole;
    }
    double steps = rint((number - lo) * per_unit);           /* to even, as round() */
    return steps >= 0 && steps <= most ? PyLong_FromLongLong(steps) : NULL;
}

/* The nearest step to each number; None if one is no number, or not in the range. */
static PyObject *nearest_steps(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "nearest_steps() takes a list and three numbers");
        return NULL;
    }
    PyObject *values = args[0];
    double lo = PyFloat_AsDouble(args[1]), per_unit = PyFloat_AsDouble(args[2]), most = PyFloat_AsDouble(args[3]);
    if (PyErr_Occurred()) return NULL;
    Py_ssize_t n = PyList_GET_SIZE(values);
    PyObject *wires = PyList_New(n);
    for (Py_ssize_t i = 0; wires && i < n; i++) {
        if (PyList_GET_SIZE(values) != n) {                  /* a number's own code may do anything */
            PyErr_SetString(PyExc_RuntimeError, "the list changed");
            Py_CLEAR(wires);
            break;
        }
        PyObject *value = Py_NewRef(PyList_GET_ITEM(values, i));
        PyObject *wire = nearest_step(value, args, lo, per_unit, most);
        Py_DECREF(value);
        if (wire) { PyList_SET_ITEM(wires, i, wire); continue; }
        Py_CLEAR(wires);
        if (!PyErr_Occurred()) return Py_NewRef(Py_None);
    }
    return wires;
}

/* Whether all are ints (bools are not) from lo to hi. */
static PyObject *all_within(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "all_within() takes a list and two integers");
        return NULL;
    }
    int64_t lo, hi;
    if (read_int(args[1], &lo) || read_int(args[2], &hi)) return NULL;
    bool within = true;
    for (Py_ssize_t i = 0; within && i < PyList_GET_SIZE(args[0]); i++) {
        PyObject *item = PyList_GET_ITEM(args[0], i);
        int overflow = 0;
        bool whole = PyLong_Check(item) && !PyBool_Check(item);
        long long value = whole ? PyLong_AsLongLongAndOverflow(item, &overflow) : 0;
        within = whole && !overflow && lo <= value && value <= hi;
    }
    return PyBool_FromLong(within);
}
