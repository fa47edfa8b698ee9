// What a fit found, laid over an entry; and which figures of an engine a fit may find.
#pragma once

#include <memory>
#include <string>

#include "catalog/device_spec.h"
#include "catalog/engine_spec.h"
#include "catalog/fit_spec.h"

namespace plimsoll {

// Calls visit(key, figure) for every figure of the backend that a fit may move, under the key that
// the cost model's parameters have after "llama.cpp/cuda:".
template <class Visit>
void visit_factors(BackendSpec& backend, Visit visit) {
  visit("gap", backend.gap);
  if (backend.prompt_gap) visit("prompt_gap", *backend.prompt_gap);
  visit("issue", backend.issue);
  visit("step_overhead", backend.step_overhead);
  for (auto& [family, figure] : backend.bandwidth) visit("bandwidth:" + family, figure);
  for (auto& [family, figure] : backend.core_weights_per_cycle)
    visit("core_weights_per_cycle:" + family, figure);
  if (backend.further_row) visit("further_row", *backend.further_row);
  if (backend.core_flop_per_cycle) visit("core_flop_per_cycle", *backend.core_flop_per_cycle);
  visit("expert_bandwidth", backend.expert_bandwidth);
  visit("attention_bandwidth", backend.attention_bandwidth);
  visit("vector_bandwidth", backend.vector_bandwidth);
  visit("packed_dot", backend.packed_dot);
  for (MatrixPath& path : backend.matrix) {
    visit("matrix:" + path.families.front(), path.efficiency);
    Figure<double> half_rows{.value = path.half_rows, .low = {}, .high = {}, .from = {}};
    visit("half_rows:" + path.families.front(), half_rows);
    path.half_rows = half_rows.value;
  }
  visit("expert_matrix", backend.expert_matrix);
  visit("attention_compute", backend.attention_compute);
  visit("attention_vector", backend.attention_vector);
}

// The figures of the engine's backends that the fit moved; they become `fitted`. The engine keeps
// the fit for the intervals. Backends that the fit does not name stay as they are.
void lay_over(const std::shared_ptr<const FitTable>& fit, EngineSpec& engine);

// What the device's units reach.
void lay_over(const FitTable& fit, DeviceSpec& device);

}  // namespace plimsoll
