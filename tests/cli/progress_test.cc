#include "progress.h"

#include "support/catch.h"

using plimsoll::cli::progress_line;

TEST_CASE("points done, rate and time left", "[cli][progress]") {
  // 100 in 2 s; 9,900 at 50 per second take 198 s
  CHECK(progress_line("points", 100, 10000, 0, 2.0) ==
        "100 of 10,000 points (1 %), 50 per second, 3 min 18 s left");
  // 60 were there before and say nothing about the rate: 40 in 2 s, 100 more take 5 s
  CHECK(progress_line("points", 100, 200, 60, 2.0) ==
        "100 of 200 points (50 %), 20 per second, 5 s left");
  // 1 in 10 s: 3,600 more take 36,000 s
  CHECK(progress_line("candidates", 1, 3601, 0, 10.0) ==
        "1 of 3,601 candidates (0 %), 0.1 per second, 10 h 0 min left");
}

TEST_CASE("no rate before there is one", "[cli][progress]") {
  CHECK(progress_line("points", 5, 10, 0, 0.1) == "5 of 10 points (50 %)");
  CHECK(progress_line("points", 5, 10, 5, 3.0) == "5 of 10 points (50 %)");
  CHECK(progress_line("points", 0, 0, 0, 3.0) == "0 of 0 points");
  CHECK(progress_line("points", 10, 10, 0, 2.0) == "10 of 10 points (100 %), 5 per second");
}
