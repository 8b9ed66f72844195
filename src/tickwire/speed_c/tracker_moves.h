/* Columns that move on: the twin, move_on(), is in replication/tracker.py. */

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

static bool is_column(PyObject *column, PyObject *ids, PyObject *list)
{
    bool is = is_c_column(column) && PyList_CheckExact(ids) && PyList_CheckExact(list)
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
    PyObject *differences = move_c_column((column *)args[0], args[1], after.values);
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
