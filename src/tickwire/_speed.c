/* The hot loops in C. Optional: each function here has a Python twin of the same name, marked with `@accelerated`
 * (accelerator.py), which is the reference and the fallback; tests/test_accelerator.py holds the two equal.
 *
 * Rules of this file: whatever is not the plain case (an int of more than 64 bits, a list of another length) is left
 * to Python's own operations or refused with an exception, never guessed. Nothing is kept between two calls.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0              /* Python ignores SIGPIPE anyway */
#endif

enum {
    BROKEN = -1,                    /* instead of a number of bytes sent; as in server/sending.py */
    ON_STACK = 128,                 /* values that need no memory of their own: a room has fewer rows */
    MAX_VARINT = 10,                /* bytes of 64 bits, seven to a byte */
};

/* --- sending ------------------------------------------------------------------------------------------------- */

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

/* --- integers of a list ---------------------------------------------------------------------------------------- */

typedef struct { int64_t *values; Py_ssize_t n; int64_t on_stack[ON_STACK]; } ints;

static void free_ints(ints *a)
{
    if (a->values != a->on_stack) PyMem_Free(a->values);
}

static int make_ints(ints *a, Py_ssize_t n)
{
    a->n = n;
    a->values = n <= ON_STACK ? a->on_stack : PyMem_New(int64_t, n);
    if (a->values) return 0;
    PyErr_NoMemory();
    return -1;
}

static int read_int(PyObject *item, int64_t *value)
{
    if (!PyLong_Check(item)) {
        PyErr_Format(PyExc_TypeError, "an integer is wanted, not %.100s", Py_TYPE(item)->tp_name);
        return -1;
    }
    *value = PyLong_AsLongLong(item);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

/* The values of a list of at least one; whatever can be iterated over is made one first. */
static int read_ints(ints *a, PyObject *sequence)
{
    PyObject *list = PySequence_Fast(sequence, "a sequence of integers is wanted");
    if (!list) return -1;
    Py_ssize_t n = PySequence_Fast_GET_SIZE(list);
    if (!n) PyErr_SetString(PyExc_ValueError, "at least one value is wanted");
    if (!n || make_ints(a, n)) { Py_DECREF(list); return -1; }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!read_int(PySequence_Fast_GET_ITEM(list, i), &a->values[i])) continue;
        free_ints(a);
        Py_DECREF(list);
        return -1;
    }
    Py_DECREF(list);
    return 0;
}

/* --- packing: docs/WIRE.md, section 4.2; the twins are in replication/ints.py ---------------------------------- */

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

/* --- sections of groups: the twins are in replication/sections.py ------------------------------------------------ */

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

static int kinds_of(PyObject *kinds, const char **letters, Py_ssize_t *n)
{
    *letters = PyUnicode_AsUTF8AndSize(kinds, n);
    if (!*letters) return -1;
    if (out_of_range(*n > 63)) return -1;                    /* a bit for each, and a mirror reads far fewer */
    if (strspn(*letters, "ift") == (size_t)*n) return 0;
    PyErr_SetObject(PyExc_KeyError, kinds);
    return -1;
}

static bool all_lists(PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) if (!PyList_CheckExact(args[i])) return false;
    return true;
}

static PyObject *finished(buffer *b, int failed)
{
    PyObject *bytes = failed ? NULL : PyBytes_FromStringAndSize((char *)b->bytes, b->size);
    free_buffer(b);
    return bytes;
}

