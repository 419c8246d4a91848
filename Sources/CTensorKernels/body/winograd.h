// 3x3 convolution, stride 1, one pixel of padding, by Winograd's F(4x4,3x3) (Lavin & Gray 2016) in f32.
//
// A tile of 6x6 input pixels gives 4x4 output pixels: V = Bᵀ d B (36 numbers per channel), M[ξ] = Σ_ci V[ξ][ci] U[ξ][ci],
// Y = Aᵀ M A. The points are 0, ±3/4, ±3/2, ∞: as cheap as the usual 0, ±1, ±2, ∞ and twice as exact (2-4e-6 rms).
//
// Weights stay as they are stored, [panel][ci][9][32]; U = G g Gᵀ is made for a panel, a pair of its six rows and a chunk
// of channels, in scratch memory that fits the second-level cache. Keeping all U instead would need 4 times the memory
// of f32 weights (8 of f16) and gains 10-20 % of the layers that have few tiles.
#pragma once

enum { XI = 36 };
#define WA .75f
#define WB 1.5f

// One dimension of Bᵀ: six numbers `step` apart to six numbers `out` apart.
VF_INLINE void transform_input(const vf *d, int step, vf *o, int out) {
    const vf a2b2 = vf_set1(WA * WA * WB * WB), sum = vf_set1(-(WA * WA + WB * WB));
    const vf d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    o[0] = vf_fma(a2b2, d[0], vf_fma(sum, d2, d4));
    vf e = vf_fma(vf_set1(-(WB * WB)), d2, d4), f = vf_fma(vf_set1(-(WA * WB * WB)), d1, WA * d3);
    o[out] = e + f;
    o[2 * out] = e - f;
    e = vf_fma(vf_set1(-(WA * WA)), d2, d4), f = vf_fma(vf_set1(-(WA * WA * WB)), d1, WB * d3);
    o[3 * out] = e + f;
    o[4 * out] = e - f;
    o[5 * out] = vf_fma(a2b2, d1, vf_fma(sum, d3, d[5 * step]));
}

// One dimension of Aᵀ: six numbers to four.
VF_INLINE void transform_output(const vf *m, int step, vf *o, int out) {
    const vf m0 = m[0], m5 = m[5 * step];
    const vf e = m[step] + m[2 * step], f = m[step] - m[2 * step], g = m[3 * step] + m[4 * step], h = m[3 * step] - m[4 * step];
    o[0] = m0 + e + g;
    o[out] = vf_fma(vf_set1(WB), h, WA * f);
    o[2 * out] = vf_fma(vf_set1(WB * WB), g, (WA * WA) * e);
    o[3 * out] = vf_fma(vf_set1(WB * WB * WB), h, vf_fma(vf_set1(WA * WA * WA), f, m5));
}

// One dimension of G: three numbers to six.
#define WNA (1 / (2 * WA * WA * (WA * WA - WB * WB)))
#define WNB (1 / (2 * WB * WB * (WB * WB - WA * WA)))
VF_INLINE vf weight_even(vf g0, vf g2, float n, float p) { return vf_fma(vf_set1(n * p * p), g2, n * g0); }
VF_INLINE void transform_weights(vf g0, vf g1, vf g2, vf *o) {
    o[0] = (1 / (WA * WA * WB * WB)) * g0;
    vf e = weight_even(g0, g2, WNA, WA), f = (WNA * WA) * g1;
    o[1] = e + f;
    o[2] = e - f;
    e = weight_even(g0, g2, WNB, WB), f = (WNB * WB) * g1;
    o[3] = e + f;
    o[4] = e - f;
    o[5] = g2;
}

// The pairs of U's rows that are made together: they share most of their work.
static const int row_pairs[3][2] = {{0, 5}, {1, 2}, {3, 4}};

