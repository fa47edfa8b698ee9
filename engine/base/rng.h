// Random numbers that are the same on every machine and library: one named stream per purpose.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace plimsoll {

// One step of SplitMix64 (Steele, Lea and Flood 2014; Vigna's public domain reference): advances
// the state, returns the output.
std::uint64_t split_mix64(std::uint64_t& state);

// The upper 53 of 64 random bits as a number in [0, 1).
double unit_interval(std::uint64_t bits);

// xoshiro256** (Blackman and Vigna, public domain reference), seeded by SplitMix64 from (seed,
// stream name), so that a new consumer of randomness does not shift the others.
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view stream);
  // The bare generator; not all words may be zero. For checks against published values.
  explicit Rng(const std::array<std::uint64_t, 4>& state) : state_(state) {}

  std::uint64_t next();
  double uniform();                          // [0, 1), 53 bits
  std::uint64_t below(std::uint64_t bound);  // [0, bound), unbiased (Lemire 2019); bound >= 1
  double exponential(double mean);           // inverse transform

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace plimsoll