/* Whether this is a row as mirrors have it: the number of its group, then a wire value for each field. */
static bool is_held(PyObject *row, Py_ssize_t fields)
{
    bool is = row && PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == 1 + fields;
    if (!is && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a group and a value for each field are wanted");
    return is;
}

/* The rows of these ids as a tuple, which holds on to them: keys that are no plain ints could run code. */
static PyObject *held_rows(PyObject *ids, PyObject *rows, Py_ssize_t fields)
{
    Py_ssize_t n = PyTuple_GET_SIZE(ids);
    PyObject *held = PyTuple_New(n);
    for (Py_ssize_t i = 0; held && i < n; i++) {
        PyObject *row = PyDict_GetItemWithError(rows, PyTuple_GET_ITEM(ids, i));
        if (!row && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, PyTuple_GET_ITEM(ids, i));
        if (!is_held(row, fields)) { Py_CLEAR(held); break; }
        PyTuple_SET_ITEM(held, i, Py_NewRef(row));
    }
    return held;
}

static int add_new_column(buffer *b, char kind, PyObject *held, Py_ssize_t field, ints *values)
{
    for (Py_ssize_t i = 0; i < values->n; i++) {
        PyObject *wire = PyTuple_GET_ITEM(PyTuple_GET_ITEM(held, i), 1 + field);
        if (kind == 'i' ? read_int(wire, &values->values[i]) : add_value(b, kind, wire)) return -1;
    }
    if (kind != 'i') return 0;
    if (out_of_range(too_large(values))) return -1;
    for (Py_ssize_t i = values->n - 1; i >= 0; i--)
        ((uint64_t *)values->values)[i] = zigzagged(values->values[i] - (i ? values->values[i - 1] : 0));
    return add_ints(b, (uint64_t *)values->values, values->n);
}

/* Rows that are new: their ids and all columns. */
static int add_rows(buffer *b, const char *kinds, Py_ssize_t fields, PyObject *came, PyObject *rows)
{
    ints values;
    PyObject *ids = PyList_AsTuple(came), *held = ids ? held_rows(ids, rows, fields) : NULL;
    int failed = held ? read_ints(&values, ids) : -1;
    if (!failed) {
        failed = add_ids(b, &values);
        for (Py_ssize_t i = 0; !failed && i < fields; i++) failed = add_new_column(b, kinds[i], held, i, &values);
        free_ints(&values);
    }
    Py_XDECREF(held);
    Py_XDECREF(ids);
    return failed;
}

/* The item of a list at a place, borrowed; NULL with an error. */
static PyObject *item_at(PyObject *list, int64_t place)
{
    if (PyList_CheckExact(list) && place >= 0 && place < PyList_GET_SIZE(list)) return PyList_GET_ITEM(list, place);
    PyErr_SetString(PyExc_IndexError, "there is no row at that place");
    return NULL;
}

/* Appends what changed of a field in rows at these places, which are all in both lists; 1 if nothing did. */
static int add_moved_column(buffer *b, char kind, Py_ssize_t field, const ints *places, PyObject *before, PyObject *after)
{
    ints moves;
    if (make_ints(&moves, places->n)) return -1;
    int failed = 0;
    bool same = true;
    for (Py_ssize_t i = 0; !failed && i < places->n; i++) {
        PyObject *old = PyTuple_GET_ITEM(PyList_GET_ITEM(before, places->values[i]), 1 + field);
        PyObject *new = PyTuple_GET_ITEM(PyList_GET_ITEM(after, places->values[i]), 1 + field);
        int64_t from = 0, to = 0;
        if (kind == 't') {
            int order = PyUnicode_Compare(old, new);
            failed = PyErr_Occurred() ? -1 : 0;
            same &= !order;
        } else {
            failed = read_int(old, &from) || read_int(new, &to) ? -1 : 0;
            if (!failed && __builtin_sub_overflow(to, from, &moves.values[i])) failed = -out_of_range(true);
            same &= from == to;
        }
    }
    if (!failed && same) failed = 1;
    else if (!failed && kind == 'i') {
        for (Py_ssize_t i = 0; i < moves.n; i++) ((uint64_t *)moves.values)[i] = zigzagged(moves.values[i]);
        failed = add_ints(b, (uint64_t *)moves.values, moves.n);
    } else for (Py_ssize_t i = 0; !failed && i < places->n; i++)
        failed = add_value(b, kind, PyTuple_GET_ITEM(PyList_GET_ITEM(after, places->values[i]), 1 + field));
    free_ints(&moves);
    return failed;
}

/* Rows that changed and stayed: their ids, which fields changed, and the columns of these. */
static int add_moves(buffer *b, const char *kinds, Py_ssize_t fields, const ints *places, PyObject *moves)
{
    ints ids;
    for (int i = 0; i < 3; i++) {
        if (PyList_CheckExact(PyTuple_GET_ITEM(moves, i))) continue;
        PyErr_SetString(PyExc_TypeError, "moves are three lists");
        return -1;
    }
    PyObject *before = PyTuple_GET_ITEM(moves, 1), *after = PyTuple_GET_ITEM(moves, 2);
    if (make_ints(&ids, places->n)) return -1;
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < places->n; i++) {
        PyObject *id = item_at(PyTuple_GET_ITEM(moves, 0), places->values[i]);
        failed = !id || read_int(id, &ids.values[i]) || !is_held(item_at(before, places->values[i]), fields)
                 || !is_held(item_at(after, places->values[i]), fields);
    }
    failed = failed || add_ids(b, &ids);
    free_ints(&ids);
    if (failed) return -1;
    /* Which fields changed is known behind the columns and stands before them. */
    buffer columns;
    start_buffer(&columns);
    uint64_t mask = 0;
    for (Py_ssize_t i = 0; failed >= 0 && i < fields; i++) {
        failed = add_moved_column(&columns, kinds[i], i, places, before, after);
        if (!failed) mask |= 1ULL << i;
    }
    uint8_t *to = failed < 0 || add_varint(b, mask) ? NULL : reserve(b, columns.size);
    if (to) memcpy(to, columns.bytes, columns.size);
    if (to) b->size += columns.size;
    free_buffer(&columns);
    return to ? 0 : -1;
}

static int add_hash(buffer *b, PyObject *hash)
{
    return hash == Py_None ? 0 : add_value(b, 'f', hash);    /* four bytes too */
}

enum { HASH = 1, REMOVED = 2, ADDED = 4, CHANGED_SOME = 8, GROUP = 32 };

/* What changed in a group, behind its head. */
static int add_changes(buffer *b, PyObject *const *args)
{
    const char *kinds;
    Py_ssize_t fields;
    ints some;
    int failed = kinds_of(args[1], &kinds, &fields);
    if (!failed && PyList_GET_SIZE(args[3]) && !(failed = read_ints(&some, args[3]))) {
        failed = add_ids(b, &some);
        free_ints(&some);
    }
    if (!failed && PyList_GET_SIZE(args[4]) && !(failed = read_ints(&some, args[4]))) {
        failed = add_moves(b, kinds, fields, &some, args[5]);
        free_ints(&some);
    }
    if (!failed && PyList_GET_SIZE(args[6])) failed = add_rows(b, kinds, fields, args[6], args[7]);
    return failed || add_hash(b, args[8]) ? -1 : 0;
}

static PyObject *pack_group(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 9 || !PyUnicode_Check(args[1]) || !all_lists(args + 3, 2) || !PyTuple_CheckExact(args[5])
        || PyTuple_GET_SIZE(args[5]) != 3 || !PyList_CheckExact(args[6]) || !PyDict_CheckExact(args[7])) {
        PyErr_SetString(PyExc_TypeError, "pack_group() takes a table, kinds, a group, lists of its rows and a hash");
        return NULL;
    }
    int64_t table, group;
    if (read_int(args[0], &table) || read_int(args[2], &group)) return NULL;
    if (out_of_range(table < 0 || table > UINT8_MAX || group < 0)) return NULL;
    int flags = (PyList_GET_SIZE(args[3]) ? REMOVED : 0) | (PyList_GET_SIZE(args[4]) ? CHANGED_SOME : 0)
                | (PyList_GET_SIZE(args[6]) ? ADDED : 0) | (args[8] != Py_None ? HASH : 0);
    if (!flags) return PyBytes_FromStringAndSize(NULL, 0);
    buffer b;
    start_buffer(&b);
    uint8_t *to = reserve(&b, 2);
    to[0] = table;
    to[1] = flags | GROUP;
    b.size = 2;
    return finished(&b, add_varint(&b, group) || add_changes(&b, args));
}

