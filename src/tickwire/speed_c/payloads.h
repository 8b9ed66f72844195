/* What each client is sent: the twin, join_payloads(), is in server/payloads.py. */

#pragma once

#include "cpython.h"
#include "framing.h"
#include "lists.h"
#include <stdint.h>
#include <string.h>

/* What all payloads have in common; `put` is how the heads of frames are made, NULL where `frame` makes the frames. */
typedef struct { PyObject *frame, *messages, *empty; put_head *put; } kit;

static uint8_t *put_bytes(uint8_t *to, PyObject *bytes)
{
    memcpy(to, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    return to + PyBytes_GET_SIZE(bytes);
}

/* The messages, then frames around up to two parts. */
static PyObject *put_together(const kit *k, PyObject *const *parts, int n)
{
    uint8_t heads[2][MOST_FRAME_HEAD];
    Py_ssize_t sizes[2] = {0, 0}, size = PyBytes_GET_SIZE(k->messages);
    for (int i = 0; i < n; i++) {
        if (k->put) sizes[i] = k->put(heads[i], PyBytes_GET_SIZE(parts[i])) - heads[i];
        size += sizes[i] + PyBytes_GET_SIZE(parts[i]);
    }
    PyObject *payload = PyBytes_FromStringAndSize(NULL, size);
    if (!payload) return NULL;
    uint8_t *to = put_bytes((uint8_t *)PyBytes_AS_STRING(payload), k->messages);
    for (int i = 0; i < n; i++) {
        memcpy(to, heads[i], sizes[i]);
        to = put_bytes(to + sizes[i], parts[i]);
    }
    return payload;
}

/* The same where `frame` makes the frames. */
static PyObject *put_frames_together(const kit *k, PyObject *const *parts, int n)
{
    PyObject *frames[2] = {NULL, NULL}, *payload = NULL;
    int made = 0;
    for (; made < n; made++) {
        if (!(frames[made] = PyObject_CallOneArg(k->frame, parts[made])) || PyBytes_CheckExact(frames[made])) continue;
        PyErr_SetString(PyExc_TypeError, "a frame is bytes");
        Py_CLEAR(frames[made]);
    }
    if (!PyErr_Occurred()) payload = put_together(k, frames, n);
    for (int i = 0; i < n; i++) Py_XDECREF(frames[i]);
    return payload;
}

static PyObject *payload_of(const kit *k, PyObject *ack, PyObject *state)
{
    PyObject *parts[2];
    int n = 0;
    if (!PyBytes_CheckExact(state)) {
        PyErr_SetString(PyExc_TypeError, "a state is bytes");
        return NULL;
    }
    if (ack) parts[n++] = ack;
    if (PyBytes_GET_SIZE(state) || ack) parts[n++] = PyBytes_GET_SIZE(state) ? state : k->empty;
    return n ? (k->put ? put_together : put_frames_together)(k, parts, n) : Py_NewRef(k->messages);
}

/* The acks by place, borrowed; NULL with an error. */
static PyObject **acks_by_place(PyObject *acks, Py_ssize_t n)
{
    PyObject **by_place = PyMem_Calloc(n ? n : 1, sizeof *by_place), *key, *ack;
    if (!by_place) { PyErr_NoMemory(); return NULL; }
    for (Py_ssize_t at = 0; PyDict_Next(acks, &at, &key, &ack);) {
        int64_t place;
        int failed = read_int(key, &place);
        if (!failed && (failed = place < 0 || place >= n)) PyErr_SetString(PyExc_IndexError, "nobody is at that place");
        else if (!failed && (failed = !PyBytes_CheckExact(ack))) PyErr_SetString(PyExc_TypeError, "an ack is bytes");
        if (failed) { PyMem_Free(by_place); return NULL; }
        by_place[place] = ack;
    }
    return by_place;
}

static PyObject *join_payloads(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyBytes_CheckExact(args[1]) || !PyList_CheckExact(args[2]) || !PyDict_CheckExact(args[3])
        || !PyBytes_CheckExact(args[4])) {
        PyErr_SetString(PyExc_TypeError, "join_payloads() takes a function, bytes, a list, a dict and bytes");
        return NULL;
    }
    kit k = {args[0], args[1], args[4], head_of(args[0])};
    PyObject *acks = PyDict_Copy(args[3]), *states = acks ? PyList_AsTuple(args[2]) : NULL;
    Py_ssize_t n = states ? PyTuple_GET_SIZE(states) : 0;
    PyObject **ack_at = states ? acks_by_place(acks, n) : NULL, *payloads = ack_at ? PyList_New(n) : NULL;
    PyObject *state = NULL, *shared = NULL;                  /* what the last one without an ack got; borrowed */
    for (Py_ssize_t i = 0; payloads && i < n; i++) {
        PyObject *own = PyTuple_GET_ITEM(states, i), *ack = ack_at[i];
        PyObject *payload = !ack && own == state ? Py_NewRef(shared) : payload_of(&k, ack, own);
        if (!payload) { Py_CLEAR(payloads); break; }
        PyList_SET_ITEM(payloads, i, payload);
        if (!ack) { state = own; shared = payload; }
    }
    PyMem_Free(ack_at);
    Py_XDECREF(states);
    Py_XDECREF(acks);
    return payloads;
}
