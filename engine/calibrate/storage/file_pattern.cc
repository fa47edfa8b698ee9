#include "calibrate/storage/file_pattern.h"

#include <cstring>

#include "base/rng.h"

namespace plimsoll::calibrate::storage {
namespace {

// The increment of SplitMix64: its state after n steps is seed + n increments.
constexpr std::uint64_t increment = 0x9e3779b97f4a7c15;
constexpr std::uint64_t seed = 0x706c696d736f6c6c;

std::uint64_t state_at(std::int64_t offset) {
  return seed + increment * static_cast<std::uint64_t>(offset / pattern_word);
}

}  // namespace

void fill_pattern(std::int64_t offset, std::span<std::byte> to) {
  std::uint64_t state = state_at(offset);
  for (std::size_t at = 0; at < to.size(); at += pattern_word) {
    const std::uint64_t word = split_mix64(state);
    std::memcpy(to.data() + at, &word, sizeof word);
  }
}

std::optional<std::int64_t> first_difference(std::int64_t offset, std::span<const std::byte> got) {
  std::uint64_t state = state_at(offset);
  for (std::size_t at = 0; at < got.size(); at += pattern_word) {
    const std::uint64_t word = split_mix64(state);
    if (std::memcmp(got.data() + at, &word, sizeof word) != 0)
      return offset + static_cast<std::int64_t>(at);
  }
  return std::nullopt;
}

}  // namespace plimsoll::calibrate::storage
