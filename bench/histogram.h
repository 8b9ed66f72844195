/* A histogram of times, in steps of 50 us up to 10 s. */

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { BINS = 200000 };
static const double BIN = 50e-6;               /* seconds */

typedef struct { uint32_t bins[BINS]; uint64_t count; double max; } histogram;

static inline void record(histogram *h, double seconds)
{
    size_t bin = seconds > 0 ? seconds / BIN : 0;
    h->bins[bin < BINS ? bin : BINS - 1]++;
    h->count++;
    if (seconds > h->max) h->max = seconds;
}

/* The smallest time that `part` (0 to 1) of all do not exceed, in milliseconds; NAN if there are none. */
static inline double percentile(const histogram *h, double part)
{
    uint64_t wanted = ceil(h->count * part), seen = 0;
    for (size_t bin = 0; bin < BINS; bin++)
        if ((seen += h->bins[bin]) >= wanted && seen) return (bin + 1) * BIN * 1e3;
    return NAN;
}

#endif
