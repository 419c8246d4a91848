// Drivers of norms and softmax: units, and what lies between the two passes of a group norm.
#include "jobs.h"
#include <math.h>
#include <string.h>

// About 64 K numbers per unit, in whole stretches of 64 pixels.
size_t dk_group_norm_stretch(size_t channels) { return dk_max(1, 65536 / dk_max(channels, 1) / 64) * 64; }

void dk_group_norm_factors(const double *sums, size_t pixels, size_t channels, size_t groups, const float *gamma, const float *beta,
                           float epsilon, float *scale, float *shift) {
    const size_t width = channels / groups;
    const double count = (double)pixels * (double)width;
    for (size_t g = 0; g < groups; g++) {
        const double mean = sums[2 * g] / count, variance = sums[2 * g + 1] / count - mean * mean;
        const double factor = 1 / sqrt((variance > 0 ? variance : 0) + (double)epsilon);
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            scale[c] = (float)((double)gamma[c] * factor);
            shift[c] = (float)((double)beta[c] - mean * factor * (double)gamma[c]);
        }
    }
}

// Sums of units in their order.
static void add_units(const double *units, size_t count, size_t groups, double *sums) {
    for (size_t u = 0; u < count; u++)
        for (size_t i = 0; i < 2 * groups; i++) sums[i] += units[u * 2 * groups + i];
}

static const char sums_purpose[] = "the sums of a norm";

void dk_group_norm_run(const dk_group_norm *call) {
    if (call->batch == 0 || call->pixels == 0 || call->channels == 0) return;
    group_norm_job job = {.call = *call};
    job.rows_per_unit = dk_group_norm_stretch(call->channels);
    job.units_per_picture = dk_ceil(call->pixels, job.rows_per_unit);
    const size_t units = call->batch * job.units_per_picture, groups = call->groups, channels = call->channels;
    const size_t bytes = (units + 1) * groups * 2 * sizeof(double) + 2 * call->batch * channels * sizeof(float);
    job.sums = dk_demand(bytes, sums_purpose);
    double *sums = job.sums + units * groups * 2;
    float *scale = (float *)(sums + groups * 2), *shift = scale + call->batch * channels;
    job.scale = scale;
    job.shift = shift;
    dk_run(units, dk_kernels()->group_norm_sums_unit, &job);
    for (size_t picture = 0; picture < call->batch; picture++) {
        memset(sums, 0, groups * 2 * sizeof(double));
        add_units(job.sums + picture * job.units_per_picture * groups * 2, job.units_per_picture, groups, sums);
        dk_group_norm_factors(sums, call->pixels, channels, groups, call->gamma, call->beta, call->epsilon, scale + picture * channels,
                              shift + picture * channels);
    }
    dk_run(units, dk_kernels()->group_norm_apply_unit, &job);
    dk_free(job.sums, bytes);
}

void dk_group_norm_gather(const float *x, size_t pixels, size_t channels, size_t groups, double *sums) {
    if (pixels == 0 || channels == 0) return;
    group_norm_job job = {.call = {.inputs = {{x, channels}}, .input_count = 1, .batch = 1, .pixels = pixels, .channels = channels, .groups = groups}};
    job.rows_per_unit = dk_group_norm_stretch(channels);
    job.units_per_picture = dk_ceil(pixels, job.rows_per_unit);
    const size_t bytes = job.units_per_picture * groups * 2 * sizeof(double);
    job.sums = dk_demand(bytes, sums_purpose);
    dk_run(job.units_per_picture, dk_kernels()->group_norm_sums_unit, &job);
    add_units(job.sums, job.units_per_picture, groups, sums);
    dk_free(job.sums, bytes);
}

void dk_scale_shift_run(float *y, const float *x, size_t pixels, size_t channels, const float *scale, const float *shift,
                        dk_activation activation) {
    if (pixels == 0 || channels == 0) return;
    group_norm_job job = {.call = {.inputs = {{x, channels}}, .input_count = 1, .batch = 1, .pixels = pixels, .channels = channels, .groups = 1,
                                   .activation = activation, .y = y}};
    job.rows_per_unit = dk_group_norm_stretch(channels);
    job.units_per_picture = dk_ceil(pixels, job.rows_per_unit);
    job.scale = scale;
    job.shift = shift;
    dk_run(job.units_per_picture, dk_kernels()->group_norm_apply_unit, &job);
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
