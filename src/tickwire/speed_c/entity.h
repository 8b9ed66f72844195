/* Rows: the twins, Row, _assign() and quick_init(), are in game/entity.py. */

#pragma once

#include "cpython.h"
#include <stdbool.h>
#include <stddef.h>

/* What a row's table has to know of it. Only a quiet one is noted when a field of it is set: all others are known. */
enum { APART, QUIET, TOUCHED, NEW };

/* What Entity is made of: setting a field notes the row in its table's notes. */
typedef struct { PyObject_HEAD PyObject *touched; PyObject *id; char mark; } row;

static PyTypeObject *row_type;   /* the same for every module that is made of these files */

/* The rows of a table that were touched, in that order; some may be gone from it. A list would give its memory back in
 * each tick. */
typedef struct { PyObject_HEAD Py_ssize_t n, room; row **rows; } notes;

static PyTypeObject *notes_type;

static int notes_traverse(notes *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    for (Py_ssize_t i = 0; i < self->n; i++) Py_VISIT(self->rows[i]);
    return 0;
}

static int notes_clear(notes *self)
{
    row **rows = self->rows;
    Py_ssize_t n = self->n;
    self->rows = NULL;
    self->n = self->room = 0;
    for (Py_ssize_t i = 0; i < n; i++) Py_DECREF(rows[i]);
    PyMem_Free(rows);
    return 0;
}

static void notes_dealloc(notes *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    notes_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyType_Slot notes_slots[] = {
    {Py_tp_traverse, notes_traverse},
    {Py_tp_clear, notes_clear},
    {Py_tp_dealloc, notes_dealloc},
    {0, NULL},
};

static PyType_Spec notes_spec = {
    .name = "tickwire._speed.Notes",
    .basicsize = sizeof(notes),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = notes_slots,
};

static int push(notes *to, row *touched)
{
    if (to->n == to->room) {
        Py_ssize_t room = to->room ? 2 * to->room : 8;
        row **rows = PyMem_Resize(to->rows, row *, room);
        if (!rows) { PyErr_NoMemory(); return -1; }
        to->rows = rows;
        to->room = room;
    }
    to->rows[to->n++] = (row *)Py_NewRef((PyObject *)touched);
    return 0;
}

/* Tables in C have notes; those in Python, which may hold the same rows, have lists. */
static int note_row(row *self)
{
    PyObject *to = self->touched ? self->touched : Py_None;
    int failed = -1;
    if (Py_IS_TYPE(to, notes_type)) failed = push((notes *)to, self);
    else if (PyList_CheckExact(to)) failed = PyList_Append(to, (PyObject *)self);
    else PyErr_Format(PyExc_TypeError, "a row cannot be noted in %.100s", Py_TYPE(to)->tp_name);
    if (!failed) self->mark = TOUCHED;
    return failed;
}

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
    self->mark = APART;
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

/* Where an attribute is that is a plain slot, as a field is; NULL for all others. _PyType_Lookup() is no public name,
 * but msgspec and Cython need it too; it runs no code of others where the name is a plain one. */
static PyObject **plain_slot(row *self, PyObject *name)
{
    PyObject *found = PyUnicode_CheckExact(name) ? _PyType_Lookup(Py_TYPE(self), name) : NULL;
    if (!found || !Py_IS_TYPE(found, &PyMemberDescr_Type)) return NULL;
    const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
    bool plain = member->type == T_OBJECT_EX && !member->flags && PyObject_TypeCheck(self, PyDescr_TYPE(found));
    return plain ? (PyObject **)((char *)self + member->offset) : NULL;
}

/* Slots are set here: Python's own way to them is longer, and every field of every row goes it. */
static int row_setattro(row *self, PyObject *name, PyObject *value)
{
    PyObject **slot = value ? plain_slot(self, name) : NULL;
    if (slot) Py_XSETREF(*slot, Py_NewRef(value));
    else if (PyObject_GenericSetAttr((PyObject *)self, name, value)) return -1;
    return self->mark == QUIET && value ? note_row(self) : 0;
}

static PyMemberDef row_members[] = {
    {"_touched", T_OBJECT, offsetof(row, touched), 0, NULL},
    {"_mark", T_BYTE, offsetof(row, mark), 0, NULL},
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

/* An `__init__` for rows that are given by place, which sets the slots of their fields itself. All else, what is given
 * by name and what is wrong, is for the function in Python. */
typedef struct {
    PyObject_VAR_HEAD
    vectorcallfunc call;
    PyObject *init, *entity, *defaults;   /* the function; whose; a tuple for the last fields */
    Py_ssize_t offsets[];                 /* of the slots */
} maker;

static PyTypeObject *maker_type;

static PyObject *maker_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *names)
{
    maker *m = (maker *)callable;
    Py_ssize_t n = Py_SIZE(m), given = PyVectorcall_NARGS(nargsf) - 1, needed = n - PyTuple_GET_SIZE(m->defaults);
    bool plain = given >= needed && given >= 0 && given <= n && !(names && PyTuple_GET_SIZE(names))
        && PyObject_TypeCheck(args[0], (PyTypeObject *)m->entity);
    if (!plain) return PyObject_Vectorcall(m->init, args, nargsf, names);
    ((row *)args[0])->mark = APART;
    Py_XSETREF(((row *)args[0])->touched, Py_NewRef(Py_None));
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *value = i < given ? args[1 + i] : PyTuple_GET_ITEM(m->defaults, i - needed);
        PyObject **slot = (PyObject **)((char *)args[0] + m->offsets[i]);
        Py_XSETREF(*slot, Py_NewRef(value));
    }
    return Py_NewRef(Py_None);
}

