/* What changed in a group: the twin, pack_group(), is in replication/sections.py. */

#pragma once

#include "buffer.h"
#include "cpython.h"
#include "ints.h"
#include "lists.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int kinds_of(PyObject *kinds, const char **letters, Py_ssize_t *n)
{
    *letters = PyUnicode_AsUTF8AndSize(kinds, n);
    if (!*letters) return -1;
    if (out_of_range(*n > 63)) return -1;                    /* a bit for each, and a mirror reads far fewer */
    if (strspn(*letters, "ift") == (size_t)*n) return 0;
    PyErr_SetObject(PyExc_KeyError, kinds);
    return -1;
}

/* Whether this is a row as mirrors have it: the number of its group, then a wire value for each field. */
static bool is_held(PyObject *row, Py_ssize_t fields)
{
    bool is = row && PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == 1 + fields;
    if (!is && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a group and a value for each field are wanted");
    return is;
}

/* The rows of these ids as a tuple, which holds on to them: keys that are no plain ints could run code. */
static PyObject *held_rows(PyObject *ids, PyObject *rows, Py_ssize_t fields)
{
    Py_ssize_t n = PyTuple_GET_SIZE(ids);
    PyObject *held = PyTuple_New(n);
    for (Py_ssize_t i = 0; held && i < n; i++) {
        PyObject *row = PyDict_GetItemWithError(rows, PyTuple_GET_ITEM(ids, i));
        if (!row && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, PyTuple_GET_ITEM(ids, i));
        if (!is_held(row, fields)) { Py_CLEAR(held); break; }
        PyTuple_SET_ITEM(held, i, Py_NewRef(row));
    }
    return held;
}

static int add_new_column(buffer *b, char kind, PyObject *held, Py_ssize_t field, ints *values)
{
    for (Py_ssize_t i = 0; i < values->n; i++) {
        PyObject *wire = PyTuple_GET_ITEM(PyTuple_GET_ITEM(held, i), 1 + field);
        if (kind == 'i' ? read_int(wire, &values->values[i]) : add_value(b, kind, wire)) return -1;
    }
    if (kind != 'i') return 0;
    if (out_of_range(too_large(values))) return -1;
    for (Py_ssize_t i = values->n - 1; i >= 0; i--)
        ((uint64_t *)values->values)[i] = zigzagged(values->values[i] - (i ? values->values[i - 1] : 0));
    return add_ints(b, (uint64_t *)values->values, values->n);
}

/* Rows that are new: their ids and all columns. */
static int add_rows(buffer *b, const char *kinds, Py_ssize_t fields, PyObject *came, PyObject *rows)
{
    ints values;
    PyObject *ids = PyList_AsTuple(came), *held = ids ? held_rows(ids, rows, fields) : NULL;
    int failed = held ? read_ints(&values, ids) : -1;
    if (!failed) {
        failed = add_ids(b, &values);
        for (Py_ssize_t i = 0; !failed && i < fields; i++) failed = add_new_column(b, kinds[i], held, i, &values);
        free_ints(&values);
    }
    Py_XDECREF(held);
    Py_XDECREF(ids);
    return failed;
}

/* The item of a list at a place, borrowed; NULL with an error. */
static PyObject *item_at(PyObject *list, int64_t place)
{
    if (PyList_CheckExact(list) && place >= 0 && place < PyList_GET_SIZE(list)) return PyList_GET_ITEM(list, place);
    PyErr_SetString(PyExc_IndexError, "there is no row at that place");
    return NULL;
}

/* Appends what changed of a field in rows at these places, which are all in both lists; 1 if nothing did. */
static int add_moved_column(buffer *b, char kind, Py_ssize_t field, const ints *places, PyObject *before,
                            PyObject *after)
{
    ints moves;
    if (make_ints(&moves, places->n)) return -1;
    int failed = 0;
    bool same = true;
    for (Py_ssize_t i = 0; !failed && i < places->n; i++) {
        PyObject *old = PyTuple_GET_ITEM(PyList_GET_ITEM(before, places->values[i]), 1 + field);
        PyObject *new = PyTuple_GET_ITEM(PyList_GET_ITEM(after, places->values[i]), 1 + field);
        int64_t from = 0, to = 0;
        if (kind == 't') {
            int order = PyUnicode_Compare(old, new);
            failed = PyErr_Occurred() ? -1 : 0;
            same &= !order;
        } else {
            failed = read_int(old, &from) || read_int(new, &to) ? -1 : 0;
            if (!failed && __builtin_sub_overflow(to, from, &moves.values[i])) failed = -out_of_range(true);
            same &= from == to;
        }
    }
    if (!failed && same) failed = 1;
    else if (!failed && kind == 'i') {
        for (Py_ssize_t i = 0; i < moves.n; i++) ((uint64_t *)moves.values)[i] = zigzagged(moves.values[i]);
        failed = add_ints(b, (uint64_t *)moves.values, moves.n);
    } else for (Py_ssize_t i = 0; !failed && i < places->n; i++)
        failed = add_value(b, kind, PyTuple_GET_ITEM(PyList_GET_ITEM(after, places->values[i]), 1 + field));
    free_ints(&moves);
    return failed;
}

/* Rows that changed and stayed: their ids, which fields changed, and the columns of these. */
static int add_moves(buffer *b, const char *kinds, Py_ssize_t fields, const ints *places, PyObject *moves)
{
    ints ids;
    for (int i = 0; i < 3; i++) {
        if (PyList_CheckExact(PyTuple_GET_ITEM(moves, i))) continue;
        PyErr_SetString(PyExc_TypeError, "moves are three lists");
        return -1;
    }
    PyObject *before = PyTuple_GET_ITEM(moves, 1), *after = PyTuple_GET_ITEM(moves, 2);
    if (make_ints(&ids, places->n)) return -1;
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < places->n; i++) {
        PyObject *id = item_at(PyTuple_GET_ITEM(moves, 0), places->values[i]);
        failed = !id || read_int(id, &ids.values[i]) || !is_held(item_at(before, places->values[i]), fields)
                 || !is_held(item_at(after, places->values[i]), fields);
    }
    failed = failed || add_ids(b, &ids);
    free_ints(&ids);
    if (failed) return -1;
    /* Which fields changed is known behind the columns and stands before them. */
    buffer columns;
    start_buffer(&columns);
    uint64_t mask = 0;
    for (Py_ssize_t i = 0; failed >= 0 && i < fields; i++) {
        failed = add_moved_column(&columns, kinds[i], i, places, before, after);
        if (!failed) mask |= 1ULL << i;
    }
    uint8_t *to = failed < 0 || add_varint(b, mask) ? NULL : reserve(b, columns.size);
    if (to) memcpy(to, columns.bytes, columns.size);
    if (to) b->size += columns.size;
    free_buffer(&columns);
    return to ? 0 : -1;
}

