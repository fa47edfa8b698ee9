// Least frequently used, in constant time: a list of classes by number of uses, each a list of its
// extents by time of entry (Shah, Mitra and Matani, "An O(1) algorithm for implementing the LFU
// cache eviction scheme", 2010). Uses count from an extent's arrival; one that left is forgotten.
#include "cache/evicting_cache.h"
#include "cache/extent_lists.h"

namespace plimsoll {
namespace {

class Lfu final : public EvictingCache {
 public:
  explicit Lfu(const ReplacementSpec& spec)
      : EvictingCache(spec),
        members_(spec.extent_bytes.size(), spec.extent_bytes.size() + 1),
        classes_(spec.extent_bytes.size() + 1),
        class_of_(spec.extent_bytes.size()),
        uses_(spec.extent_bytes.size() + 1),
        unused_(spec.extent_bytes.size()) {
    forget_everything();
  }

  bool holds(ExtentId extent) const override { return members_.linked(extent); }

 private:
  // A class has a slot; no more are in use than there are extents, and one while an extent moves.
  using Class = ExtentLists::List;

  void hit(ExtentId extent) override {
    const Class from = class_of_[extent];
    // A prefetched extent came in among those used once; its first use makes it one of them.
    const std::uint64_t uses = uses_[from] + (unused_[extent] ? 0 : 1);
    unused_[extent] = false;
    if (uses == uses_[from]) {
      members_.move_to_front(extent, from);
      return;
    }
    const Class to = next_class(from, uses);
    members_.remove(extent);
    enter(extent, to);
    release_if_empty(from);
  }

  void bring_in(ExtentId extent, Reason reason) override {
    make_room(bytes_of(extent));
    unused_[extent] = reason == Reason::prefetch;
    const bool used_once = !classes_.empty() && uses_[classes_.back()] == 1;
    enter(extent, used_once ? classes_.back() : first_class());
    count_in(extent);
  }

  void make_room(std::int64_t bytes) override {
    while (!fits(bytes)) {
      const Class least = classes_.back();
      const ExtentId oldest = members_.back(least);
      members_.remove(oldest);
      count_out(oldest);
      release_if_empty(least);
    }
  }

  void forget_everything() override {
    members_.clear();
    classes_.clear();
    free_.resize(uses_.size());
    for (Class i = 0; i < free_.size(); ++i) free_[i] = i;
  }

  void enter(ExtentId extent, Class to) {
    members_.push_front(extent, to);
    class_of_[extent] = to;
  }

  // Classes stand with the most used in front.
  Class first_class() {
    const Class added = take_slot(1);
    classes_.push_back(added);
    return added;
  }
  Class next_class(Class from, std::uint64_t uses) {
    if (!classes_.is_front(from) && uses_[classes_.before(from)] == uses) {
      return classes_.before(from);
    }
    const Class added = take_slot(uses);
    classes_.insert_before(from, added);
    return added;
  }
  Class take_slot(std::uint64_t uses) {
    const Class slot = free_.back();
    free_.pop_back();
    uses_[slot] = uses;
    return slot;
  }
  void release_if_empty(Class slot) {
    if (!members_.empty(slot)) return;
    classes_.remove(slot);
    free_.push_back(slot);
  }

  ExtentLists members_;
  ExtentLists classes_;
  std::vector<Class> class_of_;
  std::vector<std::uint64_t> uses_;  // by class
  std::vector<Class> free_;
  std::vector<char> unused_;  // prefetched, not accessed since
};

}  // namespace

std::unique_ptr<Replacement> make_lfu(const ReplacementSpec& spec) {
  return std::make_unique<Lfu>(spec);
}

}  // namespace plimsoll
