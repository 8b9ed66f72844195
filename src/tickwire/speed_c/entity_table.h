/* Tables: the twin, Rows, is in game/entity.py.
 *
 * An id is an int as a rule, but what a game removes may be of a class of its own, whose __eq__ may do anything: so
 * what a dict is asked about is held on to, and what a dict gives is held before the next step. */

#pragma once

#include "cpython.h"
#include "entity.h"
#include "entity_touched.h"
#include <stdbool.h>
#include <stddef.h>

/* What a table is: its rows by id, and what happened to them since it was last asked. None of these is ever NULL. */
typedef struct {
    PyObject_HEAD
    PyTypeObject *entity;
    PyObject *next_id, *rows, *added, *removed;
    notes *touched;
} table;

static PyTypeObject *table_type;

/* There is no tp_clear: every ring that it is in goes through a dict, a row or a class, which have one. */
static int table_traverse(table *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->entity);
    Py_VISIT(self->next_id);
    Py_VISIT(self->rows);
    Py_VISIT(self->added);
    Py_VISIT(self->touched);
    Py_VISIT(self->removed);
    return 0;
}

static void table_dealloc(table *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->entity);
    Py_XDECREF(self->next_id);
    Py_XDECREF(self->rows);
    Py_XDECREF(self->added);
    Py_XDECREF(self->touched);
    Py_XDECREF(self->removed);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyObject *table_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    table *self = (table *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->entity = (PyTypeObject *)Py_NewRef(row_type);
    self->next_id = PyLong_FromLong(1);
    self->rows = PyDict_New();
    self->added = PyDict_New();
    self->touched = new_notes();
    self->removed = PyList_New(0);
    if (self->next_id && self->rows && self->added && self->touched && self->removed) return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

static int table_init(table *self, PyObject *args, PyObject *names)
{
    static char *parameters[] = {"entity", NULL};
    PyObject *entity;
    if (!PyArg_ParseTupleAndKeywords(args, names, "O:Table", parameters, &entity)) return -1;
    if (!PyType_Check(entity) || !PyType_IsSubtype((PyTypeObject *)entity, row_type)) {
        PyErr_Format(PyExc_TypeError, "a table holds the rows of an Entity class, not %R", entity);
        return -1;
    }
    Py_SETREF(self->entity, (PyTypeObject *)Py_NewRef(entity));
    return 0;
}

static int set_row(PyObject *dict, PyObject *id, PyObject *row)
{
    Py_INCREF(dict);
    int failed = PyDict_SetItem(dict, id, row);
    Py_DECREF(dict);
    return failed;
}

/* Takes an id out of a dict: 1 if it was in it, 0 if not, -1 for an error. */
static int discard(PyObject *dict, PyObject *id)
{
    if (!PyDict_GET_SIZE(dict)) return 0;
    Py_INCREF(dict);
    int found = PyDict_Contains(dict, id);
    if (found > 0 && PyDict_DelItem(dict, id)) found = -1;
    Py_DECREF(dict);
    return found;
}

static int refuse_class(table *self, PyObject *given)
{
    PyObject *wanted = PyType_GetName(self->entity), *other = PyType_GetName(Py_TYPE(given));
    if (wanted && other) PyErr_Format(PyExc_TypeError, "this table holds %U, not %U", wanted, other);
    Py_XDECREF(wanted);
    Py_XDECREF(other);
    return -1;
}

static int put_in(table *self, PyObject *given)
{
    if (!Py_IS_TYPE(given, self->entity)) return refuse_class(self, given);
    row *new = (row *)given;
    if (new->touched && new->touched != Py_None) {
        PyErr_Format(PyExc_ValueError, "%R is in a table already", given);
        return -1;
    }
    PyObject *id = Py_NewRef(self->next_id), *one = PyLong_FromLong(1), *next = one ? PyNumber_Add(id, one) : NULL;
    Py_XDECREF(one);
    if (next) {
        Py_SETREF(self->next_id, next);
        Py_XSETREF(new->id, Py_NewRef(id));
        Py_XSETREF(new->touched, Py_NewRef((PyObject *)self->touched));
        new->mark = NEW;
    }
    bool failed = !next || set_row(self->rows, id, given) || set_row(self->added, id, given);
    Py_DECREF(id);
    return failed ? -1 : 0;
}

static PyObject *table_add(table *self, PyObject *given)
{
    return put_in(self, given) ? NULL : Py_NewRef(given);
}

/* Ids only ascend: 0 if `id` may be the next one, -1 with an error if not. */
static int skip_to(table *self, PyObject *id)
{
    if (!PyLong_Check(id)) {
        PyErr_Format(PyExc_TypeError, "an id is an integer, not %.100s", Py_TYPE(id)->tp_name);
        return -1;
    }
    int used = PyObject_RichCompareBool(id, self->next_id, Py_LT);
    if (used > 0) PyErr_Format(PyExc_ValueError, "id %S was used already; ids ascend", id);
    if (used) return -1;
    Py_SETREF(self->next_id, Py_NewRef(id));
    return 0;
}

static PyObject *table_skip_to(table *self, PyObject *id) { return skip_to(self, id) ? NULL : Py_NewRef(Py_None); }

static PyObject *table_restore(table *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "restore() takes an id and a row, not %zd arguments", nargs);
        return NULL;
    }
    return skip_to(self, args[0]) ? NULL : table_add(self, args[1]);
}

