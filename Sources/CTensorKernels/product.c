// Cuts a product of two plain matrices into units, as linear.c cuts a layer.
#include "jobs.h"

void dk_product_run(const dk_product *call) {
    if (call->rows == 0 || call->n == 0) return;
    product_job job = {.call = *call, .panels = dk_panels(call->n)};
    job.k_chunks = dk_max(1, dk_ceil(call->k, 640));
    // A block of rows of a chunk fills about 448 KiB.
    const size_t chunk = dk_max(1, dk_ceil(call->k, job.k_chunks));
    const size_t block = dk_min(dk_max(448 * 1024 / (chunk * sizeof(float)), 28), 448);
    job.row_blocks = dk_ceil(call->rows, block);
    // Units of about 32 million multiplications, at least 16 of them where there are panels enough, and 32 panels at most,
    // whose sums wait in scratch memory.
    const size_t rows = dk_ceil(call->rows, job.row_blocks);
    size_t group = dk_max(4, ((size_t)32 << 20) / (rows * dk_max(1, call->k) * DK_PANEL));
    group = dk_min(group, dk_max(1, job.panels * job.row_blocks / 16));
    group = dk_min(group, 32);
    job.panel_groups = dk_ceil(job.panels, group);
    dk_run(job.row_blocks * job.panel_groups, dk_kernels()->product_unit, &job);
}
