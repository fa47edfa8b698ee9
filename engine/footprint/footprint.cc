#include "footprint/footprint.h"

#include "footprint/recipe.h"
#include "footprint/tensors.h"

namespace plimsoll {
namespace {

void sum_by_layer(Footprint& result, std::size_t layers) {
  result.layer_weights.assign(layers, Bytes());
  result.layer_experts.assign(layers, Bytes());
  for (const Tensor& tensor : result.tensors) {
    result.weights += tensor.bytes;
    if (tensor.layer < 0) continue;
    const auto layer = static_cast<std::size_t>(tensor.layer);
    result.layer_weights[layer] += tensor.bytes;
    if (tensor.role == TensorRole::routed_experts) result.layer_experts[layer] += tensor.bytes;
  }
}

}  // namespace

void assign_formats(std::vector<Tensor>& tensors, const ModelSpec& model,
                    const QuantizationSpec& recipe, const QuantizeOptions& options,
                    Catalog& catalog, Diagnostics& diagnostics) {
  Recipe rules(recipe, model, options, catalog, diagnostics);
  if (!rules.valid()) return;
  for (Tensor& tensor : tensors) rules.apply(tensor);
}

Footprint footprint(const FootprintRequest& request, Catalog& catalog, Diagnostics& diagnostics) {
  const ModelSpec& model = *request.model;
  Footprint result;
  result.tensors = enumerate_tensors(model);
  result.parameters = count_parameters(result.tensors);
  assign_formats(result.tensors, model, *request.recipe, request.quantize, catalog, diagnostics);
  sum_by_layer(result, model.layers.size());
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
    result.layer_cache.push_back(cache_bytes(model, layer, request.cache));
    result.cache += result.layer_cache.back();
  }
  result.buffers =
      compute_buffers(model, *request.engine, request.cache.context, request.cache.sequences);
  return result;
}

Bytes weight_bytes(const ModelSpec& model, const QuantizationSpec& recipe,
                   const QuantizeOptions& options, Catalog& catalog, Diagnostics& diagnostics) {
  Recipe rules(recipe, model, options, catalog, diagnostics);
  Bytes sum;
  if (!rules.valid()) return sum;
  for (Tensor& tensor : enumerate_tensors(model, TensorNames::omitted)) {
    rules.apply(tensor);
    sum += tensor.bytes;
  }
  return sum;
}

}  // namespace plimsoll
