/* What all sieves of a server share: the twin, Intake, is in net/sieve.py. */

#pragma once

#include "cpython.h"
#include <stddef.h>

enum { READ_SIZE = 16384, MANY = 512 };                      /* as in net/sieve.py */

typedef struct { PyObject_HEAD PyObject *came, *buffer; char quiet; } intake;

static PyTypeObject *intake_type;   /* the same for every module that is made of these files */

/* Lay an input into a tray, and tell that it came. */
static int lay(const intake *in, PyObject *tray, PyObject *link, PyObject *payload)
{
    if (PyList_Append(tray, link)) return -1;
    if (PyList_Append(tray, payload)) {
        Py_ssize_t n = PyList_GET_SIZE(tray);
        PyList_SetSlice(tray, n - 1, n, NULL);
        return -1;
    }
    if (!in->came || in->came == Py_None || (in->quiet && PyList_GET_SIZE(tray) % (2 * MANY))) return 0;
    PyObject *came = Py_NewRef(in->came), *told = PyObject_CallOneArg(came, link);
    Py_DECREF(came);
    Py_XDECREF(told);
    return told ? 0 : -1;
}

static PyObject *intake_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    if (PyTuple_GET_SIZE(args) || (names && PyDict_GET_SIZE(names))) {
        PyErr_SetString(PyExc_TypeError, "Intake() takes no arguments");
        return NULL;
    }
    intake *in = (intake *)type->tp_alloc(type, 0);
    if (!in) return NULL;
    in->came = Py_NewRef(Py_None);
    in->buffer = PyByteArray_FromStringAndSize(NULL, READ_SIZE);
    if (!in->buffer) { Py_DECREF(in); return NULL; }
    return (PyObject *)in;
}

static int intake_traverse(intake *in, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(in));
    Py_VISIT(in->came);
    return 0;
}

static int intake_clear(intake *in)
{
    Py_CLEAR(in->came);
    return 0;
}

static void intake_dealloc(intake *in)
{
    PyTypeObject *type = Py_TYPE(in);
    PyObject_GC_UnTrack(in);
    Py_CLEAR(in->came);
    Py_CLEAR(in->buffer);
    type->tp_free((PyObject *)in);
    Py_DECREF(type);
}

static PyMemberDef intake_members[] = {
    {"came", T_OBJECT, offsetof(intake, came), 0, NULL},
    {"quiet", T_BOOL, offsetof(intake, quiet), 0, NULL},
    {"buffer", T_OBJECT, offsetof(intake, buffer), READONLY, NULL},
    {NULL},
};

static PyType_Slot intake_slots[] = {
    {Py_tp_doc, "See tickwire.net.sieve."},
    {Py_tp_new, intake_new},
    {Py_tp_members, intake_members},
    {Py_tp_traverse, intake_traverse},
    {Py_tp_clear, intake_clear},
    {Py_tp_dealloc, intake_dealloc},
    {0, NULL},
};

static PyType_Spec intake_spec = {
    .name = "tickwire._speed.Intake",
    .basicsize = sizeof(intake),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = intake_slots,
};
