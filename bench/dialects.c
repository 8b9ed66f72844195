/* What each server's messages mean: tickwire, Colyseus, Socket.IO, plain JSON, and the tutorials' 64-byte header.
 * This file knows no sockets and no time. */

#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned heading(client *c) { return next_random(c) & 0xff; }

static size_t say_nothing(client *c, uint8_t *out)
{
    (void)c, (void)out;
    return 0;
}

/* --- MessagePack, as much as is needed ------------------------------------------------------------------- */

typedef struct { const uint8_t *at, *end; bool bad; } reader;

static uint64_t take_big_endian(reader *r, int bytes)
{
    uint64_t value = 0;
    if (r->end - r->at < bytes) { r->bad = true; return 0; }
    while (bytes--) value = value << 8 | *r->at++;
    return value;
}

/* An unsigned integer in any of its forms. */
static uint64_t take_unsigned(reader *r)
{
    uint8_t first = take_big_endian(r, 1);
    if (first < 0x80) return first;
    if (first >= 0xcc && first <= 0xcf) return take_big_endian(r, 1 << (first - 0xcc));
    r->bad = true;
    return 0;
}

static uint8_t *put_text(uint8_t *out, const char *text)
{
    size_t size = strlen(text);                       /* under 32: a fixstr */
    *out++ = 0xa0 | size;
    return (uint8_t *)mempcpy(out, text, size);
}

static uint8_t *put_unsigned(uint8_t *out, uint32_t value)
{
    if (value < 0x80) { *out++ = value; return out; }
    *out++ = 0xce;
    for (int shift = 24; shift >= 0; shift -= 8) *out++ = value >> shift;
    return out;
}

/* --- tickwire: docs/WIRE.md, WebSocket with tickwire.msgpack.v1 ------------------------------------------- */

static size_t tickwire_greet(client *c, uint8_t *out)
{
    char name[16];
    uint8_t *at = out;
    snprintf(name, sizeof name, "b%d", c->number);
    *at++ = 0x82;                                     /* no game: the server's first, and only, one */
    at = put_text(put_text(at, "type"), "hello");
    at = put_text(put_text(at, "name"), name);
    return at - out;
}

static uint8_t *tickwire_input(client *c, uint8_t *out)
{
    *out++ = 0x83;
    out = put_text(put_text(out, "type"), "input");
    out = put_unsigned(put_text(out, "seq"), c->seq);
    return put_text(out, "input");
}

static size_t tickwire_steer(client *c, uint8_t *out)
{
    uint8_t *at = tickwire_input(c, out);
    *at++ = 0x82;
    at = put_text(put_text(at, "type"), "steer");
    at = put_unsigned(put_text(at, "heading"), heading(c));
    return at - out;
}

static size_t tickwire_turn(client *c, uint8_t *out)
{
    static const char *const headings[] = {"up", "right", "down", "left"};
    uint8_t *at = tickwire_input(c, out);
    *at++ = 0x82;
    at = put_text(put_text(at, "type"), "turn");
    at = put_text(put_text(at, "heading"), headings[next_random(c) & 3]);
    return at - out;
}

/* An ack is {"type": "ack", "seq": ..., "tick": ...}; maps promise no order, so its parts are looked for. */
static void tickwire_receive(client *c, const uint8_t *message, size_t size, size_t wire)
{
    enum { LONGEST_ACK = 64 };
    static const char type[] = "\xa4" "type" "\xa3" "ack", key[] = "\xa3" "seq";
    if (size && message[0] == 0x93) {                 /* only a state is an array */
        state_arrived(c, wire);
        return;
    }
    if (size > LONGEST_ACK || !memmem(message, size, type, sizeof type - 1)) return;
    const uint8_t *at = memmem(message, size, key, sizeof key - 1);
    if (!at) return;
    reader r = {at + sizeof key - 1, message + size, false};
    uint32_t seq = take_unsigned(&r);
    if (!r.bad) ack_arrived(c, seq);
}

/* --- any WebSocket server that speaks JSON; every message it sends is a state ------------------------------ */

