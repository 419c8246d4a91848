// The micro-kernel that carries everything: c[rows][32] (+)= a[rows][n] · b[n][32].
//
//   a: row-major, read in place by broadcasts, rows `lda` floats apart (they may overlap: a row of pixels is a matrix
//      whose rows start one pixel apart)
//   b: one packed panel, 32 columns
//   c: rows `ldc` floats apart; `more` continues the sums that are there
//
// One chain of fma per element, k ascending, so neither the tile's shape nor a cut through k shows in the bits.
// Rows are cut into equal tiles of at most TILE_ROWS (never 14, 14, …, 2). Rows are reached from base pointers three
// rows apart, which leaves enough registers for the addresses.
#pragma once

typedef void (*tile_fn)(size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more);

#define TILE_ROW(r) (*(const float *)(p[(r) / 3] + ((r) % 3) * stride))
#define DEFINE_TILE_OF(NAME, ROWS, VECTORS)                                                                                   \
    NOINLINE void NAME##_##ROWS(size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more) { \
        vf sum[ROWS][VECTORS];                                                                                                \
        const char *p[(ROWS + 2) / 3];                                                                                        \
        const ptrdiff_t stride = lda * 4;                                                                                     \
        UNROLL for (int i = 0; i < (ROWS + 2) / 3; i++) p[i] = (const char *)a + 3 * i * stride;                              \
        if (more) {                                                                                                           \
            UNROLL for (int r = 0; r < ROWS; r++)                                                                             \
                UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = vf_load(c + r * ldc + 16 * v);                           \
        } else {                                                                                                              \
            UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = vf_zero();             \
        }                                                                                                                     \
        for (size_t k = 0; k < n; k++) {                                                                                      \
            vf w[VECTORS];                                                                                                    \
            UNROLL for (int v = 0; v < VECTORS; v++) w[v] = vf_load(b + 16 * v);                                              \
            b += DK_PANEL;                                                                                                    \
            UNROLL for (int r = 0; r < ROWS; r++) {                                                                           \
                const vf x = vf_set1(TILE_ROW(r));                                                                            \
                UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = vf_fma(x, w[v], sum[r][v]);                              \
            }                                                                                                                 \
            UNROLL for (int i = 0; i < (ROWS + 2) / 3; i++) p[i] += 4;                                                        \
        }                                                                                                                     \
        UNROLL for (int r = 0; r < ROWS; r++)                                                                                 \
            UNROLL for (int v = 0; v < VECTORS; v++) vf_store(c + r * ldc + 16 * v, sum[r][v]);                               \
    }
#define DEFINE_TILE(ROWS) DEFINE_TILE_OF(tile, ROWS, TILE_VECTORS)
#define DEFINE_NARROW_TILE(ROWS) DEFINE_TILE_OF(narrow_tile, ROWS, 1)

// Its twin for attention: o[rows][32] = o·factor[32] + Σ_k v[k][row] · p[k][32]; here the broadcasts are neighbours.
#define DEFINE_VALUE_TILE(ROWS)                                                                                        \
    NOINLINE void value_tile_##ROWS(size_t n, const float *v, ptrdiff_t ldv, const float *p, float *o, const float *factor) { \
        vf sum[ROWS][TILE_VECTORS];                                                                                    \
        UNROLL for (int r = 0; r < ROWS; r++)                                                                          \
            UNROLL for (int i = 0; i < TILE_VECTORS; i++)                                                              \
                sum[r][i] = vf_load(o + r * DK_PANEL + 16 * i) * vf_load(factor + 16 * i);                             \
        for (size_t k = 0; k < n; k++) {                                                                               \
            vf w[TILE_VECTORS];                                                                                        \
            UNROLL for (int i = 0; i < TILE_VECTORS; i++) w[i] = vf_load(p + 16 * i);                                  \
            p += DK_PANEL;                                                                                             \
            UNROLL for (int r = 0; r < ROWS; r++) {                                                                    \
                const vf x = vf_set1(v[r]);                                                                            \
                UNROLL for (int i = 0; i < TILE_VECTORS; i++) sum[r][i] = vf_fma(x, w[i], sum[r][i]);                  \
            }                                                                                                          \
            v += ldv;                                                                                                  \
        }                                                                                                              \
        UNROLL for (int r = 0; r < ROWS; r++)                                                                          \
            UNROLL for (int i = 0; i < TILE_VECTORS; i++) vf_store(o + r * DK_PANEL + 16 * i, sum[r][i]);              \
    }
typedef void (*value_tile_fn)(size_t n, const float *v, ptrdiff_t ldv, const float *p, float *o, const float *factor);

#if TILE_ROWS == 14
#define EACH_TILE(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#elif TILE_ROWS == 6
#define EACH_TILE(M) M(1) M(2) M(3) M(4) M(5) M(6)
#else
#define EACH_TILE(M) M(1) M(2) M(3) M(4)
#endif
EACH_TILE(DEFINE_TILE)
EACH_TILE(DEFINE_VALUE_TILE)
#define TILE_ENTRY(ROWS) tile_##ROWS,
#define VALUE_TILE_ENTRY(ROWS) value_tile_##ROWS,
static const tile_fn tiles[TILE_ROWS + 1] = {0, EACH_TILE(TILE_ENTRY)};
#if TILE_VECTORS > 1  // half a panel, for layers with up to 16 outputs
EACH_TILE(DEFINE_NARROW_TILE)
#define NARROW_TILE_ENTRY(ROWS) narrow_tile_##ROWS,
static const tile_fn narrow_tiles[TILE_ROWS + 1] = {0, EACH_TILE(NARROW_TILE_ENTRY)};
#else
#define narrow_tiles tiles
#endif
static const value_tile_fn value_tiles[TILE_ROWS + 1] = {0, EACH_TILE(VALUE_TILE_ENTRY)};

// At most TILE_ROWS rows x 32 columns.
VF_INLINE void one_tile(size_t rows, size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more) {
    for (int column = 0; column < DK_PANEL; column += 16 * TILE_VECTORS) tiles[rows](n, a, lda, b + column, c + column, ldc, more);
}

VF_INLINE void multiply_columns(const tile_fn *table, size_t rows, size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more) {
    const size_t count = dk_ceil(rows, TILE_ROWS);
    for (size_t i = 0; i < count; i++) {
        const size_t r0 = dk_cut(rows, count, i), r1 = dk_cut(rows, count, i + 1);
        table[r1 - r0](n, a + (ptrdiff_t)r0 * lda, lda, b, c + (ptrdiff_t)r0 * ldc, ldc, more);
    }
}

// Any number of rows x 32 columns.
VF_INLINE void multiply_panel(size_t rows, size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more) {
    for (int column = 0; column < DK_PANEL; column += 16 * TILE_VECTORS) multiply_columns(tiles, rows, n, a, lda, b + column, c + column, ldc, more);
}

// The first 16 columns, or all 32 where there are more.
VF_INLINE void multiply_part(size_t columns, size_t rows, size_t n, const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, bool more) {
    if (columns <= LANES) multiply_columns(narrow_tiles, rows, n, a, lda, b, c, ldc, more);
    else multiply_panel(rows, n, a, lda, b, c, ldc, more);
}
