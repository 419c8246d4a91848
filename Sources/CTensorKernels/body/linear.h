// y = act(x·W + bias) + residual, weights in panels [n/32][k][32].
//
// A unit is a block of rows times a group of panels. x is walked in chunks of at most 640 columns: a block of rows of a chunk
// (about 448 KiB) stays in the second-level cache for all panels of the group, sums wait in scratch memory for the next chunk.
// Stored f16 and bf16 weights become f32 in scratch memory, once per unit and panel: for blocks of a hundred rows that
// costs less than widening in the innermost loop. What the next panel and the end of this one will need is prefetched
// meanwhile: y and residual are met 128 bytes at a time, row by row, which no hardware prefetcher foresees.
#pragma once

// `count` k of a panel as f32, in place where they are stored so.
VF_INLINE const float *panel_weights(const void *stored, dk_type type, size_t count, float *scratch) {
    if (type == DK_F32) return stored;
    const uint16_t *w = stored;
    if (type == DK_F16)
        for (size_t i = 0; i < count * 2; i++) vf_store(scratch + 16 * i, vf_load_f16(w + 16 * i));
    else
        for (size_t i = 0; i < count * 2; i++) vf_store(scratch + 16 * i, vf_load_bf16(w + 16 * i));
    return scratch;
}

static void linear_unit(const void *context, size_t unit, dk_worker *worker) {
    const linear_job *job = context;
    const dk_linear *call = &job->call;
    const size_t block = unit % job->row_blocks, group = unit / job->row_blocks;
    const size_t row = dk_cut(call->rows, job->row_blocks, block), rows = dk_cut(call->rows, job->row_blocks, block + 1) - row;
    const size_t first = dk_cut(job->panels, job->panel_groups, group), last = dk_cut(job->panels, job->panel_groups, group + 1);
    const size_t k = call->k, chunk = dk_ceil(k, job->k_chunks), passes = call->paired ? 2 : 1;
    const size_t copy_pitch = k + 16 + (k % 16 ? 16 - k % 16 : 0);

    const size_t panels = last - first, panel_sums = passes * rows * DK_PANEL;
    float *sums = dk_scratch(worker, (panels * panel_sums + chunk * DK_PANEL + (job->copies_input ? rows * copy_pitch : 0)) * sizeof(float));
    float *weights = sums + panels * panel_sums, *copy = weights + chunk * DK_PANEL;
    const float *x = call->inputs[0].data + row * k;
    size_t pitch = k;
    if (job->copies_input) {
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0, at = 0; i < call->input_count; at += call->inputs[i++].channels)
                memcpy(copy + r * copy_pitch + at, call->inputs[i].data + (row + r) * call->inputs[i].channels, call->inputs[i].channels * sizeof(float));
        x = copy;
        pitch = copy_pitch;
    }

    const size_t size = call->weight_type == DK_F32 ? 4 : 2, panel_bytes = k * DK_PANEL * size;
    const size_t tile_count = dk_ceil(rows, TILE_ROWS);
    for (size_t k0 = 0; k0 < k; k0 += chunk) {
        const size_t k1 = dk_min(k, k0 + chunk), chunk_bytes = (k1 - k0) * DK_PANEL * size;
        for (size_t panel = first; panel < last; panel++) {
            const size_t column = panel * DK_PANEL;
            epilogue e = {.activation = call->activation, .paired = call->paired, .pitch = call->n, .columns = dk_min(DK_PANEL, call->n - column)};
            load_bias(e.bias, call->bias, NULL, column, e.columns);
            load_bias(e.gate_bias, call->paired && call->bias ? call->bias + call->n : NULL, NULL, column, e.columns);
            e.y = call->y + column;
            e.residual = call->residual ? call->residual + column : NULL;
            for (size_t pass = 0; pass < passes; pass++) {
                const char *stored = (const char *)call->weights + (panel * passes + pass) * panel_bytes + k0 * DK_PANEL * size;
                const float *w = panel_weights(stored, call->weight_type, k1 - k0, weights);
                // The next panel's weights follow at once, or after the part of this one that other chunks use.
                const bool finishes = k1 == k && pass + 1 == passes, has_next = size == 2 && (panel + 1 < last || pass + 1 < passes);
                float *first_sum = sums + (panel - first) * panel_sums, *c = first_sum + pass * rows * DK_PANEL;
                for (size_t i = 0; i < tile_count; i++) {
                    const size_t r0 = dk_cut(rows, tile_count, i), r1 = dk_cut(rows, tile_count, i + 1);
                    if (has_next) prefetch(stored + panel_bytes + dk_cut(chunk_bytes, tile_count, i), dk_cut(chunk_bytes, tile_count, i + 1) - dk_cut(chunk_bytes, tile_count, i));
                    if (finishes) prefetch_rows(&e, row + r0, r1 - r0);
                    one_tile(r1 - r0, k1 - k0, x + r0 * pitch + k0, (ptrdiff_t)pitch, w, c + r0 * DK_PANEL, DK_PANEL, k0 > 0);
                    if (finishes) finish_rows(&e, row + r0, r1 - r0, first_sum + r0 * DK_PANEL, c + r0 * DK_PANEL);
                }
            }
        }
    }
}
