#include "routing/routing_process.h"

#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "routing/routing_statistics.h"
#include "routing/routing_trace.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

constexpr double five_sigma = 5.0;

// Uses of each rank, over all layers.
std::vector<double> uses_by_rank(RoutingProcess& process, int tokens) {
  const RoutingShape& shape = process.shape();
  std::vector<double> uses(static_cast<std::size_t>(shape.experts));
  std::vector<std::vector<std::size_t>> rank(static_cast<std::size_t>(shape.layers));
  for (int layer = 0; layer < shape.layers; ++layer) {
    auto& ranks = rank[static_cast<std::size_t>(layer)];
    ranks.resize(uses.size());
    const auto order = process.by_popularity(layer);
    for (std::size_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  }
  for (int token = 0; token < tokens; ++token) {
    const auto experts = process.next_token();
    for (std::size_t i = 0; i < experts.size(); ++i)
      ++uses[rank[i / static_cast<std::size_t>(shape.per_token)][experts[i]]];
  }
  return uses;
}

TEST_CASE("fresh draws follow Zipf's law", "[routing]") {
  constexpr int tokens = 50'000;
  for (const double skew : {0.0, 0.7, 1.3}) {
    RoutingProcess process({.skew = skew}, {.layers = 4, .experts = 64, .per_token = 1}, 3);
    double harmonic = 0.0;
    for (int rank = 1; rank <= 64; ++rank) harmonic += std::pow(rank, -skew);
    const std::vector<double> uses = uses_by_rank(process, tokens);
    double chi_square = 0.0;
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const double p = std::pow(static_cast<double>(i + 1), -skew) / harmonic;
      CHECK(process.probabilities()[i] == Approx(p).epsilon(1e-12));
      chi_square += std::pow(uses[i] - 4.0 * tokens * p, 2) / (4.0 * tokens * p);
    }
    // 63 degrees of freedom: mean 63, variance 126.
    CAPTURE(skew);
    CHECK(std::abs(chi_square - 63.0) < five_sigma * std::sqrt(126.0));
  }
}

// Two draws without repetition: expert i is among them with probability
// p_i + sum over j != i of p_j p_i / (1 - p_j).
TEST_CASE("a second expert is drawn from those left", "[routing]") {
  constexpr int tokens = 200'000;
  RoutingProcess process({.skew = 1.0}, {.layers = 1, .experts = 8, .per_token = 2}, 5);
  const std::vector<double> p(process.probabilities().begin(), process.probabilities().end());
  const std::vector<double> uses = uses_by_rank(process, tokens);
  for (std::size_t i = 0; i < p.size(); ++i) {
    double included = p[i];
    for (std::size_t j = 0; j < p.size(); ++j)
      if (j != i) included += p[j] * p[i] / (1.0 - p[j]);
    CAPTURE(i);
    CHECK(std::abs(uses[i] - tokens * included) <
          five_sigma * std::sqrt(tokens * included * (1.0 - included)));
  }
}

// Every use descends from one fresh draw by copying. A draw has reuse = r children in the mean,
// with at most a Poisson's variance r, so the second moment of its descendants is at most 1/(1-r)^2
// + r/(1-r)^3 (total progeny of a branching process), and with n (1-r) families the number of an
// expert's uses has at most the variance n p (1-p) / (1-r)^2.
TEST_CASE("copying leaves the popularity as it is", "[routing]") {
  constexpr double reuse = 0.6;
  constexpr int tokens = 40'000;
  RoutingProcess process({.skew = 0.9, .reuse = reuse, .memory = 7.0},
                         {.layers = 10, .experts = 32, .per_token = 1}, 11);
  const std::vector<double> uses = uses_by_rank(process, tokens);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const double p = process.probabilities()[i];
    const double sigma = std::sqrt(10.0 * tokens * p * (1.0 - p)) / (1.0 - reuse);
    CAPTURE(i);
    CHECK(std::abs(uses[i] - 10.0 * tokens * p) < five_sigma * sigma);
  }
}

// With all experts alike and one per token, a token equals the one before when it copies it, or a
// fresh draw happens to: independent trials of probability r + (1 - r) / n.
TEST_CASE("overlap of copies of the last token", "[routing]") {
  constexpr int tokens = 50'000;
  RoutingProcess process({.skew = 0.0, .reuse = 0.3, .memory = 1.0},
                         {.layers = 2, .experts = 16, .per_token = 1}, 1);
  const double expected = 0.3 + 0.7 / 16.0;
  const double sigma = std::sqrt(expected * (1.0 - expected) / (2.0 * (tokens - 1)));
  CHECK(std::abs(routing_statistics(process, tokens, {}).overlap - expected) < five_sigma * sigma);
}

