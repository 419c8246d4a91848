// Cuts attention into units.
#include "jobs.h"

void dk_attention_run(const dk_attention *a) {
    if (a->batch == 0 || a->queries == 0 || a->heads == 0 || a->head_size == 0 || a->keys == 0) return;
    attention_job job = {.call = *a};
    // Wide heads share each block of keys and values between several tiles; otherwise 32 queries are a unit.
    job.queries_per_block = a->head_size >= 256 ? 96 : 32;
    job.query_blocks = dk_ceil(a->queries, job.queries_per_block);
    dk_run(a->batch * a->heads * job.query_blocks, dk_kernels()->attention_unit, &job);
}

size_t dk_attention_state_bytes(const dk_attention *a) {
    return a->batch * a->heads * dk_ceil(a->queries, DK_PANEL) * dk_attention_tile_floats(a->head_size) * sizeof(float);
}
