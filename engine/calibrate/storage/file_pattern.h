// What the measured file holds: every word tells its place, so that bytes from a wrong offset show,
// and nothing in it compresses or repeats, so that no drive or file system saves reading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plimsoll::calibrate::storage {

// Offsets and sizes are multiples of that.
inline constexpr std::int64_t pattern_word = 8;

// Output number offset / 8 of SplitMix64 from a fixed seed, and those after it.
void fill_pattern(std::int64_t offset, std::span<std::byte> to);

// Where in the file the first byte lies that is not what was written; nothing if all are.
std::optional<std::int64_t> first_difference(std::int64_t offset, std::span<const std::byte> got);

}  // namespace plimsoll::calibrate::storage
