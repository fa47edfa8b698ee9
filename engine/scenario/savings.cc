#include "scenario/savings.h"

#include <cmath>

namespace plimsoll {

ModelSpec drafting_module(const ModelSpec& model, bool dense) {
  ModelSpec module = model;
  const LayerFfn ffn = dense ? LayerFfn::dense : model.layers.back().ffn;
  const bool compressed = model.attention.kind == AttentionKind::compressed;
  module.layers = {
      {.attention = compressed ? LayerAttention::windowed : LayerAttention::full, .ffn = ffn}};
  module.mtp_layers = 0;
  module.joined_inputs = 2;
  module.routing.reset();
  module.published_parameters.reset();
  if (ffn == LayerFfn::dense) module.moe.reset();
  return module;
}

bool routes_tokens(const DepthSetup& depths, int layer) {
  return std::floor((layer + 1) * depths.layers) > std::floor(layer * depths.layers);
}

double cached_share(const SavingsSetup& savings, int layer) {
  const bool skipped = savings.depths && routes_tokens(*savings.depths, layer);
  return skipped ? 1.0 - savings.depths->skip.value : 1.0;
}

}  // namespace plimsoll
