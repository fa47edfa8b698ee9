#include "calibrate/storage/file_pattern.h"

#include "base/random_bytes.h"

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
  fill_random(to, state_at(offset));
}

std::optional<std::int64_t> first_difference(std::int64_t offset, std::span<const std::byte> got) {
  const auto found = first_not_random(got, state_at(offset));
  return found ? std::optional(offset + static_cast<std::int64_t>(*found)) : std::nullopt;
}

}  // namespace plimsoll::calibrate::storage
