// out = softmax(scale · q·kᵀ)·v without a score matrix, queries in the lanes (online softmax: Milakov & Gimelshein 2018,
// Rabe & Staats 2021).
//
//   per 32 queries and 128 keys:  Sᵀ[key][query] = K · Qᵀ        rows of K read in place, Qᵀ[d][32] packed once
//                                 running maximum and sum per lane, P = 2^(S - maximum)
//                                 Oᵀ[d][query] = Oᵀ · correction + Vᵀ · P
//
// So the soft maximum needs no operation across lanes and a head of any size runs without padding: d is the row dimension
// of both products. Only 32 x d of q (in) and of o (out) are transposed. scale · log2(e) is folded into q.
// A unit may hold several tiles of 32 queries, which then share the keys and values in the cache (d = 512).
// Blocks of 128 keys are taken one after the other, so the keys may come in several calls that hand on the tiles' state.
#pragma once

enum { KEY_BLOCK = 128, QUERY_TILE = DK_PANEL };

// q rows to Qᵀ[d][32], scaled; missing queries are zero.
static void pack_queries(const float *q, size_t pitch, size_t queries, size_t d, float scale, float *packed) {
    for (size_t i = 0; i < d; i += LANES)
        for (size_t first = 0; first < QUERY_TILE; first += LANES) {
            vf r[LANES];
            const size_t width = dk_min(LANES, d - i);
            for (size_t j = 0; j < LANES; j++)
                r[j] = first + j < queries ? vf_load_part(q + (first + j) * pitch + i, width) * vf_set1(scale) : vf_zero();
            vf_transpose(r);
            for (size_t j = 0; j < width; j++) vf_store(packed + (i + j) * QUERY_TILE + first, r[j]);
        }
}

// Oᵀ[d][32] / sum to rows of out.
static void unpack_result(const float *o, const float *sum, float *out, size_t pitch, size_t queries, size_t d) {
    for (size_t first = 0; first < queries; first += LANES) {
        const vf factor = 1.f / vf_load(sum + first);
        for (size_t i = 0; i < d; i += LANES) {
            vf r[LANES];
            const size_t width = dk_min(LANES, d - i);
            for (size_t j = 0; j < LANES; j++) r[j] = j < width ? vf_load(o + (i + j) * QUERY_TILE + first) * factor : vf_zero();
            vf_transpose(r);
            for (size_t j = 0; j < LANES && first + j < queries; j++) vf_store_part(out + (first + j) * pitch + i, r[j], width);
        }
    }
}

// S in place to P, with the running maximum and sum of 32 queries; `factor`: what earlier sums have to be multiplied by.
// `visible`: when causal, keys of this block that query 0 of the tile sees; query j sees j more. Else PTRDIFF_MAX.
static void soften(float *s, size_t n, float *maximum, float *sum, float *factor, ptrdiff_t visible) {
    const bool causal = visible < (ptrdiff_t)n;
    for (size_t first = 0; first < QUERY_TILE; first += LANES) {
        const vf old = vf_load(maximum + first);
        float *column = s + first;
        // Key k is hidden from lane j when k >= visible + first + j.
        const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        const vi limit = lane + (int32_t)(causal ? visible + (ptrdiff_t)first : 0);
        if (causal)
            for (size_t k = 0; k < n; k++) {
                const vi hidden = limit <= (vi)vu_set1((uint32_t)k);
                vf_store(column + k * QUERY_TILE, vf_select(hidden, vf_set1(-1e30f), vf_load(column + k * QUERY_TILE)));
            }
        vf m0 = old, m1 = old, m2 = old, m3 = old;
        size_t k = 0;
        for (; k + 4 <= n; k += 4) {
            m0 = vf_max(m0, vf_load(column + k * QUERY_TILE));
            m1 = vf_max(m1, vf_load(column + (k + 1) * QUERY_TILE));
            m2 = vf_max(m2, vf_load(column + (k + 2) * QUERY_TILE));
            m3 = vf_max(m3, vf_load(column + (k + 3) * QUERY_TILE));
        }
        for (; k < n; k++) m0 = vf_max(m0, vf_load(column + k * QUERY_TILE));
        const vf new = vf_max(vf_max(m0, m1), vf_max(m2, m3)), correction = vf_exp2(old - new);
        vf s0 = vf_zero(), s1 = vf_zero();
        for (k = 0; k + 2 <= n; k += 2) {
            vf p0 = vf_exp2(vf_load(column + k * QUERY_TILE) - new), p1 = vf_exp2(vf_load(column + (k + 1) * QUERY_TILE) - new);
            if (causal) {
                p0 = vf_select(limit <= (vi)vu_set1((uint32_t)k), vf_zero(), p0);
                p1 = vf_select(limit <= (vi)vu_set1((uint32_t)k + 1), vf_zero(), p1);
            }
            s0 = s0 + p0;
            s1 = s1 + p1;
            vf_store(column + k * QUERY_TILE, p0);
            vf_store(column + (k + 1) * QUERY_TILE, p1);
        }
        if (k < n) {
            vf p = vf_exp2(vf_load(column + k * QUERY_TILE) - new);
            if (causal) p = vf_select(limit <= (vi)vu_set1((uint32_t)k), vf_zero(), p);
            s0 = s0 + p;
            vf_store(column + k * QUERY_TILE, p);
        }
        vf_store(maximum + first, new);
        vf_store(factor + first, correction);
        vf_store(sum + first, vf_load(sum + first) * correction + (s0 + s1));
    }
}

