// What a plan says, before it is text or Markdown: sentences and printed figures that both printers
// share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"
#include "report/report_content.h"

namespace plimsoll {

// "Qwen3 30B A3B: 13 plans that nothing beats, of 260,625 candidates".
std::string plan_headline(const PlanResult& result);
// "Asked: at least 20 token/s, 4 users at once, for at most 3,000 USD." With defaults named.
std::string requirement_text(const PlanResult& result);
// Where the candidates went, largest part first.
std::string counts_text(const PlanCounts& counts);

// "2x (4x Framework Desktop 128 GB over 5 Gbit/s Ethernet) + 1 spare".
std::string machines_text(const MachineSet& machines);
std::string engine_text(const PlannedMachine& plan);  // "llama.cpp (cuda)"
std::string plan_price_text(const PlannedMachine& plan, Acquisition acquisition);
std::string plan_power_text(const PlanPower& power);  // "136 W", "at most 200 W", "unknown"
std::string dollars_text(double dollars);             // "2,459 USD"
std::string chance_text(double probability);          // "97 %", "> 99 %"
// "speed 97 %, memory > 99 %".
std::string chances_text(const PlannedMachine& plan);
// The least of them: the chance that no single requirement is missed by more than its interval.
double least_chance(const PlannedMachine& plan);
// What has to be known beside the figures: a raised limit, few bits, machines owned already.
std::vector<std::string> plan_remarks(const PlannedMachine& plan);
// Where each price comes from and of when it is.
std::vector<std::string> price_sources(const PlannedMachine& plan);

// Why `plan` was preferred to the runner-up, or why that one is no choice, with numbers.
std::string runner_up_text(const FrontPlan& plan, const PlanResult& result);
// "budget: 1,000 USD to 1,139 USD (+14 %): Framework Desktop 32 GB, Q6_K, 56.7 token/s".
std::string relaxation_text(const Relaxation& relaxation);
std::string nearest_miss_text(const PlanResult& result);  // empty where something meets it
std::string undecided_text(const PlannedMachine& plan, Acquisition acquisition);

// Indices of at most `most` plans that represent the front: the best in each respect, then those
// farthest from all taken so far in price and speed. In the order of the front.
std::vector<std::size_t> representatives(const std::vector<const PlannedMachine*>& plans,
                                         std::size_t most);
std::vector<const PlannedMachine*> plans_of(const std::vector<FrontPlan>& front);
std::vector<const PlannedMachine*> plans_of(const std::vector<PlannedMachine>& plans);

}  // namespace plimsoll
