// Random variates for the tests of this room, the same with every standard library.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace plimsoll::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }
  std::uint64_t below(std::uint64_t bound) {
    return engine_() % bound;
  }  // its bias is below 2^-50 here

 private:
  std::mt19937_64 engine_;
};

}  // namespace plimsoll::sim
