/* One client: its socket, its way into the game, and what it receives. What the messages mean, dialects.c knows. */

#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 1 << 18,           /* bytes a read; many frames come at once when the server falls behind */
    PORTS_PER_ADDRESS = 20000,     /* clients from one 127.0.0.x; Linux lends some 28,000 ports to each */
    LONGEST_MESSAGE = 64 << 20,    /* bytes; anything longer is a framing fault */
};

static uint8_t scratch[READ_SIZE]; /* where all clients read to, one after the other */

uint32_t next_random(client *c)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 17;
    return c->random ^= c->random << 5;
}

/* --- one client: sockets ------------------------------------------------------------------------------------ */

static void lose(client *c)
{
    if (c->phase != LOST && c->phase != JOINED && c->phase != ABSENT) run.joining--;
    if (c->phase == JOINED) run.joined--;
    c->phase = LOST;
    run.lost++;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

void dial(client *c)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(options.port)};
    int yes = 1;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + c->number / PORTS_PER_ADDRESS);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from)) fail("bind");
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) { lose(c); return; }

    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, c->fd, &event)) fail("epoll_ctl");
    c->phase = CONNECTING;
}

/* What a client sends is small beside a socket's buffer: either all of it goes, or the server has stopped reading. */
static bool transmit(client *c, const void *bytes, size_t size)
{
    ssize_t sent = send(c->fd, bytes, size, MSG_NOSIGNAL);
    if (sent == (ssize_t)size) return true;
    if (sent < 0 && errno == EAGAIN) return false;
    lose(c);
    return false;
}

static size_t frame_websocket(uint8_t *out, enum opcode opcode, const uint8_t *message, size_t size)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t *at = out;
    *at++ = 0x80 | opcode;
    if (size < 126) *at++ = 0x80 | size;
    else *at++ = 0x80 | 126, *at++ = size >> 8, *at++ = size;
    at = mempcpy(at, mask, sizeof mask);
    for (size_t i = 0; i < size; i++) *at++ = message[i] ^ mask[i & 3];
    return at - out;
}

static size_t frame_header64(uint8_t *out, const uint8_t *message, size_t size)
{
    int digits = snprintf((char *)out, HEADER64_SIZE, "%zu", size);
    memset(out + digits, ' ', HEADER64_SIZE - digits);
    memcpy(out + HEADER64_SIZE, message, size);
    return HEADER64_SIZE + size;
}

static bool send_message(client *c, enum opcode opcode, const void *message, size_t size)
{
    uint8_t frame[MESSAGE_SIZE + HEADER64_SIZE];
    return transmit(c, frame, options.dialect->websocket ? frame_websocket(frame, opcode, message, size)
                                                         : frame_header64(frame, message, size));
}

void say(client *c, const void *message, size_t size)
{
    send_message(c, options.dialect->opcode, message, size);
}

/* --- one client: joining ------------------------------------------------------------------------------------ */

static void ask_for_seat(client *c)
{
    char request[MESSAGE_SIZE];
    int size = snprintf(request, sizeof request,
                        "POST /matchmake/joinOrCreate/swarm HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                        "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                        options.port);
    c->phase = MATCHMAKING;
    transmit(c, request, size);
}

/* The key is the example of RFC 6455, section 1.3, so that bench/floor.c can know the answer without SHA-1. */
static void ask_for_upgrade(client *c)
{
    char request[MESSAGE_SIZE];
    const char *protocol = options.dialect->subprotocol;
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                        c->has_seat ? c->path : options.dialect->path, options.port,
                        protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "", protocol ? "\r\n" : "");
    c->phase = UPGRADING;
    transmit(c, request, size);
}

static void greet(client *c)
{
    uint8_t message[MESSAGE_SIZE];
    size_t size = options.dialect->greet(c, message);
    c->phase = OPEN;
    if (size) say(c, message, size);
}

static void connected(client *c)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { lose(c); return; }

    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(run.epoll, EPOLL_CTL_MOD, c->fd, &event);
    if (options.dialect->matchmaking && !c->has_seat) ask_for_seat(c);
    else if (options.dialect->websocket) ask_for_upgrade(c);
    else greet(c);
}

/* Each of these takes one whole thing from the front of `data` and returns its size; 0: it is not complete yet. */

static size_t take_seat(client *c, const uint8_t *data, size_t size)
{
    char answer[4096];
    size_t kept = size < sizeof answer ? size : sizeof answer - 1;
    *(char *)mempcpy(answer, data, kept) = 0;
    if (!read_seat(c, answer)) {
        if (strstr(answer, "\"error\"") || kept < size) { lose(c); return size; }
        return 0;
    }
    c->has_seat = true;
    close(c->fd);
    dial(c);
    return size;
}

