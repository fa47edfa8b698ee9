// Which experts of a layer tokens of different texts touch.
#pragma once

#include <vector>

namespace plimsoll {

struct MoeSpec;

// Experts that tokens choose about equally often.
struct ExpertGroup {
  double experts = 1.0;
  double chance = 1.0;  // that one token uses a given one of them
};

// Of a layer's experts, the most popular first. A token draws `per_token` of them one after
// another without putting back, with weights rank^-skew (Zipf's law, as routing/routing_process.h).
// The chance that an expert with weight w is among them is 1 - exp(-c w), with c such that the
// chances add up to per_token: order sampling (Rosen, 1972), which successive draws come near to
// for many experts. Ranks of nearly equal weight are one group.
std::vector<ExpertGroup> expert_popularity(int experts, int per_token, double skew);

// Expected number of distinct experts that so many independent tokens touch:
// sum over experts of 1 - (1 - chance)^tokens.
double expected_distinct_experts(const std::vector<ExpertGroup>& popularity, double tokens);
// By the popularity among tokens of one sequence, or among those of several.
double expected_distinct_experts(const MoeSpec& moe, double tokens, int sequences);

// Share of all (token, expert) pairs that the busiest of so many members gets, over an even share,
// where a layer's experts are dealt out in an order that knows nothing of their popularity and the
// tokens are many: mean over drawn orders, which lies within 2 % of that of all. 1 of nothing.
double popular_member(const std::vector<ExpertGroup>& popularity, int members);

}  // namespace plimsoll
