// Rows of a PNG packed by themselves, so that several parts of one picture can be packed at a time. See CPictureCodecs.h.
#include "CPictureCodecs.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Takes apart what libpng writes and packs the rows in it anew.
typedef struct {
  z_stream unpacker, packer;
  int has_unpacker, has_packer;
  // Bytes of the row above, which only told libpng how to filter.
  size_t skipped;
  // Of the chunk that is being written.
  uint8_t header[8];
  size_t header_count, left, trailer;
  int is_data;
  uint8_t *bytes;
  size_t count, capacity;
  uint32_t adler;
  size_t unpacked;
  pc_status status;
} rows_sink;

static void rows_fail(png_structp png, rows_sink *sink, pc_status status) {
  sink->status = status;
  png_error(png, "");
}

static void on_rows_error(png_structp png, png_const_charp text) {
  (void)text;
  rows_sink *sink = png_get_error_ptr(png);
  if (sink->status == PC_OK) sink->status = PC_CORRUPT;
  png_longjmp(png, 1);
}

static void on_rows_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }
static void rows_flush(png_structp png) { (void)png; }

// Packs what lies in the packer's input, and all of it with `flush`.
static int pack(rows_sink *sink, int flush) {
  for (;;) {
    if (sink->count == sink->capacity) {
      const size_t capacity = sink->capacity * 2 + 65536;
      uint8_t *grown = realloc(sink->bytes, capacity);
      if (!grown) return 0;
      sink->bytes = grown;
      sink->capacity = capacity;
    }
    const size_t room = sink->capacity - sink->count;
    sink->packer.next_out = sink->bytes + sink->count;
    sink->packer.avail_out = room > 1u << 30 ? 1u << 30 : (uInt)room;
    const uInt offered = sink->packer.avail_out;
    const int result = deflate(&sink->packer, flush);
    sink->count += offered - sink->packer.avail_out;
    if (result == Z_STREAM_END) return 1;
    if (result != Z_OK && result != Z_BUF_ERROR) return 0;
    if (sink->packer.avail_in == 0 && sink->packer.avail_out > 0 && flush != Z_FINISH) return 1;
  }
}

// Filtered rows, as many as have come.
static void take(png_structp png, rows_sink *sink, const uint8_t *data, size_t count) {
  uint8_t block[16384];
  sink->unpacker.next_in = (Bytef *)data;
  sink->unpacker.avail_in = (uInt)count;
  do {
    sink->unpacker.next_out = block;
    sink->unpacker.avail_out = sizeof block;
    const int result = inflate(&sink->unpacker, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) rows_fail(png, sink, PC_CORRUPT);
    size_t given = sizeof block - sink->unpacker.avail_out;
    const size_t skip = given < sink->skipped ? given : sink->skipped;
    sink->skipped -= skip;
    given -= skip;
    if (given > 0) {
      sink->adler = (uint32_t)adler32(sink->adler, block + skip, (uInt)given);
      sink->unpacked += given;
      sink->packer.next_in = block + skip;
      sink->packer.avail_in = (uInt)given;
      if (!pack(sink, Z_NO_FLUSH)) rows_fail(png, sink, PC_NO_MEMORY);
    }
    if (result == Z_STREAM_END) return;
  } while (sink->unpacker.avail_in > 0 || sink->unpacker.avail_out == 0);
}

static void on_rows(png_structp png, png_bytep bytes, size_t count) {
  rows_sink *sink = png_get_io_ptr(png);
  while (count > 0) {
    if (sink->left > 0) {
      const size_t some = count < sink->left ? count : sink->left;
      if (sink->is_data) take(png, sink, bytes, some);
      sink->left -= some;
      bytes += some;
      count -= some;
    } else if (sink->trailer > 0) {
      const size_t some = count < sink->trailer ? count : sink->trailer;
      sink->trailer -= some;
      bytes += some;
      count -= some;
    } else {
      // The signature is as long as a chunk's length and name.
      sink->header[sink->header_count++] = *bytes++;
      count--;
      if (sink->header_count < 8) continue;
      sink->header_count = 0;
      if (sink->header[0] == 0x89) continue;
      sink->left = (size_t)sink->header[0] << 24 | (size_t)sink->header[1] << 16 | (size_t)sink->header[2] << 8 | sink->header[3];
      sink->is_data = memcmp(sink->header + 4, "IDAT", 4) == 0;
      sink->trailer = 4;
    }
  }
}

pc_status pc_png_pack_rows(const uint8_t *pixels, const uint8_t *above, uint32_t width, uint32_t rows, int channels, int level,
                           int is_last, pc_should_stop should_stop, uint8_t **out, size_t *out_count, uint32_t *adler,
                           size_t *unpacked) {
  static const int color_types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                    PNG_COLOR_TYPE_RGB_ALPHA};
  // On the heap: what changes between setjmp and longjmp must not live in registers.
  rows_sink *sink = calloc(1, sizeof *sink);
  if (!sink) return PC_NO_MEMORY;
  png_structp png = NULL;
  png_infop info = NULL;
  sink->status = PC_NO_MEMORY;
  sink->adler = 1;
  if (inflateInit(&sink->unpacker) != Z_OK) goto done;
  sink->has_unpacker = 1;
  // What libpng asks of zlib for filtered rows, but without zlib's own header and end.
  if (deflateInit2(&sink->packer, level, Z_DEFLATED, -15, 8, Z_FILTERED) != Z_OK) goto done;
  sink->has_packer = 1;
  png = png_create_write_struct(PNG_LIBPNG_VER_STRING, sink, on_rows_error, on_rows_warning);
  if (!png) goto done;
  info = png_create_info_struct(png);
  if (!info) goto done;
  sink->status = PC_OK;
  if (setjmp(png_jmpbuf(png))) goto done;
  png_set_write_fn(png, sink, on_rows, rows_flush);
  png_set_compression_level(png, 0);
  png_set_IHDR(png, info, width, rows + (above ? 1 : 0), 8, color_types[channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  const size_t row_bytes = (size_t)width * channels;
  if (above) {
    sink->skipped = row_bytes + 1;
    png_write_row(png, above);
  }
  for (uint32_t y = 0; y < rows; y++) {
    if (should_stop && should_stop()) rows_fail(png, sink, PC_STOPPED);
    png_write_row(png, pixels + row_bytes * y);
  }
  // With the last row libpng has handed on all of them.
  if (sink->unpacked != (row_bytes + 1) * rows) rows_fail(png, sink, PC_CORRUPT);
  sink->packer.avail_in = 0;
  if (!pack(sink, is_last ? Z_FINISH : Z_FULL_FLUSH)) rows_fail(png, sink, PC_NO_MEMORY);

done:
  if (png) png_destroy_write_struct(&png, &info);
  if (sink->has_unpacker) inflateEnd(&sink->unpacker);
  if (sink->has_packer) deflateEnd(&sink->packer);
  const pc_status status = sink->status;
  if (status == PC_OK) {
    *out = sink->bytes;
    *out_count = sink->count;
    *adler = sink->adler;
    *unpacked = sink->unpacked;
  } else {
    free(sink->bytes);
  }
  free(sink);
  return status;
}

uint32_t pc_png_join_checksums(uint32_t first, uint32_t second, size_t second_count) {
  return (uint32_t)adler32_combine(first, second, (z_off_t)second_count);
}
