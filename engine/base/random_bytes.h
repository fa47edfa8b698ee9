// Bytes that are random to look at, so that nothing compresses or repeats them, and known, so that
// every one of them can be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plimsoll {

// A word of them; the last one of a span is cut to what there is room for.
inline constexpr std::size_t random_word = 8;

// The outputs of SplitMix64 from that state on, little-endian on every machine.
void fill_random(std::span<std::byte> bytes, std::uint64_t state);

// The index of the first byte that is another one; nothing where all are these.
std::optional<std::size_t> first_not_random(std::span<const std::byte> bytes, std::uint64_t state);

// One number like that.
void put_little_endian(std::uint64_t value, std::span<std::byte> bytes);
std::optional<std::size_t> first_not_little_endian(std::uint64_t value,
                                                   std::span<const std::byte> bytes);

}  // namespace plimsoll
