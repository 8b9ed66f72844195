/* A load generator: N clients of one game server on 127.0.0.1, in one thread, with one epoll.
 *
 * Every client joins, sends an input five times a second, and counts what comes back. The figures are of a measured
 * window after a warm-up. What it prints, one JSON object a line: {"event":"joined"} when all have had a first state,
 * {"event":"begin"} and {"event":"end"} around the window (the harness reads the server's CPU clock at these), and
 * {"event":"result", ...}.
 *
 * It must never be the bottleneck: it looks at no more than the head of each message, keeps bytes only of a message
 * that was cut in two, and prints its own share of its core (cpu_share), how long it had to wait for the core
 * (wait_share) and the longest that one turn of its loop took (turn_ms_max).
 */

#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS = 512,                  /* sockets a turn */
    TURN_MS = 1,                   /* the longest sleep; inputs due within it leave together */
};

static const double INPUT_INTERVAL = 0.2;      /* seconds between two inputs of one client */
static const double CALM_BEFORE_STORM = 2.0;   /* seconds that the first client plays alone in --storm */
static const double CALM_AFTER_STORM = 0.5;    /* seconds: a gap that began in the storm ends in here */

struct options options = {.clients = 100, .ramp = 64, .warmup = 2, .seconds = 5, .join_deadline = 60};
struct run run;

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* --- all clients -------------------------------------------------------------------------------------------- */

static void start_joins(int limit)
{
    while (run.started < options.clients && run.started < limit && run.joining < options.ramp) {
        run.joining++;
        dial(&run.clients[run.started++]);
    }
}

/* Time is cut into slots, one for each client in turn, and an input leaves at a random point of its client's slot:
 * evenly spread, and in no fixed phase to the server's ticks. */
static void send_due_inputs(double at)
{
    double slot = INPUT_INTERVAL / options.clients;
    static double due;
    while (!due || due <= at) {
        if (due) {
            client *c = &run.clients[run.slot % options.clients];
            if (c->phase == JOINED) steer(c);
            run.slot++;
        }
        run.slot_random = run.slot_random * 1664525 + 1013904223;
        due = run.began + (run.slot + run.slot_random / 4294967296.0) * slot;
    }
}

static void turn(void)
{
    static struct epoll_event events[EVENTS];
    send_due_inputs(now());
    int ready = epoll_wait(run.epoll, events, EVENTS, TURN_MS);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; i++) handle(events[i].data.ptr, events[i].events);
}

static void turn_until(double end)
{
    while (now() < end) turn();
}

