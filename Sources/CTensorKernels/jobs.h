// Jobs as the kernels see them: what Swift asked for, and the plan, which follows from its shape alone.
#pragma once
#include "CTensorKernels.h"

static inline size_t dk_ceil(size_t a, size_t b) { return (a + b - 1) / b; }
static inline size_t dk_min(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t dk_max(size_t a, size_t b) { return a > b ? a : b; }
/// Start of part `i` when `n` things are cut into `parts` nearly equal parts.
static inline size_t dk_cut(size_t n, size_t parts, size_t i) { return n * i / parts; }

/// Unit = one block of rows x one group of panels; the block of rows varies fastest, so that threads share weights.
typedef struct linear_job {
    dk_linear call;
    size_t row_blocks, panels, panel_groups, k_chunks;
    bool copies_input;  // several inputs, or rows at a distance that throws them into one cache set
} linear_job;

/// Unit = one block of rows x one group of panels, as in a linear layer; both operands are copied into place on the way.
typedef struct product_job {
    dk_product call;
    size_t row_blocks, panels, panel_groups, k_chunks;
} product_job;

/// Unit = one picture's block of rows and columns x one group of panels. `call` always names its band: all rows at least.
typedef struct conv_job {
    dk_conv call;
    size_t row_blocks, column_blocks, panels, panel_groups;
    bool gathers;  // few channels: all taps of a pixel side by side, one long sum
    // Winograd
    size_t tiles_across, tiles_down, first_tile, tile_count;  // of the block being computed, over all pictures
    size_t input_units, output_units;
    float *v;               // [36][tile_count][channels], planes `v_plane` floats apart
    size_t v_plane;
} conv_job;

/// What a tile of 32 queries knows: q packed and scaled, the weighted sums of values, largest score and sum of weights.
static inline size_t dk_attention_tile_floats(size_t head_size) { return (2 * head_size + 2) * DK_PANEL; }

typedef struct attention_job {
    dk_attention call;
    size_t query_blocks, queries_per_block;  // a multiple of 32
} attention_job;

/// Unit = `rows_per_unit` pixels of one picture.
typedef struct group_norm_job {
    dk_group_norm call;
    size_t units_per_picture, rows_per_unit;
    double *sums;   // [batch][units_per_picture][groups][2]: sum, sum of squares
    const float *scale, *shift;  // [batch][channels]
} group_norm_job;
