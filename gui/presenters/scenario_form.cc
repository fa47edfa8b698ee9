#include "presenters/scenario_form.h"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/words.h"
#include "presenters/scenario_fields.h"
#include "scenario/scenario_schema.h"

namespace plimsoll::gui {
namespace {

using Effective = std::string (*)(const Scenario&);

struct Trait {
  std::string_view name;
  FieldKind kind;
  FieldGroup group;
  const char* unit = "";
  // What a resolved scenario holds there; null: nothing when left open.
  Effective effective = nullptr;
};

std::string number(std::int64_t value) {
  return std::to_string(value);
}

template <class E>
std::string spelled(E value) {
  return std::string(word(value));
}

// Accelerators of the first machine, or what stands for them.
int accelerators_of(const Scenario& s) {
  int count = 0;
  for (const SystemPart& part : s.first_system().parts) count += part.count;
  return count;
}

std::int64_t most_layers(const Scenario& s) {
  return static_cast<std::int64_t>(s.model.layers.size());
}

template <auto Member>
std::string streamed(const Scenario& s) {
  if (!s.streaming) return {};
  const auto& value = (*s.streaming).*Member;
  if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>)
    return number(value);
  else
    return spelled(value);
}

using enum FieldKind;
using Group = FieldGroup;

const std::array<Trait, 49>& traits() {
  static const std::array<Trait, 49> table = {{
      {"model", name, Group::model},
      {"quantization", name, Group::model, "",
       [](const Scenario& s) { return s.quantization ? s.quantization->id : std::string(); }},
      {"system", name, Group::machines},
      {"system.count", count, Group::machines, "machines",
       [](const Scenario&) { return number(1); }},
      {"system.memory", bytes, Group::machines, "",
       [](const Scenario& s) { return print_exact(s.first_system().host.memory); }},
      {"system.os", name, Group::machines, "",
       [](const Scenario& s) { return s.first_system().os; }},
      {"system.link", name, Group::machines},
      {"system.topology", choice, Group::machines},
      {"system.accelerators", count, Group::advanced, "accelerators",
       [](const Scenario& s) { return number(accelerators_of(s)); }},
      {"system.raise_gpu_limit", flag, Group::machines, "",
       [](const Scenario&) { return std::string("false"); }},
      {"cluster", name, Group::machines},
      {"engine", name, Group::engine, "", [](const Scenario& s) { return s.engine->id; }},
      {"engine.backend", choice, Group::engine, "",
       [](const Scenario& s) { return s.backend->id; }},
      {"placement", choice, Group::engine, "",
       [](const Scenario&) { return std::string(to_text(PlacementStrategy::automatic)); }},
      {"placement.gpu_layers", count, Group::engine, "layers"},
      {"placement.cpu_expert_layers", count, Group::engine, "layers"},
      {"placement.tensor", count, Group::engine, "accelerators"},
      {"placement.nodes", count, Group::advanced, "machines",
       [](const Scenario& s) { return number(std::ssize(s.cluster.machines)); }},
      {"replicas", count, Group::advanced, "replicas", [](const Scenario&) { return number(1); }},
      {"spare", count, Group::advanced, "replicas", [](const Scenario&) { return number(0); }},
      {"workload.context", count, Group::work, "tokens",
       [](const Scenario& s) { return number(s.workload.context); }},
      {"workload.prompt", count, Group::work, "tokens",
       [](const Scenario& s) { return number(s.workload.prompt); }},
      {"workload.depth", count, Group::work, "tokens",
       [](const Scenario& s) { return number(s.workload.depth); }},
      {"workload.generate", count, Group::work, "tokens",
       [](const Scenario& s) { return number(s.workload.generate); }},
      {"workload.batch", count, Group::work, "sequences",
       [](const Scenario& s) { return number(s.workload.batch); }},
      {"workload.kv_format", choice, Group::work, "",
       [](const Scenario& s) { return s.kv_format->id; }},
      {"load.input_tokens_per_month", count, Group::advanced, "tokens a month"},
      {"load.output_tokens_per_month", count, Group::advanced, "tokens a month"},
      {"load.cached_tokens_per_month", count, Group::advanced, "tokens a month"},
      {"load.requests_per_month", count, Group::advanced, "requests a month"},
      {"experts_per_token", count, Group::advanced, "experts",
       [](const Scenario& s) {
         return s.model.moe ? number(s.model.moe->experts_per_token) : std::string();
       }},
      {"importance_matrix", flag, Group::model, "",
       [](const Scenario&) { return std::string("true"); }},
      {"streaming.access", choice, Group::streaming, "", streamed<&StreamingSetup::access>},
      {"streaming.threads", count, Group::streaming, "threads", streamed<&StreamingSetup::threads>},
      {"streaming.reads_per_expert", count, Group::streaming, "reads",
       streamed<&StreamingSetup::reads_per_expert>},
      {"streaming.page_cache", choice, Group::streaming, "", streamed<&StreamingSetup::page_cache>},
      {"streaming.cache.policy", choice, Group::streaming, "",
       streamed<&StreamingSetup::cache_policy>},
      {"streaming.cache.size", bytes, Group::streaming},
      {"streaming.cache.memory", choice, Group::streaming, "",
       streamed<&StreamingSetup::cache_memory>},
      {"streaming.dense_weights", choice, Group::streaming, "",
       streamed<&StreamingSetup::dense_weights>},
      {"streaming.start", choice, Group::streaming, "",
       [](const Scenario& s) {
         return s.streaming ? std::string(to_text(s.streaming->start)) : std::string();
       }},
      {"streaming.prefetch.predicts", choice, Group::streaming, "",
       [](const Scenario&) { return std::string(to_text(PrefetchKind::none)); }},
      {"streaming.prefetch.accuracy", share, Group::streaming},
      {"streaming.prefetch.before", choice, Group::streaming, "",
       [](const Scenario&) { return spelled(PrefetchSetup().issued_before); }},
      {"streaming.prefetch.hint", flag, Group::streaming, "",
       [](const Scenario& s) {
         const bool direct = s.streaming && s.streaming->access == ReadAccess::direct;
         return std::string(direct ? "false" : "true");
       }},
      {"streaming.other_memory", bytes, Group::streaming, "",
       [](const Scenario&) { return print_exact(Bytes()); }},
      {"streaming.extent", bytes, Group::streaming},
      {"streaming.routing", file, Group::streaming},
      {"streaming.seed", count, Group::streaming, "",
       [](const Scenario&) { return number(StreamingSetup().seed); }},
  }};
  return table;
}

// Of a path, in the schema of scenario files; null where it takes no bounds.
const FieldSchema* described(const Schema& schema, std::string_view path) {
  const std::size_t dot = path.find('.');
  const FieldSchema* field = schema.find(std::string(path.substr(0, dot)));
  if (!field || dot == std::string_view::npos) return field;
  const std::string_view rest = path.substr(dot + 1);
  for (const FieldSchema& alternative : field->alternatives)
    if (!alternative.fields.empty()) return described(alternative.fields.front(), rest);
  return field->fields.empty() ? nullptr : described(field->fields.front(), rest);
}

const Schema& schema() {
  static const Schema written_down = scenario_schema();
  return written_down;
}

template <class E>
std::vector<FieldChoice> choices_of(std::span<const E> values) {
  std::vector<FieldChoice> choices;
  for (const E value : values) choices.push_back({.value = spelled(value)});
  return choices;
}

std::vector<FieldChoice> choices_of(const std::vector<std::string>& words) {
  std::vector<FieldChoice> choices;
  for (const std::string& each : words) choices.push_back({.value = each});
  return choices;
}

// Whether the engine can place a model so; automatic always.
bool can_place(const EngineSpec& engine, PlacementStrategy strategy) {
  const auto has = [&](Parallelism how) {
    return contains(engine.parallelism, how) ||
           (engine.remote && contains(engine.remote->parallelism, how));
  };
  switch (strategy) {
    case PlacementStrategy::automatic:
    case PlacementStrategy::single:
    case PlacementStrategy::cpu:
      return true;
    case PlacementStrategy::layer_split:
      return has(Parallelism::layer_split);
    case PlacementStrategy::row_split:
      return has(Parallelism::row_split);
    case PlacementStrategy::tensor_parallel:
      return has(Parallelism::tensor_parallel);
    case PlacementStrategy::pipeline_parallel:
      return has(Parallelism::pipeline_parallel);
    case PlacementStrategy::expert_parallel:
      return has(Parallelism::expert_parallel);
    case PlacementStrategy::cpu_layers:
      return has(Parallelism::cpu_layers);
    case PlacementStrategy::cpu_experts:
      return has(Parallelism::cpu_experts);
    case PlacementStrategy::streamed:
      return engine.streaming.has_value();
  }
  return true;
}

std::vector<FieldChoice> placements(const Scenario& s) {
  std::vector<FieldChoice> choices;
  for (int i = 0; i <= static_cast<int>(PlacementStrategy::streamed); ++i) {
    const auto strategy = static_cast<PlacementStrategy>(i);
    if (can_place(*s.engine, strategy))
      choices.push_back({.value = std::string(to_text(strategy))});
  }
  return choices;
}

std::vector<FieldChoice> backends(const Scenario& s) {
  std::vector<FieldChoice> choices;
  for (const BackendSpec& backend : s.engine->backends) choices.push_back({.value = backend.id});
  return choices;
}

// Narrower than what files may hold; nothing: that is all.
std::optional<std::vector<FieldChoice>> narrowed_choices(std::string_view field,
                                                         const Scenario& s) {
  if (field == "engine.backend") return backends(s);
  if (field == "placement") return placements(s);
  if (field == "workload.kv_format") return choices_of(s.engine->kv_formats);
  if (!s.engine->streaming) return std::nullopt;
  if (field == "streaming.access")
    return choices_of(std::span<const ReadAccess>(s.engine->streaming->access));
  if (field == "streaming.cache.policy")
    return choices_of(std::span<const ReplacementKind>(s.engine->streaming->cache_policies));
  return std::nullopt;
}

// Of this model on these machines; nothing: only the file's own bounds.
std::optional<double> narrowed_most(std::string_view field, const Scenario& s) {
  const auto is = [field](std::string_view wanted) { return field == wanted; };
  const auto real = [](std::int64_t n) { return std::optional(static_cast<double>(n)); };
  if (is("workload.context") && s.model.max_context > 0) return real(s.model.max_context);
  if (is("workload.prompt") || is("workload.depth") || is("workload.generate"))
    return real(std::max<std::int64_t>(s.model.max_context, s.workload.context));
  if (is("workload.batch") && s.engine->max_batch > 0) return real(s.engine->max_batch);
  if (is("experts_per_token") && s.model.moe) return real(s.model.moe->experts);
  if (is("placement.gpu_layers") || is("placement.cpu_expert_layers")) return real(most_layers(s));
  if (is("placement.nodes") || is("replicas")) return real(std::ssize(s.cluster.machines));
  if (is("spare")) return real(s.replicas - 1);
  if (is("system.accelerators")) return real(std::max(1, accelerators_of(s)));
  return std::nullopt;
}

bool applies(std::string_view field, const Scenario& s) {
  const bool cluster = s.spec.cluster.has() || s.spec.own_cluster;
  const PlacementStrategy strategy = s.placement;
  if (field == "system.count" || field == "system.os") return !cluster;
  if (field == "system.memory") return !s.cluster.owned.empty();
  if (field == "system.link" || field == "system.topology")
    return !cluster && s.cluster.machines.size() > 1;
  if (field == "system.accelerators") return accelerators_of(s) > 1;
  if (field == "placement.gpu_layers") return strategy == PlacementStrategy::cpu_layers;
  if (field == "placement.cpu_expert_layers") return strategy == PlacementStrategy::cpu_experts;
  if (field == "placement.tensor") return strategy == PlacementStrategy::pipeline_parallel;
  if (field == "placement.nodes" || field == "replicas") return s.cluster.machines.size() > 1;
  if (field == "spare") return s.replicas > 1;
  if (field == "experts_per_token") return s.model.moe.has_value();
  if (!field.starts_with("streaming")) return true;
  if (!s.streaming) return false;
  if (field == "streaming.cache.size" || field == "streaming.cache.memory")
    return s.streaming->cache_policy != ReplacementKind::none;
  if (field == "streaming.prefetch.accuracy")
    return s.streaming->prefetch.kind == PrefetchKind::predictor;
  if (field == "streaming.prefetch.before" || field == "streaming.prefetch.hint")
    return s.streaming->prefetch.kind != PrefetchKind::none;
  return true;
}

// Says something about some scenarios only: not shown before it is known of which.
bool is_particular(std::string_view field) {
  static constexpr std::array<std::string_view, 11> particular = {"system.memory",
                                                                  "system.link",
                                                                  "system.topology",
                                                                  "system.accelerators",
                                                                  "placement.gpu_layers",
                                                                  "placement.cpu_expert_layers",
                                                                  "placement.tensor",
                                                                  "placement.nodes",
                                                                  "replicas",
                                                                  "spare",
                                                                  "experts_per_token"};
  return field.starts_with("streaming") || contains(particular, field);
}

// Of a link between machines, or null.
const LinkSpec* first_link(const Scenario& s) {
  return s.cluster.wires.empty() ? nullptr : s.cluster.wires.front().link;
}

// The citation behind the entry that the field names.
std::string source_of(std::string_view field, const Scenario& s, Catalog& catalog) {
  if (field == "model") return catalog.citation(s.model.source);
  if (field == "quantization" && s.quantization) return catalog.citation(s.quantization->source);
  if (field == "engine") return catalog.citation(s.engine->source);
  const LinkSpec* link = first_link(s);
  if (field == "system.link" && link) return catalog.citation(link->reached.from.source);
  const SystemSpec& system = s.first_system();
  Diagnostics ignored;
  const OsSpec* os = catalog.os(system.os, system.place, ignored);
  if (field == "system.os" && os) return catalog.citation(os->reserved.from.source);
  if ((field != "system" && field != "cluster") || system.parts.empty()) return {};
  const DeviceSpec* device = catalog.device(system.parts.front().device, system.place, ignored);
  return device ? catalog.citation(device->memory.bandwidth.from.source) : std::string();
}

std::string text_of(const Diagnostic& problem) {
  std::string text = problem.message;
  if (!problem.expected.empty()) text += "; expected " + problem.expected;
  if (!problem.suggestion.empty()) text += "; did you mean '" + problem.suggestion + "'?";
  return text;
}

// So that what is said of a field names it, wherever the scenario came from.
ScenarioSpec with_own_places(ScenarioSpec spec) {
  for_each_field(spec, [](std::string_view field, auto& given) {
    given.place = {.file = std::string(field)};
  });
  return spec;
}

class FormMaker {
 public:
  FormMaker(const ScenarioSpec& spec, Catalog& catalog, const ScenarioForm& before)
      : spec_(with_own_places(spec)), catalog_(catalog), before_(before) {}

