#include "calibrate/link/payload.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/rng.h"

namespace plimsoll::calibrate::link {
namespace {

constexpr std::size_t word_size = 8;
using Word = std::array<std::byte, word_size>;

Word little_endian(std::uint64_t value) {
  Word word{};
  for (std::byte& each : word) {
    each = static_cast<std::byte>(value);
    value >>= 8;
  }
  return word;
}

// Calls use(offset, bytes) for every word of the block, the last one cut to what there is room for.
template <class Use>
void each_word(std::size_t block_size, std::uint64_t sequence, Use use) {
  std::uint64_t state = sequence;
  Word word = little_endian(sequence);
  for (std::size_t at = 0; at < block_size; at += word_size) {
    use(at, std::span<const std::byte>(word).first(std::min(word_size, block_size - at)));
    word = little_endian(split_mix64(state));
  }
}

std::optional<std::size_t> first_difference(std::span<const std::byte> got,
                                            std::span<const std::byte> expected) {
  const auto [at, _] = std::ranges::mismatch(got, expected);
  return at == got.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - got.begin()));
}

std::size_t stamp_size(std::span<const std::byte> block) {
  return std::min(word_size, block.size());
}

}  // namespace

void fill_block(std::span<std::byte> block, std::uint64_t sequence) {
  each_word(block.size(), sequence, [&](std::size_t at, std::span<const std::byte> word) {
    std::memcpy(block.data() + at, word.data(), word.size());
  });
}

std::optional<std::size_t> first_wrong(std::span<const std::byte> block, std::uint64_t sequence) {
  std::optional<std::size_t> found;
  each_word(block.size(), sequence, [&](std::size_t at, std::span<const std::byte> word) {
    if (found) return;
    if (const auto in_word = first_difference(block.subspan(at, word.size()), word))
      found = at + *in_word;
  });
  return found;
}

void stamp_block(std::span<std::byte> block, std::uint64_t sequence) {
  const Word word = little_endian(sequence);
  std::memcpy(block.data(), word.data(), stamp_size(block));
}

std::optional<std::size_t> first_wrong_of_stamp(std::span<const std::byte> block,
                                                std::uint64_t sequence) {
  const Word word = little_endian(sequence);
  const std::size_t size = stamp_size(block);
  return first_difference(block.first(size), std::span<const std::byte>(word).first(size));
}

}  // namespace plimsoll::calibrate::link
