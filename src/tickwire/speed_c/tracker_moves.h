/* Columns that move on: the twins, move_on(), move_steps() and move_ints(), are in replication/tracker.py. */

#pragma once

#include "cpython.h"
#include "fields.h"
#include "lists.h"
#include "tracker_column.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Where the slot of a field is in rows of a type; 0 if reading it takes more than a look, or `type` is another's. */
static Py_ssize_t slot_of(PyTypeObject *type, PyObject *name)
{
    if (type->tp_getattro != PyObject_GenericGetAttr) return 0;
    PyObject *found = PyObject_GetAttr((PyObject *)type, name);
    if (!found) { PyErr_Clear(); return 0; }
    Py_ssize_t offset = 0;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        const PyMemberDescrObject *slot = (PyMemberDescrObject *)found;
        if (slot->d_member->type == T_OBJECT_EX && PyType_IsSubtype(type, slot->d_common.d_type))
            offset = slot->d_member->offset;
    }
    Py_DECREF(found);
    return offset;
}

static PyObject *read_field(PyObject *row, PyObject *name, PyTypeObject *type, Py_ssize_t slot)
{
    PyObject *value = slot && Py_IS_TYPE(row, type) ? *(PyObject **)((char *)row + slot) : NULL;
    return value ? Py_NewRef(value) : PyObject_GetAttr(row, name);
}

/* Gives one row of a column a new wire value; returns the difference to the old one. */
static int move_one(PyObject *column, PyObject *id, int64_t after, PyObject *wire, int64_t *difference)
{
    PyObject *old = PyDict_GetItemWithError(column, id);
    int64_t before;
    if (!old && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, id);
    if (!old || read_int(old, &before)) return -1;
    if (__builtin_sub_overflow(after, before, difference)) {
        PyErr_SetString(PyExc_OverflowError, "a wire value is too large");
        return -1;
    }
    if (!*difference) return 0;
    PyObject *made = wire ? Py_NewRef(wire) : PyLong_FromLongLong(after);
    int failed = !made || PyDict_SetItem(column, id, made);
    Py_XDECREF(made);
    return failed ? -1 : 0;
}

/* The differences of a column that moves on to `after`, whose objects are in `wires` if there are any already. */
static PyObject *move_all(PyObject *column, PyObject *ids, const int64_t *after, PyObject *wires)
{
    if (is_c_column(column)) return move_c_column((struct column *)column, ids, after);
    Py_ssize_t n = PyList_GET_SIZE(ids);
    PyObject *differences = PyList_New(n);
    bool any = false;
    for (Py_ssize_t i = 0; differences && i < n; i++) {
        PyObject *wire = wires ? PyList_GET_ITEM(wires, i) : NULL, *moved = NULL;
        int64_t difference;
        if (!move_one(column, PyList_GET_ITEM(ids, i), after[i], wire, &difference))
            moved = PyLong_FromLongLong(difference);
        if (!moved) { Py_CLEAR(differences); break; }
        any |= difference != 0;
        PyList_SET_ITEM(differences, i, moved);
    }
    if (!differences || any) return differences;
    Py_DECREF(differences);
    return Py_NewRef(Py_None);
}

static bool is_column(PyObject *column, PyObject *ids, PyObject *list)
{
    bool is = (PyDict_CheckExact(column) || is_c_column(column)) && PyList_CheckExact(ids) && PyList_CheckExact(list)
              && PyList_GET_SIZE(ids) == PyList_GET_SIZE(list);
    if (!is) PyErr_SetString(PyExc_TypeError, "a column, a list of ids and another as long are wanted");
    return is;
}

static PyObject *move_on(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) PyErr_SetString(PyExc_TypeError, "move_on() takes three arguments");
    if (nargs != 3 || !is_column(args[0], args[1], args[2])) return NULL;
    if (!PyList_GET_SIZE(args[1])) return Py_NewRef(Py_None);
    ints after;
    if (read_ints(&after, args[2])) return NULL;
    PyObject *differences = move_all(args[0], args[1], after.values, args[2]);
    free_ints(&after);
    return differences;
}

