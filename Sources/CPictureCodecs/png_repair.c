// Makes whole pixel data of such that breaks off behind its last pixel. See CPictureCodecs.h.
#include "CPictureCodecs.h"
#include <stdlib.h>
#include <zlib.h>

pc_status pc_png_repack(const uint8_t *data, size_t count, size_t expected, uint8_t **out, size_t *out_count) {
  if (count > UINT32_MAX || expected > UINT32_MAX) return PC_TOO_LARGE;
  uint8_t *raw = malloc(expected ? expected : 1);
  if (!raw) return PC_NO_MEMORY;
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)count, .next_out = raw, .avail_out = (uInt)expected};
  if (inflateInit(&stream) != Z_OK) {
    free(raw);
    return PC_NO_MEMORY;
  }
  const int end = inflate(&stream, Z_SYNC_FLUSH);
  const size_t got = stream.total_out;
  inflateEnd(&stream);
  pc_status status = PC_OK;
  if (end == Z_DATA_ERROR || end == Z_NEED_DICT) status = PC_CORRUPT;
  else if (got < expected) status = PC_TRUNCATED;
  uLongf packed = compressBound((uLong)expected);
  uint8_t *bytes = status == PC_OK ? malloc(packed) : NULL;
  if (status == PC_OK && !bytes) status = PC_NO_MEMORY;
  if (status == PC_OK && compress2(bytes, &packed, raw, (uLong)expected, 1) != Z_OK) status = PC_NO_MEMORY;
  free(raw);
  if (status != PC_OK) {
    free(bytes);
    return status;
  }
  *out = bytes;
  *out_count = packed;
  return PC_OK;
}