// Unit = picture, head, block of queries; queries vary fastest, so that threads share a head's keys and values.
static void attention_unit(const void *context, size_t unit, dk_worker *worker) {
    const attention_job *job = context;
    const dk_attention *a = &job->call;
    const size_t d = a->head_size, block = unit % job->query_blocks, head = unit / job->query_blocks % a->heads;
    const size_t picture = unit / job->query_blocks / a->heads;
    const size_t first = block * job->queries_per_block, last = dk_min(a->queries, first + job->queries_per_block);
    const size_t tile_count = dk_ceil(last - first, QUERY_TILE);
    const float *k = a->k + picture * a->keys * a->k_pitch + head * d, *v = a->v + picture * a->keys * a->v_pitch + head * d;

    // Per tile: Qᵀ, Oᵀ, maximum, sum; between calls they are the caller's. Shared: S, factor.
    const size_t tile_floats = dk_attention_tile_floats(d);
    float *s = dk_scratch(worker, ((a->state ? 0 : tile_count * tile_floats) + (KEY_BLOCK + 1) * QUERY_TILE) * sizeof(float));
    float *factor = s + KEY_BLOCK * QUERY_TILE, *state = factor + QUERY_TILE;
    if (a->state) state = a->state + ((picture * a->heads + head) * dk_ceil(a->queries, QUERY_TILE) + first / QUERY_TILE) * tile_floats;
    for (size_t t = 0; t < tile_count && (!a->state || a->begins); t++) {
        float *packed = state + t * tile_floats, *o = packed + d * QUERY_TILE, *maximum = o + d * QUERY_TILE, *sum = maximum + QUERY_TILE;
        const size_t query = first + t * QUERY_TILE;
        pack_queries(a->q + (picture * a->queries + query) * a->q_pitch + head * d, a->q_pitch, dk_min(QUERY_TILE, last - query), d, a->scale * LOG2_E, packed);
        memset(o, 0, d * QUERY_TILE * sizeof(float));
        for (int i = 0; i < QUERY_TILE; i++) {
            maximum[i] = -1e30f;
            sum[i] = 0;
        }
    }
    const size_t d_tiles = dk_ceil(d, TILE_ROWS);
    for (size_t k0 = 0; k0 < a->keys; k0 += KEY_BLOCK) {
        for (size_t t = 0; t < tile_count; t++) {
            const size_t query = first + t * QUERY_TILE;
            size_t n = dk_min(KEY_BLOCK, a->keys - k0);
            ptrdiff_t visible = PTRDIFF_MAX;
            if (a->causal) {
                if (k0 > query + QUERY_TILE - 1) continue;
                visible = (ptrdiff_t)query + 1 - (ptrdiff_t)k0;
            }
            float *packed = state + t * tile_floats, *o = packed + d * QUERY_TILE, *maximum = o + d * QUERY_TILE, *sum = maximum + QUERY_TILE;
            multiply_panel(n, d, k + k0 * a->k_pitch, (ptrdiff_t)a->k_pitch, packed, s, QUERY_TILE, false);
            soften(s, n, maximum, sum, factor, visible);
            for (int column = 0; column < DK_PANEL; column += 16 * TILE_VECTORS)
                for (size_t i = 0; i < d_tiles; i++) {
                    const size_t r0 = dk_cut(d, d_tiles, i), r1 = dk_cut(d, d_tiles, i + 1);
                    value_tiles[r1 - r0](n, v + k0 * a->v_pitch + r0, (ptrdiff_t)a->v_pitch, s + column, o + r0 * QUERY_TILE + column, factor + column);
                }
        }
    }
    for (size_t t = 0; t < tile_count && (!a->state || a->ends); t++) {
        const size_t query = first + t * QUERY_TILE;
        const float *o = state + t * tile_floats + d * QUERY_TILE, *sum = o + d * QUERY_TILE + QUERY_TILE;
        unpack_result(o, sum, a->out + (picture * a->queries + query) * a->out_pitch + head * d, a->out_pitch, dk_min(QUERY_TILE, last - query), d);
    }
}
