/* Packing integers, docs/WIRE.md, section 4.2: the twins are in replication/ints.py. */

#pragma once

#include "cpython.h"
#include "lists.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MAX_VARINT = 10 };           /* bytes of 64 bits, seven to a byte */

enum { NIBBLES, VARINTS, SPARSE, CONSTANT, ESCAPE = 15 };

static int varint_size(uint64_t v)
{
    int n = 1;
    while (v >>= 7) n++;
    return n;
}

static uint8_t *put_varint(uint8_t *to, uint64_t v)
{
    for (; v > 0x7F; v >>= 7) *to++ = v | 0x80;
    *to++ = v;
    return to;
}

/* How the values are sent in the fewest bytes; the choice must be pack_ints()' own, to the byte. */
typedef struct { int mode; Py_ssize_t size; } form;

static form choose_form(const uint64_t *v, Py_ssize_t n)
{
    uint64_t top = v[0], bottom = v[0];
    Py_ssize_t zeros = 0, all = 0, large = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (v[i] > top) top = v[i];
        if (v[i] < bottom) bottom = v[i];
        zeros += !v[i];
        all += varint_size(v[i]);
        if (v[i] >= ESCAPE) large += varint_size(v[i] - ESCAPE);
    }
    if (top == bottom) return (form){CONSTANT, 1 + varint_size(top)};
    Py_ssize_t nibbled = (n + 1) / 2 + large, sparse = (n + 7) / 8 + all - zeros;
    if (top < ESCAPE) return sparse < nibbled ? (form){SPARSE, 1 + sparse} : (form){NIBBLES, 1 + nibbled};
    if (sparse < nibbled && sparse < all) return (form){SPARSE, 1 + sparse};
    return nibbled < all ? (form){NIBBLES, 1 + nibbled} : (form){VARINTS, 1 + all};
}

static uint8_t *put_ints(uint8_t *to, form f, const uint64_t *v, Py_ssize_t n)
{
    *to++ = f.mode;
    switch (f.mode) {
    case CONSTANT:
        return put_varint(to, v[0]);
    case VARINTS:
        for (Py_ssize_t i = 0; i < n; i++) to = put_varint(to, v[i]);
        return to;
    case SPARSE:
        memset(to, 0, (n + 7) / 8);
        for (Py_ssize_t i = 0; i < n; i++) if (v[i]) to[i / 8] |= 1 << i % 8;
        to += (n + 7) / 8;
        for (Py_ssize_t i = 0; i < n; i++) if (v[i]) to = put_varint(to, v[i]);
        return to;
    default:
        for (Py_ssize_t i = 0; i < n; i += 2) {
            uint8_t high = v[i] < ESCAPE ? v[i] : ESCAPE;
            uint8_t low = i + 1 == n ? 0 : v[i + 1] < ESCAPE ? v[i + 1] : ESCAPE;
            *to++ = high << 4 | low;
        }
        for (Py_ssize_t i = 0; i < n; i++) if (v[i] >= ESCAPE) to = put_varint(to, v[i] - ESCAPE);
        return to;
    }
}

/* `head` bytes of room are left in front: for a count. */
static PyObject *packed(const uint64_t *v, Py_ssize_t n, int head, uint8_t **start)
{
    form f = choose_form(v, n);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, head + f.size);
    if (!bytes) return NULL;
    *start = (uint8_t *)PyBytes_AS_STRING(bytes);
    put_ints(*start + head, f, v, n);
    return bytes;
}

static uint64_t zigzagged(int64_t v)
{
    return v >= 0 ? (uint64_t)v << 1 : ((uint64_t)~v << 1) | 1;
}

static int out_of_range(bool bad)
{
    if (bad) PyErr_SetString(PyExc_ValueError, "a value is out of range");
    return bad;
}

static PyObject *pack_ints(PyObject *module, PyObject *values)
{
    ints a;
    uint8_t *start;
    if (read_ints(&a, values)) return NULL;
    bool negative = false;
    for (Py_ssize_t i = 0; i < a.n; i++) negative |= a.values[i] < 0;
    PyObject *bytes = out_of_range(negative) ? NULL : packed((uint64_t *)a.values, a.n, 0, &start);
    free_ints(&a);
    return bytes;
}

static PyObject *pack_changes(PyObject *module, PyObject *values)
{
    ints a;
    uint8_t *start;
    if (read_ints(&a, values)) return NULL;
    for (Py_ssize_t i = 0; i < a.n; i++) ((uint64_t *)a.values)[i] = zigzagged(a.values[i]);
    PyObject *bytes = packed((uint64_t *)a.values, a.n, 0, &start);
    free_ints(&a);
    return bytes;
}

/* Wire values have at most 33 bits, so that differences never overflow; what has more is refused. */
static bool too_large(const ints *a)
{
    bool bad = false;
    for (Py_ssize_t i = 0; i < a->n; i++) bad |= a->values[i] > INT64_MAX / 4 || a->values[i] < INT64_MIN / 4;
    return bad;
}

static PyObject *pack_steps(PyObject *module, PyObject *values)
{
    ints a;
    uint8_t *start;
    PyObject *bytes = NULL;
    if (read_ints(&a, values)) return NULL;
    if (!out_of_range(too_large(&a))) {
        for (Py_ssize_t i = a.n - 1; i >= 0; i--)
            ((uint64_t *)a.values)[i] = zigzagged(a.values[i] - (i ? a.values[i - 1] : 0));
        bytes = packed((uint64_t *)a.values, a.n, 0, &start);
    }
    free_ints(&a);
    return bytes;
}

static PyObject *pack_ids(PyObject *module, PyObject *ids)
{
    ints a;
    uint8_t *start;
    PyObject *bytes = NULL;
    if (read_ints(&a, ids)) return NULL;
    bool bad = a.values[0] < 0 || too_large(&a);
    for (Py_ssize_t i = 1; i < a.n; i++) bad |= a.values[i] <= a.values[i - 1];
    if (!out_of_range(bad)) {
        for (Py_ssize_t i = a.n - 1; i > 0; i--) a.values[i] -= a.values[i - 1] + 1;
        bytes = packed((uint64_t *)a.values, a.n, varint_size(a.n), &start);
        if (bytes) put_varint(start, a.n);
    }
    free_ints(&a);
    return bytes;
}