/* --- messages joined from sections: the twin is in replication/sections.py -------------------------------------- */

static uint8_t *put_big_endian(uint8_t *to, uint8_t mark, uint64_t v, int bytes)
{
    *to++ = mark;
    while (bytes--) *to++ = v >> 8 * bytes;
    return to;
}

/* A MessagePack unsigned integer. */
static uint8_t *put_uint(uint8_t *to, uint64_t v)
{
    if (v < 0x80) { *to++ = v; return to; }
    if (v <= UINT8_MAX) return put_big_endian(to, 0xCC, v, 1);
    if (v <= UINT16_MAX) return put_big_endian(to, 0xCD, v, 2);
    return v <= UINT32_MAX ? put_big_endian(to, 0xCE, v, 4) : put_big_endian(to, 0xCF, v, 8);
}

static uint8_t *put_bin_head(uint8_t *to, uint64_t size)
{
    if (size <= UINT8_MAX) return put_big_endian(to, 0xC4, size, 1);
    return size <= UINT16_MAX ? put_big_endian(to, 0xC5, size, 2) : put_big_endian(to, 0xC6, size, 4);
}

/* An entry of a dict, which may be one that makes what it lacks; a new reference. */
static PyObject *entry(PyObject *dict, PyObject *key)
{
    PyObject *held = PyDict_GetItemWithError(dict, key);
    return held ? Py_NewRef(held) : PyErr_Occurred() ? NULL : PyObject_GetItem(dict, key);
}

/* The sections of one table's groups. */
static int add_sections(buffer *b, PyObject *table, PyObject *sight)
{
    if (!PyTuple_CheckExact(table) || PyTuple_GET_SIZE(table) != 2 || !PyDict_Check(PyTuple_GET_ITEM(table, 0))
        || !PyDict_Check(PyTuple_GET_ITEM(table, 1))) {
        PyErr_SetString(PyExc_TypeError, "a table is two dicts");
        return -1;
    }
    PyObject *groups = entry(PyTuple_GET_ITEM(table, 0), sight);
    if (!groups) return -1;
    int failed = !PyTuple_CheckExact(groups);
    if (failed) PyErr_SetString(PyExc_TypeError, "groups are a tuple");
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(groups); i++) {
        PyObject *section = entry(PyTuple_GET_ITEM(table, 1), PyTuple_GET_ITEM(groups, i));
        failed = !section || !PyBytes_CheckExact(section);
        if (section && failed) PyErr_SetString(PyExc_TypeError, "a section is bytes");
        uint8_t *to = failed ? NULL : reserve(b, PyBytes_GET_SIZE(section));
        if (to) memcpy(to, PyBytes_AS_STRING(section), PyBytes_GET_SIZE(section));
        if (to) b->size += PyBytes_GET_SIZE(section);
        failed |= !to;
        Py_XDECREF(section);
    }
    Py_DECREF(groups);
    return failed ? -1 : 0;
}

static PyObject *pack_state(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    enum { MOST_HEAD = 1 + 9 + 1 + 5 };
    int64_t tick;
    if (nargs != 4 || !PyBytes_CheckExact(args[1]) || !PyTuple_CheckExact(args[2]) || !PyTuple_CheckExact(args[3])
        || PyTuple_GET_SIZE(args[2]) != PyTuple_GET_SIZE(args[3])) {
        PyErr_SetString(PyExc_TypeError, "pack_state() takes a tick, bytes, and two tuples of the same length");
        return NULL;
    }
    if (read_int(args[0], &tick) || out_of_range(tick < 0)) return NULL;
    buffer b;
    start_buffer(&b);
    uint8_t *common = reserve(&b, PyBytes_GET_SIZE(args[1]));
    int failed = !common;
    if (common) memcpy(common, PyBytes_AS_STRING(args[1]), PyBytes_GET_SIZE(args[1]));
    b.size = PyBytes_GET_SIZE(args[1]);
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(args[2]); i++)
        failed = add_sections(&b, PyTuple_GET_ITEM(args[2], i), PyTuple_GET_ITEM(args[3], i));
    if (failed || !b.size) {
        free_buffer(&b);
        return failed ? NULL : PyBytes_FromStringAndSize(NULL, 0);
    }
    uint8_t head[MOST_HEAD], *end = head;
    *end++ = 0x93;
    end = put_uint(end, tick);
    *end++ = 0xC2;
    end = put_bin_head(end, b.size);
    PyObject *message = PyBytes_FromStringAndSize(NULL, end - head + b.size);
    if (message) {
        memcpy(PyBytes_AS_STRING(message), head, end - head);
        memcpy(PyBytes_AS_STRING(message) + (end - head), b.bytes, b.size);
    }
    free_buffer(&b);
    return message;
}

/* --- who is in which group: the twins are in replication/sections.py --------------------------------------------- */

/* dict.setdefault(group, a new list).append(id) */
static int note(PyObject *dict, PyObject *group, PyObject *id)
{
    PyObject *list = PyDict_GetItemWithError(dict, group);
    if (list) {
        if (PyList_CheckExact(list)) return PyList_Append(list, id);
        PyErr_SetString(PyExc_TypeError, "a dict of lists is wanted");
        return -1;
    }
    if (PyErr_Occurred() || !(list = PyList_New(1))) return -1;
    PyList_SET_ITEM(list, 0, Py_NewRef(id));
    int failed = PyDict_SetItem(dict, group, list);
    Py_DECREF(list);
    return failed;
}

