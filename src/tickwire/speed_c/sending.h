/* Sending to many sockets: the twin is in server/sending.py. */

#pragma once

#include "cpython.h"
#include <errno.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0              /* Python ignores SIGPIPE anyway */
#endif

enum { BROKEN = -1 };               /* instead of a number of bytes sent; as in server/sending.py */

typedef struct { const char *bytes; Py_ssize_t size; Py_ssize_t sent; int fd; } parcel;

/* Without Python objects: between two system calls the caches are cold, and each instruction costs. */
static Py_ssize_t send_parcels(parcel *parcels, Py_ssize_t n)
{
    Py_ssize_t short_of = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        parcel *p = &parcels[i];
        p->sent = 0;
        if (!p->size) continue;
        do p->sent = send(p->fd, p->bytes, p->size, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (p->sent < 0 && errno == EINTR);
        if (p->sent < 0) p->sent = errno == EAGAIN || errno == EWOULDBLOCK ? 0 : BROKEN;
        short_of += p->sent != p->size;
    }
    return short_of;
}

static PyObject *list_short_ones(const parcel *parcels, Py_ssize_t n)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list && i < n; i++) {
        if (parcels[i].sent == parcels[i].size) continue;
        PyObject *pair = Py_BuildValue("(nn)", i, parcels[i].sent);
        if (!pair || PyList_Append(list, pair)) Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}

/* The descriptor is asked for each time: a socket that was closed has none, and its old number may be another's. */
static int fill_parcel(parcel *p, PyObject *socket, PyObject *payload, PyObject *fileno)
{
    if (!PyBytes_CheckExact(payload)) {
        PyErr_SetString(PyExc_TypeError, "payloads must be bytes");
        return -1;
    }
    p->bytes = PyBytes_AS_STRING(payload);
    p->size = PyBytes_GET_SIZE(payload);
    PyObject *number = PyObject_CallMethodNoArgs(socket, fileno);
    if (!number) return -1;
    p->fd = PyLong_AsLong(number);
    Py_DECREF(number);
    return p->fd == -1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *send_all(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static PyObject *fileno;
    if (!fileno && !(fileno = PyUnicode_InternFromString("fileno"))) return NULL;
    if (nargs != 2 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1])
        || PyList_GET_SIZE(args[0]) != PyList_GET_SIZE(args[1])) {
        PyErr_SetString(PyExc_TypeError, "send_all() takes a list of sockets and one of as many payloads");
        return NULL;
    }
    /* Tuples of our own hold on to everything while other threads run. */
    PyObject *sockets = PyList_AsTuple(args[0]);
    PyObject *payloads = PyList_AsTuple(args[1]);
    Py_ssize_t n = sockets ? PyTuple_GET_SIZE(sockets) : 0, short_of = 0;
    parcel *parcels = PyMem_New(parcel, n ? n : 1);
    PyObject *result = NULL;
    if (!sockets || !payloads) goto end;
    if (PyTuple_GET_SIZE(payloads) != n) {
        PyErr_SetString(PyExc_RuntimeError, "the lists changed");
        goto end;
    }
    if (!parcels) { PyErr_NoMemory(); goto end; }
    for (Py_ssize_t i = 0; i < n; i++)
        if (fill_parcel(&parcels[i], PyTuple_GET_ITEM(sockets, i), PyTuple_GET_ITEM(payloads, i), fileno)) goto end;
    Py_BEGIN_ALLOW_THREADS
    short_of = send_parcels(parcels, n);
    Py_END_ALLOW_THREADS
    result = short_of ? list_short_ones(parcels, n) : Py_NewRef(Py_None);
end:
    PyMem_Free(parcels);
    Py_XDECREF(sockets);
    Py_XDECREF(payloads);
    return result;
}
