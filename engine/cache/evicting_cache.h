// What every policy that replaces has in common: sizes, the byte account, hit or miss.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cache/replacement.h"

namespace plimsoll {

class EvictingCache : public Replacement {
 public:
  bool access(ExtentId extent) final;
  void insert(ExtentId extent) final;
  void resize(std::int64_t capacity_bytes) final;
  void clear() final;
  std::int64_t capacity_bytes() const final { return capacity_; }
  std::int64_t held_bytes() const final { return held_; }

 protected:
  enum class Reason { access, prefetch };

  explicit EvictingCache(const ReplacementSpec& spec);

  // An extent that is held was accessed.
  virtual void hit(ExtentId extent) = 0;
  // Makes room for an extent that is not held, and holds it; it is no larger than the capacity.
  virtual void bring_in(ExtentId extent, Reason reason) = 0;
  // Drops what has to go until `bytes` more fit.
  virtual void make_room(std::int64_t bytes) = 0;
  virtual void forget_everything() = 0;

  std::int64_t bytes_of(ExtentId extent) const { return extent_bytes_[extent]; }
  bool fits(std::int64_t bytes) const { return held_ + bytes <= capacity_; }
  void count_in(ExtentId extent) { held_ += bytes_of(extent); }
  void count_out(ExtentId extent) { held_ -= bytes_of(extent); }

 private:
  std::vector<std::int64_t> extent_bytes_;
  std::int64_t capacity_;
  std::int64_t held_ = 0;
};

std::unique_ptr<Replacement> make_lru(const ReplacementSpec& spec);
std::unique_ptr<Replacement> make_two_list(const ReplacementSpec& spec);
std::unique_ptr<Replacement> make_clock_pro(const ReplacementSpec& spec);
std::unique_ptr<Replacement> make_lfu(const ReplacementSpec& spec);

// Throws std::invalid_argument for a negative capacity.
void check_capacity(std::int64_t capacity_bytes);

}  // namespace plimsoll
