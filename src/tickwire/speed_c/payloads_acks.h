/* The acks of a tick: the twin, pack_acks(), is in server/payloads.py. */

#pragma once

#include "cpython.h"
#include "ints.h"
#include "lists.h"
#include "msgpack.h"
#include <stdint.h>
#include <string.h>

static uint8_t *put_text(uint8_t *to, const char *text)
{
    size_t size = strlen(text);
    *to++ = 0xA0 | size;                                     /* of less than 32 bytes */
    memcpy(to, text, size);
    return to + size;
}

/* {"type": "ack", "seq": ..., "tick": ..., "early": ...}; without the last if it is None, or NULL. */
static PyObject *packed_ack(PyObject *seq, int64_t tick, PyObject *early)
{
    uint8_t bytes[64], *to = bytes;
    int64_t number;
    bool timed = early && early != Py_None;
    if (read_int(seq, &number)) return NULL;
    *to++ = timed ? 0x84 : 0x83;
    to = put_text(put_text(to, "type"), "ack");
    to = put_int(put_text(to, "seq"), number);
    to = put_int(put_text(to, "tick"), tick);
    if (timed) {
        if (read_int(early, &number)) return NULL;
        to = put_int(put_text(to, "early"), number);
    }
    return PyBytes_FromStringAndSize((char *)bytes, to - bytes);
}

/* The ack of one player, if somebody at a place is to hear of it. */
static int place_ack(PyObject *by_place, PyObject *player, PyObject *seq, int64_t tick, PyObject *const *dicts)
{
    PyObject *early = PyDict_GetItemWithError(dicts[0], player);
    PyObject *peer = early || !PyErr_Occurred() ? PyDict_GetItemWithError(dicts[1], player) : NULL;
    PyObject *place = peer ? PyDict_GetItemWithError(dicts[2], peer) : NULL;
    if (!place) return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(place);
    PyObject *ack = packed_ack(seq, tick, early);
    int failed = !ack || PyDict_SetItem(by_place, place, ack);
    Py_XDECREF(ack);
    Py_DECREF(place);
    return failed ? -1 : 0;
}

static PyObject *pack_acks(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int64_t tick;
    if (nargs != 5 || !all_dicts(args + 1, 4)) {
        PyErr_SetString(PyExc_TypeError, "pack_acks() takes a tick and four dicts");
        return NULL;
    }
    if (read_int(args[0], &tick)) return NULL;
    PyObject *acks = PyDict_Copy(args[1]), *by_place = acks ? PyDict_New() : NULL, *player, *seq;
    for (Py_ssize_t at = 0; by_place && PyDict_Next(acks, &at, &player, &seq);)
        if (place_ack(by_place, player, seq, tick, args + 2)) Py_CLEAR(by_place);
    Py_XDECREF(acks);
    return by_place;
}