// U of rows `pair`, `count` channels from `stored` on: u[12][count][32], planes `plane` floats apart.
VF_INLINE void make_u(int pair, const char *stored, dk_type type, size_t count, float *u, size_t plane) {
    const size_t size = type == DK_F32 ? 4 : 2;
    for (size_t ci = 0; ci < count; ci++)
        for (int half = 0; half < 2; half++) {
            const char *w = stored + (ci * 9 * DK_PANEL + (size_t)half * LANES) * size;
            vf g[9], top[3], bottom[3], o[6];
            UNROLL for (int t = 0; t < 9; t++) {
                if (pair == 0 && t / 3 == 1) continue;
                const char *at = w + (size_t)t * DK_PANEL * size;
                g[t] = type == DK_F16 ? vf_load_f16((const uint16_t *)(const void *)at)
                    : type == DK_BF16 ? vf_load_bf16((const uint16_t *)(const void *)at) : vf_load((const float *)(const void *)at);
            }
            UNROLL for (int x = 0; x < 3; x++) {
                if (pair == 0) {
                    top[x] = (1 / (WA * WA * WB * WB)) * g[x];
                    bottom[x] = g[6 + x];
                } else {
                    const float n = pair == 1 ? WNA : WNB, p = pair == 1 ? WA : WB;
                    const vf e = weight_even(g[x], g[6 + x], n, p), f = (n * p) * g[3 + x];
                    top[x] = e + f;
                    bottom[x] = e - f;
                }
            }
            float *target = u + ci * DK_PANEL + (size_t)half * LANES;
            transform_weights(top[0], top[1], top[2], o);
            UNROLL for (int i = 0; i < 6; i++) vf_store(target + (size_t)i * plane, o[i]);
            transform_weights(bottom[0], bottom[1], bottom[2], o);
            UNROLL for (int i = 0; i < 6; i++) vf_store(target + (size_t)(6 + i) * plane, o[i]);
        }
}

NOINLINE void make_u_f16(int pair, const char *stored, size_t count, float *u, size_t plane) {
    if (pair == 0) make_u(0, stored, DK_F16, count, u, plane);
    else if (pair == 1) make_u(1, stored, DK_F16, count, u, plane);
    else make_u(2, stored, DK_F16, count, u, plane);
}
NOINLINE void make_u_other(int pair, const char *stored, dk_type type, size_t count, float *u, size_t plane) {
    if (type == DK_BF16) {
        if (pair == 0) make_u(0, stored, DK_BF16, count, u, plane);
        else if (pair == 1) make_u(1, stored, DK_BF16, count, u, plane);
        else make_u(2, stored, DK_BF16, count, u, plane);
    } else {
        if (pair == 0) make_u(0, stored, DK_F32, count, u, plane);
        else if (pair == 1) make_u(1, stored, DK_F32, count, u, plane);
        else make_u(2, stored, DK_F32, count, u, plane);
    }
}

// 36 pixels, each by its own pointer (a border, a doubled pixel) or at regular distances.
NOINLINE void input_tile_scattered(const float *const *pixels, size_t channels, float *v, size_t plane) {
    for (size_t c = 0; c < channels; c += LANES) {
        vf d[XI], e[XI];
        for (int i = 0; i < XI; i++) d[i] = vf_load(pixels[i] + c);
        UNROLL for (int x = 0; x < 6; x++) transform_input(d + x, 6, e + x, 6);
        UNROLL for (int y = 0; y < 6; y++) transform_input(e + 6 * y, 1, d + 6 * y, 1);
        UNROLL for (int i = 0; i < XI; i++) vf_store(v + c + (size_t)i * plane, d[i]);
    }
}
NOINLINE void input_tile(const float *first, size_t row, size_t channels, float *v, size_t plane) {
    for (size_t c = 0; c < channels; c += LANES) {
        vf e[XI], o[6];
        UNROLL for (int x = 0; x < 6; x++) {
            vf d[6];
            UNROLL for (int y = 0; y < 6; y++) d[y] = vf_load(first + (size_t)y * row + (size_t)x * channels + c);
            transform_input(d, 1, e + x, 6);
        }
        UNROLL for (int y = 0; y < 6; y++) {
            transform_input(e + 6 * y, 1, o, 1);
            UNROLL for (int x = 0; x < 6; x++) vf_store(v + c + (size_t)(6 * y + x) * plane, o[x]);
        }
    }
}