  ScenarioForm run() {
    Diagnostics problems;
    resolved_ = resolve(spec_, catalog_, problems);
    form_.resolved = resolved_.has_value();
    form_.own_cluster = spec_.own_cluster != nullptr;
    for (const std::string& each : field_names()) form_.fields.push_back(field(each));
    for (const Diagnostic& problem : problems.sorted()) add(problem);
    return std::move(form_);
  }

 private:
  FieldState field(const std::string& each) {
    const auto found = std::find_if(traits().begin(), traits().end(),
                                    [&](const Trait& trait) { return trait.name == each; });
    if (found == traits().end()) throw std::logic_error("no trait of field " + each);
    FieldState state{.name = each, .kind = found->kind, .group = found->group};
    state.unit = found->unit;
    state.given = field_text(spec_, each);
    bound(state);
    if (resolved_)
      describe(*found, state);
    else
      remember(state);
    return state;
  }

  static void bound(FieldState& state) {
    const FieldSchema* in_file = described(schema(), state.name);
    if (!in_file) return;
    state.least = in_file->minimum;
    state.most = in_file->maximum;
    if (state.kind == choice) state.choices = choices_of(in_file->values);
    for (const FieldSchema& alternative : in_file->alternatives)
      if (state.kind == choice && !alternative.values.empty())
        state.choices = choices_of(alternative.values);
  }

