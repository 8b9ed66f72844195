/* Messages joined from sections: the twin, pack_states(), is in replication/sections.py. */

#pragma once

#include "buffer.h"
#include "cpython.h"
#include "ints.h"
#include "lists.h"
#include "msgpack.h"
#include "sections_made.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Appends a section, and lets go of it. */
static int add_section(buffer *b, PyObject *section)
{
    if (!section) return -1;
    uint8_t *to = NULL;
    if (!PyBytes_CheckExact(section)) PyErr_SetString(PyExc_TypeError, "a section is bytes");
    else if ((to = reserve(b, PyBytes_GET_SIZE(section)))) {
        memcpy(to, PyBytes_AS_STRING(section), PyBytes_GET_SIZE(section));
        b->size += PyBytes_GET_SIZE(section);
    }
    Py_DECREF(section);
    return to ? 0 : -1;
}

/* The groups that a sight shows, and their numbers, which ascend. */
typedef struct { PyObject *groups; ints numbers; } shown;

static int show(shown *s, PyObject *table, PyObject *sight)
{
    s->groups = entry(PyTuple_GET_ITEM(table, GROUPS_BY_SIGHT), sight);
    if (!s->groups) return -1;
    bool is = PyTuple_CheckExact(s->groups);
    if (!is) PyErr_SetString(PyExc_TypeError, "groups are a tuple");
    Py_ssize_t n = is ? PyTuple_GET_SIZE(s->groups) : 0;
    if (is && !make_ints(&s->numbers, n)) {
        Py_ssize_t i = 0;
        while (i < n && !read_int(PyTuple_GET_ITEM(s->groups, i), &s->numbers.values[i])) i++;
        if (i == n) return 0;
        free_ints(&s->numbers);
    }
    Py_DECREF(s->groups);
    return -1;
}

static void hide(shown *s)
{
    free_ints(&s->numbers);
    Py_DECREF(s->groups);
}

/* The sections of one table's groups for who sees the same as before. */
static int add_same(buffer *b, PyObject *table, PyObject *sight, PyObject *none)
{
    PyObject *groups = entry(PyTuple_GET_ITEM(table, GROUPS_BY_SIGHT), sight);
    int failed = !groups || !PyTuple_CheckExact(groups);
    if (groups && failed) PyErr_SetString(PyExc_TypeError, "groups are a tuple");
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(groups); i++)
        failed = add_section(b, section_of(table, PyTuple_GET_ITEM(groups, i), none));
    Py_XDECREF(groups);
    return failed ? -1 : 0;
}

/* What is out of sight, then what is in it: new to it or not. */
static int add_turned(buffer *b, PyObject *table, const shown *before, const shown *now, PyObject *none)
{
    int failed = 0;
    for (Py_ssize_t i = 0, j = 0; !failed && i < before->numbers.n; i++) {
        while (j < now->numbers.n && now->numbers.values[j] < before->numbers.values[i]) j++;
        if (j < now->numbers.n && now->numbers.values[j] == before->numbers.values[i]) continue;
        failed = add_section(b, entry(PyTuple_GET_ITEM(table, GONE_SECTIONS), PyTuple_GET_ITEM(before->groups, i)));
    }
    for (Py_ssize_t i = 0, j = 0; !failed && j < now->numbers.n; j++) {
        while (i < before->numbers.n && before->numbers.values[i] < now->numbers.values[j]) i++;
        bool known = i < before->numbers.n && before->numbers.values[i] == now->numbers.values[j];
        PyObject *group = PyTuple_GET_ITEM(now->groups, j);
        failed = add_section(b, known ? section_of(table, group, none) : full_section_of(table, group, none));
    }
    return failed;
}

static int add_table(buffer *b, PyObject *table, PyObject *old, PyObject *new, PyObject *none)
{
    shown before, now;
    if (check_pieces(table)) return -1;
    if (old == new) return add_same(b, table, new, none);
    if (show(&before, table, old)) return -1;
    int failed = show(&now, table, new);
    if (!failed) {
        failed = add_turned(b, table, &before, &now, none);
        hide(&now);
    }
    hide(&before);
    return failed;
}

/* What all messages of a tick have in common. */
typedef struct { int64_t tick; PyObject *common, *tables, *none; } capture;