static size_t take_upgrade(client *c, const uint8_t *data, size_t size)
{
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12)) { lose(c); return size; }
    greet(c);
    return end + 4 - data;
}

static size_t take_websocket(client *c, const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    enum opcode opcode = data[0] & 0xf;
    uint64_t length = data[1] & 0x7f;
    size_t head = length == 127 ? 10 : length == 126 ? 4 : 2;
    if (size < head) return 0;
    if (head > 2) {
        length = 0;
        for (size_t i = 2; i < head; i++) length = length << 8 | data[i];
    }
    if (length > LONGEST_MESSAGE) { lose(c); return size; }
    if (size < head + length) return 0;

    switch (opcode) {
    case TEXT:                                    /* a continuation (0) belongs to the message counted before it */
    case BINARY: options.dialect->receive(c, data + head, length, head + length); break;
    case PING: send_message(c, PONG, data + head, length); break;
    case CLOSE: lose(c); break;
    default: break;
    }
    return head + length;
}

static size_t take_header64(client *c, const uint8_t *data, size_t size)
{
    char digits[HEADER64_SIZE + 1] = {0};
    if (size < HEADER64_SIZE) return 0;
    memcpy(digits, data, HEADER64_SIZE);
    size_t length = strtoul(digits, NULL, 10);
    if (!length || length > LONGEST_MESSAGE) { lose(c); return size; }
    if (size < HEADER64_SIZE + length) return 0;
    options.dialect->receive(c, data + HEADER64_SIZE, length, HEADER64_SIZE + length);
    return HEADER64_SIZE + length;
}

static size_t take_one(client *c, const uint8_t *data, size_t size)
{
    switch (c->phase) {
    case MATCHMAKING: return take_seat(c, data, size);
    case UPGRADING: return take_upgrade(c, data, size);
    case OPEN:
    case JOINED: return options.dialect->websocket ? take_websocket(c, data, size) : take_header64(c, data, size);
    default: return size;                         /* lost, or dialing anew: what is left means nothing */
    }
}

/* --- one client: playing ------------------------------------------------------------------------------------ */

void state_arrived(client *c, size_t wire)
{
    double at = now();
    if (run.measuring) {
        /* In a storm only the first client is watched: the others have no steady stream yet. */
        if (c->state_at && (!options.storm || c->number == 0)) record(&run.gaps, at - c->state_at);
        c->window_states++;
        c->window_state_bytes += wire;
    }
    c->state_at = at;
    if (c->phase == OPEN) {
        c->phase = JOINED;
        run.joining--;
        run.joined++;
    }
}

void ack_arrived(client *c, uint32_t seq)
{
    if (run.measuring && c->sent[seq % SENT_RING].seq == seq)
        record(&run.latency, now() - c->sent[seq % SENT_RING].at);
}

void steer(client *c)
{
    uint8_t message[MESSAGE_SIZE];
    c->seq++;
    size_t size = options.dialect->steer(c, message);
    c->sent[c->seq % SENT_RING].seq = c->seq;
    c->sent[c->seq % SENT_RING].at = now();
    if (!size) return;
    if (send_message(c, options.dialect->opcode, message, size)) run.inputs_sent++;
    else run.inputs_blocked++;
}

/* Keeps what is not complete for the next read. */
static void keep(client *c, const uint8_t *data, size_t size)
{
    c->pending_size = size;
    if (!size) return;
    if (size > c->pending_room) {
        c->pending_room = 2 * size;
        uint8_t *room = malloc(c->pending_room);
        if (!room) fail("malloc");
        memcpy(room, data, size);
        free(c->pending);
        c->pending = room;
    } else memmove(c->pending, data, size);
}

static void readable(client *c)
{
    /* What was kept goes before what is read, so that a message always lies in one piece. */
    uint8_t *data = scratch;
    size_t kept = c->pending_size, room = sizeof scratch;
    if (kept + READ_SIZE / 2 > room) {                      /* a very long message: grow in its own buffer */
        if (c->pending_room < kept + READ_SIZE) {
            c->pending_room = 2 * (kept + READ_SIZE);
            if (!(c->pending = realloc(c->pending, c->pending_room))) fail("realloc");
        }
        data = c->pending;
        room = c->pending_room;
    } else if (kept) memcpy(data, c->pending, kept);

    ssize_t got = recv(c->fd, data + kept, room - kept, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { lose(c); return; }
    if (run.measuring) c->window_bytes += got;

    size_t size = kept + got, at = 0, taken;
    while (at < size && (taken = take_one(c, data + at, size - at))) at += taken;
    keep(c, data + at, size - at);
}

void handle(client *c, uint32_t events)
{
    if (c->phase == LOST) return;
    if (c->phase == CONNECTING) connected(c);
    else if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) readable(c);
}
