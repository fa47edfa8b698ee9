// The replacement policies as their publications tell them, for comparison: plain lists, searched
// from end to end, every sum taken anew.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "cache/replacement.h"

namespace plimsoll::test {

class NaiveCache {
 public:
  NaiveCache(std::int64_t capacity, std::vector<std::int64_t> bytes)
      : capacity_(capacity), bytes_(std::move(bytes)) {}
  virtual ~NaiveCache() = default;

  bool access(ExtentId id);
  void insert(ExtentId id);
  void resize(std::int64_t capacity);
  virtual bool holds(ExtentId id) const = 0;
  std::int64_t held_bytes() const;

 protected:
  virtual void use(ExtentId id) = 0;
  virtual void bring_in(ExtentId id, bool used) = 0;
  virtual void make_room(std::int64_t bytes) = 0;

  std::int64_t capacity_;
  std::vector<std::int64_t> bytes_;
};

// lru, two_list, clock_pro or lfu.
std::unique_ptr<NaiveCache> make_naive(ReplacementKind kind, std::int64_t capacity,
                                       std::vector<std::int64_t> bytes);

}  // namespace plimsoll::test