/* The message with these sections. */
static PyObject *packed_state(int64_t tick, bool full, const buffer *sections)
{
    enum { MOST_HEAD = 1 + 9 + 1 + 5 };
    uint8_t head[MOST_HEAD], *end = head;
    *end++ = 0x93;
    end = put_uint(end, tick);
    *end++ = full ? 0xC3 : 0xC2;
    end = put_bin_head(end, sections->size);
    PyObject *message = PyBytes_FromStringAndSize(NULL, end - head + sections->size);
    if (!message) return NULL;
    memcpy(PyBytes_AS_STRING(message), head, end - head);
    memcpy(PyBytes_AS_STRING(message) + (end - head), sections->bytes, sections->size);
    return message;
}

static PyObject *join_state(const capture *c, PyObject *old, PyObject *new)
{
    Py_ssize_t n = PyTuple_GET_SIZE(c->tables);
    if (!PyTuple_CheckExact(old) || !PyTuple_CheckExact(new) || PyTuple_GET_SIZE(old) != n
        || PyTuple_GET_SIZE(new) != n) {
        PyErr_SetString(PyExc_ValueError, "a sight of each table is wanted");
        return NULL;
    }
    buffer b;
    start_buffer(&b);
    int failed = add_section(&b, Py_NewRef(c->common));
    for (Py_ssize_t i = 0; !failed && i < n; i++)
        failed = add_table(&b, PyTuple_GET_ITEM(c->tables, i), PyTuple_GET_ITEM(old, i), PyTuple_GET_ITEM(new, i),
                           c->none);
    if (failed || !b.size) return finished(&b, failed);
    PyObject *message = packed_state(c->tick, false, &b);
    free_buffer(&b);
    return message;
}

/* For one viewer, whose sight moves on. */
static PyObject *state_for(const capture *c, PyObject *viewer, PyObject *now, PyObject *made, PyObject *name)
{
    PyObject *before = PyObject_GetAttr(viewer, name), *message = NULL;
    if (!before) return NULL;
    int same = PyObject_RichCompareBool(before, now, Py_EQ);
    if (same > 0) {
        message = PyDict_GetItemWithError(made, now);
        if (message || PyErr_Occurred()) Py_XINCREF(message);
        else if ((message = join_state(c, now, now)) && PyDict_SetItem(made, now, message)) Py_CLEAR(message);
    } else if (!same && before == Py_None) message = PyBytes_FromStringAndSize(NULL, 0);
    else if (!same && !PyObject_SetAttr(viewer, name, now)) message = join_state(c, before, now);
    Py_DECREF(before);
    return message;
}

static PyObject *pack_states(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static PyObject *name;
    if (!name && !(name = PyUnicode_InternFromString("sights"))) return NULL;
    capture c;
    if (nargs != 6 || !PyBytes_CheckExact(args[1]) || !PyTuple_CheckExact(args[2]) || !all_lists(args + 3, 2)
        || PyList_GET_SIZE(args[3]) != PyList_GET_SIZE(args[4]) || !PyDict_CheckExact(args[5])) {
        PyErr_SetString(PyExc_TypeError, "pack_states() takes a tick, bytes, a tuple, two lists and a dict");
        return NULL;
    }
    if (read_int(args[0], &c.tick) || out_of_range(c.tick < 0)) return NULL;
    c.common = args[1];
    c.tables = args[2];
    c.none = PyList_New(0);
    PyObject *viewers = PyList_AsTuple(args[3]), *sights = PyList_AsTuple(args[4]);
    Py_ssize_t n = viewers && sights ? PyTuple_GET_SIZE(viewers) : 0;
    PyObject *messages = c.none && viewers && sights ? PyList_New(n) : NULL;
    if (messages && PyTuple_GET_SIZE(sights) != n) {         /* a collection may run anything */
        PyErr_SetString(PyExc_RuntimeError, "the lists changed");
        Py_CLEAR(messages);
    }
    for (Py_ssize_t i = 0; messages && i < n; i++) {
        PyObject *message = state_for(&c, PyTuple_GET_ITEM(viewers, i), PyTuple_GET_ITEM(sights, i), args[5], name);
        if (!message) { Py_CLEAR(messages); break; }
        PyList_SET_ITEM(messages, i, message);
    }
    Py_XDECREF(c.none);
    Py_XDECREF(viewers);
    Py_XDECREF(sights);
    return messages;
}
