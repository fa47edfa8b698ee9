// The fields of a scenario by the names that files and `--set` call them. Without Qt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.h"

namespace plimsoll::gui {

// Calls visit("workload.context", spec.context) and so on, in the order of a file.
template <class Spec, class Visit>
void for_each_field(Spec& spec, Visit visit) {
  visit("model", spec.model);
  visit("quantization", spec.quantization);
  visit("system", spec.system);
  visit("system.count", spec.count);
  visit("system.memory", spec.memory);
  visit("system.os", spec.os);
  visit("system.link", spec.link);
  visit("system.topology", spec.topology);
  visit("system.accelerators", spec.accelerators);
  visit("system.raise_gpu_limit", spec.raise_gpu_limit);
  visit("cluster", spec.cluster);
  visit("engine", spec.engine);
  visit("engine.backend", spec.backend);
  visit("placement", spec.placement);
  visit("placement.gpu_layers", spec.gpu_layers);
  visit("placement.cpu_expert_layers", spec.cpu_expert_layers);
  visit("placement.tensor", spec.tensor);
  visit("placement.nodes", spec.nodes);
  visit("replicas", spec.replicas);
  visit("spare", spec.spare);
  visit("workload.context", spec.context);
  visit("workload.prompt", spec.prompt);
  visit("workload.depth", spec.depth);
  visit("workload.generate", spec.generate);
  visit("workload.batch", spec.batch);
  visit("workload.kv_format", spec.kv_format);
  visit("load.input_tokens_per_month", spec.monthly_input);
  visit("load.output_tokens_per_month", spec.monthly_output);
  visit("load.cached_tokens_per_month", spec.monthly_cached);
  visit("load.requests_per_month", spec.monthly_requests);
  visit("experts_per_token", spec.experts_per_token);
  visit("importance_matrix", spec.importance_matrix);
  visit("streaming.access", spec.streaming.access);
  visit("streaming.threads", spec.streaming.threads);
  visit("streaming.reads_per_expert", spec.streaming.reads_per_expert);
  visit("streaming.page_cache", spec.streaming.page_cache);
  visit("streaming.cache.policy", spec.streaming.cache_policy);
  visit("streaming.cache.size", spec.streaming.cache_size);
  visit("streaming.cache.memory", spec.streaming.cache_memory);
  visit("streaming.dense_weights", spec.streaming.dense_weights);
  visit("streaming.start", spec.streaming.start);
  visit("streaming.prefetch.predicts", spec.streaming.prefetch);
  visit("streaming.prefetch.accuracy", spec.streaming.prefetch_accuracy);
  visit("streaming.prefetch.before", spec.streaming.prefetch_before);
  visit("streaming.prefetch.hint", spec.streaming.prefetch_hint);
  visit("streaming.other_memory", spec.streaming.other_memory);
  visit("streaming.extent", spec.streaming.extent);
  visit("streaming.routing", spec.streaming.routing_trace);
  visit("streaming.seed", spec.streaming.seed);
}

// All of them, in that order.
std::vector<std::string> field_names();

// The value as a file holds it, in every locale ("32768", "24 GiB", "true"); nothing where the
// scenario leaves it open.
std::optional<std::string> field_text(const ScenarioSpec& spec, std::string_view name);

// Gives the field the value of that text, or leaves it open again. As with `--set`, a system takes
// the place of a cluster, and the other way round. False, and the scenario as it was, where the
// text is no value of the field's kind. Bounds are resolve()'s business.
bool set_field(ScenarioSpec& spec, std::string_view name, const std::optional<std::string>& text);

// Fields that were set in the window have no place in a file: their messages then name the field.
ScenarioSpec with_field_places(ScenarioSpec spec);

// The field that stands at the place, or that with_field_places() put there; empty: none.
std::string field_at(const ScenarioSpec& spec, const SourcePlace& place);

}  // namespace plimsoll::gui
