// Cuts a convolution into units, and decides by shape which way it goes.
#include "jobs.h"
#include <string.h>

bool dk_conv_is_winograd(const dk_conv *c) {
    if (c->kernel_height != 3 || c->kernel_width != 3 || c->stride != 1 || c->pad_top != 1 || c->pad_left != 1) return false;
    if (c->out_height != c->height << c->upsample || c->out_width != c->width << c->upsample) return false;
    for (size_t i = 0; i < c->input_count; i++)
        if (c->inputs[i].channels % 16 != 0) return false;
    if (c->in_channels < 32 || c->out_channels < 32) return false;
    // Cycles per input channel and panel: products of the direct way against those of tiles and the making of U (200).
    // Where next to nothing is won, the direct way's smaller error decides (the other 80).
    // By the size of one picture, so that a batch gives the bits of its pictures.
    const size_t tiles = dk_ceil(c->out_height, 4) * dk_ceil(c->out_width, 4);
    return 9 * c->out_height * c->out_width > 36 * tiles + 280;
}

static void run_direct(const dk_conv *c) {
    conv_job job = {.call = *c, .panels = dk_panels(c->out_channels)};
    const size_t taps = c->kernel_height * c->kernel_width;
    job.gathers = taps > 1 && c->kernel_width * c->in_channels <= 96;
    // At most 64 columns, and rows for a frame of about 384 KiB: between 64 pixels, fewer of which aren't worth making the
    // weights f32, and 512.
    job.column_blocks = dk_ceil(c->out_width, 64);
    const size_t columns = dk_ceil(c->out_width, job.column_blocks);
    const size_t line = ((columns - 1) * c->stride + c->kernel_width) * c->in_channels * sizeof(float);
    size_t frame_rows = 384 * 1024 / dk_max(line, 1), rows = 1;
    if (frame_rows > c->kernel_height) rows = (frame_rows - c->kernel_height) / c->stride + 1;
    rows = dk_min(dk_max(rows, dk_ceil(64, columns)), dk_max(1, 512 / columns));
    job.row_blocks = dk_ceil(c->out_rows, rows);
    const size_t places = c->batch * job.row_blocks * job.column_blocks;
    const size_t panel_cost = dk_ceil(c->out_rows, job.row_blocks) * columns * taps * c->in_channels * DK_PANEL;
    size_t group = dk_max(1, ((size_t)32 << 20) / dk_max(panel_cost, 1));
    group = dk_min(group, dk_max(1, job.panels * places / 16));
    job.panel_groups = dk_ceil(job.panels, group);
    dk_run(places * job.panel_groups, dk_kernels()->conv_direct_unit, &job);
}

typedef struct winograd_plan {
    size_t tiles, part, blocks;
    size_t plane;  // floats of one of V's 36 planes
} winograd_plan;

static winograd_plan plan_winograd(const dk_conv *c) {
    winograd_plan plan = {.tiles = c->batch * dk_ceil(c->out_width, 4) * dk_ceil(c->out_rows, 4)};
    // Tiles that one unit multiplies: fewer with many channels, so that V streams from the third-level cache at most.
    plan.part = dk_min(dk_max(61440 / c->in_channels, 32), 192);
    // Several parts side by side where there are too few panels to keep processors busy.
    const size_t parts = dk_max(1, dk_ceil(16, dk_panels(c->out_channels)));
    plan.blocks = dk_ceil(plan.tiles, plan.part * parts);
    // V's planes 64 bytes off a round distance.
    plan.plane = (dk_ceil(plan.tiles, plan.blocks) + 1) * c->in_channels + 16;
    return plan;
}

static void run_winograd(const dk_conv *c) {
    const winograd_plan plan = plan_winograd(c);
    conv_job job = {.call = *c, .panels = dk_panels(c->out_channels), .tiles_across = dk_ceil(c->out_width, 4), .tiles_down = dk_ceil(c->out_rows, 4)};
    job.v = dk_demand(36 * plan.plane * sizeof(float), "the tiles of a convolution");
    job.v_plane = plan.plane;
    for (size_t block = 0; block < plan.blocks; block++) {
        job.first_tile = dk_cut(plan.tiles, plan.blocks, block);
        job.tile_count = dk_cut(plan.tiles, plan.blocks, block + 1) - job.first_tile;
        job.input_units = dk_min(job.tile_count, dk_max(1, job.tile_count * c->in_channels * 36 >> 15));
        job.output_units = job.panels * dk_ceil(job.tile_count, plan.part);
        dk_run(job.input_units, dk_kernels()->winograd_input_unit, &job);
        dk_run(job.output_units, dk_kernels()->winograd_output_unit, &job);
    }
    dk_free(job.v, 36 * plan.plane * sizeof(float));
}

// The call with its band: all rows where it names none.
static dk_conv with_band(const dk_conv *call) {
    dk_conv c = *call;
    if (c.out_rows == 0) {
        c.out_first = c.in_first = 0;
        c.out_rows = c.out_height;
        c.in_rows = c.height;
    }
    return c;
}

size_t dk_conv_workspace(const dk_conv *call) {
    const dk_conv c = with_band(call);
    if (c.batch == 0 || c.out_rows == 0 || c.out_width == 0 || c.out_channels == 0 || !dk_conv_is_winograd(&c)) return 0;
    return 36 * plan_winograd(&c).plane * sizeof(float);
}

void dk_conv_run(const dk_conv *call) {
    const dk_conv banded = with_band(call), *c = &banded;
    if (c->batch == 0 || c->out_rows == 0 || c->out_width == 0 || c->out_channels == 0) return;
    const bool pointwise = c->kernel_height == 1 && c->kernel_width == 1 && c->stride == 1 && c->pad_top == 0 && c->pad_left == 0
        && !c->upsample && !c->image_bias && c->out_height == c->height && c->out_width == c->width;
    if (pointwise) {
        dk_linear product = {.input_count = c->input_count, .rows = c->batch * c->out_rows * c->width, .k = c->in_channels, .n = c->out_channels,
            .weights = c->weights, .weight_type = c->weight_type, .bias = c->bias, .residual = c->residual, .activation = c->activation, .y = c->y};
        memcpy(product.inputs, c->inputs, sizeof product.inputs);
        dk_linear_run(&product);
    } else if (dk_conv_is_winograd(c)) {
        run_winograd(c);
    } else {
        run_direct(c);
    }
}
