/* Inputs taken out of what WebSockets receive: the twins, Intake and Sieve, are in net/sieve.py. */

#pragma once

#include "cpython.h"
#include "sieve_intake.h"
#include "sieve_frame.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    PyObject *inner, *link;             /* NULL: none */
    intake *intake;
    Py_ssize_t left;                    /* bytes of a frame that goes on */
    Py_ssize_t reads, unpaid_reads, unpaid_bytes;
    bool started, passing;
    uint8_t held_size, held[MOST_OF_HEADER];   /* the beginning of a header */
} sieve;

enum { UNPAID_READS = 64, UNPAID_BYTES = READ_SIZE };      /* as in net/sieve.py */

static PyTypeObject *sieve_type;    /* the same for every module that is made of these files */

/* Count a read: 1 if it is to be parsed, 0 if not, -1 on an error. */
static int paid_for(sieve *s, Py_ssize_t n)
{
    s->reads++;
    if (!s->link) return 1;
    s->unpaid_reads++;
    s->unpaid_bytes += n;
    if (s->unpaid_reads < UNPAID_READS && s->unpaid_bytes < UNPAID_BYTES) return 1;
    PyObject *link = Py_NewRef(s->link);
    PyObject *may = PyObject_CallMethod(link, "came", "nn", s->unpaid_bytes, s->unpaid_reads);
    s->unpaid_reads = s->unpaid_bytes = 0;
    int answer = may ? PyObject_IsTrue(may) : -1;
    Py_XDECREF(may);
    Py_DECREF(link);
    return answer;
}

static int is_closing(PyObject *link)
{
    static PyObject *name;
    if (!link) return 0;
    if (!name && !(name = PyUnicode_InternFromString("closing"))) return -1;
    PyObject *closing = PyObject_GetAttr(link, name);
    int answer = closing ? PyObject_IsTrue(closing) : -1;
    Py_XDECREF(closing);
    return answer;
}

/* Give bytes to the protocol behind, unless the connection is closing. */
static int pass_on(sieve *s, const uint8_t *bytes, Py_ssize_t size)
{
    while (size && s->inner) {
        int closing = is_closing(s->link);
        if (closing) return closing < 0 ? -1 : 0;
        PyObject *inner = Py_NewRef(s->inner);               /* what it calls may end the connection */
        PyObject *room = PyObject_CallMethod(inner, "get_buffer", "n", (Py_ssize_t)-1), *done = NULL;
        Py_buffer to;
        if (room && !PyObject_GetBuffer(room, &to, PyBUF_WRITABLE)) {
            Py_ssize_t n = size < to.len ? size : to.len;
            memcpy(to.buf, bytes, n);
            PyBuffer_Release(&to);
            bytes += n;
            size -= n;
            done = PyObject_CallMethod(inner, "buffer_updated", "n", n);
        }
        Py_XDECREF(room);
        Py_DECREF(inner);
        if (!done) return -1;
        Py_DECREF(done);
    }
    return 0;
}

/* Lay an input into the tray of whom it came from: 1; 0 if there is none. */
static int lay_input(sieve *s, const uint8_t *at, frame f)
{
    static PyObject *name;
    if (!name && !(name = PyUnicode_InternFromString("tray"))) return -1;
    if (!s->link) return 0;
    PyObject *link = Py_NewRef(s->link), *tray = PyObject_GetAttr(link, name);
    int laid = tray ? PyList_CheckExact(tray) : -1;
    if (laid == 1) {
        PyObject *payload = PyBytes_FromStringAndSize(NULL, f.size);
        if (payload) unmask((uint8_t *)PyBytes_AS_STRING(payload), at + f.head, at + f.head - MASK_SIZE, f.size);
        if (!payload || lay(s->intake, tray, link, payload)) laid = -1;
        Py_XDECREF(payload);
    }
    Py_XDECREF(tray);
    Py_DECREF(link);
    return laid;
}

static int sift(sieve *s, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        if (s->passing) return pass_on(s, at, end - at);
        if (s->left) {
            Py_ssize_t some = s->left < end - at ? s->left : end - at;
            s->left -= some;
            if (pass_on(s, at, some)) return -1;
            at += some;
            continue;
        }
        frame f = look_at(at, end - at);
        if (f.kind == NEEDS_MORE) {
            memcpy(s->held, at, s->held_size = end - at);
            return 0;
        }
        int laid = f.kind == INPUT ? lay_input(s, at, f) : 0;
        if (laid < 0) return -1;
        if (laid) at += f.head + f.size;
        else if (f.kind == STRANGE) s->passing = true;
        else s->left = f.head + f.size;
    }
    return 0;
}