/* The group of a row as mirrors have it, borrowed; NULL, with an error unless there is no row. */
static PyObject *group_of(PyObject *row)
{
    if (row && PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row)) return PyTuple_GET_ITEM(row, 0);
    if (row) PyErr_SetString(PyExc_TypeError, "a row is a tuple that begins with its group");
    return NULL;
}

static int leave_group(PyObject *id, PyObject *rows, PyObject *members, PyObject *left)
{
    PyObject *row = PyDict_GetItemWithError(rows, id), *group = group_of(row), *set = NULL;
    if (!row && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, id);
    if (!group) return -1;
    Py_INCREF(group);
    int failed = PyDict_DelItem(rows, id) || !(set = PyDict_GetItemWithError(members, group));
    if (failed && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, group);
    failed = failed || PySet_Discard(set, id) < 0 || note(left, group, id);
    Py_DECREF(group);
    return failed;
}

static int enter_group(PyObject *id, PyObject *row, PyObject *rows, PyObject *members, PyObject *came)
{
    PyObject *group = group_of(row), *set = group ? PyDict_GetItemWithError(members, group) : NULL;
    if (set) Py_INCREF(set);
    else if (PyErr_Occurred() || !(set = PySet_New(NULL)) || PyDict_SetItem(members, group, set)) {
        Py_XDECREF(set);
        return -1;
    }
    int failed = PyDict_SetItem(rows, id, row) || PySet_Add(set, id) || note(came, group, id);
    Py_DECREF(set);
    return failed;
}

static bool all_dicts(PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) if (!PyDict_CheckExact(args[i])) return false;
    return true;
}

static PyObject *leave_groups(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyList_CheckExact(args[0]) || !all_dicts(args + 1, 3)) {
        PyErr_SetString(PyExc_TypeError, "leave_groups() takes a list and three dicts");
        return NULL;
    }
    PyObject *ids = PyList_AsTuple(args[0]);
    int failed = !ids;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(ids); i++)
        failed = leave_group(PyTuple_GET_ITEM(ids, i), args[1], args[2], args[3]);
    Py_XDECREF(ids);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *enter_groups(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !all_lists(args, 2) || !all_dicts(args + 2, 3)
        || PyList_GET_SIZE(args[0]) != PyList_GET_SIZE(args[1])) {
        PyErr_SetString(PyExc_TypeError, "enter_groups() takes two lists of the same length and three dicts");
        return NULL;
    }
    PyObject *ids = PyList_AsTuple(args[0]), *groups = PyList_AsTuple(args[1]);
    int failed = !ids || !groups;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(ids) && i < PyTuple_GET_SIZE(groups); i++)
        failed = enter_group(PyTuple_GET_ITEM(ids, i), PyTuple_GET_ITEM(groups, i), args[2], args[3], args[4]);
    Py_XDECREF(ids);
    Py_XDECREF(groups);
    return failed ? NULL : Py_NewRef(Py_None);
}

/* --- capture: the twins are in game/fields.py and replication/tracker.py ------------------------------------- */

/* round((value - lo) * per_unit) for whatever is no plain float or int; NULL without an error if it is no number. */
static PyObject *round_steps(PyObject *value, PyObject *lo, PyObject *per_unit)
{
    PyObject *from_lo = PyNumber_Subtract(value, lo);
    PyObject *steps = from_lo ? PyNumber_Multiply(from_lo, per_unit) : NULL;
    PyObject *rounded = steps ? PyObject_CallMethod(steps, "__round__", NULL) : NULL;
    Py_XDECREF(from_lo);
    Py_XDECREF(steps);
    if (!rounded && (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError)
                     || PyErr_ExceptionMatches(PyExc_OverflowError) || PyErr_ExceptionMatches(PyExc_AttributeError)))
        PyErr_Clear();
    return rounded;
}

/* A wire value, if it is an int from 0 to `most`; NULL without an error if not. Takes the reference over. */
static PyObject *if_within(PyObject *wire, double most)
{
    int overflow = 0;
    long long value = wire && PyLong_Check(wire) ? PyLong_AsLongLongAndOverflow(wire, &overflow) : -1;
    if (wire && !overflow && value >= 0 && value <= most) return wire;
    Py_XDECREF(wire);
    return NULL;
}

static PyObject *nearest_step(PyObject *value, PyObject *const *args, double lo, double per_unit, double most)
{
    enum { EXACT = 1 << 30 };       /* up to here, and far beyond, an int is a float without loss */
    double number;
    int overflow = 0;
    if (PyFloat_CheckExact(value)) {
        number = PyFloat_AS_DOUBLE(value);
    } else {
        long long whole = PyLong_CheckExact(value) ? PyLong_AsLongLongAndOverflow(value, &overflow) : EXACT + 1LL;
        if (overflow || whole > EXACT || whole < -EXACT || fabs(lo) > EXACT)
            return if_within(round_steps(value, args[1], args[2]), most);
        number = whole;
    }
    double steps = rint((number - lo) * per_unit);           /* to even, as round() */
    return steps >= 0 && steps <= most ? PyLong_FromLongLong(steps) : NULL;
}

/* The nearest step to each number; None if one is no number, or not in the range. */
static PyObject *nearest_steps(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "nearest_steps() takes a list and three numbers");
        return NULL;
    }
    PyObject *values = args[0];
    double lo = PyFloat_AsDouble(args[1]), per_unit = PyFloat_AsDouble(args[2]), most = PyFloat_AsDouble(args[3]);
    if (PyErr_Occurred()) return NULL;
    Py_ssize_t n = PyList_GET_SIZE(values);
    PyObject *wires = PyList_New(n);
    for (Py_ssize_t i = 0; wires && i < n; i++) {
        if (PyList_GET_SIZE(values) != n) {                  /* a number's own code may do anything */
            PyErr_SetString(PyExc_RuntimeError, "the list changed");
            Py_CLEAR(wires);
            break;
        }
        PyObject *value = Py_NewRef(PyList_GET_ITEM(values, i));
        PyObject *wire = nearest_step(value, args, lo, per_unit, most);
        Py_DECREF(value);
        if (wire) { PyList_SET_ITEM(wires, i, wire); continue; }
        Py_CLEAR(wires);
        if (!PyErr_Occurred()) return Py_NewRef(Py_None);
    }
    return wires;
}

