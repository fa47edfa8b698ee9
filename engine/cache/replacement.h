// Caches of file extents: which are held, and which goes when another comes.
//
// An extent is a run of bytes of a file that is read as a whole (an expert, a piece of one, the
// dense weights of a layer). Extents are numbered from 0; a size never changes. No times here: what
// a policy holds depends on the order of accesses alone. The fast policies cost O(1) amortised per
// access.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace plimsoll {

enum class ReplacementKind {
  none,       // holds nothing: direct I/O
  lru,        // least recently used goes first
  two_list,   // Linux: inactive and active list, promotion on the second access, refault distances
  clock_pro,  // hot and cold pages with test periods, as CLOCK-Pro (Jiang, Chen and Zhang 2005);
              // near to macOS
  lfu,        // fewest accesses since it came goes first, older first among equals
  pinned,     // a set fixed beforehand, never replaced
};

using ExtentId = std::uint32_t;

class Replacement {
 public:
  virtual ~Replacement() = default;

  // Whether it was held. One that was not is now, at the cost of others, unless it is larger than
  // the capacity or the policy holds a fixed set.
  virtual bool access(ExtentId extent) = 0;
  // Brings an extent in without counting it as used (prefetch): it enters where one that was read
  // would, and its first access counts as the one that brings others in. Nothing for a fixed set.
  virtual void insert(ExtentId extent) = 0;
  virtual bool holds(ExtentId extent) const = 0;
  // Drops what exceeds the new capacity, as if others had come. Throws std::invalid_argument for a
  // negative one.
  virtual void resize(std::int64_t capacity_bytes) = 0;
  // As newly made: empty and without memory of what was, or holding its fixed set.
  virtual void clear() = 0;
  virtual std::int64_t capacity_bytes() const = 0;
  virtual std::int64_t held_bytes() const = 0;  // <= capacity_bytes()
};

struct ReplacementSpec {
  ReplacementKind kind = ReplacementKind::lru;
  std::int64_t capacity_bytes = 0;
  std::span<const std::int64_t> extent_bytes;  // by extent; copied
  std::span<const ExtentId>
      pinned{};  // pinned: the set, most wanted first; as many as fit are held
};

// Throws std::invalid_argument for negative sizes or a pinned extent that does not exist. The ids
// given to the cache are below extent_bytes.size(): anything else is our own mistake, not checked.
std::unique_ptr<Replacement> make_replacement(const ReplacementSpec& spec);

// Share of the accesses that the clairvoyant policy (Belady 1966: what is used farthest in the
// future goes) hits; all extents of one size, `capacity` of them fit. The one that comes may be
// the one that goes, so that it is an upper bound for every policy that begins empty, those that
// read past the cache included. For judging how much one loses. 0 without accesses.
double belady_hit_rate(std::span<const ExtentId> accesses, std::size_t capacity);

// Expected hit rate of LRU under independent draws with these probabilities (they need not add up
// to 1), `capacity` extents of one size: Che, Tung and Wang 2002. For checks and for explaining.
// Throws std::invalid_argument for a negative or infinite probability.
double che_hit_rate(std::span<const double> probabilities, double capacity);

}  // namespace plimsoll
