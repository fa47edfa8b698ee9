#include "cache/replacement.h"

#include <algorithm>
#include <stdexcept>

#include "cache/evicting_cache.h"

namespace plimsoll {
namespace {

class NoCache final : public Replacement {
 public:
  explicit NoCache(const ReplacementSpec& spec) : capacity_(spec.capacity_bytes) {}

  bool access(ExtentId) override { return false; }
  void insert(ExtentId) override {}
  bool holds(ExtentId) const override { return false; }
  void resize(std::int64_t capacity_bytes) override {
    check_capacity(capacity_bytes);
    capacity_ = capacity_bytes;
  }
  void clear() override {}
  std::int64_t capacity_bytes() const override { return capacity_; }
  std::int64_t held_bytes() const override { return 0; }

 private:
  std::int64_t capacity_;
};

// A set that was read before the first access and stays.
class Pinned final : public Replacement {
 public:
  explicit Pinned(const ReplacementSpec& spec)
      : extent_bytes_(spec.extent_bytes.begin(), spec.extent_bytes.end()),
        wanted_(spec.pinned.begin(), spec.pinned.end()) {
    resize(spec.capacity_bytes);
  }

  bool access(ExtentId extent) override { return holds(extent); }
  void insert(ExtentId) override {}
  bool holds(ExtentId extent) const override { return held_[extent] != 0; }
  void resize(std::int64_t capacity_bytes) override {
    check_capacity(capacity_bytes);
    capacity_ = capacity_bytes;
    held_bytes_ = 0;
    held_.assign(extent_bytes_.size(), 0);
    for (const ExtentId extent : wanted_) hold_if_it_fits(extent);
  }
  void clear() override {}
  std::int64_t capacity_bytes() const override { return capacity_; }
  std::int64_t held_bytes() const override { return held_bytes_; }

 private:
  void hold_if_it_fits(ExtentId extent) {
    if (holds(extent) || held_bytes_ + extent_bytes_[extent] > capacity_) return;
    held_[extent] = 1;
    held_bytes_ += extent_bytes_[extent];
  }

  std::vector<std::int64_t> extent_bytes_;
  std::vector<ExtentId> wanted_;
  std::vector<char> held_;
  std::int64_t capacity_ = 0;
  std::int64_t held_bytes_ = 0;
};

void check(const ReplacementSpec& spec) {
  check_capacity(spec.capacity_bytes);
  if (std::ranges::any_of(spec.extent_bytes, [](std::int64_t bytes) { return bytes < 0; })) {
    throw std::invalid_argument("an extent of negative size");
  }
  const auto missing = [&](ExtentId extent) { return extent >= spec.extent_bytes.size(); };
  if (std::ranges::any_of(spec.pinned, missing)) {
    throw std::invalid_argument("a pinned extent that does not exist");
  }
}

}  // namespace

std::unique_ptr<Replacement> make_replacement(const ReplacementSpec& spec) {
  check(spec);
  switch (spec.kind) {
    case ReplacementKind::none:
      return std::make_unique<NoCache>(spec);
    case ReplacementKind::lru:
      return make_lru(spec);
    case ReplacementKind::two_list:
      return make_two_list(spec);
    case ReplacementKind::clock_pro:
      return make_clock_pro(spec);
    case ReplacementKind::lfu:
      return make_lfu(spec);
    case ReplacementKind::pinned:
      return std::make_unique<Pinned>(spec);
  }
  throw std::invalid_argument("no such replacement policy");
}

}  // namespace plimsoll
