/* The floor: what the kernel's send() alone costs. A server that accepts WebSocket clients into rooms of 50 and sends
 * every one of them the same prepared frame at each tick. It plays no game, encodes nothing, and throws away what it
 * reads. Nothing that sends one frame to one client by one send() can spend less.
 *
 *     floor FRAME_BYTES HZ      the size of a frame on the wire, with its WebSocket header; ticks a second
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    ROOM_SEATS = 50,
    ROOMS = 400,
    SECOND_NS = 1000 * 1000 * 1000,
    BACKLOG = 4096,
    EVENTS = 512,
    READ_SIZE = 1 << 16,                 /* bytes */
};

/* The answer to the key that bench/load.c always sends, the example of RFC 6455, section 1.3. */
static const char UPGRADED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: tickwire.msgpack.v1\r\n\r\n";

enum kind { LISTENER, TIMER, CLIENT };

typedef struct { enum kind kind; int fd; bool upgraded; } source;

typedef struct { source timer; source *clients[ROOM_SEATS]; int size; } room;

static room rooms[ROOMS];
static int epoll, seats_taken;
static long tick_ns;
static uint8_t *frame;
static size_t frame_size;

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(source *s)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event)) fail("epoll_ctl");
}

/* A binary message whose payload begins as a packed state does: the load generator counts it as one. */
static void prepare_frame(size_t size)
{
    if (size == 128 || size == 129) size = 130; /* up to 125 bytes of payload need 2 of a header, more need 4 */
    size_t payload = size > 127 ? size - 4 : size - 2;
    size_t head = size - payload;
    frame_size = size;
    frame = calloc(1, size);
    frame[0] = 0x82;
    frame[1] = head == 4 ? 126 : payload;
    if (head == 4) frame[2] = payload >> 8, frame[3] = payload;
    frame[head] = 0x93;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, BACKLOG)) fail("listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* Rooms do not tick together but spread over the tick, as rooms that were opened at different times do. */
static void open_room(room *r)
{
    enum { STEP_NS = 7 * 1000 * 1000 };  /* 7 ms and the 50 ms of 20 Hz share no divisor: 50 rooms, 50 places */
    long delay = 1 + (r - rooms) * (long)STEP_NS % tick_ns;
    struct itimerspec when = {.it_interval.tv_nsec = tick_ns, .it_value.tv_nsec = delay};
    r->timer = (source){.kind = TIMER, .fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    if (r->timer.fd < 0 || timerfd_settime(r->timer.fd, 0, &when, NULL)) fail("timerfd");
    watch(&r->timer);
}

static void accept_clients(source *listener)
{
    int fd, yes = 1;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (seats_taken == ROOMS * ROOM_SEATS) { close(fd); continue; }
        room *r = &rooms[seats_taken++ / ROOM_SEATS];
        if (!r->size) open_room(r);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        source *client = calloc(1, sizeof *client);
        *client = (source){.kind = CLIENT, .fd = fd};
        r->clients[r->size++] = client;
        watch(client);
    }
}

/* A client that does not read misses this frame. */
static void tick(room *r)
{
    uint64_t missed;
    if (read(r->timer.fd, &missed, sizeof missed) < 0) return;
    for (int i = 0; i < r->size; i++)
        if (r->clients[i]->upgraded) send(r->clients[i]->fd, frame, frame_size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_client(source *client)
{
    static char bytes[READ_SIZE];
    ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        close(client->fd);
        client->fd = -1;
        client->upgraded = false;
    } else if (!client->upgraded) {      /* the request comes in one piece from beside us */
        send(client->fd, UPGRADED, sizeof UPGRADED - 1, MSG_NOSIGNAL);
        client->upgraded = true;
    }
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    size_t size = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    double hz = argc == 3 ? atof(argv[2]) : 0;
    if (size < 8 || size > 65535 || hz <= 1 || hz > 1000) {
        fputs("usage: floor FRAME_BYTES (8 to 65535) HZ (2 to 1000)\n", stderr);
        return 2;
    }
    tick_ns = SECOND_NS / hz;
    raise_file_limit();
    prepare_frame(size);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    source listener = {.kind = LISTENER, .fd = listen_anywhere()};
    watch(&listener);

    static struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            source *s = events[i].data.ptr;
            switch (s->kind) {
            case LISTENER: accept_clients(s); break;
            case TIMER: tick((room *)s); break;   /* a room begins with its timer */
            case CLIENT: read_client(s); break;
            }
        }
    }
}