static void announce(const char *event)
{
    printf("{\"event\":\"%s\"}\n", event);
    fflush(stdout);
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* How long this thread was ready to run and had no core, in seconds; 0 where Linux does not tell. */
static double waited_seconds(void)
{
    unsigned long long ran, waited = 0;
    FILE *file = fopen("/proc/self/schedstat", "r");
    if (!file) return 0;
    if (fscanf(file, "%llu %llu", &ran, &waited) != 2) waited = 0;
    fclose(file);
    return waited * 1e-9;
}

typedef struct { double wall, cpu, waited, turn_max; } stretch;

static stretch begin(void)
{
    announce("begin");
    run.measuring = true;
    return (stretch){now(), cpu_seconds(), waited_seconds(), 0};
}

/* A client that starves ends no gap: one still open that is already out of the ordinary counts. */
static void record_open_gaps(double at)
{
    double ordinary = percentile(&run.gaps, 0.5) * 1e-3;
    for (int i = 0; i < (options.storm ? 1 : options.clients); i++) {
        client *c = &run.clients[i];
        if (c->phase == JOINED && !(at - c->state_at < 2 * ordinary)) record(&run.gaps, at - c->state_at);
    }
}

static void end(stretch *s)
{
    run.measuring = false;
    record_open_gaps(now());
    *s = (stretch){now() - s->wall, cpu_seconds() - s->cpu, waited_seconds() - s->waited, s->turn_max};
    announce("end");
}

static void measured_turn(stretch *s)
{
    double before = now();
    turn();
    double took = now() - before - TURN_MS * 1e-3;         /* beyond the sleep */
    if (took > s->turn_max) s->turn_max = took;
}

static bool all_settled(void)
{
    return run.started == options.clients && run.joining == 0;
}

static void join_all(int limit)
{
    double deadline = run.began + options.join_deadline;
    while ((run.started < limit || run.joining) && now() < deadline) {
        start_joins(limit);
        turn();
    }
}

static stretch play(void)
{
    double start = now();
    join_all(options.clients);
    run.all_joined = now() - start;
    announce("joined");
    turn_until(now() + options.warmup);

    stretch s = begin();
    while (now() < s.wall + options.seconds) measured_turn(&s);
    end(&s);
    return s;
}

/* The first client plays alone; then all the others come at once, and the first one's gaps are measured. */
static stretch play_through_storm(void)
{
    join_all(1);
    announce("calm");
    turn_until(now() + CALM_BEFORE_STORM);

    stretch s = begin();
    double start = s.wall, deadline = start + options.join_deadline, over = 0;
    while (now() < deadline && (!over || now() < over + CALM_AFTER_STORM)) {
        start_joins(options.clients);
        measured_turn(&s);
        if (!over && all_settled()) over = now();
    }
    run.all_joined = (over ? over : now()) - start;
    end(&s);
    announce("joined");
    return s;
}

/* --- the result --------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_number(const char *name, double value)
{
    if (isnan(value)) printf(",\"%s\":null", name);
    else printf(",\"%s\":%.6g", name, value);
}

static void print_times(const char *name, const histogram *h)
{
    printf(",\"%s_count\":%llu", name, (unsigned long long)h->count);
    static const struct { const char *suffix; double part; } parts[] = {{"p50", 0.5}, {"p99", 0.99}};
    for (size_t i = 0; i < 2; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s_ms_%s", name, parts[i].suffix);
        print_number(key, percentile(h, parts[i].part));
    }
    char key[64];
    snprintf(key, sizeof key, "%s_ms_max", name);
    print_number(key, h->count ? h->max * 1e3 : NAN);
}

static void print_result(const stretch *s)
{
    double *rates = calloc(options.clients, sizeof *rates), states = 0, state_bytes = 0, bytes = 0;
    int present = 0;
    for (int i = 0; i < options.clients; i++) {
        client *c = &run.clients[i];
        states += c->window_states;
        state_bytes += c->window_state_bytes;
        bytes += c->window_bytes;
        if (c->phase == JOINED) rates[present++] = c->window_states / s->wall;
    }
    qsort(rates, present, sizeof *rates, ascending);

    printf("{\"event\":\"result\",\"clients\":%d,\"joined\":%d,\"lost\":%d", options.clients, run.joined, run.lost);
    print_number("join_s", run.all_joined);
    print_number("window_s", s->wall);
    printf(",\"frames\":%.0f", states);
    print_number("frames_per_client_s_min", present ? rates[0] : NAN);
    print_number("frames_per_client_s_median", present ? rates[present / 2] : NAN);
    print_number("frames_per_client_s_mean", present ? states / s->wall / present : NAN);
    print_number("bytes_per_client_s", present ? bytes / s->wall / present : NAN);
    print_number("frame_bytes", states ? state_bytes / states : NAN);
    print_times("gap", &run.gaps);
    print_times("latency", &run.latency);
    printf(",\"inputs_sent\":%llu,\"inputs_blocked\":%llu", (unsigned long long)run.inputs_sent,
           (unsigned long long)run.inputs_blocked);
    print_number("cpu_share", s->cpu / s->wall);
    print_number("wait_share", s->waited / s->wall);
    print_number("turn_ms_max", s->turn_max * 1e3);
    printf("}\n");
}

/* ----------------------------------------------------------------------------------------------------------- */

static const char USAGE[] =
    "usage: load --port PORT --dialect tickwire|tickwire-turn|plain|colyseus|socketio|header64\n"
    "            [--clients N] [--ramp JOINS_AT_ONCE] [--warmup S] [--seconds S] [--join-deadline S] [--storm]\n";

static void read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'},    {"dialect", required_argument, 0, 'd'},
        {"clients", required_argument, 0, 'n'}, {"ramp", required_argument, 0, 'r'},
        {"warmup", required_argument, 0, 'w'},  {"seconds", required_argument, 0, 's'},
        {"join-deadline", required_argument, 0, 'j'}, {"storm", no_argument, 0, 'S'}, {0},
    };
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 'd': options.dialect = dialect_named(optarg); break;
        case 'n': options.clients = atoi(optarg); break;
        case 'r': options.ramp = atoi(optarg); break;
        case 'w': options.warmup = atof(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'j': options.join_deadline = atof(optarg); break;
        case 'S': options.storm = true; break;
        default: fputs(USAGE, stderr); exit(2);
    }
    if (options.port <= 0 || !options.dialect || options.clients <= 0 || options.ramp <= 0) {
        fputs(USAGE, stderr);
        exit(2);
    }
    if (options.storm) options.ramp = options.clients;
}

static void raise_file_limit(void)
{
    enum { SPARE = 64 };
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)options.clients + SPARE) {
        fprintf(stderr, "load: %d clients need more than the %llu files this user may open\n", options.clients,
                (unsigned long long)limit.rlim_cur);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    raise_file_limit();
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.clients = calloc(options.clients, sizeof *run.clients);
    if (run.epoll < 0 || !run.clients) fail("start");
    for (int i = 0; i < options.clients; i++) {
        run.clients[i].number = i;
        run.clients[i].fd = -1;
        run.clients[i].random = 2654435761u * (i + 1);
    }
    run.slot_random = 1;
    run.began = now();

    stretch s = options.storm ? play_through_storm() : play();
    print_result(&s);
    return run.joined ? 0 : 1;
}