// The tile's picture and first output pixel in the band.
VF_INLINE void locate_tile(const conv_job *job, size_t tile, size_t *picture, size_t *y, size_t *x) {
    const size_t per_picture = job->tiles_across * job->tiles_down;
    *picture = tile / per_picture;
    *y = tile % per_picture / job->tiles_across * 4;
    *x = tile % job->tiles_across * 4;
}

// V of some tiles.
static void winograd_input_unit(const void *context, size_t unit, dk_worker *worker) {
    const conv_job *job = context;
    const dk_conv *c = &job->call;
    const ptrdiff_t shift = c->upsample, height = (ptrdiff_t)(c->height << shift), width = (ptrdiff_t)(c->width << shift);
    size_t widest = 0;
    for (size_t i = 0; i < c->input_count; i++) widest = dk_max(widest, c->inputs[i].channels);
    float *zeros = dk_scratch(worker, widest * sizeof(float));
    memset(zeros, 0, widest * sizeof(float));
    const size_t last = dk_cut(job->tile_count, job->input_units, unit + 1);
    for (size_t tile = dk_cut(job->tile_count, job->input_units, unit); tile < last; tile++) {
        size_t picture, top, left;
        locate_tile(job, job->first_tile + tile, &picture, &top, &left);
        const ptrdiff_t y0 = (ptrdiff_t)(c->out_first + top) - 1, x0 = (ptrdiff_t)left - 1;
        const bool inside = !shift && y0 >= 0 && x0 >= 0 && y0 + 6 <= height && x0 + 6 <= width;
        float *v = job->v + tile * c->in_channels;
        for (size_t i = 0; i < c->input_count; i++) {
            const size_t channels = c->inputs[i].channels;
            const float *data = c->inputs[i].data + picture * c->in_rows * c->width * channels;
            if (inside) {
                input_tile(data + (((size_t)y0 - c->in_first) * c->width + (size_t)x0) * channels, c->width * channels, channels, v, job->v_plane);
            } else {
                const float *pixels[XI];
                for (ptrdiff_t y = 0; y < 6; y++)
                    for (ptrdiff_t x = 0; x < 6; x++) {
                        const ptrdiff_t py = y0 + y, px = x0 + x;
                        const bool there = py >= 0 && px >= 0 && py < height && px < width;
                        pixels[6 * y + x] = there ? data + (((size_t)(py >> shift) - c->in_first) * c->width + (size_t)(px >> shift)) * channels : zeros;
                    }
                input_tile_scattered(pixels, channels, v, job->v_plane);
            }
            v += channels;
        }
    }
}

// Pixels that output_tile will read and write: 128 bytes each, far apart.
VF_INLINE void prefetch_tile(const conv_job *job, const epilogue *e, size_t tile) {
    const dk_conv *c = &job->call;
    size_t picture, top, left;
    locate_tile(job, tile, &picture, &top, &left);
    const size_t rows = dk_min(4, c->out_rows - top), columns = dk_min(4, c->out_width - left);
    for (size_t y = 0; y < rows; y++) prefetch_rows(e, (picture * c->out_rows + top + y) * c->out_width + left, columns);
}

// M of one tile and panel to pixels.
NOINLINE void output_tile(const conv_job *job, const epilogue *e, size_t tile, const float *m, size_t plane) {
    const dk_conv *c = &job->call;
    size_t picture, top, left;
    locate_tile(job, tile, &picture, &top, &left);
    const size_t rows = dk_min(4, c->out_rows - top), columns = dk_min(4, c->out_width - left);
    const size_t first = (picture * c->out_rows + top) * c->out_width + left;
    for (size_t column = 0; column < e->columns; column += LANES) {
        const size_t count = dk_min(LANES, e->columns - column);
        vf d[XI], o[16];
        UNROLL for (int i = 0; i < XI; i++) d[i] = vf_load(m + (size_t)i * plane + column);
        vf half[24];
        UNROLL for (int x = 0; x < 6; x++) transform_output(d + x, 6, half + x, 6);
        UNROLL for (int y = 0; y < 4; y++) transform_output(half + 6 * y, 1, o + 4 * y, 1);
        const vf bias = vf_load(e->bias + column);
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++) {
                const size_t at = (first + y * c->out_width + x) * e->pitch + column;
                vf value = o[4 * y + x] + bias;
                if (e->activation != DK_LINEAR) value = vf_activate(value, e->activation);
                if (e->residual) value = value + vf_load_part(e->residual + at, count);
                vf_store_part(e->y + at, value, count);
            }
    }
}

