// Writes PNG into memory. See CPictureCodecs.h.
#include "CPictureCodecs.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
  pc_status status;
  pc_message *message;
} sink;

static void on_error(png_structp png, png_const_charp text) {
  sink *target = png_get_error_ptr(png);
  if (target->status == PC_OK) target->status = PC_CORRUPT;
  strncpy(target->message->text, text, sizeof target->message->text - 1);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void append(png_structp png, png_bytep bytes, size_t count) {
  sink *target = png_get_io_ptr(png);
  if (count > target->capacity - target->count) {
    size_t capacity = target->capacity * 2 > target->count + count ? target->capacity * 2 : target->count + count;
    uint8_t *grown = realloc(target->bytes, capacity);
    if (!grown) {
      target->status = PC_NO_MEMORY;
      png_error(png, "out of memory");
    }
    target->bytes = grown;
    target->capacity = capacity;
  }
  memcpy(target->bytes + target->count, bytes, count);
  target->count += count;
}

static void flush(png_structp png) { (void)png; }

pc_status pc_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level,
                        const pc_text *texts, int text_count, pc_should_stop should_stop, uint8_t **out, size_t *out_count,
                        pc_message *message) {
  static const int color_types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                    PNG_COLOR_TYPE_RGB_ALPHA};
  // On the heap: what changes between setjmp and longjmp must not live in registers.
  sink *target = calloc(1, sizeof *target);
  png_text *chunks = calloc(text_count > 0 ? (size_t)text_count : 1, sizeof *chunks);
  png_structp png = NULL;
  png_infop info = NULL;
  pc_status status = PC_NO_MEMORY;
  memset(message, 0, sizeof *message);
  if (!target || !chunks) goto done;
  target->message = message;
  png = png_create_write_struct(PNG_LIBPNG_VER_STRING, target, on_error, on_warning);
  if (!png) goto done;
  info = png_create_info_struct(png);
  if (!info) goto done;
  if (setjmp(png_jmpbuf(png))) {
    status = target->status;
    goto done;
  }
  png_set_write_fn(png, target, append, flush);
  png_set_compression_level(png, level);
  png_set_IHDR(png, info, width, height, 8, color_types[channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  for (int i = 0; i < text_count; i++) {
    chunks[i].compression = texts[i].utf8 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE;
    chunks[i].key = (char *)texts[i].key;
    chunks[i].text = (char *)texts[i].text;
    chunks[i].text_length = texts[i].utf8 ? 0 : texts[i].text_length;
    chunks[i].itxt_length = texts[i].utf8 ? texts[i].text_length : 0;
  }
  if (text_count > 0) png_set_text(png, info, chunks, text_count);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) {
    if (should_stop && should_stop()) {
      target->status = PC_STOPPED;
      png_error(png, "stopped");
    }
    png_write_row(png, pixels + (size_t)width * channels * y);
  }
  png_write_end(png, NULL);
  status = PC_OK;

done:
  if (png) png_destroy_write_struct(&png, &info);
  if (status == PC_OK) {
    *out = target->bytes;
    *out_count = target->count;
  } else if (target) {
    free(target->bytes);
  }
  free(target);
  free(chunks);
  return status;
}

pc_status pc_png_assemble(const pc_png_chunk *chunks, size_t chunk_count, uint8_t **out, size_t *out_count) {
  pc_message message = {{0}};
  sink *target = calloc(1, sizeof *target);
  if (!target) return PC_NO_MEMORY;
  target->message = &message;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, target, on_error, on_warning);
  if (!png) {
    free(target);
    return PC_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    const pc_status status = target->status;
    png_destroy_write_struct(&png, NULL);
    free(target->bytes);
    free(target);
    return status;
  }
  png_set_write_fn(png, target, append, flush);
  png_write_sig(png);
  for (size_t i = 0; i < chunk_count; i++)
    png_write_chunk(png, (png_const_bytep)chunks[i].name, chunks[i].content, chunks[i].count);
  png_destroy_write_struct(&png, NULL);
  *out = target->bytes;
  *out_count = target->count;
  free(target);
  return PC_OK;
}