  void remember(FieldState& state) const {
    state.applies = !is_particular(state.name);
    for (const FieldState& known : before_.fields) {
      if (known.name != state.name) continue;
      state.applies = known.applies;
      state.usual = known.usual;
      state.why = known.why;
      state.least = known.least;
      state.most = known.most;
      state.choices = known.choices;
    }
  }

  void describe(const Trait& trait, FieldState& state) {
    const Scenario& s = *resolved_;
    state.applies = applies(state.name, s);
    state.source = source_of(state.name, s, catalog_);
    if (const auto most = narrowed_most(state.name, s)) state.most = most;
    if (auto choices = narrowed_choices(state.name, s)) state.choices = std::move(*choices);
    // A question without a model or machines is none.
    if (state.name == "model" || state.name == "system" || state.name == "cluster") return;
    if (!state.given) {
      usual(trait, s, state);
    } else if (const std::optional<Scenario> open = left_open(state.name)) {
      usual(trait, *open, state);
    }
  }

  std::optional<Scenario> left_open(const std::string& field) {
    ScenarioSpec open = spec_;
    set_field(open, field, std::nullopt);
    Diagnostics ignored;
    return resolve(open, catalog_, ignored);
  }

  static void usual(const Trait& trait, const Scenario& s, FieldState& state) {
    if (trait.effective) state.usual = trait.effective(s);
    // Some defaults are told by the name of the section alone, others in words ("20 %").
    for (const ChosenDefault& chosen : s.defaults) {
      if (chosen.field != state.name) continue;
      state.why = chosen.why;
      if (!trait.effective) state.usual = chosen.value;
    }
  }

  // At its field, or at the field whose absence it is about.
  void add(const Diagnostic& problem) {
    const auto found =
        std::find_if(form_.fields.begin(), form_.fields.end(),
                     [&](const FieldState& state) { return state.name == problem.place.file; });
    (found == form_.fields.end() ? form_.problems : found->problems)
        .push_back({.text = text_of(problem), .refused = problem.severity == Severity::error});
  }

  ScenarioSpec spec_;
  Catalog& catalog_;
  const ScenarioForm& before_;
  std::optional<Scenario> resolved_;
  ScenarioForm form_;
};

}  // namespace

const FieldState& ScenarioForm::field(std::string_view wanted) const {
  for (const FieldState& state : fields)
    if (state.name == wanted) return state;
  throw std::out_of_range("no field " + std::string(wanted));
}

ScenarioForm scenario_form(const ScenarioSpec& spec, Catalog& catalog, const ScenarioForm& before) {
  return FormMaker(spec, catalog, before).run();
}

}  // namespace plimsoll::gui
