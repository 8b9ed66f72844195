/* Bytes that are put together, of a length that is known at the end only: sections are made in one. */

#pragma once

#include "cpython.h"
#include "ints.h"
#include "lists.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct { uint8_t *bytes; Py_ssize_t size, room; uint8_t on_stack[1024]; } buffer;

static void start_buffer(buffer *b)
{
    b->bytes = b->on_stack;
    b->size = 0;
    b->room = sizeof b->on_stack;
}

static void free_buffer(buffer *b)
{
    if (b->bytes != b->on_stack) PyMem_Free(b->bytes);
}

/* Room for so many bytes more, at the end of what is there; NULL with an error. */
static uint8_t *reserve(buffer *b, Py_ssize_t more)
{
    if (more > b->room - b->size) {
        Py_ssize_t room = 2 * (b->size + more);
        uint8_t *bytes = PyMem_Malloc(room);
        if (!bytes) { PyErr_NoMemory(); return NULL; }
        memcpy(bytes, b->bytes, b->size);
        free_buffer(b);
        b->bytes = bytes;
        b->room = room;
    }
    return b->bytes + b->size;
}

static int add_varint(buffer *b, uint64_t v)
{
    uint8_t *to = reserve(b, MAX_VARINT);
    if (to) b->size = put_varint(to, v) - b->bytes;
    return to ? 0 : -1;
}

static int add_ints(buffer *b, const uint64_t *v, Py_ssize_t n)
{
    form f = choose_form(v, n);
    uint8_t *to = reserve(b, f.size);
    if (to) b->size = put_ints(to, f, v, n) - b->bytes;
    return to ? 0 : -1;
}

static int add_ids(buffer *b, const ints *ids)
{
    ints gaps;
    bool bad = ids->values[0] < 0 || too_large(ids);
    for (Py_ssize_t i = 1; i < ids->n; i++) bad |= ids->values[i] <= ids->values[i - 1];
    if (out_of_range(bad) || add_varint(b, ids->n) || make_ints(&gaps, ids->n)) return -1;
    gaps.values[0] = ids->values[0];
    for (Py_ssize_t i = 1; i < ids->n; i++) gaps.values[i] = ids->values[i] - ids->values[i - 1] - 1;
    int failed = add_ints(b, (uint64_t *)gaps.values, ids->n);
    free_ints(&gaps);
    return failed;
}

/* One f32 or text. */
static int add_value(buffer *b, char kind, PyObject *value)
{
    if (kind == 'f') {
        int64_t bits;
        uint8_t *to = reserve(b, 4);
        if (!to || read_int(value, &bits) || out_of_range(bits < 0 || bits > UINT32_MAX)) return -1;
        for (int i = 0; i < 4; i++) *to++ = bits >> 8 * i;
        b->size += 4;
        return 0;
    }
    Py_ssize_t n;
    const char *text = PyUnicode_AsUTF8AndSize(value, &n);
    if (!text || add_varint(b, n)) return -1;
    uint8_t *to = reserve(b, n);
    if (!to) return -1;
    memcpy(to, text, n);
    b->size += n;
    return 0;
}

static PyObject *finished(buffer *b, int failed)
{
    PyObject *bytes = failed ? NULL : PyBytes_FromStringAndSize((char *)b->bytes, b->size);
    free_buffer(b);
    return bytes;
}