static int first_bytes(sieve *s, const uint8_t *bytes, Py_ssize_t n)
{
    static const char END[] = "\r\n\r\n";
    enum { END_SIZE = sizeof END - 1 };
    const uint8_t *found = memmem(bytes, n, END, END_SIZE);
    bool alone = found && found + END_SIZE == bytes + n;
    s->started = true;
    if (pass_on(s, bytes, n)) return -1;
    s->passing |= !s->link || !alone;
    return 0;
}

static PyObject *sieve_buffer_updated(sieve *s, PyObject *arg)
{
    Py_ssize_t n = PyLong_AsSsize_t(arg);
    uint8_t bytes[MOST_OF_HEADER + READ_SIZE];               /* of our own: whoever is called may read on */
    if (n == -1 && PyErr_Occurred()) return NULL;
    if (n < 0 || n > READ_SIZE || PyByteArray_GET_SIZE(s->intake->buffer) < n) {
        PyErr_SetString(PyExc_ValueError, "more than the buffer holds");
        return NULL;
    }
    memcpy(bytes, s->held, s->held_size);
    memcpy(bytes + s->held_size, PyByteArray_AS_STRING(s->intake->buffer), n);
    PyObject *self = Py_NewRef(s);
    int paid = paid_for(s, n);
    if (paid <= 0) {
        Py_DECREF(self);
        return paid < 0 ? NULL : Py_NewRef(Py_None);
    }
    n += s->held_size;
    s->held_size = 0;
    int failed = !s->started ? first_bytes(s, bytes, n) : s->passing ? pass_on(s, bytes, n) : sift(s, bytes, bytes + n);
    Py_DECREF(self);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *sieve_get_buffer(sieve *s, PyObject *size_hint) { return Py_NewRef(s->intake->buffer); }

static PyObject *sieve_begin(sieve *s, PyObject *link)
{
    Py_XSETREF(s->link, Py_NewRef(link));
    return Py_NewRef(Py_None);
}

static PyObject *sieve_stop(sieve *s, PyObject *nothing)
{
    s->passing = true;
    return Py_NewRef(Py_None);
}

static PyObject *sieve_end(sieve *s, PyObject *nothing)
{
    Py_CLEAR(s->inner);
    Py_CLEAR(s->link);
    return Py_NewRef(Py_None);
}

static PyObject *sieve_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    PyObject *inner, *taken;
    static char *known[] = {"inner", "intake", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, names, "OO!:Sieve", known, &inner, intake_type, &taken)) return NULL;
    sieve *s = (sieve *)type->tp_alloc(type, 0);
    if (!s) return NULL;
    s->inner = Py_NewRef(inner);
    s->intake = (intake *)Py_NewRef(taken);
    return (PyObject *)s;
}

static int sieve_traverse(sieve *s, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(s));
    Py_VISIT(s->inner);
    Py_VISIT(s->link);
    Py_VISIT(s->intake);
    return 0;
}

/* The intake stays: a sieve without one would be of no use to whoever still holds it. */
static int sieve_clear(sieve *s)
{
    Py_CLEAR(s->inner);
    Py_CLEAR(s->link);
    return 0;
}

static void sieve_dealloc(sieve *s)
{
    PyTypeObject *type = Py_TYPE(s);
    PyObject_GC_UnTrack(s);
    sieve_clear(s);
    Py_XDECREF(s->intake);
    type->tp_free((PyObject *)s);
    Py_DECREF(type);
}

static PyMethodDef sieve_methods[] = {
    {"begin", (PyCFunction)sieve_begin, METH_O, NULL},
    {"stop", (PyCFunction)sieve_stop, METH_NOARGS, NULL},
    {"end", (PyCFunction)sieve_end, METH_NOARGS, NULL},
    {"get_buffer", (PyCFunction)sieve_get_buffer, METH_O, NULL},
    {"buffer_updated", (PyCFunction)sieve_buffer_updated, METH_O, NULL},
    {NULL},
};

static PyMemberDef sieve_members[] = {
    {"inner", T_OBJECT, offsetof(sieve, inner), READONLY, NULL},
    {"reads", T_PYSSIZET, offsetof(sieve, reads), READONLY, NULL},
    {NULL},
};

static PyType_Slot sieve_slots[] = {
    {Py_tp_doc, "See tickwire.net.sieve."},
    {Py_tp_new, sieve_new},
    {Py_tp_methods, sieve_methods},
    {Py_tp_members, sieve_members},
    {Py_tp_traverse, sieve_traverse},
    {Py_tp_clear, sieve_clear},
    {Py_tp_dealloc, sieve_dealloc},
    {0, NULL},
};

static PyType_Spec sieve_spec = {
    .name = "tickwire._speed.Sieve",
    .basicsize = sizeof(sieve),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = sieve_slots,
};