static int table_contains(table *self, PyObject *object)
{
    if (!Py_IS_TYPE(object, self->entity) || !((row *)object)->id) return 0;
    PyObject *id = Py_NewRef(((row *)object)->id);
    int same = PyDict_GetItemWithError(self->rows, id) == object;
    Py_DECREF(id);
    return PyErr_Occurred() ? -1 : same;
}

static PyObject *id_of(table *self, PyObject *object)
{
    if (PyLong_Check(object)) return Py_NewRef(object);
    int held = table_contains(self, object);
    if (held > 0 && ((row *)object)->id) return Py_NewRef(((row *)object)->id);
    if (held >= 0) PyErr_Format(PyExc_KeyError, "%R is not in this table", object);
    return NULL;
}

static int take_out(table *self, PyObject *id)
{
    PyObject *held = PyObject_GetItem(self->rows, id);
    if (!held) return -1;
    int failed = PyDict_DelItem(self->rows, id);
    if (!failed) {
        ((row *)held)->mark = APART;
        Py_XSETREF(((row *)held)->touched, Py_NewRef(Py_None));
    }
    int added = failed ? -1 : discard(self->added, id);
    if (!added) failed = PyList_Append(self->removed, id);
    Py_DECREF(held);
    return failed || added < 0 ? -1 : 0;
}

static PyObject *table_remove(table *self, PyObject *object)
{
    PyObject *id = id_of(self, object);
    if (!id) return NULL;
    int failed = take_out(self, id);
    Py_DECREF(id);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *table_get(table *self, PyObject *id)
{
    PyObject *held = PyDict_GetItemWithError(self->rows, id);
    if (held) return Py_NewRef(held);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *table_subscript(table *self, PyObject *id) { return PyObject_GetItem(self->rows, id); }

static Py_ssize_t table_length(table *self) { return PyDict_GET_SIZE(self->rows); }

/* Of a copy, so that a loop over a table may add and remove rows. */
static PyObject *table_iterator(table *self)
{
    PyObject *rows = PyDict_Values(self->rows), *iterator = rows ? PyObject_GetIter(rows) : NULL;
    Py_XDECREF(rows);
    return iterator;
}

static PyObject *table_take(table *self, PyObject *ignored)
{
    PyObject *added = PyDict_New(), *removed = PyList_New(0), *taken = PyTuple_New(3);
    PyObject *touched = added && removed && taken ? room_for(self->touched) : NULL;
    if (!touched) {
        Py_XDECREF(added);
        Py_XDECREF(removed);
        Py_XDECREF(taken);
        return NULL;
    }
    /* Until all is taken, nothing here runs code of others. */
    row **stale = NULL;
    Py_ssize_t gone = take_notes(self->touched, touched, &stale), at = 0;
    for (PyObject *id, *new; PyDict_Next(self->added, &at, &id, &new);) quieten((row *)new, self->touched);
    PyTuple_SET_ITEM(taken, 0, self->added);
    PyTuple_SET_ITEM(taken, 1, touched);
    PyTuple_SET_ITEM(taken, 2, self->removed);
    self->added = added;
    self->removed = removed;
    let_go(stale, gone);
    if (sort_rows(touched)) Py_CLEAR(taken);
    return taken;
}

static PyMemberDef table_members[] = {
    {"entity", T_OBJECT_EX, offsetof(table, entity), READONLY, "the class of its rows"},
    {"next_id", T_OBJECT_EX, offsetof(table, next_id), READONLY, "the id that the next row is given"},
    {"_rows", T_OBJECT_EX, offsetof(table, rows), READONLY, NULL},
    {NULL},
};

static PyMethodDef table_methods[] = {
    {"add", (PyCFunction)table_add, METH_O,
     "add($self, row, /)\n--\n\nPut a new row in; gives it its id and returns it."},
    {"restore", (PyCFunction)(void (*)(void))table_restore, METH_FASTCALL,
     "restore($self, id, row, /)\n--\n\nPut a row in under an id of its own: for saved games. Ids must ascend."},
    {"skip_to", (PyCFunction)table_skip_to, METH_O,
     "skip_to($self, id, /)\n--\n\nGive no id below this one any more: for saved games, whose last rows may have been "
     "removed again."},
    {"remove", (PyCFunction)table_remove, METH_O,
     "remove($self, row, /)\n--\n\nTake a row out, by itself or by its id; KeyError if it is not in this table."},
    {"get", (PyCFunction)table_get, METH_O, "get($self, id, /)\n--\n\nThe row of that id, or None."},
    {"_take", (PyCFunction)table_take, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL},
};

static PyType_Slot table_slots[] = {
    {Py_tp_doc, "See tickwire.game.entity."},
    {Py_tp_members, table_members},
    {Py_tp_methods, table_methods},
    {Py_tp_new, table_new},
    {Py_tp_init, table_init},
    {Py_tp_iter, table_iterator},
    {Py_tp_traverse, table_traverse},
    {Py_tp_dealloc, table_dealloc},
    {Py_mp_length, table_length},
    {Py_mp_subscript, table_subscript},
    {Py_sq_contains, table_contains},
    {0, NULL},
};

static PyType_Spec table_spec = {
    .name = "tickwire._speed.Rows",
    .basicsize = sizeof(table),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = table_slots,
};