/* Whether all are ints (bools are not) from lo to hi. */
static PyObject *all_within(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "all_within() takes a list and two integers");
        return NULL;
    }
    int64_t lo, hi;
    if (read_int(args[1], &lo) || read_int(args[2], &hi)) return NULL;
    bool within = true;
    for (Py_ssize_t i = 0; within && i < PyList_GET_SIZE(args[0]); i++) {
        PyObject *item = PyList_GET_ITEM(args[0], i);
        int overflow = 0;
        bool whole = PyLong_Check(item) && !PyBool_Check(item);
        long long value = whole ? PyLong_AsLongLongAndOverflow(item, &overflow) : 0;
        within = whole && !overflow && lo <= value && value <= hi;
    }
    return PyBool_FromLong(within);
}

/* --- columns: the twin is in replication/tracker.py ------------------------------------------------------------- */

/* Wire values by row id, ids ascending: two arrays where a dict would have two objects and an entry for each value. All
 * rows of a room are looked at in every tick, and what that costs is reading them from memory. */
typedef struct column { PyObject_HEAD Py_ssize_t n, room; int64_t *ids, *values; } column;

static PyTypeObject *column_type;   /* the same for every module that is made of this file */

static bool is_c_column(PyObject *object) { return column_type && Py_IS_TYPE(object, column_type); }

