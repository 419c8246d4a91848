// Drivers of elementwise kernels: units of 32 K numbers.
#include "jobs.h"
#include <string.h>

enum { UNIT = 1 << 15 };

typedef struct flat_job {
    float *y;
    const float *p, *q;
    float a, b;
    size_t n;
    dk_activation activation;
    dk_type type;
    const void *stored;
    void *target;
} flat_job;

#define FLAT(NAME, CALL)                                                          \
    static void NAME##_unit(const void *context, size_t unit, dk_worker *worker) { \
        (void)worker;                                                             \
        const flat_job *job = context;                                            \
        const size_t i = unit * UNIT, n = dk_min(UNIT, job->n - i);               \
        const dk_variant *kernels = dk_kernels();                                 \
        CALL;                                                                     \
    }

FLAT(activate, kernels->activate(job->y + i, job->p + i, n, job->activation))
FLAT(scale, kernels->scale(job->y + i, job->p + i, job->a, n))
FLAT(add, kernels->add(job->y + i, job->p + i, job->q + i, n))
FLAT(multiply, kernels->multiply(job->y + i, job->p + i, job->q + i, n))
FLAT(lincomb, kernels->lincomb(job->y + i, job->a, job->p + i, job->b, job->q + i, n))
FLAT(widen, if (job->type == DK_F32) memcpy(job->y + i, (const float *)job->stored + i, n * sizeof(float));
     else if (job->type == DK_F16) kernels->widen_f16(job->y + i, (const uint16_t *)job->stored + i, n);
     else kernels->widen_bf16(job->y + i, (const uint16_t *)job->stored + i, n))
FLAT(narrow, if (job->type == DK_F32) memcpy((float *)job->target + i, job->p + i, n * sizeof(float));
     else if (job->type == DK_F16) kernels->narrow_f16((uint16_t *)job->target + i, job->p + i, n);
     else kernels->narrow_bf16((uint16_t *)job->target + i, job->p + i, n))

static void run(dk_unit_fn unit, const flat_job *job) { dk_run(dk_ceil(job->n, UNIT), unit, job); }

void dk_activate_run(float *y, const float *x, size_t n, dk_activation activation) {
    run(activate_unit, &(flat_job){.y = y, .p = x, .n = n, .activation = activation});
}
void dk_scale_run(float *y, const float *x, float s, size_t n) { run(scale_unit, &(flat_job){.y = y, .p = x, .a = s, .n = n}); }
void dk_add_run(float *y, const float *a, const float *b, size_t n) { run(add_unit, &(flat_job){.y = y, .p = a, .q = b, .n = n}); }
void dk_multiply_run(float *y, const float *a, const float *b, size_t n) { run(multiply_unit, &(flat_job){.y = y, .p = a, .q = b, .n = n}); }
void dk_lincomb_run(float *y, float a, const float *p, float b, const float *q, size_t n) {
    run(lincomb_unit, &(flat_job){.y = y, .a = a, .p = p, .b = b, .q = q, .n = n});
}
void dk_widen_run(float *y, const void *x, dk_type type, size_t n) { run(widen_unit, &(flat_job){.y = y, .stored = x, .type = type, .n = n}); }
void dk_narrow_run(void *y, const float *x, dk_type type, size_t n) { run(narrow_unit, &(flat_job){.target = y, .p = x, .type = type, .n = n}); }

typedef struct row_job {
    float *y;
    const void *x;
    const int32_t *indices;
    size_t rows, columns, rows_per_unit;
    dk_type type;
} row_job;

static void geglu_unit(const void *context, size_t unit, dk_worker *worker) {
    (void)worker;
    const row_job *job = context;
    const size_t last = dk_min(job->rows, (unit + 1) * job->rows_per_unit), n = job->columns;
    for (size_t r = unit * job->rows_per_unit; r < last; r++) {
        const float *x = (const float *)job->x + r * 2 * n;
        dk_kernels()->geglu(job->y + r * n, x, x + n, n);
    }
}

void dk_geglu_run(float *y, const float *x, size_t rows, size_t columns) {
    if (columns == 0) return;
    const row_job job = {.y = y, .x = x, .rows = rows, .columns = columns, .rows_per_unit = dk_max(1, UNIT / columns)};
    dk_run(dk_ceil(rows, job.rows_per_unit), geglu_unit, &job);
}

void dk_gather_run(float *y, const void *table, dk_type type, const int32_t *rows, size_t count, size_t columns) {
    for (size_t r = 0; r < count; r++)
        dk_widen_run(y + r * columns, (const char *)table + (size_t)rows[r] * columns * dk_type_size(type), type, columns);
}
