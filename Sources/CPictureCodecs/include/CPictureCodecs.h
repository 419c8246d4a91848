// libpng and libjpeg report errors by longjmp, which must not cross Swift's frames. These functions stand
// between: each sets its own return point and gives back a status. Nothing else happens here.
#ifndef CPICTURECODECS_H
#define CPICTURECODECS_H

#include <stddef.h>
#include <stdint.h>

// What went wrong, in the library's words; empty when it said nothing.
typedef struct { char text[200]; } pc_message;

typedef enum { PC_OK = 0, PC_TRUNCATED, PC_CORRUPT, PC_TOO_LARGE, PC_NO_MEMORY, PC_STOPPED } pc_status;

// Asked before each row; anything but 0 ends the work with PC_STOPPED. May be NULL.
typedef int (*pc_should_stop)(void);

// ---- PNG in ------------------------------------------------------------------------------------------------------

typedef struct {
  uint32_t width, height;
  int channels;        // of a row: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
  int bits;            // per channel of a row: 8, or 16 (big-endian) for 16-bit grey without alpha
  int color_type;      // as in the file: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  int file_bits;       // as in the file: 1, 2, 4, 8, 16
  int color_key;       // one colour of a grey or RGB picture counts as transparent (tRNS)
} pc_png_info;

typedef struct {
  const char *key, *text;   // valid until the reader is closed
  size_t key_length, text_length;
  int utf8;                 // iTXt; otherwise Latin-1
} pc_text;

typedef struct pc_png_reader pc_png_reader;

// Reads the header and all chunks before the pixels. `bytes` stays in use until pc_png_close. Chunks other than pixels
// that would need more than `chunk_limit` bytes are left out. With `skip_pixels` no row can be read, and what lies behind the
// pixels is reached without unpacking them. NULL only when there is no memory.
pc_png_reader *pc_png_open(const uint8_t *bytes, size_t count, uint32_t max_side, size_t chunk_limit, int max_chunks,
                           int skip_pixels);
pc_status pc_png_read_header(pc_png_reader *reader, pc_png_info *info);
// The next row, width * channels * bits / 8 bytes, from the top.
pc_status pc_png_read_row(pc_png_reader *reader, uint8_t *row);
// Reads what follows the pixels: after the last row, or right after the header with `skip_pixels`.
pc_status pc_png_read_rest(pc_png_reader *reader);
int pc_png_text_count(const pc_png_reader *reader);
// Whether there are texts that couldn't be taken: larger than the limit, or damaged.
int pc_png_lost_texts(const pc_png_reader *reader);
pc_text pc_png_text(const pc_png_reader *reader, int index);
// Private `comf` chunks: keyword, zero, text.
int pc_png_private_count(const pc_png_reader *reader);
const uint8_t *pc_png_private(const pc_png_reader *reader, int index, size_t *count);
// The eXIf chunk, NULL if there is none.
const uint8_t *pc_png_exif(const pc_png_reader *reader, size_t *count);
// Bytes consumed so far: where an error lies.
size_t pc_png_position(const pc_png_reader *reader);
pc_message pc_png_message(const pc_png_reader *reader);
void pc_png_close(pc_png_reader *reader);

// Packs pixel data anew that may break off behind its last byte. `expected`: bytes once unpacked. PC_TRUNCATED when fewer come out.
// On success *out is malloc'ed.
pc_status pc_png_repack(const uint8_t *data, size_t count, size_t expected, uint8_t **out, size_t *out_count);

// ---- PNG out -----------------------------------------------------------------------------------------------------

// Encodes 8-bit rows. `texts` go before the pixels: tEXt, or iTXt where utf8. On success *out is malloc'ed.
pc_status pc_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level,
                        const pc_text *texts, int text_count, pc_should_stop should_stop, uint8_t **out, size_t *out_count,
                        pc_message *message);

// The data of some rows of a picture, ready for its IDAT chunks: each row with its filter as libpng chooses it, packed without regard to
// what came before. `above`: the row before the first one, NULL at the top. Parts follow one another; between the first and the last,
// which ends the stream, nothing is needed. *adler and *unpacked are checksum and number of the unpacked bytes, for
// pc_png_join_checksums. On success *out is malloc'ed.
pc_status pc_png_pack_rows(const uint8_t *pixels, const uint8_t *above, uint32_t width, uint32_t rows, int channels, int level,
                           int is_last, pc_should_stop should_stop, uint8_t **out, size_t *out_count, uint32_t *adler,
                           size_t *unpacked);
// The checksum of two parts behind each other.
uint32_t pc_png_join_checksums(uint32_t first, uint32_t second, size_t second_count);

// One chunk of a PNG file: four letters and its content.
typedef struct {
  char name[4];
  const uint8_t *content;
  size_t count;
} pc_png_chunk;

// Writes the signature and the chunks as they are, with their checksums. On success *out is malloc'ed.
pc_status pc_png_assemble(const pc_png_chunk *chunks, size_t chunk_count, uint8_t **out, size_t *out_count);

// ---- JPEG in -----------------------------------------------------------------------------------------------------

typedef struct {
  uint32_t width, height;
  int channels;        // of a row: 1 grey, 3 RGB, 4 CMYK
  int inverted;        // CMYK where 255 means no ink (Adobe)
} pc_jpeg_info;

typedef struct pc_jpeg_reader pc_jpeg_reader;

pc_jpeg_reader *pc_jpeg_open(const uint8_t *bytes, size_t count);
pc_status pc_jpeg_read_header(pc_jpeg_reader *reader, pc_jpeg_info *info);
// Starts decoding; call once, before the first row.
pc_status pc_jpeg_start(pc_jpeg_reader *reader);
pc_status pc_jpeg_read_row(pc_jpeg_reader *reader, uint8_t *row);
// Whether the file ended before its end mark. After the last row: were pixels missing, reading a row would have failed.
int pc_jpeg_lacks_end(const pc_jpeg_reader *reader);
// Content of the APP1 (Exif, XMP) and COM markers.
int pc_jpeg_marker_count(const pc_jpeg_reader *reader);
const uint8_t *pc_jpeg_marker(const pc_jpeg_reader *reader, int index, int *is_comment, size_t *count);
size_t pc_jpeg_position(const pc_jpeg_reader *reader);
pc_message pc_jpeg_message(const pc_jpeg_reader *reader);
void pc_jpeg_close(pc_jpeg_reader *reader);

#endif
