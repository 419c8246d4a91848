// Weights into panels of 32 outputs: [n/32][k][32].
#include "jobs.h"
#include <string.h>

size_t dk_type_size(dk_type type) { return type == DK_F32 ? 4 : 2; }

size_t dk_packed_size(size_t n, size_t k, bool paired, dk_type type) {
    return dk_panels(n) * (paired ? 2 : 1) * k * DK_PANEL * dk_type_size(type);
}

typedef struct pack_job {
    void *packed;
    const void *w;
    size_t n, k;
    bool paired;
    dk_type type;
} pack_job;

// One panel. Columns are walked in the inner loop over blocks of k, so that both sides stay in the cache.
static void pack_unit(const void *context, size_t unit, dk_worker *worker) {
    (void)worker;
    const pack_job *job = context;
    const size_t panel = job->paired ? unit / 2 : unit, first = panel * DK_PANEL + (job->paired && unit % 2 ? job->n : 0);
    const size_t columns = dk_min(DK_PANEL, job->n - panel * DK_PANEL), size = dk_type_size(job->type), k = job->k;
    char *target = (char *)job->packed + unit * k * DK_PANEL * size;
    if (columns < DK_PANEL) memset(target, 0, k * DK_PANEL * size);
    for (size_t k0 = 0; k0 < k; k0 += 64) {
        const size_t k1 = dk_min(k, k0 + 64);
        for (size_t j = 0; j < columns; j++) {
            if (size == 4) {
                const float *from = (const float *)job->w + (first + j) * k;
                for (size_t i = k0; i < k1; i++) ((float *)target)[i * DK_PANEL + j] = from[i];
            } else {
                const uint16_t *from = (const uint16_t *)job->w + (first + j) * k;
                for (size_t i = k0; i < k1; i++) ((uint16_t *)target)[i * DK_PANEL + j] = from[i];
            }
        }
    }
}

void dk_pack(void *packed, const void *w, size_t n, size_t k, bool paired, dk_type type) {
    const pack_job job = {packed, w, n, k, paired, type};
    dk_run(dk_panels(n) * (paired ? 2 : 1), pack_unit, &job);
}
