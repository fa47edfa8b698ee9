#include "config/header_scan.h"

#include <array>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace plimsoll {
namespace {

constexpr std::size_t glance_bytes = 4096;

struct SeenEnough {};

// Keeps what stands under the four keys of the outermost map.
class HeaderCollector final : public YAML::EventHandler {
 public:
  const EntryHeader& header() const { return header_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { value({}); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { throw SeenEnough{}; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    value(text);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(true);
  }
  void OnMapEnd() override { close(); }

 private:
  void open(bool is_map) {
    // Without a map outside there is no header; a collection as a key is no file of ours.
    if ((depth_ == 0 && !is_map) || (depth_ == 1 && !has_key_)) throw SeenEnough{};
    if (depth_ == 1) {
      in_names_ = !is_map && key_ == "names";
      const bool body_begins = !in_names_ && !header_.kind.empty() && !header_.id.empty();
      if (body_begins) throw SeenEnough{};
    }
    ++depth_;
  }
  void close() {
    --depth_;
    if (depth_ == 1) finish_value();
  }
  void value(const std::string& text) {
    if (depth_ == 0) throw SeenEnough{};
    if (depth_ == 2 && in_names_) header_.names.push_back(text);
    if (depth_ != 1) return;
    if (!has_key_) {
      key_ = text;
      has_key_ = true;
      return;
    }
    if (key_ == "kind") header_.kind = text;
    if (key_ == "id") header_.id = text;
    if (key_ == "name") header_.name = text;
    finish_value();
  }
  void finish_value() {
    const bool wanted = key_ == "kind" || key_ == "id" || key_ == "name" || key_ == "names";
    seen_ += wanted ? 1 : 0;
    in_names_ = false;
    has_key_ = false;
    if (seen_ == 4) throw SeenEnough{};
  }

  EntryHeader header_;
  int depth_ = 0;
  int seen_ = 0;
  bool has_key_ = false;
  bool in_names_ = false;
  std::string key_;
};

}  // namespace

EntryHeader scan_header_text(std::string_view text) {
  HeaderCollector collector;
  std::istringstream stream{std::string(text.substr(0, glance_bytes))};
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(collector);
  } catch (const SeenEnough&) {
  } catch (const YAML::Exception&) {
    // Cut off in the middle, or broken: whoever reads the whole file will say so.
  }
  return collector.header();
}

EntryHeader scan_header(const std::filesystem::path& path) {
  std::array<char, glance_bytes> buffer;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  if (size <= 0) return {};
  return scan_header_text({buffer.data(), static_cast<std::size_t>(size)});
}

}  // namespace plimsoll
