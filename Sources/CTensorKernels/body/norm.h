// Norms and softmax. Channels or columns in the lanes; sums are f32 over short stretches, then f64 in index order.
#pragma once

enum { SUM_ROWS = 64 };  // pixels per f32 partial sum

VF_INLINE size_t group_norm_rows(const group_norm_job *job, size_t unit, size_t *row) {
    const size_t picture = unit / job->units_per_picture, part = unit % job->units_per_picture;
    const size_t start = part * job->rows_per_unit;
    *row = picture * job->call.pixels + start;
    return dk_min(job->rows_per_unit, job->call.pixels - start);
}

// Sums and sums of squares of each group over the unit's pixels. Two f32 sums per channel and 64 pixels (even and odd
// pixels), then double: channels in order, so that joined inputs may cut through a group.
static void group_norm_sums_unit(const void *context, size_t unit, dk_worker *worker) {
    const group_norm_job *job = context;
    const dk_group_norm *call = &job->call;
    size_t row;
    const size_t rows = group_norm_rows(job, unit, &row), channels = call->channels, width = channels / call->groups;
    double *sums = job->sums + unit * call->groups * 2;
    memset(sums, 0, call->groups * 2 * sizeof(double));
    float *sum = dk_scratch(worker, 2 * (channels + LANES) * sizeof(float)), *square = sum + channels + LANES;
    for (size_t r0 = 0; r0 < rows; r0 += SUM_ROWS) {
        const size_t r1 = dk_min(rows, r0 + SUM_ROWS);
        size_t base = 0;
        for (size_t i = 0; i < call->input_count; base += call->inputs[i++].channels) {
            const size_t n = call->inputs[i].channels;
            for (size_t c = 0; c < n; c += LANES) {
                const size_t count = dk_min(LANES, n - c);
                vf s0 = vf_zero(), s1 = vf_zero(), q0 = vf_zero(), q1 = vf_zero();
                const float *x = call->inputs[i].data + (row + r0) * n + c;
                size_t r = r0;
                for (; r + 2 <= r1; r += 2, x += 2 * n) {
                    const vf a = vf_load_part(x, count), b = vf_load_part(x + n, count);
                    s0 = s0 + a;
                    q0 = vf_fma(a, a, q0);
                    s1 = s1 + b;
                    q1 = vf_fma(b, b, q1);
                }
                if (r < r1) {
                    const vf a = vf_load_part(x, count);
                    s0 = s0 + a;
                    q0 = vf_fma(a, a, q0);
                }
                vf_store_part(sum + base + c, s0 + s1, count);
                vf_store_part(square + base + c, q0 + q1, count);
            }
        }
        for (size_t g = 0; g < call->groups; g++)
            for (size_t c = g * width; c < (g + 1) * width; c++) {
                sums[2 * g] += sum[c];
                sums[2 * g + 1] += square[c];
            }
    }
}

VF_INLINE void scale_shift_rows(const dk_group_norm *call, size_t row, size_t rows, const float *scale, const float *shift, dk_activation activation) {
    size_t base = 0;
    for (size_t i = 0; i < call->input_count; base += call->inputs[i++].channels) {
        const size_t n = call->inputs[i].channels;
        for (size_t r = row; r < row + rows; r++) {
            const float *x = call->inputs[i].data + r * n;
            float *y = call->y + r * call->channels + base;
            for (size_t c = 0; c < n; c += LANES) {
                const size_t count = dk_min(LANES, n - c);
                const vf value = vf_fma(vf_load_part(x + c, count), vf_load_part(scale + base + c, count), vf_load_part(shift + base + c, count));
                vf_store_part(y + c, vf_activate(value, activation), count);
            }
        }
    }
}

static void group_norm_apply_unit(const void *context, size_t unit, dk_worker *worker) {
    (void)worker;
    const group_norm_job *job = context;
    const dk_group_norm *call = &job->call;
    size_t row;
    const size_t rows = group_norm_rows(job, unit, &row), picture = unit / job->units_per_picture;
    const float *scale = job->scale + picture * call->channels, *shift = job->shift + picture * call->channels;
    if (call->activation == DK_SILU) scale_shift_rows(call, row, rows, scale, shift, DK_SILU);
    else if (call->activation == DK_LINEAR) scale_shift_rows(call, row, rows, scale, shift, DK_LINEAR);
    else scale_shift_rows(call, row, rows, scale, shift, call->activation);
}

// Two passes: the mean, then the squares of differences from it.
static void layer_norm_row(float *y, const float *x, size_t n, const float *gamma, const float *beta, float epsilon) {
    vf sum = vf_zero(), square = vf_zero();
    size_t c = 0;
    for (; c + LANES <= n; c += LANES) sum = sum + vf_load(x + c);
    if (c < n) sum = sum + vf_load_part(x + c, n - c);
    const float mean = (float)(vf_sum_double(sum) / (double)n);
    const vf m = vf_set1(mean);
    for (c = 0; c + LANES <= n; c += LANES) {
        const vf d = vf_load(x + c) - m;
        square = vf_fma(d, d, square);
    }
    for (; c < n; c++) {
        const float d = x[c] - mean;
        square[c % LANES] = fmaf(d, d, square[c % LANES]);
    }
    const float factor = (float)(1 / sqrt(vf_sum_double(square) / (double)n + (double)epsilon));
    for (c = 0; c < n; c += LANES) {
        const size_t count = dk_min(LANES, n - c);
        const vf value = (vf_load_part(x + c, count) - m) * vf_set1(factor);
        const vf g = gamma ? vf_load_part(gamma + c, count) : vf_set1(1), b = beta ? vf_load_part(beta + c, count) : vf_zero();
        vf_store_part(y + c, vf_fma(value, g, b), count);
    }
}

static void softmax_row(float *y, const float *x, size_t n) {
    vf maximum = vf_set1(-INFINITY), sum = vf_zero();
    size_t c = 0;
    for (; c + LANES <= n; c += LANES) maximum = vf_max(maximum, vf_load(x + c));
    float largest = -INFINITY;
    for (int i = 0; i < LANES; i++) largest = largest > maximum[i] ? largest : maximum[i];
    for (; c < n; c++) largest = largest > x[c] ? largest : x[c];
    for (c = 0; c < n; c += LANES) {
        const size_t count = dk_min(LANES, n - c);
        vf e = vf_exp2((vf_load_part(x + c, count) - largest) * LOG2_E);
        for (size_t i = count; i < LANES; i++) e[i] = 0;
        sum = sum + e;
        vf_store_part(y + c, e, count);
    }
    const float factor = (float)(1 / vf_sum_double(sum));
    for (c = 0; c < n; c += LANES) {
        const size_t count = dk_min(LANES, n - c);
        vf_store_part(y + c, vf_load_part(y + c, count) * factor, count);
    }
}
