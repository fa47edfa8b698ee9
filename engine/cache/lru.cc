// Least recently used: one list in order of use, the newest in front. What was prefetched enters
// like what was read, in front.
#include "cache/evicting_cache.h"
#include "cache/extent_lists.h"

namespace plimsoll {
namespace {

class Lru final : public EvictingCache {
 public:
  explicit Lru(const ReplacementSpec& spec)
      : EvictingCache(spec), recent_(spec.extent_bytes.size()) {}

  bool holds(ExtentId extent) const override { return recent_.linked(extent); }

 private:
  void hit(ExtentId extent) override { recent_.move_to_front(extent); }
  void bring_in(ExtentId extent, Reason) override {
    make_room(bytes_of(extent));
    recent_.push_front(extent);
    count_in(extent);
  }
  void make_room(std::int64_t bytes) override {
    while (!fits(bytes)) {
      const ExtentId oldest = recent_.back();
      recent_.remove(oldest);
      count_out(oldest);
    }
  }
  void forget_everything() override { recent_.clear(); }

  ExtentLists recent_;
};

}  // namespace

std::unique_ptr<Replacement> make_lru(const ReplacementSpec& spec) {
  return std::make_unique<Lru>(spec);
}

}  // namespace plimsoll