// P(same line of descent k tokens apart) = c_k obeys c_0 = 1, c_k = r sum over ages a of
// g_a c_|k-a| with g_a = (1 - 1/m)^(a-1) / m; solved by iteration, which contracts by r.
double descent_of_neighbours(double reuse, double memory) {
  constexpr int horizon = 400;
  std::vector<double> same(horizon, 0.0);
  same[0] = 1.0;
  for (int round = 0; round < 80; ++round) {
    std::vector<double> next(same.size(), 0.0);
    next[0] = 1.0;
    for (int k = 1; k < horizon; ++k) {
      double age_share = 1.0 / memory;
      for (int age = 1; age < horizon; ++age, age_share *= 1.0 - 1.0 / memory)
        next[static_cast<std::size_t>(k)] +=
            reuse * age_share * same[static_cast<std::size_t>(std::abs(k - age))];
    }
    same = next;
  }
  return same[1];
}

// Layers are independent, so that their spread gives the error of their mean. Short runs show that
// the first token already stands in the steady state.
TEST_CASE("overlap of older copies, from the first token on", "[routing]") {
  constexpr int layers = 2000;
  const double descent = descent_of_neighbours(0.6, 4.0);
  const double expected = descent + (1.0 - descent) / 256.0;
  for (const int tokens : {2, 60}) {
    RoutingProcess process({.skew = 0.0, .reuse = 0.6, .memory = 4.0},
                           {.layers = layers, .experts = 256, .per_token = 1}, 9);
    const RoutingTrace trace = record(process, tokens);
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t layer = 0; layer < layers; ++layer) {
      double same = 0.0;
      for (int token = 1; token < tokens; ++token)
        same += trace.token(token)[layer] == trace.token(token - 1)[layer];
      const double share = same / (tokens - 1);
      sum += share;
      squares += share * share;
    }
    const double mean = sum / layers;
    const double sigma = std::sqrt((squares / layers - mean * mean) / layers);
    CAPTURE(tokens);
    // The ages are cut off at ten times the mean, which moves 5e-5 of them.
    CHECK(std::abs(mean - expected) < five_sigma * sigma + 1e-4);
  }
}

TEST_CASE("a token's experts differ", "[routing]") {
  for (const RoutingParameters& parameters :
       {RoutingParameters{.skew = 8.0, .reuse = 0.95, .memory = 1.0},
        RoutingParameters{.skew = 0.5, .reuse = 0.5, .memory = 30.0},
        RoutingParameters{.skew = 0.0, .reuse = 0.0, .memory = 1.0}}) {
    for (const int per_token : {1, 6, 16}) {
      RoutingProcess process(parameters, {.layers = 3, .experts = 16, .per_token = per_token}, 2);
      for (int token = 0; token < 50; ++token) {
        const auto experts = process.next_token();
        for (int layer = 0; layer < 3; ++layer) {
          const auto own = experts.subspan(static_cast<std::size_t>(layer * per_token),
                                           static_cast<std::size_t>(per_token));
          const std::set<std::uint16_t> different(own.begin(), own.end());
          REQUIRE(different.size() == own.size());
          REQUIRE(*different.rbegin() < 16);
        }
      }
    }
  }
}

TEST_CASE("a seed decides everything", "[routing]") {
  const RoutingParameters parameters{.skew = 0.8, .reuse = 0.4, .memory = 5.0};
  const RoutingShape shape{.layers = 5, .experts = 64, .per_token = 4};
  const auto drawn = [&](std::uint64_t seed) {
    RoutingProcess process(parameters, shape, seed);
    return record(process, 100).experts;
  };
  CHECK(drawn(1) == drawn(1));
  CHECK(drawn(1) != drawn(2));
}

TEST_CASE("what cannot be is refused", "[routing]") {
  const RoutingShape shape{.layers = 1, .experts = 8, .per_token = 2};
  const auto refuses = [](const RoutingParameters& parameters, const RoutingShape& of) {
    CHECK_THROWS_AS(RoutingProcess(parameters, of, 1), std::invalid_argument);
  };
  refuses({.skew = -0.1}, shape);
  refuses({.skew = std::nan("")}, shape);
  refuses({.reuse = 1.0}, shape);
  refuses({.memory = 0.5}, shape);
  refuses({.memory = 1001.0}, shape);
  refuses({}, {.layers = 1, .experts = 8, .per_token = 9});
  refuses({}, {.layers = 1, .experts = 70'000, .per_token = 1});
  refuses({}, {.layers = -1, .experts = 8, .per_token = 1});
}

}  // namespace
}  // namespace plimsoll
