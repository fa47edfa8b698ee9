// Owners of what the system hands out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace plimsoll::calibrate::storage {

// Closes its descriptor.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle();

  bool open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Whole pages that are there, as direct reads want them.
class PageBuffer {
 public:
  explicit PageBuffer(std::int64_t bytes);  // throws std::bad_alloc
  PageBuffer(PageBuffer&& other) noexcept : pages_(std::exchange(other.pages_, {})) {}
  PageBuffer& operator=(PageBuffer&&) = delete;
  ~PageBuffer();

  std::span<std::byte> bytes() const { return pages_; }

 private:
  std::span<std::byte> pages_;
};

}  // namespace plimsoll::calibrate::storage
