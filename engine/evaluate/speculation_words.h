// How engines are told on their command lines what to draft with.
#pragma once

#include <string>

#include "scenario/scenario.h"

namespace plimsoll {

// Each begins with a blank, or is empty where the scenario does not speculate. Flags as in the
// sources of the engines' key `speculative`; EAGLE-HEAD stands for a file that has no fixed name.
std::string llama_speculation(const Scenario& scenario);
std::string vllm_speculation(const Scenario& scenario);
std::string sglang_speculation(const Scenario& scenario);
std::string mlx_speculation(const Scenario& scenario);

}  // namespace plimsoll
