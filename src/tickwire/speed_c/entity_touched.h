/* The rows that a table's notes tell of, by ascending ids: a part of Rows._take() in game/entity.py. */

#pragma once

#include "cpython.h"
#include "entity.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static notes *new_notes(void)
{
    notes *made = PyObject_GC_New(notes, notes_type);
    if (!made) return NULL;
    made->n = made->room = 0;
    made->rows = NULL;
    PyObject_GC_Track(made);
    return made;
}

/* A list that all rows which are noted go into. A collection may run anything, and what it runs may touch more. */
static PyObject *room_for(notes *noted)
{
    PyObject *list = PyList_New(noted->n);
    while (list && PyList_GET_SIZE(list) != noted->n) Py_SETREF(list, PyList_New(noted->n));
    return list;
}

/* A row that is told of is quiet again, if it is still in the table that these notes are of. */
static void quieten(row *told, const notes *of)
{
    if (told->touched == (PyObject *)of) told->mark = QUIET;
}

/* Moves what is noted into a list: of rows that were there before, and still are. Gives how many others there are, which
 * are to be let go when all is done. Runs no code of others. */
static Py_ssize_t take_notes(notes *noted, PyObject *list, row ***stale)
{
    Py_ssize_t told = 0, others = 0;
    for (Py_ssize_t i = 0; i < noted->n; i++) {
        row *touched = noted->rows[i];
        if (touched->mark == TOUCHED && touched->touched == (PyObject *)noted) {
            touched->mark = QUIET;
            PyList_SET_ITEM(list, told++, (PyObject *)touched);
        } else {
            noted->rows[others++] = touched;
        }
    }
    noted->n = 0;
    if (!others) return 0;
    *stale = noted->rows;
    noted->rows = NULL;
    noted->room = 0;
    Py_SET_SIZE(list, told);
    return others;
}

static void let_go(row **rows, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) Py_DECREF(rows[i]);
    PyMem_Free(rows);
}

typedef struct { int64_t id; PyObject *row; } numbered;

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const numbered *)a)->id, y = ((const numbered *)b)->id;
    return (x > y) - (x < y);
}

/* The id of a row, if it is a plain one. */
static bool plain_id(PyObject *of, int64_t *id)
{
    int overflow = 0;
    PyObject *held = ((row *)of)->id;
    if (!held || !PyLong_Check(held)) return false;
    *id = PyLong_AsLongLongAndOverflow(held, &overflow);
    return !overflow;
}

/* Whatever the ids are. */
static int sort_oddly(PyObject *rows)
{
    PyObject *operators = PyImport_ImportModule("operator");
    PyObject *key = operators ? PyObject_CallMethod(operators, "attrgetter", "s", "id") : NULL;
    PyObject *sort = key ? PyObject_GetAttrString(rows, "sort") : NULL, *nothing = sort ? PyTuple_New(0) : NULL;
    PyObject *names = nothing ? Py_BuildValue("{sO}", "key", key) : NULL;
    PyObject *done = names ? PyObject_Call(sort, nothing, names) : NULL;
    Py_XDECREF(operators);
    Py_XDECREF(key);
    Py_XDECREF(sort);
    Py_XDECREF(nothing);
    Py_XDECREF(names);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Sorts a list of rows by their ids. Most games touch them in that order. */
static int sort_rows(PyObject *rows)
{
    Py_ssize_t n = PyList_GET_SIZE(rows);
    int64_t id, last = INT64_MIN;
    bool sorted = true, plain = true;
    for (Py_ssize_t i = 0; i < n && (plain = plain_id(PyList_GET_ITEM(rows, i), &id)); last = id, i++)
        sorted &= id >= last;
    if (!plain) return sort_oddly(rows);
    if (sorted) return 0;
    numbered *all = PyMem_New(numbered, n);
    if (!all) { PyErr_NoMemory(); return -1; }
    for (Py_ssize_t i = 0; i < n; i++) {
        all[i].row = PyList_GET_ITEM(rows, i);
        plain_id(all[i].row, &all[i].id);
    }
    qsort(all, n, sizeof *all, by_id);
    for (Py_ssize_t i = 0; i < n; i++) PyList_SET_ITEM(rows, i, all[i].row);
    PyMem_Free(all);
    return 0;
}
