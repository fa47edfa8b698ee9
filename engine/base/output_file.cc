#include "base/output_file.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/diagnostic.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, int error) {
  Diagnostics diagnostics;
  diagnostics.error("unwritable", {.file = path.string()},
                    "cannot write this file: " + std::generic_category().message(error));
  throw InputError(std::move(diagnostics));
}

// An open file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  // Closing reports errors of delayed writes, as on network file systems.
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

// Removes the file unless told to keep it.
class RemoveOnFailure {
 public:
  explicit RemoveOnFailure(fs::path path) : path_(std::move(path)) {}
  ~RemoveOnFailure() {
    if (!kept_) ::unlink(path_.c_str());
  }
  RemoveOnFailure(const RemoveOnFailure&) = delete;
  RemoveOnFailure& operator=(const RemoveOnFailure&) = delete;

  void keep() { kept_ = true; }

 private:
  fs::path path_;
  bool kept_ = false;
};

fs::path temporary_path(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const std::string unique = std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return target.parent_path() /
         ("." + target.filename().string().substr(0, 100) + ".tmp-" + unique);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The rename itself reaches the disk with the folder. Not every file system can sync one, so
// failure is no error.
void flush_folder(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

// Devices and pipes (/dev/stdout) are written to; renaming over them would replace them.
void write_in_place(const fs::path& path, std::string_view content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0 || !write_all(file.get(), content) || file.close() != 0) refuse(path, errno);
}

}  // namespace

void write_file_atomically(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  // A link stays a link: what it points to is replaced.
  const fs::path target =
      fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : path;
  struct stat existing = {};
  const bool exists = ::stat(target.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) refuse(path, EISDIR);
  if (exists && !S_ISREG(existing.st_mode)) return write_in_place(path, content);

  const fs::path temporary = temporary_path(target);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) refuse(path, errno);
  RemoveOnFailure guard(temporary);
  if (exists && ::fchmod(file.get(), existing.st_mode & 07777) != 0) refuse(path, errno);
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 || file.close() != 0 ||
      ::rename(temporary.c_str(), target.c_str()) != 0) {
    refuse(path, errno);
  }
  guard.keep();
  flush_folder(target);
}

}  // namespace plimsoll
