#include "base/rng.h"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace plimsoll {
namespace {

__extension__ using Uint128 = unsigned __int128;

// FNV-1a, 64 bit (Fowler, Noll, Vo): spreads stream names over seeds.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace

std::uint64_t split_mix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double unit_interval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

Rng::Rng(std::uint64_t seed, std::string_view stream) {
  // The seed is mixed before the name joins it, so that neighbouring seeds and names cannot cancel.
  std::uint64_t state = seed;
  state = split_mix64(state) ^ hash_name(stream);
  for (std::uint64_t& word : state_) word = split_mix64(state);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() {
  return unit_interval(next());
}

std::uint64_t Rng::below(std::uint64_t bound) {
  if (bound == 0) throw std::invalid_argument("Rng::below: the bound must be at least 1");
  Uint128 product = Uint128{next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = -bound % bound;  // 2^64 mod bound
    while (static_cast<std::uint64_t>(product) < threshold) product = Uint128{next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double Rng::exponential(double mean) {
  return -mean * std::log1p(-uniform());
}

}  // namespace plimsoll
