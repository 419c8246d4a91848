// Convolution of any kernel size, stride and padding, channels last.
//
// A row of pixels is a matrix with overlapping rows: for one row of the kernel, the kw taps of a pixel are kw·ci
// neighbouring numbers and the next pixel starts stride·ci later. So a convolution is kh accumulating products on a
// copy of the needed part of the picture (the frame), which has its zero border, its joined inputs and its doubled
// pixels in place. The frame costs one copy per unit; nothing of the picture's size is made.
//
// The sum runs over ky, kx, ci in this order. Weights lie [panel][ci][kh·kw][32] and are put into that order as they
// become f32.
#pragma once

// Frame rows y0… (of the whole picture, padded and doubled; may be negative) and columns x0…, all channels.
static void fill_frame(const dk_conv *c, size_t picture, ptrdiff_t y0, ptrdiff_t x0, size_t rows, size_t columns, float *frame) {
    const size_t channels = c->in_channels, shift = c->upsample;
    const ptrdiff_t height = (ptrdiff_t)(c->height << shift), width = (ptrdiff_t)(c->width << shift);
    for (size_t r = 0; r < rows; r++, frame += columns * channels) {
        const ptrdiff_t y = y0 + (ptrdiff_t)r;
        const ptrdiff_t left = x0 < 0 ? -x0 : 0, right = width - x0 < (ptrdiff_t)columns ? width - x0 : (ptrdiff_t)columns;
        if (y < 0 || y >= height || right <= left) {
            memset(frame, 0, columns * channels * sizeof(float));
            continue;
        }
        memset(frame, 0, (size_t)left * channels * sizeof(float));
        memset(frame + (size_t)right * channels, 0, (columns - (size_t)right) * channels * sizeof(float));
        const size_t line = (picture * c->in_rows + ((size_t)y >> shift) - c->in_first) * c->width;
        if (c->input_count == 1 && !shift) {
            memcpy(frame + (size_t)left * channels, c->inputs[0].data + (line + (size_t)(x0 + left)) * channels,
                   (size_t)(right - left) * channels * sizeof(float));
            continue;
        }
        for (ptrdiff_t x = left; x < right; x++) {
            float *target = frame + (size_t)x * channels;
            for (size_t i = 0; i < c->input_count; i++) {
                const size_t part = c->inputs[i].channels;
                memcpy(target, c->inputs[i].data + (line + ((size_t)(x0 + x) >> shift)) * part, part * sizeof(float));
                target += part;
            }
        }
    }
}

// Taps t0…t1 of a panel: [ci][taps][32] to f32 [t1 - t0][ci][32].
static void tap_weights(const void *panel, dk_type type, size_t channels, size_t taps, size_t t0, size_t t1, float *w) {
    const size_t size = type == DK_F32 ? 4 : 2;
    for (size_t ci = 0; ci < channels; ci++)
        for (size_t t = t0; t < t1; t++)
            widen_32(w + ((t - t0) * channels + ci) * DK_PANEL, (const char *)panel + (ci * taps + t) * DK_PANEL * size, type);
}

static void conv_direct_unit(const void *context, size_t unit, dk_worker *worker) {
    const conv_job *job = context;
    const dk_conv *c = &job->call;
    const size_t blocks = job->row_blocks * job->column_blocks;
    const size_t place = unit % (c->batch * blocks), group = unit / (c->batch * blocks);
    const size_t picture = place / blocks, across = place % job->column_blocks, down = place % blocks / job->column_blocks;
    // Rows of the band.
    const size_t y0 = dk_cut(c->out_rows, job->row_blocks, down), rows = dk_cut(c->out_rows, job->row_blocks, down + 1) - y0;
    const size_t x0 = dk_cut(c->out_width, job->column_blocks, across), columns = dk_cut(c->out_width, job->column_blocks, across + 1) - x0;
    const size_t first = dk_cut(job->panels, job->panel_groups, group), last = dk_cut(job->panels, job->panel_groups, group + 1);
    const size_t kh = c->kernel_height, kw = c->kernel_width, taps = kh * kw, ci = c->in_channels;
    const size_t frame_rows = (rows - 1) * c->stride + kh, frame_columns = (columns - 1) * c->stride + kw;
    // Taps per product: a row of the kernel, or one where the weights of a row would fill the cache; all when gathered.
    const size_t step = job->gathers ? taps : kw * ci <= 1280 ? kw : 1;

    const size_t frame_size = (frame_rows * frame_columns * ci + 15) / 16 * 16, gathered_size = job->gathers ? (rows * columns * taps * ci + 15) / 16 * 16 : 0;
    float *weights = dk_scratch(worker, (step * ci * DK_PANEL + rows * columns * DK_PANEL + frame_size + gathered_size) * sizeof(float));
    float *sums = weights + step * ci * DK_PANEL, *frame = sums + rows * columns * DK_PANEL, *gathered = frame + frame_size;
    fill_frame(c, picture, (ptrdiff_t)((c->out_first + y0) * c->stride) - (ptrdiff_t)c->pad_top, (ptrdiff_t)(x0 * c->stride) - (ptrdiff_t)c->pad_left,
               frame_rows, frame_columns, frame);
    if (job->gathers)
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++)
                for (size_t ky = 0; ky < kh; ky++)
                    memcpy(gathered + ((y * columns + x) * taps + ky * kw) * ci, frame + ((y * c->stride + ky) * frame_columns + x * c->stride) * ci,
                           kw * ci * sizeof(float));

    const size_t panel_bytes = taps * ci * DK_PANEL * (c->weight_type == DK_F32 ? 4 : 2);
    for (size_t panel = first; panel < last; panel++) {
        const size_t column = panel * DK_PANEL;
        epilogue e = {.activation = c->activation, .pitch = c->out_channels, .columns = dk_min(DK_PANEL, c->out_channels - column)};
        load_bias(e.bias, c->bias, c->image_bias ? c->image_bias + picture * c->out_channels : NULL, column, e.columns);
        e.y = c->y + column;
        e.residual = c->residual ? c->residual + column : NULL;
        const char *stored = (const char *)c->weights + panel * panel_bytes;
        for (size_t t = 0; t < taps; t += step) {
            tap_weights(stored, c->weight_type, ci, taps, t, t + step, weights);
            if (job->gathers) {
                multiply_part(e.columns, rows * columns, taps * ci, gathered, (ptrdiff_t)(taps * ci), weights, sums, DK_PANEL, false);
                continue;
            }
            const size_t ky = t / kw, kx = t % kw;
            for (size_t y = 0; y < rows; y++)
                multiply_part(e.columns, columns, step * ci, frame + ((y * c->stride + ky) * frame_columns + kx) * ci, (ptrdiff_t)(c->stride * ci),
                               weights, sums + y * columns * DK_PANEL, DK_PANEL, t > 0);
        }
        for (size_t y = 0; y < rows; y++)
            finish_rows(&e, (picture * c->out_rows + y0 + y) * c->out_width + x0, columns, sums + y * columns * DK_PANEL, NULL);
    }
}
