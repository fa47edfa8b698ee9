#include "base/random_bytes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/rng.h"

namespace plimsoll {
namespace {

using Word = std::array<std::byte, random_word>;

Word little_endian(std::uint64_t value) {
  Word word{};
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(word.data(), &value, sizeof value);
  } else {
    for (std::size_t i = 0; i < word.size(); ++i)
      word[i] = static_cast<std::byte>(value >> (8 * i));
  }
  return word;
}

std::size_t size_at(std::size_t at, std::size_t size) {
  return std::min(random_word, size - at);
}

}  // namespace

void put_little_endian(std::uint64_t value, std::span<std::byte> bytes) {
  const Word word = little_endian(value);
  std::memcpy(bytes.data(), word.data(), size_at(0, bytes.size()));
}

std::optional<std::size_t> first_not_little_endian(std::uint64_t value,
                                                   std::span<const std::byte> bytes) {
  const Word word = little_endian(value);
  const std::size_t size = size_at(0, bytes.size());
  if (std::memcmp(bytes.data(), word.data(), size) == 0) return std::nullopt;
  const auto differs = std::mismatch(word.begin(), word.begin() + size, bytes.begin());
  return static_cast<std::size_t>(differs.first - word.begin());
}

void fill_random(std::span<std::byte> bytes, std::uint64_t state) {
  for (std::size_t at = 0; at < bytes.size(); at += random_word)
    put_little_endian(split_mix64(state), bytes.subspan(at));
}

std::optional<std::size_t> first_not_random(std::span<const std::byte> bytes, std::uint64_t state) {
  for (std::size_t at = 0; at < bytes.size(); at += random_word)
    if (const auto found = first_not_little_endian(split_mix64(state), bytes.subspan(at)))
      return at + *found;
  return std::nullopt;
}

}  // namespace plimsoll
