#include "import/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace plimsoll {
namespace {

class Descriptor final : public ByteSource {
 public:
  enum class Owner { us, somebody_else };

  Descriptor(int fd, Owner owner) : fd_(fd), owner_(owner) {
    struct stat status = {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
      size_ = static_cast<std::uint64_t>(status.st_size);
    }
  }
  ~Descriptor() override {
    if (owner_ == Owner::us) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(fd_, to + done, size - done);
      if (got == 0) break;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Malformed(at_ + done, std::generic_category().message(errno));
      done += static_cast<std::size_t>(got);
    }
    at_ += done;
    return done;
  }

  std::uint64_t skip(std::uint64_t count) override {
    if (!size_) return read_over(count);
    const std::uint64_t step = std::min(count, *size_ > at_ ? *size_ - at_ : 0);
    if (::lseek(fd_, static_cast<off_t>(step), SEEK_CUR) < 0) return read_over(count);
    at_ += step;
    return step;
  }

  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::uint64_t read_over(std::uint64_t count) {
    std::array<char, 1 << 16> scratch;
    std::uint64_t done = 0;
    while (done < count) {
      const std::uint64_t wanted = std::min<std::uint64_t>(count - done, scratch.size());
      const std::size_t got = read(scratch.data(), static_cast<std::size_t>(wanted));
      done += got;
      if (got < wanted) break;
    }
    return done;
  }

  int fd_;
  Owner owner_;
  std::optional<std::uint64_t> size_;
  std::uint64_t at_ = 0;
};

class Memory final : public ByteSource {
 public:
  explicit Memory(std::string_view text) : text_(text), left_(text) {}

  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, left_.size());
    std::copy_n(left_.data(), count, to);
    left_.remove_prefix(count);
    return count;
  }
  std::uint64_t skip(std::uint64_t count) override {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count, left_.size()));
    left_.remove_prefix(step);
    return step;
  }
  std::optional<std::uint64_t> size() const override { return text_.size(); }

 private:
  std::string_view text_;
  std::string_view left_;
};

class Fronted final : public ByteSource {
 public:
  Fronted(std::string front, std::unique_ptr<ByteSource> rest)
      : front_(std::move(front)), rest_(std::move(rest)) {}

  std::size_t read(char* to, std::size_t size) override {
    const std::size_t here = std::min(size, front_.size() - at_);
    std::copy_n(front_.data() + at_, here, to);
    at_ += here;
    return here == size ? here : here + rest_->read(to + here, size - here);
  }
  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t here = std::min<std::uint64_t>(count, front_.size() - at_);
    at_ += static_cast<std::size_t>(here);
    return here == count ? here : here + rest_->skip(count - here);
  }
  std::optional<std::uint64_t> size() const override { return rest_->size(); }

 private:
  std::string front_;
  std::unique_ptr<ByteSource> rest_;
  std::size_t at_ = 0;
};

std::string bytes_of(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

}  // namespace

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file, Diagnostics& diagnostics) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::error_code ignored;
  if (fd >= 0 && !std::filesystem::is_directory(file, ignored)) {
    return std::make_unique<Descriptor>(fd, Descriptor::Owner::us);
  }
  const int reason = fd < 0 ? errno : EISDIR;
  if (fd >= 0) ::close(fd);
  diagnostics.error("unreadable", {.file = file.string()},
                    "cannot be read: " + std::generic_category().message(reason));
  return nullptr;
}

std::unique_ptr<ByteSource> standard_input() {
  return std::make_unique<Descriptor>(STDIN_FILENO, Descriptor::Owner::somebody_else);
}

std::unique_ptr<ByteSource> in_memory(std::string_view text) {
  return std::make_unique<Memory>(text);
}

std::unique_ptr<ByteSource> with_front(std::string front, std::unique_ptr<ByteSource> source) {
  return std::make_unique<Fronted>(std::move(front), std::move(source));
}

ByteReader::ByteReader(ByteSource& source, std::uint64_t limit)
    : source_(source), end_(std::min(limit, source.size().value_or(limit))) {}

void ByteReader::expect(std::uint64_t count, std::uint64_t bytes, const char* what) const {
  if (count <= left() / bytes) return;
  throw Malformed(offset_, std::to_string(count) + " " + what + " of at least " + bytes_of(bytes) +
                               " each, and " + bytes_of(left()) + " left");
}

bool ByteReader::refill() {
  begin_ = 0;
  filled_ = source_.read(buffer_.data(), buffer_.size());
  return filled_ > 0;
}

void ByteReader::copy(char* to, std::size_t size, const char* what) {
  if (size > left()) {
    throw Malformed(offset_, "the file ends inside " + std::string(what) + ": " + bytes_of(size) +
                                 " expected, " + bytes_of(left()) + " left");
  }
  const std::uint64_t start = offset_;
  while (size > 0) {
    if (begin_ == filled_ && !refill()) {
      throw Malformed(start, "the file ends inside " + std::string(what));
    }
    const std::size_t step = std::min(size, filled_ - begin_);
    std::copy_n(buffer_.data() + begin_, step, to);
    to += step;
    size -= step;
    begin_ += step;
    offset_ += step;
  }
}

std::uint64_t ByteReader::number(std::size_t bytes, const char* what) {
  std::array<char, 8> raw{};
  copy(raw.data(), bytes, what);
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(raw[i]);
  return value;
}

std::string ByteReader::text(std::uint64_t size, const char* what) {
  expect(size, 1, what);
  // A pipe may promise more than it holds: memory grows with what has really come.
  constexpr std::uint64_t step = 1 << 20;
  std::string result;
  while (result.size() < size) {
    const auto more = static_cast<std::size_t>(std::min(step, size - result.size()));
    const std::size_t before = result.size();
    result.resize(before + more);
    copy(result.data() + before, more, what);
  }
  return result;
}

void ByteReader::skip(std::uint64_t count, const char* what) {
  expect(count, 1, what);
  const std::uint64_t buffered = std::min<std::uint64_t>(count, filled_ - begin_);
  begin_ += static_cast<std::size_t>(buffered);
  offset_ += buffered;
  const std::uint64_t rest = count - buffered;
  if (rest > 0 && source_.skip(rest) < rest) {
    throw Malformed(offset_, "the file ends inside " + std::string(what));
  }
  offset_ += rest;
}

}  // namespace plimsoll
