/* Frames that are made by the thousand: the twins are in wire/framing.py. */

#pragma once

#include "cpython.h"
#include <stdint.h>
#include <string.h>

enum { MOST_FRAME_HEAD = 10, WS_TEXT = 0x81, WS_BINARY = 0x82 };

/* The beginning of a frame around so many bytes, which says how many; where it ends. */
typedef uint8_t *put_head(uint8_t *to, uint64_t size);

static uint8_t *put_big_endian(uint8_t *to, uint64_t v, int bytes)
{
    while (bytes--) *to++ = v >> 8 * bytes;
    return to;
}

/* RFC 6455, section 5.2. */
static uint8_t *put_ws_head(uint8_t *to, uint8_t first, uint64_t size)
{
    *to++ = first;
    if (size < 126) { *to++ = size; return to; }
    *to++ = size <= UINT16_MAX ? 126 : 127;
    return put_big_endian(to, size, size <= UINT16_MAX ? 2 : 8);
}

static uint8_t *put_binary_head(uint8_t *to, uint64_t size) { return put_ws_head(to, WS_BINARY, size); }

static uint8_t *put_text_head(uint8_t *to, uint64_t size) { return put_ws_head(to, WS_TEXT, size); }

static uint8_t *put_native_head(uint8_t *to, uint64_t size) { return put_big_endian(to, size, 4); }

static PyObject *framed(PyObject *payload, put_head *put)
{
    uint8_t head[MOST_FRAME_HEAD];
    if (!PyBytes_CheckExact(payload)) {
        PyErr_SetString(PyExc_TypeError, "a payload is bytes");
        return NULL;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(payload), before = put(head, size) - head;
    PyObject *frame = PyBytes_FromStringAndSize(NULL, before + size);
    if (!frame) return NULL;
    memcpy(PyBytes_AS_STRING(frame), head, before);
    memcpy(PyBytes_AS_STRING(frame) + before, PyBytes_AS_STRING(payload), size);
    return frame;
}

static PyObject *frame_ws_binary(PyObject *module, PyObject *payload) { return framed(payload, put_binary_head); }

static PyObject *frame_ws_text(PyObject *module, PyObject *payload) { return framed(payload, put_text_head); }

static PyObject *frame_native(PyObject *module, PyObject *payload) { return framed(payload, put_native_head); }

/* How a function makes frames, if it is one of these; or NULL. */
static put_head *head_of(PyObject *frame)
{
    PyCFunction function = PyCFunction_CheckExact(frame) ? PyCFunction_GET_FUNCTION(frame) : NULL;
    return function == frame_ws_binary ? put_binary_head : function == frame_ws_text ? put_text_head
           : function == frame_native ? put_native_head : NULL;
}
