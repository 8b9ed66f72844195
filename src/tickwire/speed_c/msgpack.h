/* MessagePack, as far as messages are made here. */

#pragma once

#include "framing.h"
#include <stdint.h>

static uint8_t *put_marked(uint8_t *to, uint8_t mark, uint64_t v, int bytes)
{
    *to++ = mark;
    return put_big_endian(to, v, bytes);
}

/* A MessagePack unsigned integer. */
static uint8_t *put_uint(uint8_t *to, uint64_t v)
{
    if (v < 0x80) { *to++ = v; return to; }
    if (v <= UINT8_MAX) return put_marked(to, 0xCC, v, 1);
    if (v <= UINT16_MAX) return put_marked(to, 0xCD, v, 2);
    return v <= UINT32_MAX ? put_marked(to, 0xCE, v, 4) : put_marked(to, 0xCF, v, 8);
}

static uint8_t *put_int(uint8_t *to, int64_t v)
{
    if (v >= 0) return put_uint(to, v);
    if (v >= -32) { *to++ = v; return to; }
    if (v >= INT8_MIN) return put_marked(to, 0xD0, v, 1);
    if (v >= INT16_MIN) return put_marked(to, 0xD1, v, 2);
    return v >= INT32_MIN ? put_marked(to, 0xD2, v, 4) : put_marked(to, 0xD3, v, 8);
}

static uint8_t *put_bin_head(uint8_t *to, uint64_t size)
{
    if (size <= UINT8_MAX) return put_marked(to, 0xC4, size, 1);
    return size <= UINT16_MAX ? put_marked(to, 0xC5, size, 2) : put_marked(to, 0xC6, size, 4);
}