// One panel of outputs for some tiles of the block.
static void winograd_output_unit(const void *context, size_t unit, dk_worker *worker) {
    const conv_job *job = context;
    const dk_conv *c = &job->call;
    const size_t panel = unit % job->panels, part = unit / job->panels, parts = job->output_units / job->panels;
    const size_t first = dk_cut(job->tile_count, parts, part), tile_count = dk_cut(job->tile_count, parts, part + 1) - first;
    const size_t ci = c->in_channels, chunks = dk_ceil(ci, 256), chunk = dk_ceil(dk_ceil(ci, chunks), 16) * 16;
    // 16 floats more from plane to plane: 36 planes at a power of two apart would share cache sets.
    const size_t u_plane = chunk * DK_PANEL + 16, m_plane = tile_count * DK_PANEL + 16;
    float *u = dk_scratch(worker, (12 * u_plane + XI * m_plane) * sizeof(float)), *m = u + 12 * u_plane;
    const size_t size = c->weight_type == DK_F32 ? 4 : 2;
    const char *stored = (const char *)c->weights + panel * ci * 9 * DK_PANEL * size;
    // Few tiles: M stays in the cache from chunk to chunk, so finish with each chunk's weights. Many: finish with M's rows.
    const bool weights_outside = XI * m_plane * sizeof(float) <= 320 * 1024;
    const size_t channel_bytes = 9 * DK_PANEL * size, steps = 3 * chunks;
    for (size_t step = 0; step < steps; step++) {
        const size_t pair = weights_outside ? step % 3 : step / chunks, number = weights_outside ? step / 3 : step % chunks;
        const size_t k0 = number * chunk, n = k0 < ci ? dk_min(chunk, ci - k0) : 0;
        if (n == 0) continue;
        if (c->weight_type == DK_F16) make_u_f16((int)pair, stored + k0 * channel_bytes, n, u, u_plane);
        else make_u_other((int)pair, stored + k0 * channel_bytes, c->weight_type, n, u, u_plane);
        // Weights that come next for the first time are fetched while this chunk is multiplied.
        const bool fetches = k0 + n < ci && pair == (weights_outside ? 2 : 0);
        const size_t fetch_bytes = fetches ? dk_min(chunk, ci - k0 - n) * channel_bytes : 0;
        for (size_t i = 0; i < 12; i++) {
            const size_t xi = (size_t)row_pairs[pair][i / 6] * 6 + i % 6;
            if (fetches) prefetch(stored + (k0 + n) * channel_bytes + dk_cut(fetch_bytes, 12, i), dk_cut(fetch_bytes, 12, i + 1) - dk_cut(fetch_bytes, 12, i));
            multiply_panel(tile_count, n, job->v + xi * job->v_plane + first * ci + k0, (ptrdiff_t)ci, u + i * u_plane, m + xi * m_plane, DK_PANEL, k0 > 0);
        }
    }
    const size_t column = panel * DK_PANEL;
    epilogue e = {.activation = c->activation, .pitch = c->out_channels, .columns = dk_min(DK_PANEL, c->out_channels - column)};
    e.y = c->y + column;
    e.residual = c->residual ? c->residual + column : NULL;
    const size_t per_picture = job->tiles_across * job->tiles_down;
    size_t picture = SIZE_MAX;
    for (size_t t = 0; t < tile_count; t++) {
        const size_t tile = job->first_tile + first + t;
        if (tile / per_picture != picture) {
            picture = tile / per_picture;
            load_bias(e.bias, c->bias, c->image_bias ? c->image_bias + picture * c->out_channels : NULL, column, e.columns);
        }
        if (t + 2 < tile_count) prefetch_tile(job, &e, tile + 2);
        output_tile(job, &e, tile, m + t * DK_PANEL, m_plane);
    }
}
