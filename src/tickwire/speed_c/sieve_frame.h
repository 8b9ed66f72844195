/* The header of a WebSocket frame (RFC 6455, section 5.2): the twins, _look_at() and _input_in(), are in net/sieve.py. */

#pragma once

#include "cpython.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MASK_SIZE = 4, MOST_OF_HEADER = 8, LONGEST_CONTROL = 125 };

/* How an input's map begins, behind the byte that says how many entries it has; INPUT_MARK in wire/codec.py. */
static const char INPUT_MARK[] = "\xa4type\xa5input";

typedef struct { enum { NEEDS_MORE, STRANGE, INPUT, OTHER } kind; Py_ssize_t head, size; } frame;

static bool holds_input(const uint8_t *payload, Py_ssize_t size, const uint8_t *mask)
{
    enum { MARK_SIZE = sizeof INPUT_MARK - 1 };
    if (size <= MARK_SIZE || (payload[0] ^ mask[0]) >> 4 != 8) return false;
    for (int i = 1; i <= MARK_SIZE; i++)
        if ((payload[i] ^ mask[i % MASK_SIZE]) != (uint8_t)INPUT_MARK[i - 1]) return false;
    return true;
}

static frame look_at(const uint8_t *at, Py_ssize_t n)
{
    enum { BINARY = 0x82, CLOSE = 0x88, PING = 0x89, PONG = 0x8A, MASKED = 0x80, TWO_MORE = 126, EIGHT_MORE = 127 };
    frame f = {NEEDS_MORE, 6, 0};
    if (n < 2) return f;
    f.kind = STRANGE;
    f.size = at[1] & ~MASKED;
    bool control = (at[0] == CLOSE || at[0] == PING || at[0] == PONG) && f.size <= LONGEST_CONTROL;
    if (!(at[1] & MASKED) || f.size == EIGHT_MORE || !(at[0] == BINARY || control)) return f;
    if (f.size == TWO_MORE) {
        if (n < 4) return f.kind = NEEDS_MORE, f;
        f.head = 8;
        f.size = at[2] << 8 | at[3];
        if (f.size < TWO_MORE) return f;
    }
    if (n < f.head) return f.kind = NEEDS_MORE, f;
    bool whole = n - f.head >= f.size;
    f.kind = at[0] == BINARY && whole && holds_input(at + f.head, f.size, at + f.head - MASK_SIZE) ? INPUT : OTHER;
    return f;
}

static void unmask(uint8_t *to, const uint8_t *from, const uint8_t *mask, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) to[i] = from[i] ^ mask[i % MASK_SIZE];
}
