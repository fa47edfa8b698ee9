// The figures of an outcome that have an interval, under the names they have in all our files.
#pragma once

#include <array>
#include <optional>

#include "evaluate/outcome.h"

namespace plimsoll {

struct OutcomeFigure {
  const char* key;  // with its unit, as in the JSON report
  std::optional<Estimate> Outcome::*value;
};

inline constexpr std::array<OutcomeFigure, 9> outcome_figures = {{
    {"decode_tokens_per_second", &Outcome::decode_tokens_per_second},
    {"throughput_tokens_per_second", &Outcome::throughput_tokens_per_second},
    {"prefill_tokens_per_second", &Outcome::prefill_tokens_per_second},
    {"time_to_first_token_s", &Outcome::time_to_first_token_s},
    {"total_time_s", &Outcome::total_time_s},
    {"power_w", &Outcome::power_w},
    {"energy_per_token_j", &Outcome::energy_per_token_j},
    {"price_usd", &Outcome::price_usd},
    {"cache_hit_rate", &Outcome::cache_hit_rate},
}};

}  // namespace plimsoll