static size_t json_steer(client *c, uint8_t *out)
{
    return snprintf((char *)out, MESSAGE_SIZE, "{\"type\":\"steer\",\"heading\":%u}", heading(c));
}

static void count_every_message(client *c, const uint8_t *message, size_t size, size_t wire)
{
    (void)message, (void)size;
    state_arrived(c, wire);
}

/* --- Colyseus: codes from @colyseus/shared-types, Protocol.ts ---------------------------------------------- */

enum { JOIN_ROOM = 10, ROOM_DATA = 13, ROOM_STATE = 14, ROOM_STATE_PATCH = 15, PROTOCOL_CODE_MASK = 0x1f };

static bool copy_json_text(const char *json, const char *key, char *out, size_t room)
{
    const char *at = strstr(json, key);
    const char *end = at ? strchr(at += strlen(key), '"') : NULL;
    if (!end || (size_t)(end - at) >= room) return false;
    *(char *)mempcpy(out, at, end - at) = 0;
    return true;
}

bool read_seat(client *c, const char *answer)
{
    char process[48], room[48], session[48];
    if (!copy_json_text(answer, "\"processId\":\"", process, sizeof process)
        || !copy_json_text(answer, "\"roomId\":\"", room, sizeof room)
        || !copy_json_text(answer, "\"sessionId\":\"", session, sizeof session))
        return false;
    snprintf(c->path, sizeof c->path, "/%s/%s?sessionId=%s", process, room, session);
    return true;
}

static size_t colyseus_steer(client *c, uint8_t *out)
{
    unsigned h = heading(c);
    out[0] = ROOM_DATA;
    uint8_t *at = put_text(out + 1, "steer");
    if (h >= 0x80) *at++ = 0xcc;                      /* MessagePack uint 8 */
    *at++ = h;
    return at - out;
}

static void colyseus_receive(client *c, const uint8_t *message, size_t size, size_t wire)
{
    static const uint8_t acknowledged = JOIN_ROOM;
    if (!size) return;
    switch (message[0] & PROTOCOL_CODE_MASK) {
    case JOIN_ROOM: say(c, &acknowledged, 1); break;
    case ROOM_STATE:
    case ROOM_STATE_PATCH: state_arrived(c, wire); break;
    }
}

/* --- Socket.IO 5 over Engine.IO 4: a digit for the packet, another for what is in it ------------------------ */

static size_t socketio_greet(client *c, uint8_t *out)
{
    (void)c;
    return (uint8_t *)mempcpy(out, "40", 2) - out;    /* message, connect to the default namespace */
}

static size_t socketio_steer(client *c, uint8_t *out)
{
    return snprintf((char *)out, MESSAGE_SIZE, "42[\"steer\",{\"heading\":%u}]", heading(c));
}

static void socketio_receive(client *c, const uint8_t *message, size_t size, size_t wire)
{
    if (size >= 1 && message[0] == '2') say(c, "3", 1);              /* ping, pong */
    else if (size >= 2 && !memcmp(message, "42", 2)) state_arrived(c, wire);
}

/* ----------------------------------------------------------------------------------------------------------- */

static const dialect DIALECTS[] = {
    {"tickwire", true, false, "/ws", "tickwire.msgpack.v1", BINARY, tickwire_greet, tickwire_steer, tickwire_receive},
    {"tickwire-turn", true, false, "/ws", "tickwire.msgpack.v1", BINARY, tickwire_greet, tickwire_turn,
     tickwire_receive},
    {"plain", true, false, "/", NULL, TEXT, say_nothing, json_steer, count_every_message},
    {"colyseus", true, true, "", NULL, BINARY, say_nothing, colyseus_steer, colyseus_receive},
    {"socketio", true, false, "/socket.io/?EIO=4&transport=websocket", NULL, TEXT, socketio_greet, socketio_steer,
     socketio_receive},
    {"header64", false, false, "", NULL, TEXT, say_nothing, json_steer, count_every_message},
};

const dialect *dialect_named(const char *name)
{
    for (size_t i = 0; i < sizeof DIALECTS / sizeof *DIALECTS; i++)
        if (!strcmp(DIALECTS[i].name, name)) return &DIALECTS[i];
    return NULL;
}
