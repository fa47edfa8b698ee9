// How many experts tokens touch, against choices made at random one after another.
#include "catalog/expert_popularity.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

double touched(int experts, int per_token, double skew, double tokens) {
  return expected_distinct_experts(expert_popularity(experts, per_token, skew), tokens);
}

TEST_CASE("experts that are all alike follow from independent choices", "[catalog]") {
  CHECK(touched(128, 8, 0.0, 1) == Approx(8));
  CHECK(touched(128, 8, 0.0, 2) == Approx(8 + 8 * 120.0 / 128));
  CHECK(touched(8, 8, 0.0, 1) == Approx(8));
  CHECK(touched(8, 2, 0.0, 1e6) == Approx(8));
}

TEST_CASE("one token touches what it takes, more tokens more, a skew fewer", "[catalog]") {
  for (const double skew : {0.0, 0.5, 1.0, 2.0}) {
    CHECK(touched(128, 8, skew, 1) == Approx(8).epsilon(1e-6));
    double before = 0.0;
    for (int tokens = 1; tokens < 200; ++tokens) {
      const double now = touched(64, 6, skew, tokens);
      CHECK(now > before);
      CHECK(now <= std::min(64.0, 6.0 * tokens) * (1 + 1e-6));
      CHECK(now <= touched(64, 6, std::max(0.0, skew - 0.25), tokens) * (1 + 1e-9));
      before = now;
    }
  }
}

// Draws one after another without putting back.
std::set<int> drawn(const std::vector<double>& weights, int count, Rng& rng) {
  double left = 0.0;
  for (const double weight : weights) left += weight;
  std::set<int> taken;
  while (static_cast<int>(taken.size()) < count) {
    double at = rng.uniform() * left;
    int expert = 0;
    while (taken.contains(expert) || at >= weights[static_cast<std::size_t>(expert)]) {
      if (!taken.contains(expert)) at -= weights[static_cast<std::size_t>(expert)];
      if (++expert == static_cast<int>(weights.size())) break;
    }
    if (expert == static_cast<int>(weights.size())) continue;  // rounding at the end
    taken.insert(expert);
    left -= weights[static_cast<std::size_t>(expert)];
  }
  return taken;
}

TEST_CASE("distinct experts come near to those of draws at random", "[catalog]") {
  struct Shape {
    int experts, per_token;
    double skew;
  };
  const auto shape =
      GENERATE(Shape{128, 8, 0.978}, Shape{128, 4, 1.36}, Shape{512, 10, 0.6}, Shape{8, 2, 0.978});
  std::vector<double> weights;
  for (int rank = 1; rank <= shape.experts; ++rank) weights.push_back(std::pow(rank, -shape.skew));
  Rng rng(7, "experts");
  for (const int tokens : {2, 16, 64}) {
    constexpr int samples = 200;
    double sum = 0.0;
    for (int i = 0; i < samples; ++i) {
      std::set<int> all;
      for (int t = 0; t < tokens; ++t) all.merge(drawn(weights, shape.per_token, rng));
      sum += static_cast<double>(all.size());
    }
    INFO(shape.experts << " experts, " << tokens << " tokens");
    // Of 200 samples the mean errs by half a per cent, the order sampling by two.
    CHECK(touched(shape.experts, shape.per_token, shape.skew, tokens) ==
          Approx(sum / samples).epsilon(0.03));
  }
}

TEST_CASE("what the member with the most popular experts gets", "[catalog]") {
  const auto member = [](const std::vector<ExpertGroup>& groups, int members) {
    return popular_member(groups, members);
  };
  CHECK(member({}, 4) == 1.0);
  CHECK(member({{.experts = 12, .chance = 0.25}}, 4) == Approx(1));
  CHECK(member({{.experts = 1, .chance = 0.6}, {.experts = 1, .chance = 0.2}}, 2) ==
        Approx(0.6 / 0.4));
  // Whoever is beside the popular one: 0.4 + 0.1 of 0.7.
  CHECK(member({{.experts = 1, .chance = 0.4}, {.experts = 3, .chance = 0.1}}, 2) ==
        Approx(0.5 / 0.35));
  CHECK(member({{.experts = 1, .chance = 0.4}, {.experts = 3, .chance = 0.1}}, 1) == Approx(1));
  // Two popular ones of four fall on one of two members once in three times: (0.8 + 2 * 0.5) / 3.
  CHECK(member({{.experts = 2, .chance = 0.4}, {.experts = 2, .chance = 0.1}}, 2) ==
        Approx(0.6 / 0.5).epsilon(0.03));
  // DeepSeek-R1 on 32 members, 4096 tokens a pass: 1.56 above the mean (TRTEP), from which the skew
  // of hwdb/routing.yaml is.
  CHECK(member(expert_popularity(256, 8, 0.69), 32) == Approx(2.56).epsilon(0.03));
}

}  // namespace
}  // namespace plimsoll
