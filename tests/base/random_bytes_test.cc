#include "base/random_bytes.h"

#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

// The first two outputs of SplitMix64 for seed 1234567 (rng_test.cc) are 599ed017fb08fc85 and
// 2c73f08458540fa5.
TEST_CASE("random bytes are SplitMix64's numbers from their lowest byte on", "[base]") {
  constexpr unsigned char published[] = {0x85, 0xfc, 0x08, 0xfb, 0x17, 0xd0, 0x9e,
                                         0x59, 0xa5, 0x0f, 0x54, 0x58, 0x84};
  std::vector<std::byte> bytes(sizeof published);
  fill_random(bytes, 1234567);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    CHECK(std::to_integer<unsigned char>(bytes[i]) == published[i]);
  CHECK_FALSE(first_not_random(bytes, 1234567));
  for (const std::size_t wrong : {std::size_t{12}, std::size_t{9}, std::size_t{3}}) {
    bytes[wrong] ^= std::byte{0x80};
    CHECK(first_not_random(bytes, 1234567) == wrong);
  }
}

TEST_CASE("a number is put as far as there is room", "[base]") {
  std::vector<std::byte> bytes(3);
  put_little_endian(0x0102030405, bytes);
  CHECK(bytes == std::vector{std::byte{5}, std::byte{4}, std::byte{3}});
  CHECK_FALSE(first_not_little_endian(0x0102030405, bytes));
  CHECK_FALSE(first_not_little_endian(0x9902030405, bytes));  // what was cut off
  CHECK(first_not_little_endian(0x0102030505, bytes) == 1);
}

}  // namespace
}  // namespace plimsoll
