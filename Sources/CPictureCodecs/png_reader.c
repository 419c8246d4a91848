// Reads PNG from memory row by row. See CPictureCodecs.h.
#include "CPictureCodecs.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct pc_png_reader {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count, position;
  pc_png_info header;
  uint8_t *whole;          // all rows, for interlaced pictures only
  size_t row_bytes;
  uint32_t next_row;
  int lost_texts;          // whether there were text chunks that libpng couldn't take, for their size or their damage
  pc_status status;        // set before libpng's error path is taken
  pc_message message;
};

static void on_error(png_structp png, png_const_charp text) {
  pc_png_reader *reader = png_get_error_ptr(png);
  if (reader->status == PC_OK) reader->status = PC_CORRUPT;
  strncpy(reader->message.text, text, sizeof reader->message.text - 1);
  png_longjmp(png, 1);
}

// libpng puts the chunk's name before what it says of it.
static void on_warning(png_structp png, png_const_charp text) {
  pc_png_reader *reader = png_get_error_ptr(png);
  if (strncmp(text, "tEXt", 4) != 0 && strncmp(text, "zTXt", 4) != 0 && strncmp(text, "iTXt", 4) != 0) return;
  reader->lost_texts = 1;
}

static void read_bytes(png_structp png, png_bytep target, size_t wanted) {
  pc_png_reader *reader = png_get_io_ptr(png);
  if (wanted > reader->count - reader->position) {
    reader->status = PC_TRUNCATED;
    reader->position = reader->count;
    png_error(png, "the file ends early");
  }
  memcpy(target, reader->bytes + reader->position, wanted);
  reader->position += wanted;
}

// Says that pixels, and what nobody asks for, were dealt with; without that libpng refuses files whose critical chunks are
// left over, and keeps all others.
static int skip_chunk(png_structp png, png_unknown_chunkp chunk) {
  (void)png;
  return memcmp(chunk->name, "comf", 4) != 0;
}

pc_png_reader *pc_png_open(const uint8_t *bytes, size_t count, uint32_t max_side, size_t chunk_limit, int max_chunks,
                           int skip_pixels) {
  pc_png_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) {
    pc_png_close(reader);
    return NULL;
  }
  png_set_read_fn(reader->png, reader, read_bytes);
  png_set_user_limits(reader->png, max_side, max_side);
  png_set_chunk_malloc_max(reader->png, chunk_limit);
  png_set_chunk_cache_max(reader->png, (png_uint_32)max_chunks);
  static const png_byte comf[] = "comf";
  png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_ALWAYS, comf, 1);
  if (skip_pixels) {
    static const png_byte idat[] = "IDAT";
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, idat, 1);
    png_set_read_user_chunk_fn(reader->png, NULL, skip_chunk);
  }
  return reader;
}

pc_status pc_png_read_header(pc_png_reader *reader, pc_png_info *out) {
  if (setjmp(png_jmpbuf(reader->png))) return reader->status;
  png_structp png = reader->png;
  png_infop info = reader->info;
  png_read_info(png, info);
  pc_png_info *header = &reader->header;
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->color_type = png_get_color_type(png, info);
  header->file_bits = png_get_bit_depth(png, info);
  const int has_key = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  const int grey16 = header->color_type == PNG_COLOR_TYPE_GRAY && header->file_bits == 16;
  header->color_key = has_key && header->color_type != PNG_COLOR_TYPE_PALETTE && !grey16;
  if (header->color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (header->color_type == PNG_COLOR_TYPE_GRAY && header->file_bits < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (has_key && !grey16) png_set_tRNS_to_alpha(png);
  if (header->file_bits == 16 && !grey16) png_set_strip_16(png);   // the high byte
  const int alpha = (header->color_type & PNG_COLOR_MASK_ALPHA) != 0 || (has_key && !grey16);
  header->channels = (header->color_type & PNG_COLOR_MASK_COLOR ? 3 : 1) + alpha;
  header->bits = grey16 ? 16 : 8;
  *out = *header;
  return PC_OK;
}

// Once, before the first row: libpng learns what the rows shall look like.
static pc_status start_rows(pc_png_reader *reader) {
  png_structp png = reader->png;
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader->info);
  reader->row_bytes = png_get_rowbytes(png, reader->info);
  if (passes > 1) {
    reader->whole = malloc(reader->row_bytes * reader->header.height);
    if (!reader->whole) return reader->status = PC_NO_MEMORY;
    for (int pass = 0; pass < passes; pass++)
      for (uint32_t y = 0; y < reader->header.height; y++)
        png_read_row(png, reader->whole + reader->row_bytes * y, NULL);
  }
  return PC_OK;
}

pc_status pc_png_read_row(pc_png_reader *reader, uint8_t *row) {
  if (setjmp(png_jmpbuf(reader->png))) return reader->status;
  if (reader->next_row == 0 && start_rows(reader) != PC_OK) return reader->status;
  if (reader->whole)
    memcpy(row, reader->whole + reader->row_bytes * reader->next_row, reader->row_bytes);
  else
    png_read_row(reader->png, row, NULL);
  reader->next_row++;
  return PC_OK;
}

pc_status pc_png_read_rest(pc_png_reader *reader) {
  if (setjmp(png_jmpbuf(reader->png))) return reader->status;
  png_read_end(reader->png, reader->info);
  return PC_OK;
}

int pc_png_lost_texts(const pc_png_reader *reader) { return reader->lost_texts; }

int pc_png_text_count(const pc_png_reader *reader) {
  png_textp texts = NULL;
  int count = 0;
  png_get_text(reader->png, reader->info, &texts, &count);
  return count;
}

pc_text pc_png_text(const pc_png_reader *reader, int index) {
  png_textp texts = NULL;
  int count = 0;
  png_get_text(reader->png, reader->info, &texts, &count);
  const png_text *text = texts + index;
  const int utf8 = text->compression >= PNG_ITXT_COMPRESSION_NONE;
  return (pc_text){
      .key = text->key, .text = text->text, .key_length = strlen(text->key),
      .text_length = utf8 ? text->itxt_length : text->text_length, .utf8 = utf8};
}

int pc_png_private_count(const pc_png_reader *reader) {
  png_unknown_chunkp chunks = NULL;
  return png_get_unknown_chunks(reader->png, reader->info, &chunks);
}

const uint8_t *pc_png_private(const pc_png_reader *reader, int index, size_t *count) {
  png_unknown_chunkp chunks = NULL;
  png_get_unknown_chunks(reader->png, reader->info, &chunks);
  *count = chunks[index].size;
  return chunks[index].data;
}

const uint8_t *pc_png_exif(const pc_png_reader *reader, size_t *count) {
  png_uint_32 size = 0;
  png_bytep exif = NULL;
  if (!png_get_eXIf_1(reader->png, reader->info, &size, &exif)) return NULL;
  *count = size;
  return exif;
}

size_t pc_png_position(const pc_png_reader *reader) { return reader->position; }

pc_message pc_png_message(const pc_png_reader *reader) { return reader->message; }

void pc_png_close(pc_png_reader *reader) {
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader->whole);
  free(reader);
}
