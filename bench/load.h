/* What the three share: load.c (the run and its figures), client.c (one client's socket), dialects.c (what the bytes
 * mean). */

#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum {
    SENT_RING = 16,          /* inputs whose time of sending is remembered; 3 s of play at 5 a second */
    PATH_SIZE = 256,         /* bytes, of a request path with its terminating zero */
    MESSAGE_SIZE = 1024,     /* bytes, the longest message that a client here ever sends */
    HEADER64_SIZE = 64,      /* bytes, the tutorials' ASCII length before each message */
};

enum opcode { TEXT = 0x1, BINARY = 0x2, CLOSE = 0x8, PING = 0x9, PONG = 0xA };

enum phase {
    ABSENT,        /* not started yet */
    CONNECTING,    /* waits for TCP */
    MATCHMAKING,   /* Colyseus: asked for a seat by HTTP, waits for the answer */
    UPGRADING,     /* sent the WebSocket upgrade, waits for 101 */
    OPEN,          /* may talk; no state seen yet */
    JOINED,        /* has had its first state */
    LOST,          /* closed by the server, or broken */
};

typedef struct client {
    int fd;
    int number;
    enum phase phase;
    bool has_seat;                 /* Colyseus: `path` holds a reserved seat */
    char path[PATH_SIZE];

    uint8_t *pending;              /* bytes of a message that is not complete yet */
    size_t pending_size, pending_room;

    uint32_t seq;                  /* of the last input sent */
    struct { uint32_t seq; double at; } sent[SENT_RING];
    uint32_t random;               /* xorshift32 state, never 0 */

    double state_at;               /* seconds, when the last state arrived; 0 before the first */
    uint64_t window_states, window_state_bytes, window_bytes;
} client;

/* A peer's protocol above its framing. */
typedef struct dialect {
    const char *name;
    bool websocket;                /* else each message has the 64-byte header */
    bool matchmaking;              /* a seat is reserved by an HTTP POST first */
    const char *path;              /* of the upgrade request */
    const char *subprotocol;       /* or NULL */
    enum opcode opcode;            /* of what the client sends */

    /* Each writes one message into `out` (MESSAGE_SIZE bytes) and returns its size; 0: nothing to say. */
    size_t (*greet)(client *c, uint8_t *out);
    size_t (*steer)(client *c, uint8_t *out);

    /* Looks at one message; calls state_arrived, ack_arrived or say. `wire` is its size with framing. */
    void (*receive)(client *c, const uint8_t *message, size_t size, size_t wire);
} dialect;

const dialect *dialect_named(const char *name);

/* Reads the reserved seat out of Colyseus's answer into c->path. False: not complete yet. */
bool read_seat(client *c, const char *answer);

/* What was asked for on the command line. */
extern struct options {
    int port, clients, ramp;
    double warmup, seconds, join_deadline;     /* seconds */
    bool storm;                                /* the first client alone, then all the others at once */
    const dialect *dialect;
} options;

/* Where the run is. */
extern struct run {
    int epoll;
    client *clients;
    int started, joining, joined, lost;
    double began, all_joined;                  /* seconds */
    bool measuring;
    uint64_t inputs_sent, inputs_blocked, slot;
    uint32_t slot_random;
    histogram gaps, latency;
} run;

double now(void);                              /* seconds, of the monotonic clock */
void fail(const char *what);                   /* says errno and ends the program */

/* client.c, for load.c */
void dial(client *c);
void steer(client *c);
void handle(client *c, uint32_t events);       /* what epoll reports of its socket */

/* client.c, for the dialects */
void state_arrived(client *c, size_t wire);
void ack_arrived(client *c, uint32_t seq);
void say(client *c, const void *message, size_t size);
uint32_t next_random(client *c);

#endif
