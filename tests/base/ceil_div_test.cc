#include "base/ceil_div.h"

#include <cstdint>

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("whole numbers divide upwards", "[base]") {
  CHECK(ceil_div(0, 4) == 0);
  CHECK(ceil_div(1, 4) == 1);
  CHECK(ceil_div(4, 4) == 1);
  CHECK(ceil_div(5, 4) == 2);
  CHECK(round_up(0, 256) == 0);
  CHECK(round_up(256, 256) == 256);
  CHECK(round_up(257, 256) == 512);
  CHECK(round_up(7, 1) == 7);
  // In the wider of the two types.
  CHECK(ceil_div(std::int64_t{1} << 40, 3) == 366503875926);
  CHECK(round_up(4097U, std::uint64_t{4096}) == 8192U);
}

}  // namespace
}  // namespace plimsoll
