// What a placement that streams keeps in memory: everything but the routed experts.
#pragma once

#include <cstdint>
#include <string>

#include "placement/placement.h"

namespace plimsoll {

// Why these weights cannot be read from the drive while the model runs; empty where they can.
std::string streamed_refusal(const PlacementRequest& request);

// The loads of `placement`, and the size of the engine's own cache of experts. Counted are dense
// weights (but not those that the page cache may drop for good reason: mapped ones of an engine
// that maps the experts, too), KV cache, buffers, two tokens' worth of one layer's experts as
// staging buffers (one being read while the other is used), the cache of experts, and other
// programs. Weights that the engine repacks at load never page, experts included.
void fill_streamed(const PlacementRequest& request, std::int64_t context, Placement& placement);

}  // namespace plimsoll