static int add_hash(buffer *b, PyObject *hash)
{
    return hash == Py_None ? 0 : add_value(b, 'f', hash);    /* four bytes too */
}

enum { HASH = 1, REMOVED = 2, ADDED = 4, CHANGED_SOME = 8, CHANGED_ALL = 16, GROUP = 32, GONE = 64 };

/* What changed in a group, behind its head. */
static int add_changes(buffer *b, PyObject *const *args)
{
    const char *kinds;
    Py_ssize_t fields;
    ints some;
    int failed = kinds_of(args[1], &kinds, &fields);
    if (!failed && PyList_GET_SIZE(args[3]) && !(failed = read_ints(&some, args[3]))) {
        failed = add_ids(b, &some);
        free_ints(&some);
    }
    if (!failed && PyList_GET_SIZE(args[4]) && !(failed = read_ints(&some, args[4]))) {
        failed = add_moves(b, kinds, fields, &some, args[5]);
        free_ints(&some);
    }
    if (!failed && PyList_GET_SIZE(args[6])) failed = add_rows(b, kinds, fields, args[6], args[7]);
    return failed || add_hash(b, args[8]) ? -1 : 0;
}

static PyObject *pack_group(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 9 || !PyUnicode_Check(args[1]) || !all_lists(args + 3, 2) || !PyTuple_CheckExact(args[5])
        || PyTuple_GET_SIZE(args[5]) != 3 || !PyList_CheckExact(args[6]) || !PyDict_CheckExact(args[7])) {
        PyErr_SetString(PyExc_TypeError, "pack_group() takes a table, kinds, a group, lists of its rows and a hash");
        return NULL;
    }
    int64_t table, group;
    if (read_int(args[0], &table) || read_int(args[2], &group)) return NULL;
    if (out_of_range(table < 0 || table > UINT8_MAX || group < 0)) return NULL;
    int flags = (PyList_GET_SIZE(args[3]) ? REMOVED : 0) | (PyList_GET_SIZE(args[4]) ? CHANGED_SOME : 0)
                | (PyList_GET_SIZE(args[6]) ? ADDED : 0) | (args[8] != Py_None ? HASH : 0);
    if (!flags) return PyBytes_FromStringAndSize(NULL, 0);
    buffer b;
    start_buffer(&b);
    uint8_t *to = reserve(&b, 2);
    to[0] = table;
    to[1] = flags | GROUP;
    b.size = 2;
    return finished(&b, add_varint(&b, group) || add_changes(&b, args));
}