/* Where an id is, or where it would have to be; a caller that walks says where it expects it. */
static Py_ssize_t place_of(const column *c, int64_t id, Py_ssize_t expected)
{
    if (expected < c->n && c->ids[expected] == id) return expected;
    Py_ssize_t low = 0, high = c->n;
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (c->ids[middle] < id) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_at(const column *c, Py_ssize_t place, int64_t id) { return place < c->n && c->ids[place] == id; }

static int grow_column(column *c)
{
    Py_ssize_t room = c->room ? 2 * c->room : 8;
    int64_t *ids = PyMem_Resize(c->ids, int64_t, room);
    if (ids) c->ids = ids;
    int64_t *values = ids ? PyMem_Resize(c->values, int64_t, room) : NULL;
    if (!values) { PyErr_NoMemory(); return -1; }
    c->values = values;
    c->room = room;
    return 0;
}

static int set_in_column(column *c, PyObject *key, PyObject *wire)
{
    int64_t id, value;
    if (read_int(key, &id) || read_int(wire, &value)) return -1;
    Py_ssize_t place = place_of(c, id, c->n);
    if (!is_at(c, place, id)) {
        if (place < c->n) { PyErr_SetString(PyExc_ValueError, "ids ascend"); return -1; }
        if (c->n == c->room && grow_column(c)) return -1;
        c->ids[c->n++] = id;
    }
    c->values[place] = value;
    return 0;
}

static int column_assign(column *c, PyObject *key, PyObject *wire)
{
    int64_t id;
    if (wire) return set_in_column(c, key, wire);
    if (read_int(key, &id)) return -1;
    Py_ssize_t place = place_of(c, id, 0);
    if (!is_at(c, place, id)) { PyErr_SetObject(PyExc_KeyError, key); return -1; }
    c->n--;
    memmove(c->ids + place, c->ids + place + 1, (c->n - place) * sizeof *c->ids);
    memmove(c->values + place, c->values + place + 1, (c->n - place) * sizeof *c->values);
    return 0;
}

static PyObject *column_get(column *c, PyObject *key)
{
    int64_t id;
    if (read_int(key, &id)) return NULL;
    Py_ssize_t place = place_of(c, id, 0);
    if (is_at(c, place, id)) return PyLong_FromLongLong(c->values[place]);
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static Py_ssize_t column_length(column *c) { return c->n; }

static PyObject *list_of(column *c, bool of_ids)
{
    Py_ssize_t n = c->n;
    PyObject *list = PyList_New(n);                          /* a collection may run anything */
    if (list && c->n != n) {
        PyErr_SetString(PyExc_RuntimeError, "the column changed");
        Py_CLEAR(list);
    }
    for (Py_ssize_t i = 0; list && i < n; i++) {
        PyObject *value = PyLong_FromLongLong((of_ids ? c->ids : c->values)[i]);
        if (value) PyList_SET_ITEM(list, i, value);
        else Py_CLEAR(list);
    }
    return list;
}

static PyObject *column_keys(column *c, PyObject *nothing) { return list_of(c, true); }

static PyObject *column_values(column *c, PyObject *nothing) { return list_of(c, false); }

static PyObject *column_iterator(column *c)
{
    PyObject *ids = list_of(c, true), *iterator = ids ? PyObject_GetIter(ids) : NULL;
    Py_XDECREF(ids);
    return iterator;
}

static PyObject *column_update(column *c, PyObject *pairs)
{
    PyObject *iterator = PyObject_GetIter(pairs), *pair;
    if (!iterator) return NULL;
    while ((pair = PyIter_Next(iterator))) {
        int failed = 1;
        if (PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2)
            failed = set_in_column(c, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        else
            PyErr_SetString(PyExc_TypeError, "pairs of an id and a value are wanted");
        Py_DECREF(pair);
        if (failed) break;
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void column_dealloc(column *c)
{
    PyTypeObject *type = Py_TYPE(c);
    PyMem_Free(c->ids);
    PyMem_Free(c->values);
    type->tp_free((PyObject *)c);
    Py_DECREF(type);
}

static PyMethodDef column_methods[] = {
    {"keys", (PyCFunction)column_keys, METH_NOARGS, NULL},
    {"values", (PyCFunction)column_values, METH_NOARGS, NULL},
    {"update", (PyCFunction)column_update, METH_O, NULL},
    {NULL},
};

static PyType_Slot column_slots[] = {
    {Py_tp_doc, "See tickwire.replication.tracker."},
    {Py_tp_methods, column_methods},
    {Py_tp_iter, column_iterator},
    {Py_tp_dealloc, column_dealloc},
    {Py_mp_length, column_length},
    {Py_mp_subscript, column_get},
    {Py_mp_ass_subscript, column_assign},
    {0, NULL},
};

static PyType_Spec column_spec = {
    .name = "tickwire._speed.Column",
    .basicsize = sizeof(column),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = column_slots,
};

/* The differences of the rows of a column that move on to `after`; None if there are none. */
static PyObject *move_c_column(column *c, PyObject *ids, const int64_t *after)
{
    Py_ssize_t n = PyList_GET_SIZE(ids), place = -1;
    PyObject *differences = PyList_New(n);
    bool any = false;
    for (Py_ssize_t i = 0; differences && i < n; i++) {
        PyObject *key = PyList_GET_ITEM(ids, i), *moved = NULL;
        int64_t id, difference;
        if (!read_int(key, &id)) {
            place = place_of(c, id, place + 1);
            if (!is_at(c, place, id)) PyErr_SetObject(PyExc_KeyError, key);
            else if (__builtin_sub_overflow(after[i], c->values[place], &difference))
                PyErr_SetString(PyExc_OverflowError, "a wire value is too large");
            else moved = PyLong_FromLongLong(difference);
        }
        if (!moved) { Py_CLEAR(differences); break; }
        c->values[place] = after[i];
        any |= difference != 0;
        PyList_SET_ITEM(differences, i, moved);
    }
    if (!differences || any) return differences;
    Py_DECREF(differences);
    return Py_NewRef(Py_None);
}

/* Where the slot of a field is in rows of a type; 0 if reading it takes more than a look, or `type` is another's. */
static Py_ssize_t slot_of(PyTypeObject *type, PyObject *name)
{
    if (type->tp_getattro != PyObject_GenericGetAttr) return 0;
    PyObject *found = PyObject_GetAttr((PyObject *)type, name);
    if (!found) { PyErr_Clear(); return 0; }
    Py_ssize_t offset = 0;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        const PyMemberDescrObject *slot = (PyMemberDescrObject *)found;
        if (slot->d_member->type == T_OBJECT_EX && PyType_IsSubtype(type, slot->d_common.d_type))
            offset = slot->d_member->offset;
    }
    Py_DECREF(found);
    return offset;
}

static PyObject *read_field(PyObject *row, PyObject *name, PyTypeObject *type, Py_ssize_t slot)
{
    PyObject *value = slot && Py_IS_TYPE(row, type) ? *(PyObject **)((char *)row + slot) : NULL;
    return value ? Py_NewRef(value) : PyObject_GetAttr(row, name);
}

/* --- moving on ---------------------------------------------------------------------------------------------- */

/* Gives one row of a column a new wire value; returns the difference to the old one. */
static int move_one(PyObject *column, PyObject *id, int64_t after, PyObject *wire, int64_t *difference)
{
    PyObject *old = PyDict_GetItemWithError(column, id);
    int64_t before;
    if (!old && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, id);
    if (!old || read_int(old, &before)) return -1;
    if (__builtin_sub_overflow(after, before, difference)) {
        PyErr_SetString(PyExc_OverflowError, "a wire value is too large");
        return -1;
    }
    if (!*difference) return 0;
    PyObject *made = wire ? Py_NewRef(wire) : PyLong_FromLongLong(after);
    int failed = !made || PyDict_SetItem(column, id, made);
    Py_XDECREF(made);
    return failed ? -1 : 0;
}

/* The differences of a column that moves on to `after`, whose objects are in `wires` if there are any already. */
static PyObject *move_all(PyObject *column, PyObject *ids, const int64_t *after, PyObject *wires)
{
    if (is_c_column(column)) return move_c_column((struct column *)column, ids, after);
    Py_ssize_t n = PyList_GET_SIZE(ids);
    PyObject *differences = PyList_New(n);
    bool any = false;
    for (Py_ssize_t i = 0; differences && i < n; i++) {
        PyObject *wire = wires ? PyList_GET_ITEM(wires, i) : NULL, *moved = NULL;
        int64_t difference;
        if (!move_one(column, PyList_GET_ITEM(ids, i), after[i], wire, &difference))
            moved = PyLong_FromLongLong(difference);
        if (!moved) { Py_CLEAR(differences); break; }
        any |= difference != 0;
        PyList_SET_ITEM(differences, i, moved);
    }
    if (!differences || any) return differences;
    Py_DECREF(differences);
    return Py_NewRef(Py_None);
}

static bool is_column(PyObject *column, PyObject *ids, PyObject *list)
{
    bool is = (PyDict_CheckExact(column) || is_c_column(column)) && PyList_CheckExact(ids) && PyList_CheckExact(list)
              && PyList_GET_SIZE(ids) == PyList_GET_SIZE(list);
    if (!is) PyErr_SetString(PyExc_TypeError, "a column, a list of ids and another as long are wanted");
    return is;
}

static PyObject *move_on(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) PyErr_SetString(PyExc_TypeError, "move_on() takes three arguments");
    if (nargs != 3 || !is_column(args[0], args[1], args[2])) return NULL;
    if (!PyList_GET_SIZE(args[1])) return Py_NewRef(Py_None);
    ints after;
    if (read_ints(&after, args[2])) return NULL;
    PyObject *differences = move_all(args[0], args[1], after.values, args[2]);
    free_ints(&after);
    return differences;
}

/* What a value is on the wire: 1 if its field cannot hold it, -1 with an error. `limits` are of a FixedType or an
 * IntType: the lowest value and, of the first, steps a unit and how many there are, of the second the highest. */
typedef int to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire);

static int fixed_to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire)
{
    double steps = PyFloat_CheckExact(value) ? rint((PyFloat_AS_DOUBLE(value) - numbers[0]) * numbers[1]) : -1;
    if (steps >= 0 && steps <= numbers[2]) { *wire = steps; return 0; }
    /* nearest_step() wants the scale behind a first argument, as nearest_steps() has it. */
    PyObject *scale[] = {NULL, PyTuple_GET_ITEM(limits, 0), PyTuple_GET_ITEM(limits, 1)};
    PyObject *made = nearest_step(value, scale, numbers[0], numbers[1], numbers[2]);
    if (!made) return PyErr_Occurred() ? -1 : 1;
    int failed = read_int(made, wire);
    Py_DECREF(made);
    return failed;
}

static int int_to_wire(PyObject *value, PyObject *limits, const double *numbers, int64_t *wire)
{
    int overflow = 0;
    if (!PyLong_Check(value) || PyBool_Check(value)) return 1;
    *wire = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow || *wire < numbers[0] || *wire > numbers[1];
}

/* `move_on` to what a field of some rows now holds. */
static PyObject *move_rows(PyObject *const *args, to_wire *read, const double *numbers)
{
    PyObject *ids = args[1], *rows = args[2], *name = args[3];
    Py_ssize_t n = PyList_GET_SIZE(ids);
    ints after;
    if (make_ints(&after, n)) return NULL;
    PyTypeObject *type = n ? (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(PyList_GET_ITEM(rows, 0))) : NULL;
    Py_ssize_t slot = n ? slot_of(type, name) : 0;
    int unfit = 0;
    for (Py_ssize_t i = 0; !unfit && i < n; i++) {
        if (PyList_GET_SIZE(rows) != n) break;               /* a getter may do anything */
        PyObject *row = Py_NewRef(PyList_GET_ITEM(rows, i));
        PyObject *value = read_field(row, name, type, slot);
        unfit = value ? read(value, args[4], numbers, &after.values[i]) : -1;
        Py_XDECREF(value);
        Py_DECREF(row);
    }
    if (unfit >= 0 && (PyList_GET_SIZE(rows) != n || PyList_GET_SIZE(ids) != n)) {
        PyErr_SetString(PyExc_RuntimeError, "the list changed");
        unfit = -1;
    }
    Py_XDECREF(type);
    PyObject *result = unfit < 0 ? NULL : unfit ? Py_NewRef(Py_False) : move_all(args[0], ids, after.values, NULL);
    free_ints(&after);
    return result;
}

static PyObject *move_steps(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_CheckExact(args[4]) || PyTuple_GET_SIZE(args[4]) != 3) {
        PyErr_SetString(PyExc_TypeError, "move_steps() takes a column, ids, rows, a name and a scale");
        return NULL;
    }
    double numbers[3];
    for (int i = 0; i < 3; i++) numbers[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(args[4], i));
    if (PyErr_Occurred() || !is_column(args[0], args[1], args[2])) return NULL;
    return move_rows(args, fixed_to_wire, numbers);
}

