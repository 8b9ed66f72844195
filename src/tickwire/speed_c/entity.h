/* Rows: the twins, Row and _assign(), are in game/entity.py. */

#pragma once

#include "cpython.h"
#include <stddef.h>

/* What Entity is made of: setting a field notes the row in its table's dict of touched ones. */
typedef struct { PyObject_HEAD PyObject *touched; PyObject *id; } row;

static PyTypeObject *row_type;   /* the same for every module that is made of these files */

static int row_traverse(row *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->touched);
    Py_VISIT(self->id);
    return 0;
}

static int row_clear(row *self)
{
    Py_CLEAR(self->touched);
    Py_CLEAR(self->id);
    return 0;
}

static void row_dealloc(row *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    row_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static int row_setattro(row *self, PyObject *name, PyObject *value)
{
    if (PyObject_GenericSetAttr((PyObject *)self, name, value)) return -1;
    if (!value || !self->touched || self->touched == Py_None) return 0;
    if (!self->id) {
        PyErr_SetString(PyExc_AttributeError, "id");
        return -1;
    }
    return PyObject_SetItem(self->touched, self->id, (PyObject *)self);
}

static PyMemberDef row_members[] = {
    {"_touched", T_OBJECT, offsetof(row, touched), 0, NULL},
    {"id", T_OBJECT_EX, offsetof(row, id), 0, NULL},
    {NULL},
};

static PyType_Slot row_slots[] = {
    {Py_tp_doc, "See tickwire.game.entity."},
    {Py_tp_members, row_members},
    {Py_tp_setattro, row_setattro},
    {Py_tp_traverse, row_traverse},
    {Py_tp_clear, row_clear},
    {Py_tp_dealloc, row_dealloc},
    {0, NULL},
};

static PyType_Spec row_spec = {
    .name = "tickwire._speed.Row",
    .basicsize = sizeof(row),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = row_slots,
};

/* Sets a field without noting it: for rows that are being made. */
static PyObject *assign(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "assign() takes a row, a name and a value");
        return NULL;
    }
    if (PyObject_GenericSetAttr(args[0], args[1], args[2])) return NULL;
    return Py_NewRef(Py_None);
}
