/* Messages joined from sections: the twin, pack_state(), is in replication/sections.py. */

#pragma once

#include "buffer.h"
#include "cpython.h"
#include "ints.h"
#include "lists.h"
#include <stdint.h>
#include <string.h>

static uint8_t *put_marked(uint8_t *to, uint8_t mark, uint64_t v, int bytes)
{
    *to++ = mark;
    while (bytes--) *to++ = v >> 8 * bytes;
    return to;
}

/* A MessagePack unsigned integer. */
static uint8_t *put_uint(uint8_t *to, uint64_t v)
{
    if (v < 0x80) { *to++ = v; return to; }
    if (v <= UINT8_MAX) return put_marked(to, 0xCC, v, 1);
    if (v <= UINT16_MAX) return put_marked(to, 0xCD, v, 2);
    return v <= UINT32_MAX ? put_marked(to, 0xCE, v, 4) : put_marked(to, 0xCF, v, 8);
}

static uint8_t *put_bin_head(uint8_t *to, uint64_t size)
{
    if (size <= UINT8_MAX) return put_marked(to, 0xC4, size, 1);
    return size <= UINT16_MAX ? put_marked(to, 0xC5, size, 2) : put_marked(to, 0xC6, size, 4);
}

/* An entry of a dict, which may be one that makes what it lacks; a new reference. */
static PyObject *entry(PyObject *dict, PyObject *key)
{
    PyObject *held = PyDict_GetItemWithError(dict, key);
    return held ? Py_NewRef(held) : PyErr_Occurred() ? NULL : PyObject_GetItem(dict, key);
}

/* The sections of one table's groups. */
static int add_sections(buffer *b, PyObject *table, PyObject *sight)
{
    if (!PyTuple_CheckExact(table) || PyTuple_GET_SIZE(table) != 2 || !PyDict_Check(PyTuple_GET_ITEM(table, 0))
        || !PyDict_Check(PyTuple_GET_ITEM(table, 1))) {
        PyErr_SetString(PyExc_TypeError, "a table is two dicts");
        return -1;
    }
    PyObject *groups = entry(PyTuple_GET_ITEM(table, 0), sight);
    if (!groups) return -1;
    int failed = !PyTuple_CheckExact(groups);
    if (failed) PyErr_SetString(PyExc_TypeError, "groups are a tuple");
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(groups); i++) {
        PyObject *section = entry(PyTuple_GET_ITEM(table, 1), PyTuple_GET_ITEM(groups, i));
        failed = !section || !PyBytes_CheckExact(section);
        if (section && failed) PyErr_SetString(PyExc_TypeError, "a section is bytes");
        uint8_t *to = failed ? NULL : reserve(b, PyBytes_GET_SIZE(section));
        if (to) memcpy(to, PyBytes_AS_STRING(section), PyBytes_GET_SIZE(section));
        if (to) b->size += PyBytes_GET_SIZE(section);
        failed |= !to;
        Py_XDECREF(section);
    }
    Py_DECREF(groups);
    return failed ? -1 : 0;
}

static PyObject *pack_state(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    enum { MOST_HEAD = 1 + 9 + 1 + 5 };
    int64_t tick;
    if (nargs != 4 || !PyBytes_CheckExact(args[1]) || !PyTuple_CheckExact(args[2]) || !PyTuple_CheckExact(args[3])
        || PyTuple_GET_SIZE(args[2]) != PyTuple_GET_SIZE(args[3])) {
        PyErr_SetString(PyExc_TypeError, "pack_state() takes a tick, bytes, and two tuples of the same length");
        return NULL;
    }
    if (read_int(args[0], &tick) || out_of_range(tick < 0)) return NULL;
    buffer b;
    start_buffer(&b);
    uint8_t *common = reserve(&b, PyBytes_GET_SIZE(args[1]));
    int failed = !common;
    if (common) memcpy(common, PyBytes_AS_STRING(args[1]), PyBytes_GET_SIZE(args[1]));
    b.size = PyBytes_GET_SIZE(args[1]);
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(args[2]); i++)
        failed = add_sections(&b, PyTuple_GET_ITEM(args[2], i), PyTuple_GET_ITEM(args[3], i));
    if (failed || !b.size) {
        free_buffer(&b);
        return failed ? NULL : PyBytes_FromStringAndSize(NULL, 0);
    }
    uint8_t head[MOST_HEAD], *end = head;
    *end++ = 0x93;
    end = put_uint(end, tick);
    *end++ = 0xC2;
    end = put_bin_head(end, b.size);
    PyObject *message = PyBytes_FromStringAndSize(NULL, end - head + b.size);
    if (message) {
        memcpy(PyBytes_AS_STRING(message), head, end - head);
        memcpy(PyBytes_AS_STRING(message) + (end - head), b.bytes, b.size);
    }
    free_buffer(&b);
    return message;
}