static PyObject *move_ints(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_CheckExact(args[4]) || PyTuple_GET_SIZE(args[4]) != 2) {
        PyErr_SetString(PyExc_TypeError, "move_ints() takes a column, ids, rows, a name and two limits");
        return NULL;
    }
    double numbers[2];
    for (int i = 0; i < 2; i++) numbers[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(args[4], i));
    if (PyErr_Occurred() || !is_column(args[0], args[1], args[2])) return NULL;
    return move_rows(args, int_to_wire, numbers);
}

/* --- interest: the twins are in replication/interest.py ------------------------------------------------------------ */

/* place // cell, clamped; by the steps of Python's own floor division of floats, so that no place is in another cell. */
static int64_t cell_of(double place, double cell, int64_t last)
{
    enum { MANY = 1 << 30 };
    double quotient = place / cell;
    if (place >= 0 && quotient < MANY) {                     /* fmod() takes thrice the time */
        int64_t number = quotient;
        if (fma(-(double)number, cell, place) < 0) number--; /* the quotient was rounded up */
        return number >= last ? last : number;
    }
    double rest = fmod(place, cell), whole = (place - rest) / cell;
    if (rest < 0) whole -= 1;
    double number = floor(whole);
    if (whole - number > 0.5) number += 1;
    return number <= 0 ? 0 : number >= last ? last : (int64_t)number;
}

static int no_place(bool bad)
{
    if (bad) PyErr_SetString(PyExc_ValueError, "a place must be finite, and a cell above 0");
    return bad;
}

static PyObject *cell_at(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "cell_at() takes a place, the size of a cell and the last cell");
        return NULL;
    }
    double place = PyFloat_AsDouble(args[0]), cell = PyFloat_AsDouble(args[1]);
    int64_t last;
    if (PyErr_Occurred() || read_int(args[2], &last) || no_place(!isfinite(place) || !(cell > 0))) return NULL;
    return PyLong_FromLongLong(cell_of(place, cell, last));
}

