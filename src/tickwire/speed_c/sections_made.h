/* Sections of groups, each made when it is first asked for: as GroupedTracker in replication/grouped.py makes them. */

#pragma once

#include "cpython.h"
#include "lists.h"
#include "sections_group.h"
#include <stdbool.h>
#include <stdint.h>

/* What pack_states() is told of a table: `Pieces` in replication/sections.py. */
enum { GROUPS_BY_SIGHT, SECTIONS, FULL_SECTIONS, GONE_SECTIONS, SOURCE, ALL_PIECES };

/* What sections are packed from: `Source` there. */
enum { INDEX, KINDS, LEFT, STAYED, MOVES, CAME, ROWS, MEMBERS, CAPTURES, HASH_EVERY, SOURCE_PARTS };

static bool is_source(PyObject *source)
{
    if (!PyTuple_CheckExact(source) || PyTuple_GET_SIZE(source) != SOURCE_PARTS) return false;
    const int dicts[] = {LEFT, STAYED, CAME, MEMBERS};
    for (int i = 0; i < 4; i++) if (!PyDict_CheckExact(PyTuple_GET_ITEM(source, dicts[i]))) return false;
    return true;
}

static int check_pieces(PyObject *table)
{
    bool is = PyTuple_CheckExact(table) && PyTuple_GET_SIZE(table) == ALL_PIECES;
    for (int i = 0; is && i < SOURCE; i++) is = PyDict_Check(PyTuple_GET_ITEM(table, i));
    PyObject *source = is ? PyTuple_GET_ITEM(table, SOURCE) : Py_None;
    if (!is || (source != Py_None && !is_source(source))) {
        PyErr_SetString(PyExc_TypeError, "a table is four dicts and what sections are packed from");
        return -1;
    }
    return 0;
}

/* An entry of a dict, which may be one that makes what it lacks; a new reference. */
static PyObject *entry(PyObject *dict, PyObject *key)
{
    PyObject *held = PyDict_GetItemWithError(dict, key);
    return held ? Py_NewRef(held) : PyErr_Occurred() ? NULL : PyObject_GetItem(dict, key);
}

/* The list of a group in one of the dicts of a source, or `none`; a new reference. */
static PyObject *list_in(PyObject *source, int part, PyObject *group, PyObject *none)
{
    PyObject *list = PyDict_GetItemWithError(PyTuple_GET_ITEM(source, part), group);
    return list ? Py_NewRef(list) : PyErr_Occurred() ? NULL : Py_NewRef(none);
}

/* Packs a group and keeps the section; the lists are borrowed, and NULL after an error. */
static PyObject *pack_and_keep(PyObject *sections, PyObject *source, PyObject *group, PyObject *left,
                               PyObject *stayed, PyObject *came)
{
    if (!left || !stayed || !came) return NULL;
    PyObject *const args[] = {
        PyTuple_GET_ITEM(source, INDEX), PyTuple_GET_ITEM(source, KINDS), group, left, stayed,
        PyTuple_GET_ITEM(source, MOVES), came, PyTuple_GET_ITEM(source, ROWS), Py_None,
    };
    PyObject *section = pack_group(NULL, args, sizeof args / sizeof *args);
    if (section && PyDict_SetItem(sections, group, section)) Py_CLEAR(section);
    return section;
}

/* Whether it is the turn of a group's hash; -1 after an error. */
static int hash_is_due(PyObject *source, PyObject *group)
{
    int64_t number, captures, every;
    if (read_int(group, &number) || read_int(PyTuple_GET_ITEM(source, CAPTURES), &captures)
        || read_int(PyTuple_GET_ITEM(source, HASH_EVERY), &every)) return -1;
    return every < 1 || (number % every + captures % every) % every == 0;
}

/* What changed in a group. Where it is the turn of its hash, the dict is asked to make it. */
static PyObject *section_of(PyObject *table, PyObject *group, PyObject *none)
{
    PyObject *sections = PyTuple_GET_ITEM(table, SECTIONS), *source = PyTuple_GET_ITEM(table, SOURCE);
    PyObject *held = PyDict_GetItemWithError(sections, group);
    if (held || PyErr_Occurred()) return Py_XNewRef(held);
    if (source == Py_None) return PyObject_GetItem(sections, group);
    const int due = hash_is_due(source, group);
    if (due) return due < 0 ? NULL : PyObject_GetItem(sections, group);
    PyObject *left = list_in(source, LEFT, group, none);
    PyObject *stayed = left ? list_in(source, STAYED, group, none) : NULL;
    PyObject *came = stayed ? list_in(source, CAME, group, none) : NULL;
    PyObject *section = pack_and_keep(sections, source, group, left, stayed, came);
    Py_XDECREF(left);
    Py_XDECREF(stayed);
    Py_XDECREF(came);
    return section;
}

/* The whole of a group, with its hash as above. */
static PyObject *full_section_of(PyObject *table, PyObject *group, PyObject *none)
{
    PyObject *sections = PyTuple_GET_ITEM(table, FULL_SECTIONS), *source = PyTuple_GET_ITEM(table, SOURCE);
    PyObject *held = PyDict_GetItemWithError(sections, group);
    if (held || PyErr_Occurred()) return Py_XNewRef(held);
    if (source == Py_None) return PyObject_GetItem(sections, group);
    const int due = hash_is_due(source, group);
    if (due) return due < 0 ? NULL : PyObject_GetItem(sections, group);
    PyObject *members = PyDict_GetItemWithError(PyTuple_GET_ITEM(source, MEMBERS), group);
    if (!members && PyErr_Occurred()) return NULL;
    PyObject *ids = members ? PySequence_List(members) : Py_NewRef(none);
    if (ids && members && PyList_Sort(ids)) Py_CLEAR(ids);
    PyObject *section = pack_and_keep(sections, source, group, none, none, ids);
    Py_XDECREF(ids);
    return section;
}
