// Bytes of a file, a pipe or a text in memory, front to back and no more of them than asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace plimsoll {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` of the next bytes; fewer only where they end. Throws Malformed when reading fails.
  virtual std::size_t read(char* to, std::size_t size) = 0;
  // Passes over that many bytes; returns how many there were.
  virtual std::uint64_t skip(std::uint64_t count) = 0;
  // All bytes there are, where that is known before they are read.
  virtual std::optional<std::uint64_t> size() const = 0;
};

// Null after a diagnostic (code unreadable).
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file, Diagnostics& diagnostics);
std::unique_ptr<ByteSource> standard_input();
// The text must outlive the source.
std::unique_ptr<ByteSource> in_memory(std::string_view text);

// `source` after `front`, which was read from it before.
std::unique_ptr<ByteSource> with_front(std::string front, std::unique_ptr<ByteSource> source);

// Why a file cannot be read on. Readers of this room throw it and catch it themselves.
class Malformed : public std::runtime_error {
 public:
  Malformed(std::uint64_t offset, const std::string& reason)
      : std::runtime_error("byte " + std::to_string(offset) + ": " + reason) {}
};

// A cursor that checks every length before it uses it. All throw Malformed where the bytes end
// early; `what` names what was being read.
class ByteReader {
 public:
  // Reads at most `limit` bytes of the source in all, and so never holds more.
  ByteReader(ByteSource& source, std::uint64_t limit);

  std::uint64_t offset() const { return offset_; }
  // Bytes that may follow: up to the end of the source, where that is known, and to the limit.
  std::uint64_t left() const { return end_ - offset_; }

  std::uint8_t u8(const char* what) { return static_cast<std::uint8_t>(number(1, what)); }
  std::uint32_t u32(const char* what) { return static_cast<std::uint32_t>(number(4, what)); }
  std::uint64_t u64(const char* what) { return number(8, what); }
  // Little endian, of 1 to 8 bytes.
  std::uint64_t number(std::size_t bytes, const char* what);
  std::string text(std::uint64_t size, const char* what);
  void skip(std::uint64_t count, const char* what);
  // Throws unless `count` items of at least `bytes` each may follow.
  void expect(std::uint64_t count, std::uint64_t bytes, const char* what) const;

 private:
  void copy(char* to, std::size_t size, const char* what);
  bool refill();

  ByteSource& source_;
  std::uint64_t offset_ = 0;
  std::uint64_t end_;
  std::array<char, 1 << 16> buffer_;
  std::size_t begin_ = 0;  // of what is buffered and not yet read
  std::size_t filled_ = 0;
};

}  // namespace plimsoll
