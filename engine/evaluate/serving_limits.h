// What a server is started with: how many sequences and tokens a step holds, and how many KV blocks
// the memory left over makes, as the engine derives them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluate/prepared.h"
#include "serving/serving.h"

namespace plimsoll {

struct ServerSetup {
  serving::Limits limits;
  std::int64_t cache_tokens = 0;  // that the blocks hold, of all sequences
  // What nobody said and was chosen, for the list of assumptions.
  std::vector<ChosenDefault> chosen;
};

// Of one replica, which `clients` of a closed loop use (0: another kind of load). `prepared` fits
// and its scenario is served.
ServerSetup server_setup(const Prepared& prepared, int clients);

}  // namespace plimsoll
