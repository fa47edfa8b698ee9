#include "calibrate/storage/scratch_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include "base/ceil_div.h"
#include "base/elapsed.h"
#include "base/system_error.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/file_pattern.h"

namespace plimsoll::calibrate::storage {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
// Of pieces that are written and flushed: a multiple of all block sizes.
constexpr std::int64_t piece_bytes = 16 * mebibyte;
// One of so many parts of what is free: the drive of somebody who works there meanwhile does not
// fill up.
constexpr std::int64_t part_of_free = 4;

std::string mebibytes(std::int64_t bytes) {
  return std::to_string(bytes / mebibyte) + " MiB";
}

// A file with a name for a moment, where there are none without.
int open_named(const std::filesystem::path& folder) {
  std::string name = (folder / ".plimsoll-storage-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(name.c_str());
  return descriptor;
}

FileHandle open_nameless(const std::filesystem::path& folder) {
  int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  // What file systems and kernels without O_TMPFILE say.
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    descriptor = open_named(folder);
  if (descriptor < 0)
    throw KernelFailure(system_error_text("no file in '" + folder.string() + "'"));
  return FileHandle(descriptor);
}

ScratchPlan fitted(ScratchPlan plan) {
  const std::int64_t room = room_in(plan.folder);
  if (room < plan.least_bytes)
    throw KernelFailure("too little room in '" + plan.folder.string() + "': a file of " +
                        mebibytes(plan.least_bytes) + " at least, which may be a quarter of what " +
                        "is free, where " + mebibytes(room) + " may be written");
  plan.bytes = std::max(plan.least_bytes, std::min(plan.bytes, room) / piece_bytes * piece_bytes);
  return plan;
}

void write_piece(int descriptor, std::int64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw KernelFailure(system_error_text("writing the file to read"));
    offset += written;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::int64_t room_in(const std::filesystem::path& folder) {
  struct statvfs system = {};
  if (::statvfs(folder.c_str(), &system) != 0)
    throw KernelFailure(system_error_text("the free space of '" + folder.string() + "'"));
  // File systems without an end tell as many blocks as they can count.
  constexpr std::uint64_t most = INT64_MAX;
  const std::uint64_t blocks = system.f_bavail / part_of_free;
  const std::uint64_t part = blocks > most / system.f_frsize ? most : blocks * system.f_frsize;
  rlimit limit = {};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  return static_cast<std::int64_t>(std::min({part, std::uint64_t{limit.rlim_cur}, most}));
}

std::int64_t fill_file(int descriptor, const ScratchPlan& plan) {
  PageBuffer piece(std::min(piece_bytes, plan.bytes));
  const SteadyClock::time_point begin = SteadyClock::now();
  std::int64_t done = 0;
  while (done < plan.bytes) {
    if (plan.stop && *plan.stop) throw KernelFailure("stopped");
    if (done >= plan.least_bytes && seconds_since(begin) > plan.fill_s) break;
    const auto size = static_cast<std::size_t>(std::min(piece_bytes, plan.bytes - done));
    fill_pattern(done, piece.bytes().first(size));
    write_piece(descriptor, done, piece.bytes().first(size));
    if (::fdatasync(descriptor) != 0) throw KernelFailure(system_error_text("flushing the file"));
    ::posix_fadvise(descriptor, done, static_cast<off_t>(size), POSIX_FADV_DONTNEED);
    done += static_cast<std::int64_t>(size);
  }
  return done;
}

ScratchFile::ScratchFile(const ScratchPlan& wanted) : handle_(open_nameless(wanted.folder)) {
  const auto bytes = static_cast<std::size_t>(fill_file(descriptor(), fitted(wanted)));
  if (::fsync(descriptor()) != 0) throw KernelFailure(system_error_text("flushing the file"));
  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor(), 0);
  if (map == MAP_FAILED) throw KernelFailure(system_error_text("mapping the file"));
  map_ = {static_cast<std::byte*>(map), bytes};
  // warm() brings in what it is asked to and nothing around it.
  ::posix_fadvise(descriptor(), 0, 0, POSIX_FADV_RANDOM);
  drop();
}

ScratchFile::~ScratchFile() {
  if (!map_.empty()) ::munmap(map_.data(), map_.size());
}

FileHandle ScratchFile::reopen(int flags) const {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor());
  return FileHandle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
}

// Pages that a process has mapped stay: they are taken out of our map first.
void ScratchFile::drop(std::int64_t offset, std::int64_t bytes) const {
  ::madvise(map_.data() + offset, static_cast<std::size_t>(bytes), MADV_DONTNEED);
  ::posix_fadvise(descriptor(), offset, bytes, POSIX_FADV_DONTNEED);
}

void ScratchFile::unmap_pages() const {
  ::madvise(map_.data(), map_.size(), MADV_DONTNEED);
}

void ScratchFile::warm(std::int64_t offset, std::int64_t bytes) const {
  PageBuffer piece(mebibyte);
  for (std::int64_t at = offset; at < offset + bytes; at += mebibyte) {
    const auto size = static_cast<std::size_t>(std::min(mebibyte, offset + bytes - at));
    if (::pread(descriptor(), piece.bytes().data(), size, at) < 0)
      throw KernelFailure(system_error_text("reading"));
  }
}

double ScratchFile::resident_share(std::int64_t offset, std::int64_t bytes) const {
  const auto page = static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(static_cast<std::size_t>(ceil_div(bytes, page)));
  if (::mincore(map_.data() + offset, static_cast<std::size_t>(bytes), pages.data()) != 0)
    throw KernelFailure(system_error_text("mincore"));
  const auto there = std::count_if(pages.begin(), pages.end(),
                                   [](unsigned char page_state) { return page_state & 1; });
  return static_cast<double>(there) / static_cast<double>(pages.size());
}

}  // namespace plimsoll::calibrate::storage