/* As functions do it, so that a row's __init__ is a method of the row. */
static PyObject *maker_bind(PyObject *self, PyObject *object, PyObject *type)
{
    return object && object != Py_None ? PyMethod_New(self, object) : Py_NewRef(self);
}

/* What is asked of it, its name and its annotations, is the function's. */
static PyObject *maker_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found || !PyErr_ExceptionMatches(PyExc_AttributeError)) return found;
    PyErr_Clear();
    return PyObject_GetAttr(((maker *)self)->init, name);
}

/* There is no tp_clear: every ring that it is in goes through its class or its function, which have one. */
static int maker_traverse(maker *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->init);
    Py_VISIT(self->entity);
    Py_VISIT(self->defaults);
    return 0;
}

static void maker_dealloc(maker *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->init);
    Py_XDECREF(self->entity);
    Py_XDECREF(self->defaults);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMemberDef maker_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(maker, call), READONLY, NULL},
    {"__wrapped__", T_OBJECT, offsetof(maker, init), READONLY, NULL},   /* where inspect finds the parameters */
    {NULL},
};

static PyType_Slot maker_slots[] = {
    {Py_tp_members, maker_members},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, maker_bind},
    {Py_tp_getattro, maker_getattro},
    {Py_tp_traverse, maker_traverse},
    {Py_tp_dealloc, maker_dealloc},
    {0, NULL},
};

static PyType_Spec maker_spec = {
    .name = "tickwire._speed.__init__",
    .basicsize = offsetof(maker, offsets),
    .itemsize = sizeof(Py_ssize_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR
        | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = maker_slots,
};

/* Where a class keeps an attribute in its instances; -1 if it is no slot of its own. */
static Py_ssize_t slot_offset(PyObject *type, PyObject *name)
{
    PyObject *found = PyObject_GetAttr(type, name);
    Py_ssize_t offset = -1;
    if (!found) PyErr_Clear();
    else if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        bool own = PyType_IsSubtype((PyTypeObject *)type, PyDescr_TYPE(found));
        if (own && member->type == T_OBJECT_EX && !member->flags) offset = member->offset;
    }
    Py_XDECREF(found);
    return offset;
}

static PyObject *quick_init(PyObject *module, PyObject *args)
{
    PyObject *init, *entity, *fields, *defaults;
    if (!PyArg_ParseTuple(args, "OO!O!O!:quick_init", &init, &PyType_Type, &entity, &PyTuple_Type, &fields,
                          &PyTuple_Type, &defaults)) return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(fields);
    if (!PyType_IsSubtype((PyTypeObject *)entity, row_type) || PyTuple_GET_SIZE(defaults) > n) return Py_NewRef(init);
    maker *made = PyObject_GC_NewVar(maker, maker_type, n);
    if (!made) return NULL;
    made->call = maker_call;
    made->init = Py_NewRef(init);
    made->entity = Py_NewRef(entity);
    made->defaults = Py_NewRef(defaults);
    for (Py_ssize_t i = 0; i < n; i++) {
        if ((made->offsets[i] = slot_offset(entity, PyTuple_GET_ITEM(fields, i))) >= 0) continue;
        Py_DECREF(made);
        return Py_NewRef(init);
    }
    PyObject_GC_Track(made);
    return (PyObject *)made;
}
