/* Who is in which group: the twins, leave_groups() and enter_groups(), are in replication/sections.py. */

#pragma once

#include "cpython.h"
#include "lists.h"

/* dict.setdefault(group, a new list).append(id) */
static int note(PyObject *dict, PyObject *group, PyObject *id)
{
    PyObject *list = PyDict_GetItemWithError(dict, group);
    if (list) {
        if (PyList_CheckExact(list)) return PyList_Append(list, id);
        PyErr_SetString(PyExc_TypeError, "a dict of lists is wanted");
        return -1;
    }
    if (PyErr_Occurred() || !(list = PyList_New(1))) return -1;
    PyList_SET_ITEM(list, 0, Py_NewRef(id));
    int failed = PyDict_SetItem(dict, group, list);
    Py_DECREF(list);
    return failed;
}

/* The group of a row as mirrors have it, borrowed; NULL, with an error unless there is no row. */
static PyObject *group_of(PyObject *row)
{
    if (row && PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row)) return PyTuple_GET_ITEM(row, 0);
    if (row) PyErr_SetString(PyExc_TypeError, "a row is a tuple that begins with its group");
    return NULL;
}

static int leave_group(PyObject *id, PyObject *rows, PyObject *members, PyObject *left)
{
    PyObject *row = PyDict_GetItemWithError(rows, id), *group = group_of(row), *set = NULL;
    if (!row && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, id);
    if (!group) return -1;
    Py_INCREF(group);
    int failed = PyDict_DelItem(rows, id) || !(set = PyDict_GetItemWithError(members, group));
    if (failed && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, group);
    failed = failed || PySet_Discard(set, id) < 0 || note(left, group, id);
    Py_DECREF(group);
    return failed;
}

static int enter_group(PyObject *id, PyObject *row, PyObject *rows, PyObject *members, PyObject *came)
{
    PyObject *group = group_of(row), *set = group ? PyDict_GetItemWithError(members, group) : NULL;
    if (set) Py_INCREF(set);
    else if (PyErr_Occurred() || !(set = PySet_New(NULL)) || PyDict_SetItem(members, group, set)) {
        Py_XDECREF(set);
        return -1;
    }
    int failed = PyDict_SetItem(rows, id, row) || PySet_Add(set, id) || note(came, group, id);
    Py_DECREF(set);
    return failed;
}

static PyObject *leave_groups(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyList_CheckExact(args[0]) || !all_dicts(args + 1, 3)) {
        PyErr_SetString(PyExc_TypeError, "leave_groups() takes a list and three dicts");
        return NULL;
    }
    PyObject *ids = PyList_AsTuple(args[0]);
    int failed = !ids;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(ids); i++)
        failed = leave_group(PyTuple_GET_ITEM(ids, i), args[1], args[2], args[3]);
    Py_XDECREF(ids);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *enter_groups(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !all_lists(args, 2) || !all_dicts(args + 2, 3)
        || PyList_GET_SIZE(args[0]) != PyList_GET_SIZE(args[1])) {
        PyErr_SetString(PyExc_TypeError, "enter_groups() takes two lists of the same length and three dicts");
        return NULL;
    }
    PyObject *ids = PyList_AsTuple(args[0]), *groups = PyList_AsTuple(args[1]);
    int failed = !ids || !groups;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(ids) && i < PyTuple_GET_SIZE(groups); i++)
        failed = enter_group(PyTuple_GET_ITEM(ids, i), PyTuple_GET_ITEM(groups, i), args[2], args[3], args[4]);
    Py_XDECREF(ids);
    Py_XDECREF(groups);
    return failed ? NULL : Py_NewRef(Py_None);
}
