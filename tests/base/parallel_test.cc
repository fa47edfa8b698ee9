#include "base/parallel.h"

#include <numeric>
#include <stdexcept>
#include <vector>

#include "support/catch.h"

using namespace plimsoll;

TEST_CASE("every index is worked on once, whatever the number of threads") {
  for (const int threads : {1, 2, 3, 8}) {
    std::vector<int> calls(1000);
    std::vector<std::size_t> seen;
    ParallelOptions options{.threads = threads};
    options.progress = [&](std::size_t done, std::size_t total) {
      CHECK(total == calls.size());
      seen.push_back(done);
    };
    CHECK(parallel_for(calls.size(), options, [&](std::size_t i, int worker) {
      ++calls[i];
      REQUIRE(worker < threads);
    }));
    CHECK(calls == std::vector<int>(1000, 1));
    std::vector<std::size_t> counted(1000);
    std::iota(counted.begin(), counted.end(), std::size_t{1});
    CHECK(seen == counted);
  }
}

TEST_CASE("a stop keeps further indices from beginning") {
  std::atomic<bool> stop{false};
  std::atomic<int> calls{0};
  CHECK_FALSE(
      parallel_for(1000, {.threads = 2, .progress = {}, .stop = &stop}, [&](std::size_t, int) {
        if (++calls == 10) stop = true;
      }));
  CHECK(calls < 1000);
  CHECK(calls >= 10);
}

TEST_CASE("an exception reaches the caller and ends the rest") {
  std::atomic<int> calls{0};
  const auto body = [&](std::size_t i, int) {
    ++calls;
    if (i == 3) throw std::runtime_error("three");
  };
  CHECK_THROWS_WITH(parallel_for(100000, {.threads = 1}, body), "three");
  CHECK(calls < 100000);
}
