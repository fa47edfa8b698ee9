#include "calibrate/storage/file_handle.h"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace plimsoll::calibrate::storage {

FileHandle::~FileHandle() {
  if (open()) ::close(descriptor_);
}

PageBuffer::PageBuffer(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  pages_ = {static_cast<std::byte*>(pages), size};
  std::memset(pages, 1, size);  // pages of zeros are not there yet
}

PageBuffer::~PageBuffer() {
  if (!pages_.empty()) ::munmap(pages_.data(), pages_.size());
}

}  // namespace plimsoll::calibrate::storage
