// The file that is measured: made where the user says, gone when the program ends however it ends,
// and with pages of which it is known whether they are in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <span>

#include "calibrate/storage/file_handle.h"

namespace plimsoll::calibrate::storage {

struct ScratchPlan {
  std::filesystem::path folder;
  std::int64_t bytes = 0;        // so many if there is room and time
  std::int64_t least_bytes = 0;  // with fewer nothing is measured
  double fill_s = 0.0;           // what is written then has to do, if it is least_bytes
  const std::atomic<bool>* stop = nullptr;
};

// What a file may take there: a quarter of the free space, and what the process may write.
std::int64_t room_in(const std::filesystem::path& folder);

// Writes the pattern in pieces that reach the drive one by one and leave memory again. Returns how
// much there is. Throws KernelFailure where the drive takes less than least_bytes, or on stop.
std::int64_t fill_file(int descriptor, const ScratchPlan& plan);

class ScratchFile {
 public:
  // Without a name from the beginning, or, where the file system has no such files, from right
  // after; so nothing is left even after SIGKILL. Throws KernelFailure where the folder takes no
  // file, there is too little room, or writing fails.
  explicit ScratchFile(const ScratchPlan& plan);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  int descriptor() const { return handle_.descriptor(); }
  std::int64_t bytes() const { return static_cast<std::int64_t>(map_.size()); }
  std::span<const std::byte> map() const { return map_; }

  // Open once more with flags of its own (O_DIRECT); not open where the file system refuses them.
  FileHandle reopen(int flags) const;

  // Asks the kernel to forget the pages of that range; it may not.
  void drop(std::int64_t offset, std::int64_t bytes) const;
  void drop() const { drop(0, bytes()); }
  // Pages stay in memory, and the next touch of each in map() faults.
  void unmap_pages() const;
  // Brings the pages of that range into the page cache, as far as they fit.
  void warm(std::int64_t offset, std::int64_t bytes) const;
  // 0 to 1: by mincore, which tells the truth to the owner of a file.
  double resident_share(std::int64_t offset, std::int64_t bytes) const;

 private:
  FileHandle handle_;
  std::span<std::byte> map_;
};

}  // namespace plimsoll::calibrate::storage
