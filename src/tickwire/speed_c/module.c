/* tickwire._speed: the hot loops in C. Optional: each function has a Python twin of the same name, marked with
 * `@accelerated` (accelerator.py), which is the reference and the fallback; tests/test_accelerator*.py hold the two
 * equal.
 *
 * A part is called after the file that its twins are in (cpython.h, lists.h, buffer.h and msgpack.h serve the others). All are
 * included here, in one translation unit: so everything stays static, and the compiler inlines across parts. (The
 * directory is not called `_speed`: Python might take it for the module.)
 *
 * Rules of all parts: whatever is not the plain case (an int of more than 64 bits, a list of another length) is left
 * to Python's own operations or refused with an exception, never guessed. Nothing is kept between two calls.
 */

#include "cpython.h"

/* Each part includes what it needs itself. */
#include "sending.h"
#include "framing.h"
#include "payloads.h"
#include "payloads_acks.h"
#include "lists.h"
#include "ints.h"
#include "buffer.h"
#include "sections_group.h"
#include "sections_made.h"
#include "sections_state.h"
#include "sections_deltas.h"
#include "sections_members.h"
#include "fields.h"
#include "tracker_column.h"
#include "tracker_moves.h"
#include "tracker_rows.h"
#include "tracker_fields.h"
#include "interest.h"
#include "entity.h"
#include "entity_touched.h"
#include "entity_table.h"
#include "sieve.h"

static PyMethodDef functions[] = {
    {"send_all", (PyCFunction)(void (*)(void))send_all, METH_FASTCALL, NULL},
    {"frame_native", frame_native, METH_O, NULL},
    {"frame_ws_text", frame_ws_text, METH_O, NULL},
    {"frame_ws_binary", frame_ws_binary, METH_O, NULL},
    {"join_payloads", (PyCFunction)(void (*)(void))join_payloads, METH_FASTCALL, NULL},
    {"pack_acks", (PyCFunction)(void (*)(void))pack_acks, METH_FASTCALL, NULL},
    {"pack_ints", pack_ints, METH_O, NULL},
    {"pack_changes", pack_changes, METH_O, NULL},
    {"pack_steps", pack_steps, METH_O, NULL},
    {"pack_ids", pack_ids, METH_O, NULL},
    {"pack_group", (PyCFunction)(void (*)(void))pack_group, METH_FASTCALL, NULL},
    {"pack_states", (PyCFunction)(void (*)(void))pack_states, METH_FASTCALL, NULL},
    {"pack_deltas", (PyCFunction)(void (*)(void))pack_deltas, METH_FASTCALL, NULL},
    {"leave_groups", (PyCFunction)(void (*)(void))leave_groups, METH_FASTCALL, NULL},
    {"enter_groups", (PyCFunction)(void (*)(void))enter_groups, METH_FASTCALL, NULL},
    {"nearest_steps", (PyCFunction)(void (*)(void))nearest_steps, METH_FASTCALL, NULL},
    {"all_within", (PyCFunction)(void (*)(void))all_within, METH_FASTCALL, NULL},
    {"move_on", (PyCFunction)(void (*)(void))move_on, METH_FASTCALL, NULL},
    {"move_fields", (PyCFunction)(void (*)(void))move_fields, METH_FASTCALL, NULL},
    {"hold_rows", (PyCFunction)(void (*)(void))hold_rows, METH_FASTCALL, NULL},
    {"cell_at", (PyCFunction)(void (*)(void))cell_at, METH_FASTCALL, NULL},
    {"cells_of", (PyCFunction)(void (*)(void))cells_of, METH_FASTCALL, NULL},
    {"windows_at", (PyCFunction)(void (*)(void))windows_at, METH_FASTCALL, NULL},
    {"assign", (PyCFunction)(void (*)(void))assign, METH_FASTCALL, NULL},
    {"quick_init", quick_init, METH_VARARGS, NULL},
    {NULL},
};

/* A part knows its own by their type, so there is one, however often the module is made; one without a name stays ours. */
static int add_type(PyObject *module, const char *name, PyTypeObject **type, PyType_Spec *spec)
{
    if (!*type && !(*type = (PyTypeObject *)PyType_FromSpec(spec))) return -1;
    return name ? PyModule_AddObjectRef(module, name, (PyObject *)*type) : 0;
}

static int fill_module(PyObject *module)
{
    bool failed = add_type(module, "Row", &row_type, &row_spec)
        || add_type(module, NULL, &notes_type, &notes_spec)
        || add_type(module, "Rows", &table_type, &table_spec)
        || add_type(module, NULL, &maker_type, &maker_spec)
        || add_type(module, "Column", &column_type, &column_spec)
        || add_type(module, "Intake", &intake_type, &intake_spec)
        || add_type(module, "Sieve", &sieve_type, &sieve_spec);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tickwire._speed",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__speed(void)
{
    return PyModuleDef_Init(&definition);
}
