// How validations of speeds name metrics, groups and shares.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "validate/error_summary.h"

namespace plimsoll {

struct MetricWord {
  std::string_view metric;
  std::string_view word;
  std::string_view unit;
};
inline constexpr std::array<MetricWord, 5> speed_metrics = {
    {{"decode_tps", "decode", "token/s"},
     {"prefill_tps", "prefill", "token/s"},
     {"throughput_tps", "throughput", "token/s"},
     {"ttft_s", "TTFT", "s"},
     {"itl_ms", "ITL", "ms"}}};

std::string metric_word(std::string_view metric);               // the metric itself where none is
std::string speed_text(double value, std::string_view metric);  // "54.1 token/s"
std::string_view kind_word(bool moe);                           // "MoE", "dense"

// "decode, single, MoE"
std::string label(const SpeedCell& cell);
// "rtx-4090, llama.cpp cuda, decode, dense"
std::string label(const SpeedGroup& group);
// "llama.cpp, decode, dense"
std::string label(const EngineGroup& group);
std::string label(const std::string& device);

// Of errors, as exact as they are: "1.2 %", "12 %"; "+12 %".
std::string error_text(double share);  // its amount
std::string signed_error_text(double share);

}  // namespace plimsoll
