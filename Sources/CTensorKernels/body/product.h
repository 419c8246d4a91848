// y = op(a)·op(b), neither operand packed: what a linear layer does with weights that are used once.
//
// A unit is a block of rows times a group of panels, walked in chunks of at most 640 k. Of each chunk the block of a is copied
// row by row (turned if it is stored the other way round), and of b one panel [k][32] after the other. Sums wait in scratch
// memory for the next chunk: one chain of fma per element with k ascending, the bits of linear_unit.
#pragma once

// Rows `row`… and columns k0…k1 of op(a), `pitch` floats from row to row.
static void copy_rows(float *target, size_t pitch, const dk_product *call, size_t row, size_t rows, size_t k0, size_t k1) {
    if (!call->a_transposed) {
        for (size_t r = 0; r < rows; r++) memcpy(target + r * pitch, call->a + (row + r) * call->k + k0, (k1 - k0) * sizeof(float));
        return;
    }
    // Sixteen rows of the target at a time: a line of the source's cache is read once.
    for (size_t r0 = 0; r0 < rows; r0 += LANES) {
        const size_t count = dk_min(LANES, rows - r0);
        for (size_t k = k0; k < k1; k++) {
            const float *from = call->a + k * call->rows + row + r0;
            for (size_t r = 0; r < count; r++) target[(r0 + r) * pitch + k - k0] = from[r];
        }
    }
}

// Columns `column`… of rows k0…k1 of op(b) as a panel, missing columns zero.
static void copy_panel(float *target, const dk_product *call, size_t column, size_t k0, size_t k1) {
    const size_t columns = dk_min(DK_PANEL, call->n - column);
    if (columns < DK_PANEL) memset(target, 0, (k1 - k0) * DK_PANEL * sizeof(float));
    if (!call->b_transposed) {
        for (size_t k = k0; k < k1; k++) memcpy(target + (k - k0) * DK_PANEL, call->b + k * call->n + column, columns * sizeof(float));
        return;
    }
    for (size_t block = k0; block < k1; block += LANES) {
        const size_t end = dk_min(k1, block + LANES);
        for (size_t j = 0; j < columns; j++) {
            const float *from = call->b + (column + j) * call->k;
            for (size_t k = block; k < end; k++) target[(k - k0) * DK_PANEL + j] = from[k];
        }
    }
}

static void product_unit(const void *context, size_t unit, dk_worker *worker) {
    const product_job *job = context;
    const dk_product *call = &job->call;
    const size_t block = unit % job->row_blocks, group = unit / job->row_blocks;
    const size_t row = dk_cut(call->rows, job->row_blocks, block), rows = dk_cut(call->rows, job->row_blocks, block + 1) - row;
    const size_t first = dk_cut(job->panels, job->panel_groups, group), last = dk_cut(job->panels, job->panel_groups, group + 1);
    const size_t k = call->k, chunk = dk_ceil(k, job->k_chunks), pitch = (chunk + 31) / 16 * 16, panel_sums = rows * DK_PANEL;
    float *sums = dk_scratch(worker, ((last - first) * panel_sums + chunk * DK_PANEL + rows * pitch) * sizeof(float));
    float *panel_of_b = sums + (last - first) * panel_sums, *rows_of_a = panel_of_b + chunk * DK_PANEL;
    if (k == 0) memset(sums, 0, (last - first) * panel_sums * sizeof(float));
    for (size_t k0 = 0; k0 < k; k0 += chunk) {
        const size_t k1 = dk_min(k, k0 + chunk);
        copy_rows(rows_of_a, pitch, call, row, rows, k0, k1);
        for (size_t panel = first; panel < last; panel++) {
            copy_panel(panel_of_b, call, panel * DK_PANEL, k0, k1);
            multiply_panel(rows, k1 - k0, rows_of_a, (ptrdiff_t)pitch, panel_of_b, sums + (panel - first) * panel_sums, DK_PANEL, k0 > 0);
        }
    }
    for (size_t panel = first; panel < last; panel++) {
        epilogue e = {.activation = DK_LINEAR, .pitch = call->n, .columns = dk_min(DK_PANEL, call->n - panel * DK_PANEL)};
        load_bias(e.bias, NULL, NULL, 0, e.columns);
        e.y = call->y + panel * DK_PANEL;
        finish_rows(&e, row, rows, sums + (panel - first) * panel_sums, NULL);
    }
}
