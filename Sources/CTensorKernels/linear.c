// Cuts a linear layer into units.
#include "jobs.h"

// Rows whose block of x fills about 448 KiB, at most 512 of them (their sums lie beside it).
static size_t rows_per_block(size_t k_chunk) {
    const size_t rows = 448 * 1024 / (k_chunk * sizeof(float));
    return dk_min(dk_max(rows, 28), 448);
}

void dk_linear_run(const dk_linear *call) {
    if (call->rows == 0 || call->n == 0) return;
    linear_job job = {.call = *call, .panels = dk_panels(call->n)};
    job.k_chunks = dk_max(1, dk_ceil(call->k, 640));
    const size_t block = rows_per_block(dk_ceil(call->k, job.k_chunks));
    job.row_blocks = dk_ceil(call->rows, block);
    // Units of about 32 million multiplications (150-300 µs), and at least 16 of them where there are panels enough; but four
    // panels at least, or bringing x into the cache would count, and 32 at most, whose sums wait in scratch memory.
    const size_t rows = dk_ceil(call->rows, job.row_blocks);
    const size_t panel_cost = rows * dk_max(1, call->k) * DK_PANEL * (call->paired ? 2 : 1);
    size_t group = dk_max(call->paired ? 2 : 4, ((size_t)32 << 20) / panel_cost);
    group = dk_min(group, dk_max(1, job.panels * job.row_blocks / 16));
    group = dk_min(group, 32);
    job.panel_groups = dk_ceil(job.panels, group);
    // 14 rows at a distance of 4096 bytes fall into one set of the first-level cache: copy them a little apart.
    job.copies_input = call->input_count > 1 || (call->k % 1024 == 0 && rows > 14);
    dk_run(job.row_blocks * job.panel_groups, dk_kernels()->linear_unit, &job);
}