/* What a value is on the wire: 1 if its field cannot hold it, -1 with an error. `limits` are of a FixedType or an
 * IntType: the lowest value and, of the first, steps a unit and how many there are, of the second the highest. */
typedef int to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire);

static int fixed_to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire)
{
    double steps = PyFloat_CheckExact(value) ? rint((PyFloat_AS_DOUBLE(value) - numbers[0]) * numbers[1]) : -1;
    if (steps >= 0 && steps <= numbers[2]) { *wire = steps; return 0; }
    /* nearest_step() wants the scale behind a first argument, as nearest_steps() has it. */
    PyObject *scale[] = {NULL, PyTuple_GET_ITEM(limits, 0), PyTuple_GET_ITEM(limits, 1)};
    PyObject *made = nearest_step(value, scale, numbers[0], numbers[1], numbers[2]);
    if (!made) return PyErr_Occurred() ? -1 : 1;
    int failed = read_int(made, wire);
    Py_DECREF(made);
    return failed;
}

static int int_to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire)
{
    int overflow = 0;
    if (!PyLong_Check(value) || PyBool_Check(value)) return 1;
    *wire = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow || *wire < numbers[0] || *wire > numbers[1];
}

/* `move_on` to what a field of some rows now holds. */
static PyObject *move_rows(PyObject *const *args, to_wire *read, const double *numbers)
{
    PyObject *ids = args[1], *rows = args[2], *name = args[3];
    Py_ssize_t n = PyList_GET_SIZE(ids);
    ints after;
    if (make_ints(&after, n)) return NULL;
    PyTypeObject *type = n ? (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(PyList_GET_ITEM(rows, 0))) : NULL;
    Py_ssize_t slot = n ? slot_of(type, name) : 0;
    int unfit = 0;
    for (Py_ssize_t i = 0; !unfit && i < n; i++) {
        if (PyList_GET_SIZE(rows) != n) break;               /* a getter may do anything */
        PyObject *row = Py_NewRef(PyList_GET_ITEM(rows, i));
        PyObject *value = read_field(row, name, type, slot);
        unfit = value ? read(value, args[4], numbers, &after.values[i]) : -1;
        Py_XDECREF(value);
        Py_DECREF(row);
    }
    if (unfit >= 0 && (PyList_GET_SIZE(rows) != n || PyList_GET_SIZE(ids) != n)) {
        PyErr_SetString(PyExc_RuntimeError, "the list changed");
        unfit = -1;
    }
    Py_XDECREF(type);
    PyObject *result = unfit < 0 ? NULL : unfit ? Py_NewRef(Py_False) : move_all(args[0], ids, after.values, NULL);
    free_ints(&after);
    return result;
}

static PyObject *move_steps(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_CheckExact(args[4]) || PyTuple_GET_SIZE(args[4]) != 3) {
        PyErr_SetString(PyExc_TypeError, "move_steps() takes a column, ids, rows, a name and a scale");
        return NULL;
    }
    double numbers[3];
    for (int i = 0; i < 3; i++) numbers[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(args[4], i));
    if (PyErr_Occurred() || !is_column(args[0], args[1], args[2])) return NULL;
    return move_rows(args, fixed_to_wire, numbers);
}

static PyObject *move_ints(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_CheckExact(args[4]) || PyTuple_GET_SIZE(args[4]) != 2) {
        PyErr_SetString(PyExc_TypeError, "move_ints() takes a column, ids, rows, a name and two limits");
        return NULL;
    }
    double numbers[2];
    for (int i = 0; i < 2; i++) numbers[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(args[4], i));
    if (PyErr_Occurred() || !is_column(args[0], args[1], args[2])) return NULL;
    return move_rows(args, int_to_wire, numbers);
}