/* For each place on two lists the number of its cell, line by line from 1. */
static PyObject *cells_at(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1])
        || PyList_GET_SIZE(args[0]) != PyList_GET_SIZE(args[1])) {
        PyErr_SetString(PyExc_TypeError, "cells_at() takes two lists as long as each other and three numbers");
        return NULL;
    }
    double cell = PyFloat_AsDouble(args[2]);
    int64_t right, bottom;
    if (PyErr_Occurred() || read_int(args[3], &right) || read_int(args[4], &bottom)) return NULL;
    PyObject *xs = PyList_AsTuple(args[0]), *ys = PyList_AsTuple(args[1]);  /* a number's own code may do anything */
    Py_ssize_t n = xs && ys ? PyTuple_GET_SIZE(xs) : 0;
    PyObject *cells = xs && ys && PyTuple_GET_SIZE(ys) == n ? PyList_New(n) : NULL;
    for (Py_ssize_t i = 0; cells && i < n; i++) {
        double x = PyFloat_AsDouble(PyTuple_GET_ITEM(xs, i)), y = PyFloat_AsDouble(PyTuple_GET_ITEM(ys, i));
        PyObject *number = NULL;
        if (!PyErr_Occurred() && !no_place(!isfinite(x) || !isfinite(y) || !(cell > 0)))
            number = PyLong_FromLongLong(1 + cell_of(y, cell, bottom) * (right + 1) + cell_of(x, cell, right));
        if (!number) { Py_CLEAR(cells); break; }
        PyList_SET_ITEM(cells, i, number);
    }
    Py_XDECREF(xs);
    Py_XDECREF(ys);
    return cells;
}

/* The cells that a window around a focus, a sequence of two numbers, touches: first and last column, first and last
 * line. `halves` are half its width and its height. */
static PyObject *window_at(PyObject *focus, const double *halves, double cell, const int64_t *last)
{
    PyObject *place = PySequence_Tuple(focus);
    if (!place) return NULL;
    if (PyTuple_GET_SIZE(place) != 2) {
        PyErr_SetString(PyExc_ValueError, "a focus is two numbers");
        Py_DECREF(place);
        return NULL;
    }
    double middles[] = {PyFloat_AsDouble(PyTuple_GET_ITEM(place, 0)), PyFloat_AsDouble(PyTuple_GET_ITEM(place, 1))};
    Py_DECREF(place);
    PyObject *window = PyErr_Occurred() ? NULL : PyTuple_New(4);
    for (int i = 0; window && i < 4; i++) {
        double end = middles[i / 2] + (i % 2 ? halves[i / 2] : -halves[i / 2]);
        PyObject *number = no_place(!isfinite(end) || !(cell > 0)) ? NULL
                           : PyLong_FromLongLong(cell_of(end, cell, last[i / 2]));
        if (!number) { Py_CLEAR(window); break; }
        PyTuple_SET_ITEM(window, i, number);
    }
    return window;
}

static PyObject *windows_at(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 6 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "windows_at() takes a list of places and five numbers");
        return NULL;
    }
    double halves[] = {PyFloat_AsDouble(args[1]), PyFloat_AsDouble(args[2])}, cell = PyFloat_AsDouble(args[3]);
    int64_t last[2];
    if (PyErr_Occurred() || read_int(args[4], &last[0]) || read_int(args[5], &last[1])) return NULL;
    PyObject *foci = PyList_AsTuple(args[0]);                /* a sequence's own code may do anything */
    PyObject *windows = foci ? PyList_New(PyTuple_GET_SIZE(foci)) : NULL;
    for (Py_ssize_t i = 0; windows && i < PyTuple_GET_SIZE(foci); i++) {
        PyObject *window = window_at(PyTuple_GET_ITEM(foci, i), halves, cell, last);
        if (!window) { Py_CLEAR(windows); break; }
        PyList_SET_ITEM(windows, i, window);
    }
    Py_XDECREF(foci);
    return windows;
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

/* What Entity is made of: setting a field notes the row in its table's dict of touched ones. */
typedef struct { PyObject_HEAD PyObject *touched; PyObject *id; } row;

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

/* --- the module ------------------------------------------------------------------------------------------------ */

static PyMethodDef functions[] = {
    {"send_all", (PyCFunction)(void (*)(void))send_all, METH_FASTCALL, NULL},
    {"pack_ints", pack_ints, METH_O, NULL},
    {"pack_changes", pack_changes, METH_O, NULL},
    {"pack_steps", pack_steps, METH_O, NULL},
    {"pack_ids", pack_ids, METH_O, NULL},
    {"pack_group", (PyCFunction)(void (*)(void))pack_group, METH_FASTCALL, NULL},
    {"pack_state", (PyCFunction)(void (*)(void))pack_state, METH_FASTCALL, NULL},
    {"leave_groups", (PyCFunction)(void (*)(void))leave_groups, METH_FASTCALL, NULL},
    {"enter_groups", (PyCFunction)(void (*)(void))enter_groups, METH_FASTCALL, NULL},
    {"nearest_steps", (PyCFunction)(void (*)(void))nearest_steps, METH_FASTCALL, NULL},
    {"all_within", (PyCFunction)(void (*)(void))all_within, METH_FASTCALL, NULL},
    {"move_on", (PyCFunction)(void (*)(void))move_on, METH_FASTCALL, NULL},
    {"move_ints", (PyCFunction)(void (*)(void))move_ints, METH_FASTCALL, NULL},
    {"move_steps", (PyCFunction)(void (*)(void))move_steps, METH_FASTCALL, NULL},
    {"cell_at", (PyCFunction)(void (*)(void))cell_at, METH_FASTCALL, NULL},
    {"cells_at", (PyCFunction)(void (*)(void))cells_at, METH_FASTCALL, NULL},
    {"windows_at", (PyCFunction)(void (*)(void))windows_at, METH_FASTCALL, NULL},
    {"assign", (PyCFunction)(void (*)(void))assign, METH_FASTCALL, NULL},
    {NULL},
};

static int fill_module(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &row_spec, NULL);
    int failed = !type || PyModule_AddObjectRef(module, "Row", type);
    Py_XDECREF(type);
    if (failed) return -1;
    if (!column_type) column_type = (PyTypeObject *)PyType_FromSpec(&column_spec);
    return column_type ? PyModule_AddObjectRef(module, "Column", (PyObject *)column_type) : -1;
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
