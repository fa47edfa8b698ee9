// What a report says, before it is text or Markdown: sentences, printed figures, and the lists
// folded and grouped so that a person can read them. Both printers take their words from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll {

// A figure with three significant digits; its interval in the same unit and to the same place.
struct FigureText {
  std::string value;     // "54.1"
  std::string unit;      // "token/s"
  std::string interval;  // "47.0 … 62.3"; empty for an exact figure
};
std::string parenthesized(const std::string& interval);           // empty stays empty
std::string plural(std::int64_t count, const std::string& noun);  // "1 card", "2 cards"
FigureText rate_text(const Estimate& tokens_per_second);
FigureText time_text(const Estimate& seconds);  // us, ms, s, min or h, by the value
FigureText power_text(const Estimate& watts);
FigureText energy_text(const Estimate& joules_per_token);
FigureText share_text(const Estimate& share);  // in per cent
FigureText price_text(const Estimate& dollars);
FigureText bytes_text(const Estimate& bytes);         // kB, MB, GB, TB
std::string with_unit(const FigureText& figure);      // "54.1 token/s"
std::string with_interval(const FigureText& figure);  // "54.1 token/s (47.0 … 62.3)"

std::string count_text(std::int64_t count);   // "131,072"
std::string percent_text(double share);       // "61.2 %"
std::string parameters_text(std::int64_t n);  // "141 B parameters"
std::string size_text(Bytes size);            // "80 GiB" for whole and half GiB, else "12.3 GB"
std::string exact_time_text(Seconds time);    // "18.5 ms"
std::string factor_text(double factor);       // "1.24x"

struct VerdictText {
  std::string word;                  // "DOES NOT FIT"
  std::string sentence;              // "short by 12.3 GB on GPU 0 memory."
  std::vector<std::string> remarks;  // why, how to change it, the largest context
};
VerdictText verdict_text(const Outcome& outcome);

// The question in two lines: what runs where; how and how much.
std::string subject_line(const ModelFacts& facts);
std::string workload_line(const ModelFacts& facts);

struct SpeedRow {
  std::string what;
  FigureText figure;
  Estimate estimate{};
};
// Known figures only.
std::vector<SpeedRow> speed_rows(const Outcome& outcome);
// A decode rate against reading_speed: "faster than people read".
std::string reading_text(const Estimate& tokens_per_second);

// What spare replicas are worth, known figures only, and under which assumption.
std::vector<SpeedRow> redundancy_rows(const Outcome& outcome);
std::string redundancy_text(const ServiceRedundancy& redundancy);

// Whether anything is known of what it costs a month.
bool any_known(const MonthlyCosts& costs);
// "Busy all month with requests of this shape: 8.4 G tokens in, 2.1 G tokens out."
std::string monthly_load_text(const MonthlyCosts& costs);
// "purchase 285000, over 6 years 3960 a month; electricity 2160, upkeep 950"
std::string owning_text(const OwningCost& owning);
// "Owning has paid back against … after 12.1 months (8.4 … 20.0); probability 97 % that it ever
// does."
std::string payback_text(const Payback& payback);
// "37600 (31500 … 45000)"; "not known" where it is not.
std::string dollars_text(const std::optional<Estimate>& dollars);

// What the figures take for granted about the page cache; empty when everything is resident.
std::string cache_text(const Outcome& outcome);

// "With the profile of 2026-05-20, measured on AMD EPYC 9654, 96 cores: h200.yaml"
std::string profile_text(const ProfileUse& profile);
// What it made of a figure.
struct MovedText {
  std::string what;
  std::string value;   // "4.1 TB/s"
  std::string factor;  // over what it was: "0.97x"
  std::string known;   // "to 1.2 %, before to 9.8 %", with 90 % probability
};
MovedText moved_text(const MovedFigure& figure);

// The overrides that make a change, as options: "--set quantization=q3_k_m".
std::string set_options(const Change& change);

// Pools that hold the same are one line: "GPU 0-3 memory, each".
struct PoolGroup {
  std::string label;
  const PoolMemory* pool = nullptr;
  int count = 1;
};
std::vector<PoolGroup> fold_pools(const std::vector<PoolMemory>& pools);
// Largest first; what is below a hundredth of the memory in use is summed up. The sum of intervals
// is taken end by end, which is the widest it can be.
std::vector<MemoryItem> fold_items(const PoolMemory& pool);
// In the unit and to the place of the whole, so that a column of parts can be added up by eye.
FigureText part_text(const Estimate& part, const Estimate& whole);
// "12.3 GB of 24.0 GB usable", and what sets that limit.
std::string pool_use_text(const PoolMemory& pool);
std::string pool_limit_text(const PoolMemory& pool);

// "ethernet-5g, node 2 to switch (3 alike)"
std::string link_text(const LinkUse& use);
// "28.7 kB, 0.02 % busy"; "nothing" where the link carries nothing.
std::string load_text(Bytes bytes, double busy);
// "GPU of node 1 to GPU of node 2"
std::string route_text(const RouteUse& route);
// "140 us, 581 MB/s, by ethernet-5g node 1 to switch, …"
std::string path_text(const RouteUse& route);

// Largest first; what is below `smallest` or beyond the `most` first rows is summed up as "other".
std::vector<TimeShare> fold_shares(std::vector<TimeShare> shares, double smallest = 0.01,
                                   std::size_t most = 10);
Seconds total_time(const std::vector<TimeShare>& shares);

// What a change does to the decode rate, or to the throughput when it changes the batch: factor
// (empty when the scenario itself does not run) and new rate.
// One of the scenario's savings: what it does, and what is to be said of it.
struct SavingText {
  std::string what;   // "speculative decoding: MTP module, 1 token drafted, …"
  FigureText factor;  // "1.62x" with its interval
  std::vector<std::string> remarks;
};
SavingText saving_text(const SavingOutcome& saving);

struct ChangeText {
  std::string factor;
  FigureText rate;
  double effect = 0.0;  // that factor; 0: none
  Estimate estimate{};  // of that rate
  std::vector<std::string>
      remarks;      // "throughput 1190 token/s over the batch", "still does not fit"
  std::string set;  // "--set quantization=q3_k_m"
};
ChangeText change_text(const Change& change, const Outcome& outcome);

// Doubtful figures first, then by status; within one, figures of a source together.
struct SourceGroup {
  std::string source;
  std::vector<const Assumption*> figures;
};
struct AssumptionGroup {
  std::string title;
  bool doubtful = false;
  std::vector<SourceGroup> sources;
};
std::vector<AssumptionGroup> group_assumptions(const std::vector<Assumption>& assumptions);
std::string status_text(const Assumption& assumption);  // "claimed, low confidence"

}  // namespace plimsoll
