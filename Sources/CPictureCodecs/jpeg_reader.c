// Reads JPEG from memory row by row. See CPictureCodecs.h.
#include "CPictureCodecs.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// jpeglib.h wants stdio.h before it.
#include <jerror.h>
#include <jpeglib.h>

// A progressive picture comes in about ten scans; each goes over all of it. Thousands are an attack on time.
enum { MAX_SCANS = 400, MAX_MARKER = 0xFFFF };

struct pc_jpeg_reader {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf back;
  const uint8_t *bytes;
  size_t count;
  pc_status status;
  int lacks_end;
  pc_message message;
  char formatted[JMSG_LENGTH_MAX];
};

static void fail(pc_jpeg_reader *reader, pc_status status, const char *text) {
  reader->status = status;
  strncpy(reader->message.text, text, sizeof reader->message.text - 1);
  longjmp(reader->back, 1);
}

static void on_error(j_common_ptr jpeg) {
  pc_jpeg_reader *reader = jpeg->client_data;
  jpeg->err->format_message(jpeg, reader->formatted);
  if (jpeg->err->msg_code != JERR_OUT_OF_MEMORY && reader->lacks_end) fail(reader, PC_TRUNCATED, "the file ends early");
  fail(reader, jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? PC_NO_MEMORY : PC_CORRUPT, reader->formatted);
}

// libjpeg only warns of damaged pixels and paints them grey; here that is an error. That the file is over is none yet: the pixels may all
// be there and the end mark alone be missing. When they aren't, the decoder says next that it met a mark (the one that libjpeg puts there)
// where it wanted more.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  pc_jpeg_reader *reader = jpeg->client_data;
  switch (jpeg->err->msg_code) {
  case JWRN_JPEG_EOF:
    reader->lacks_end = 1;
    break;
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_MUST_RESYNC:
    if (reader->lacks_end) fail(reader, PC_TRUNCATED, "the file ends early");
    jpeg->err->format_message(jpeg, reader->formatted);
    fail(reader, PC_CORRUPT, reader->formatted);
  default:
    break;
  }
}

static void on_progress(j_common_ptr jpeg) {
  pc_jpeg_reader *reader = jpeg->client_data;
  if (reader->jpeg.input_scan_number > MAX_SCANS) fail(reader, PC_TOO_LARGE, "more scans than any picture needs");
}

pc_jpeg_reader *pc_jpeg_open(const uint8_t *bytes, size_t count) {
  pc_jpeg_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  reader->jpeg.err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = on_error;
  reader->errors.emit_message = on_message;
  reader->progress.progress_monitor = on_progress;
  if (setjmp(reader->back)) {
    free(reader);
    return NULL;
  }
  reader->jpeg.client_data = reader;
  jpeg_create_decompress(&reader->jpeg);
  reader->jpeg.client_data = reader;
  reader->jpeg.progress = &reader->progress;
  return reader;
}

pc_status pc_jpeg_read_header(pc_jpeg_reader *reader, pc_jpeg_info *info) {
  if (setjmp(reader->back)) return reader->status;
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  jpeg_mem_src(jpeg, reader->bytes, reader->count);
  jpeg_save_markers(jpeg, JPEG_APP0 + 1, MAX_MARKER);
  jpeg_save_markers(jpeg, JPEG_COM, MAX_MARKER);
  jpeg_read_header(jpeg, TRUE);
  info->width = jpeg->image_width;
  info->height = jpeg->image_height;
  switch (jpeg->jpeg_color_space) {
  case JCS_GRAYSCALE:
    jpeg->out_color_space = JCS_GRAYSCALE;
    info->channels = 1;
    break;
  case JCS_CMYK:
  case JCS_YCCK:
    jpeg->out_color_space = JCS_CMYK;
    info->channels = 4;
    break;
  default:
    jpeg->out_color_space = JCS_RGB;
    info->channels = 3;
  }
  info->inverted = jpeg->saw_Adobe_marker;
  return PC_OK;
}

// A picture in several scans may end between two of them: then nothing was missing where the file broke off, but the rest of the scans is.
static int has_all_scans(const struct jpeg_decompress_struct *jpeg) {
  for (int c = 0; c < jpeg->num_components; c++) {
    // Kept from the component's first scan.
    if (!jpeg->comp_info[c].quant_table) return 0;
    // How exactly each coefficient of a progressive picture is known: 0 in full, -1 not at all.
    for (int i = 0; jpeg->coef_bits && i < DCTSIZE2; i++)
      if (jpeg->coef_bits[c][i] != 0) return 0;
  }
  return 1;
}

pc_status pc_jpeg_start(pc_jpeg_reader *reader) {
  if (setjmp(reader->back)) return reader->status;
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  jpeg_start_decompress(jpeg);
  // Several scans have all been read by now.
  if (reader->lacks_end && jpeg_has_multiple_scans(jpeg) && !has_all_scans(jpeg)) fail(reader, PC_TRUNCATED, "scans are missing");
  return PC_OK;
}

int pc_jpeg_lacks_end(const pc_jpeg_reader *reader) { return reader->lacks_end; }

pc_status pc_jpeg_read_row(pc_jpeg_reader *reader, uint8_t *row) {
  if (setjmp(reader->back)) return reader->status;
  JSAMPROW rows[1] = {row};
  if (jpeg_read_scanlines(&reader->jpeg, rows, 1) != 1) fail(reader, PC_CORRUPT, "a row is missing");
  return PC_OK;
}

int pc_jpeg_marker_count(const pc_jpeg_reader *reader) {
  int count = 0;
  for (jpeg_saved_marker_ptr marker = reader->jpeg.marker_list; marker; marker = marker->next) count++;
  return count;
}

const uint8_t *pc_jpeg_marker(const pc_jpeg_reader *reader, int index, int *is_comment, size_t *count) {
  jpeg_saved_marker_ptr marker = reader->jpeg.marker_list;
  while (index-- > 0) marker = marker->next;
  *is_comment = marker->marker == JPEG_COM;
  *count = marker->data_length;
  return marker->data;
}

size_t pc_jpeg_position(const pc_jpeg_reader *reader) {
  return reader->jpeg.src ? reader->count - reader->jpeg.src->bytes_in_buffer : 0;
}

pc_message pc_jpeg_message(const pc_jpeg_reader *reader) { return reader->message; }

void pc_jpeg_close(pc_jpeg_reader *reader) {
  if (!setjmp(reader->back)) jpeg_destroy_decompress(&reader->jpeg);
  free(reader);
}
