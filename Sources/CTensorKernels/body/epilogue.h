// What happens to sums before they leave: y = act(sum + bias) + residual, or (value + bias) · gelu(gate + bias).
#pragma once

typedef struct epilogue {
    float bias[DK_PANEL], gate_bias[DK_PANEL];  // of one panel, zero where there is none
    dk_activation activation;
    bool paired;
    const float *residual;  // as y, or NULL
    float *y;
    size_t pitch;           // of y and residual
    size_t columns;         // 1…32
} epilogue;

// Bias (and a second one) of `columns` outputs from `first` on.
VF_INLINE void load_bias(float *target, const float *bias, const float *second, size_t first, size_t columns) {
    memset(target, 0, DK_PANEL * sizeof(float));
    for (size_t i = 0; i < columns; i++) {
        if (bias) target[i] = bias[first + i];
        if (second) target[i] = target[i] + second[first + i];
    }
}

VF_INLINE void finish(const epilogue *e, dk_activation activation, bool paired, size_t row, size_t rows, const float *sums, const float *gates) {
    for (size_t column = 0; column < e->columns; column += LANES) {
        const size_t count = dk_min(LANES, e->columns - column);
        const vf bias = vf_load(e->bias + column), gate_bias = vf_load(e->gate_bias + column);
        for (size_t r = 0; r < rows; r++) {
            vf x = vf_load(sums + r * DK_PANEL + column) + bias;
            if (paired) x = x * vf_gelu(vf_load(gates + r * DK_PANEL + column) + gate_bias);
            else x = vf_activate(x, activation);
            const size_t at = (row + r) * e->pitch + column;
            if (e->residual) x = x + vf_load_part(e->residual + at, count);
            vf_store_part(e->y + at, x, count);
        }
    }
}

// Bytes that will be read soon, into the second-level cache.
VF_INLINE void prefetch(const char *p, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(p + i, 0, 2);
}

// What finish_rows will read and write.
VF_INLINE void prefetch_rows(const epilogue *e, size_t row, size_t rows) {
    for (size_t r = row; r < row + rows; r++) {
        const float *y = e->y + r * e->pitch;
        __builtin_prefetch(y, 1, 3);
        __builtin_prefetch(y + e->columns - 1, 1, 3);
        if (!e->residual) continue;
        __builtin_prefetch(e->residual + r * e->pitch, 0, 3);
        __builtin_prefetch(e->residual + r * e->pitch + e->columns - 1, 0, 3);
    }
}

// Sums [rows][32] of the rows from `row` on.
NOINLINE void finish_rows(const epilogue *e, size_t row, size_t rows, const float *sums, const float *gates) {
    if (e->paired) finish(e, DK_LINEAR, true, row, rows, sums, gates);
    else if (e->activation == DK_SILU) finish(e, DK_SILU, false, row, rows, sums, NULL);
    else if (e->activation == DK_GELU) finish(e, DK_GELU, false, row, rows, sums, NULL);
    else if (e->activation == DK_QUICK_GELU) finish(e, DK_QUICK_GELU, false, row, rows, sums, NULL);
    else if (e->activation == DK_RELU) finish(e, DK_RELU, false, row, rows, sums, NULL);
    else if (e->activation == DK_LEAKY_RELU) finish(e, DK_LEAKY_RELU, false, row, rows, sums, NULL);
    else finish(e, DK_LINEAR, false, row, rows, sums, NULL);
}
