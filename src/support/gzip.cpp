#include "support/gzip.h"

#include <zlib.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {

std::string gunzip(const std::string& bytes) {
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  // 16: gzip and nothing else.
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) throw Error("cannot be read: no zlib");
  std::string content;
  char block[1 << 16];
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    content.append(block, sizeof block - stream.avail_out);
  }
  const std::string reason = stream.msg == nullptr ? "" : fmt::format(" ({})", stream.msg);
  inflateEnd(&stream);
  if (status == Z_BUF_ERROR) throw Error("is truncated");
  if (status != Z_STREAM_END) {
    throw Error(fmt::format("is not a gzip file, or a broken one{}", reason));
  }
  if (stream.avail_in > 0) {
    throw Error(fmt::format("has {} bytes after its end", stream.avail_in));
  }
  return content;
}

}  // namespace eigenrnn
