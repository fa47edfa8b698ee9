#include "calibrate/link/payload.h"

#include <algorithm>

#include "base/random_bytes.h"

namespace plimsoll::calibrate::link {
namespace {

// What comes behind the number.
template <class Bytes>
Bytes rest_of(Bytes block) {
  return block.subspan(std::min(random_word, block.size()));
}

}  // namespace

void fill_block(std::span<std::byte> block, std::uint64_t sequence) {
  stamp_block(block, sequence);
  fill_random(rest_of(block), sequence);
}

std::optional<std::size_t> first_wrong(std::span<const std::byte> block, std::uint64_t sequence) {
  if (const auto found = first_wrong_of_stamp(block, sequence)) return found;
  const auto found = first_not_random(rest_of(block), sequence);
  return found ? std::optional(random_word + *found) : std::nullopt;
}

void stamp_block(std::span<std::byte> block, std::uint64_t sequence) {
  put_little_endian(sequence, block);
}

std::optional<std::size_t> first_wrong_of_stamp(std::span<const std::byte> block,
                                                std::uint64_t sequence) {
  return first_not_little_endian(sequence, block);
}

}  // namespace plimsoll::calibrate::link
