// Drivers of norms and softmax: units, and what lies between the two passes of a group norm.
#include "jobs.h"
#include <math.h>
#include <stdlib.h>

void dk_group_norm_run(const dk_group_norm *call) {
    if (call->batch == 0 || call->pixels == 0 || call->channels == 0) return;
    group_norm_job job = {.call = *call};
    // About 64 K numbers per unit, in whole stretches of 64 pixels.
    job.rows_per_unit = dk_max(1, 65536 / call->channels / 64) * 64;
    job.units_per_picture = dk_ceil(call->pixels, job.rows_per_unit);
    const size_t units = call->batch * job.units_per_picture, groups = call->groups, channels = call->channels, width = channels / groups;
    const size_t bytes = units * groups * 2 * sizeof(double) + 2 * call->batch * channels * sizeof(float);
    job.sums = dk_allocate(bytes);
    if (!job.sums) abort();
    job.scale = (float *)(job.sums + units * groups * 2);
    job.shift = job.scale + call->batch * channels;
    dk_run(units, dk_kernels()->group_norm_sums_unit, &job);
    const double count = (double)call->pixels * (double)width;
    for (size_t picture = 0; picture < call->batch; picture++)
        for (size_t g = 0; g < groups; g++) {
            double sum = 0, square = 0;
            for (size_t u = 0; u < job.units_per_picture; u++) {
                const double *s = job.sums + ((picture * job.units_per_picture + u) * groups + g) * 2;
                sum += s[0];
                square += s[1];
            }
            const double mean = sum / count, variance = square / count - mean * mean;
            const double factor = 1 / sqrt((variance > 0 ? variance : 0) + (double)call->epsilon);
            for (size_t c = g * width; c < (g + 1) * width; c++) {
                job.scale[picture * channels + c] = (float)((double)call->gamma[c] * factor);
                job.shift[picture * channels + c] = (float)((double)call->beta[c] - mean * factor * (double)call->gamma[c]);
            }
        }
    dk_run(units, dk_kernels()->group_norm_apply_unit, &job);
    dk_free(job.sums, bytes);
}

typedef struct rows_job {
    dk_layer_norm call;
    size_t rows_per_unit;
} rows_job;

static void layer_norm_unit(const void *context, size_t unit, dk_worker *worker) {
    (void)worker;
    const rows_job *job = context;
    const dk_layer_norm *c = &job->call;
    const size_t last = dk_min(c->rows, (unit + 1) * job->rows_per_unit);
    for (size_t r = unit * job->rows_per_unit; r < last; r++)
        dk_kernels()->layer_norm_row(c->y + r * c->columns, c->x + r * c->columns, c->columns, c->gamma, c->beta, c->epsilon);
}

static void softmax_unit(const void *context, size_t unit, dk_worker *worker) {
    (void)worker;
    const rows_job *job = context;
    const dk_layer_norm *c = &job->call;
    const size_t last = dk_min(c->rows, (unit + 1) * job->rows_per_unit);
    for (size_t r = unit * job->rows_per_unit; r < last; r++) dk_kernels()->softmax_row(c->y + r * c->columns, c->x + r * c->columns, c->columns);
}

static void run_rows(const dk_layer_norm *call, dk_unit_fn unit) {
    if (call->rows == 0 || call->columns == 0) return;
    const rows_job job = {.call = *call, .rows_per_unit = dk_max(1, 32768 / call->columns)};
    dk_run(dk_ceil(call->rows, job.rows_per_unit), unit, &job);
}

void dk_layer_norm_run(const dk_layer_norm *call) { run_rows(call, layer_norm_unit); }

void dk_softmax_run(float *y, const float *x, size_t rows, size_t columns) {
    run_rows(&(dk_layer_norm){.x = x, .y = y, .rows = rows, .columns = columns}, softmax_unit);
}
