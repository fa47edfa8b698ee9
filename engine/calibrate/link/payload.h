// The bytes that a link is measured with: random to look at, so that no compression on the way
// flatters the link, and known at both ends, so that every one of them can be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plimsoll::calibrate::link {

// A block is the number of its place in the transfer (8 bytes, little-endian), then what a
// generator seeded with that number gives; a shorter one is cut off.
void fill_block(std::span<std::byte> block, std::uint64_t sequence);
std::optional<std::size_t> first_wrong(std::span<const std::byte> block, std::uint64_t sequence);

// Only the number: what timed transfers can afford.
void stamp_block(std::span<std::byte> block, std::uint64_t sequence);
std::optional<std::size_t> first_wrong_of_stamp(std::span<const std::byte> block,
                                                std::uint64_t sequence);

}  // namespace plimsoll::calibrate::link
