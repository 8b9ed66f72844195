/* Whole deltas of tables, and the message that they make: the twin, pack_deltas(), is in replication/sections.py. */

#pragma once

#include "buffer.h"
#include "cpython.h"
#include "lists.h"
#include "sections_group.h"
#include "sections_state.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { D_TABLE, D_GROUP, D_REMOVED, D_CHANGED, D_CHANGES, D_ADDED, D_COLUMNS, D_HASH, D_GONE, ALL_OF_DELTA };

/* What a TableDelta holds; all of it is to be let go. */
typedef struct { PyObject *held[ALL_OF_DELTA], *index; } table_delta;

static void close_delta(table_delta *d)
{
    for (int i = 0; i < ALL_OF_DELTA; i++) Py_XDECREF(d->held[i]);
    Py_XDECREF(d->index);
}

static int open_delta(table_delta *d, PyObject *delta)
{
    static const char *const words[] = {"table", "group", "removed", "changed", "changes", "added", "columns", "hash",
                                        "gone", "index"};
    static PyObject *names[ALL_OF_DELTA + 1];
    memset(d, 0, sizeof *d);
    for (int i = 0; i <= ALL_OF_DELTA; i++)
        if (!names[i] && !(names[i] = PyUnicode_InternFromString(words[i]))) return -1;
    for (int i = 0; i < ALL_OF_DELTA; i++)
        if (!(d->held[i] = PyObject_GetAttr(delta, names[i]))) return -1;
    if (!(d->index = PyObject_GetAttr(d->held[D_TABLE], names[ALL_OF_DELTA]))) return -1;
    if (PyList_CheckExact(d->held[D_REMOVED]) && PyList_CheckExact(d->held[D_ADDED])
        && PyList_CheckExact(d->held[D_COLUMNS]) && PyDict_CheckExact(d->held[D_CHANGES])) return 0;
    PyErr_SetString(PyExc_TypeError, "a delta is made of lists and a dict");
    return -1;
}

static int add_id_list(buffer *b, PyObject *list)
{
    ints ids;
    if (read_ints(&ids, list)) return -1;
    int failed = add_ids(b, &ids);
    free_ints(&ids);
    return failed;
}

static int add_values(buffer *b, char kind, PyObject *column)
{
    PyObject *list = PySequence_Fast(column, "a sequence of values is wanted");
    int failed = list ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(list); i++)
        failed = add_value(b, kind, PySequence_Fast_GET_ITEM(list, i));
    Py_XDECREF(list);
    return failed;
}

/* A column of differences, or of values that are new, whose differences to the one before are sent. */
static int add_column(buffer *b, char kind, PyObject *column, bool new)
{
    ints values;
    if (kind != 'i') return add_values(b, kind, column);
    if (read_ints(&values, column)) return -1;
    int failed = new && out_of_range(too_large(&values)) ? -1 : 0;
    for (Py_ssize_t i = values.n - 1; !failed && i >= 0; i--)
        ((uint64_t *)values.values)[i] = zigzagged(values.values[i] - (new && i ? values.values[i - 1] : 0));
    if (!failed) failed = add_ints(b, (uint64_t *)values.values, values.n);
    free_ints(&values);
    return failed;
}

/* Which fields changed, and their columns. */
static int add_changed(buffer *b, PyObject *changes, const char *kinds, Py_ssize_t fields)
{
    PyObject *columns[63] = {NULL}, *key, *column;
    int64_t i;
    uint64_t mask = 0;
    int failed = 0;
    for (Py_ssize_t at = 0; !failed && PyDict_Next(changes, &at, &key, &column);) {
        failed = read_int(key, &i);
        if (!failed && (i < 0 || i >= fields)) {
            PyErr_SetString(PyExc_IndexError, "there is no field at that place");
            failed = -1;
        }
        if (failed) break;
        Py_XSETREF(columns[i], Py_NewRef(column));
        mask |= 1ULL << i;
    }
    failed = failed || add_varint(b, mask);
    for (i = 0; i < fields; i++) {
        if (!failed && columns[i]) failed = add_column(b, kinds[i], columns[i], false);
        Py_XDECREF(columns[i]);
    }
    return failed ? -1 : 0;
}

static int add_added(buffer *b, const table_delta *d, const char *kinds, Py_ssize_t fields)
{
    if (PyList_GET_SIZE(d->held[D_COLUMNS]) != fields) {
        PyErr_SetString(PyExc_ValueError, "a column for each field is wanted");
        return -1;
    }
    int failed = add_id_list(b, d->held[D_ADDED]);
    for (Py_ssize_t i = 0; !failed && i < fields; i++) {
        PyObject *column = Py_XNewRef(item_at(d->held[D_COLUMNS], i));
        failed = column ? add_column(b, kinds[i], column, true) : -1;
        Py_XDECREF(column);
    }
    return failed;
}

static int add_opened(buffer *b, const table_delta *d, PyObject *all_kinds)
{
    int64_t index, group;
    Py_ssize_t fields;
    const char *kinds;
    if (read_int(d->index, &index) || read_int(d->held[D_GROUP], &group)) return -1;
    if (index < 0 || index >= PyTuple_GET_SIZE(all_kinds)) {
        PyErr_SetString(PyExc_IndexError, "there is no table at that place");
        return -1;
    }
    if (out_of_range(index > UINT8_MAX || group < 0) || kinds_of(PyTuple_GET_ITEM(all_kinds, index), &kinds, &fields))
        return -1;
    int gone = PyObject_IsTrue(d->held[D_GONE]);
    bool all = d->held[D_CHANGED] == Py_None, changed = PyDict_GET_SIZE(d->held[D_CHANGES]);
    bool removed = PyList_GET_SIZE(d->held[D_REMOVED]), added = PyList_GET_SIZE(d->held[D_ADDED]);
    uint8_t *to = gone < 0 ? NULL : reserve(b, 2);
    if (!to) return -1;
    to[0] = index;
    to[1] = (gone ? GONE : 0) | (group ? GROUP : 0) | (removed ? REMOVED : 0) | (added ? ADDED : 0)
            | (changed ? all ? CHANGED_ALL : CHANGED_SOME : 0) | (d->held[D_HASH] != Py_None ? HASH : 0);
    b->size += 2;
    bool failed = (group && add_varint(b, group))
        || (removed && add_id_list(b, d->held[D_REMOVED]))
        || (changed && !all && add_id_list(b, d->held[D_CHANGED]))
        || (changed && add_changed(b, d->held[D_CHANGES], kinds, fields))
        || (added && add_added(b, d, kinds, fields))
        || add_hash(b, d->held[D_HASH]);
    return failed ? -1 : 0;
}

static PyObject *pack_deltas(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int64_t tick;
    if (nargs != 4 || !PyBool_Check(args[1]) || !PyList_CheckExact(args[2]) || !PyTuple_CheckExact(args[3])) {
        PyErr_SetString(PyExc_TypeError, "pack_deltas() takes a tick, a bool, a list of deltas and a tuple of kinds");
        return NULL;
    }
    if (read_int(args[0], &tick) || out_of_range(tick < 0)) return NULL;
    buffer b;
    start_buffer(&b);
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(args[2]); i++) {
        table_delta d;
        PyObject *delta = Py_NewRef(PyList_GET_ITEM(args[2], i));
        failed = open_delta(&d, delta) || add_opened(&b, &d, args[3]);
        close_delta(&d);
        Py_DECREF(delta);
    }
    PyObject *message = failed ? NULL : packed_state(tick, args[1] == Py_True, &b);
    free_buffer(&b);
    return message;
}
