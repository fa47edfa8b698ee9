#include <algorithm>
#include <initializer_list>

#include "base/contains.h"
#include "catalog/date_field.h"
#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

// Kernels may beat a roof that was measured with a worse kernel, but not by half.
auto efficiency() {
  return field::figure(1e-4, 1.5);
}

// The spread of a factor e^2 either way says "we do not know"; more is a mistake.
auto spread() {
  return field::figure(0.0, 2.0);
}

Tile read_tile(MapReader& reader) {
  const auto side = field::number(1.0, 1e4);
  return {.rows = reader.required("rows", side), .outputs = reader.required("outputs", side)};
}

PairwiseExperts read_pairwise_experts(MapReader& reader) {
  PairwiseExperts pairwise;
  pairwise.tokens = int_or(reader, "tokens", 1, 1 << 20, 0);
  pairwise.per_expert = reader.value_or("per_expert", field::number(1.0, 1e4), 0.0);
  return pairwise;
}

MatrixPath read_matrix_path(MapReader& reader) {
  MatrixPath path;
  path.families = reader.required("families", field::list_of(field::text()));
  path.precisions = reader.required("precisions", field::list_of(word_of<Precision>()));
  path.on_lanes = reader.value_or("on_lanes", field::list_of(word_of<Precision>()), {});
  path.efficiency = reader.required("efficiency", efficiency());
  path.half_rows = reader.required("half_rows", field::number(0.0, 1e5));
  path.rows_at_once = int_or(reader, "rows_at_once", 1, 1024, 1);
  path.tile = reader.optional("tile", field::object("tile", read_tile));
  require_some(reader, "families", path.families);
  require_some(reader, "precisions", path.precisions);
  return path;
}

ExpertKernels read_expert_kernels(MapReader& reader) {
  ExpertKernels kernels{
      .architectures = reader.required("architectures", field::list_of(field::text())),
      .families = reader.required("families", field::list_of(field::text())),
      .activation_apart = texts_or_none(reader, "activation_apart"),
      .choice_tokens = required_int(reader, "choice_tokens", 1, 1 << 20)};
  require_some(reader, "architectures", kernels.architectures);
  require_some(reader, "families", kernels.families);
  return kernels;
}

auto expert_kernels() {
  return field::object("expert kernels", read_expert_kernels);
}

void read_schedule(MapReader& reader, BackendSpec& backend) {
  backend.issue = reader.required("issue", time_figure());
  backend.captured_graph = reader.required("captured_graph", field::boolean());
  backend.gap = reader.required("gap", time_figure());
  backend.prompt_gap = reader.optional("prompt_gap", time_figure());
  backend.step_overhead = reader.required("step_overhead", time_figure());
  backend.fused = reader.value_or("fused", field::list_of(word_of<Fusion>()), {});
  backend.expert_kernels = reader.optional("expert_kernels", expert_kernels());
  backend.roofline_exponent = reader.value_or("roofline_exponent", field::number(1.0, 64.0), 8.0);
}

void read_efficiencies(MapReader& reader, BackendSpec& backend) {
  backend.bandwidth = as_map(reader.required("bandwidth", field::map_of(efficiency())));
  if (reader.has("bandwidth") && !backend.bandwidth.contains("default")) {
    reader.error("bandwidth", "missing-key", "no efficiency for kernel families not listed",
                 "default: {…}");
  }
  backend.expert_bandwidth = reader.required("expert_bandwidth", efficiency());
  backend.attention_bandwidth = reader.required("attention_bandwidth", efficiency());
  backend.vector_bandwidth = reader.required("vector_bandwidth", efficiency());
  backend.core_weights_per_cycle =
      as_map(reader.value_or("core_weights_per_cycle", field::map_of(field::figure(0.1, 1e3)), {}));
  if (!backend.core_weights_per_cycle.empty() &&
      !backend.core_weights_per_cycle.contains("default")) {
    reader.error("core_weights_per_cycle", "missing-key", "no limit for kernel families not listed",
                 "default: {…}");
  }
  backend.further_row = reader.optional("further_row", efficiency());
  if (auto packed = reader.optional("packed_dot", field::figure(0.01, 16.0)))
    backend.packed_dot = *packed;
  backend.core_flop_per_cycle = reader.optional("core_flop_per_cycle", field::figure(1.0, 1e5));
  backend.matrix_vector_rows = required_int(reader, "matrix_vector_rows", 0, 4096);
  backend.pairwise_experts = reader.value_or(
      "pairwise_experts", field::object("pairwise experts", read_pairwise_experts), {});
  backend.converts_activations = reader.value_or("converts_activations", field::boolean(), false);
  backend.on_lanes_of = reader.value_or("on_lanes_of", field::list_of(field::text()), {});
  backend.matrix =
      reader.required("matrix", field::list_of(field::object("matrix path", read_matrix_path)));
  require_some(reader, "matrix", backend.matrix);
  backend.attention_compute = reader.required("attention_compute", efficiency());
  if (auto reached = reader.optional("attention_vector", efficiency()))
    backend.attention_vector = *reached;
  backend.grouped_attention = reader.value_or("grouped_attention", field::boolean(), false);
  if (auto reached = reader.optional("expert_matrix", efficiency()))
    backend.expert_matrix = *reached;
}

BackendSpec read_backend(MapReader& reader) {
  BackendSpec backend;
  backend.id = reader.required("id", field::id());
  backend.names = texts_or_none(reader, "names");
  backend.unit = reader.required("unit", word_of<UnitKind>());
  read_schedule(reader, backend);
  read_efficiencies(reader, backend);
  backend.decode_spread = reader.required("decode_spread", spread());
  backend.prefill_spread = reader.required("prefill_spread", spread());
  backend.device_overhead =
      reader.required("device_overhead", field::figure(Bytes(0.0), sane::largest_memory));
  return backend;
}

void read_memory_habits(MapReader& reader, EngineSpec& engine) {
  engine.prefill_chunk = required_int(reader, "prefill_chunk", 1, 1 << 20);
  engine.prefill_batch = int_or(reader, "prefill_batch", 0, 1 << 20, 0);
  engine.context_granule = required_int(reader, "context_granule", 1, 1 << 20);
  engine.window_cache = reader.required("window_cache", field::boolean());
  engine.flash_attention = reader.required("flash_attention", field::boolean());
  engine.logits_for_all = reader.required("logits_for_all", field::boolean());
  engine.host_embedding = reader.value_or("host_embedding", field::boolean(), true);
  engine.offload_rows = int_or(reader, "offload_rows", 0, 1 << 20, 0);
  engine.offload_by_expert = reader.value_or("offload_by_expert", field::boolean(), false);
  engine.weight_upload = reader.optional("weight_upload", rate_figure());
  engine.max_batch = int_or(reader, "max_batch", 0, 1 << 20, 0);
  engine.memory_fraction = reader.optional("memory_fraction", field::fraction());
}

bool has_any(const std::vector<Parallelism>& list, std::initializer_list<Parallelism> wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](Parallelism each) { return contains(list, each); });
}

// Time that a way of spanning machines spends; who never spends it need not state it.
Figure<Seconds> overhead(MapReader& reader, std::string_view key, bool spent) {
  return spent ? reader.required(key, time_figure())
               : reader.optional(key, time_figure()).value_or(Figure<Seconds>{});
}

RemoteSpec read_remote(MapReader& reader) {
  RemoteSpec remote;
  remote.parallelism = reader.required("parallelism", field::list_of(word_of<Parallelism>()));
  remote.through_first = reader.value_or("through_first", field::boolean(), false);
  remote.first_machine_last = reader.value_or("first_machine_last", field::boolean(), false);
  remote.overlaps_chunks = reader.value_or("overlaps_chunks", field::boolean(), false);
  remote.hop_overhead = overhead(
      reader, "hop_overhead",
      has_any(remote.parallelism, {Parallelism::layer_split, Parallelism::pipeline_parallel}));
  remote.collective_overhead =
      overhead(reader, "collective_overhead",
               has_any(remote.parallelism, {Parallelism::row_split, Parallelism::tensor_parallel,
                                            Parallelism::expert_parallel}));
  remote.start_command = text_or_empty(reader, "start_command");
  require_some(reader, "parallelism", remote.parallelism);
  return remote;
}

void check_remote(MapReader& reader, const EngineSpec& engine) {
  if (!engine.remote) return;
  for (const Parallelism way : engine.remote->parallelism) {
    if (contains(engine.parallelism, way)) continue;
    reader.error("remote", "inconsistent",
                 "'" + std::string(word(way)) + "' spans machines and is not in 'parallelism'",
                 "parallelism: […, " + std::string(word(way)) + "]");
  }
}

// Its own, or those of another engine.
void read_backends(MapReader& reader, EngineSpec& engine, References& references) {
  engine.kernels_of = optional_reference(reader, "kernels_of", ReferenceKind::engine, references);
  const auto backends = field::list_of(field::object("backend", read_backend));
  const bool own = engine.kernels_of.empty();
  reader.in_case({.key = "kernels_of", .absent = true}, own,
                 [&] { engine.backends = reader.required("backends", backends); });
  if (own) {
    require_some(reader, "backends", engine.backends);
  } else if (reader.take("backends")) {
    reader.error("backends", "inconsistent",
                 "the backends are those of '" + engine.kernels_of + "'",
                 "either kernels_of or backends");
  }
}

// What says how borrowed kernels differ means nothing beside an engine's own.
void read_borrowing(MapReader& reader, EngineSpec& engine) {
  engine.borrowed_backends = reader.value_or("borrowed_backends", field::list_of(field::id()), {});
  engine.captured_graph = reader.optional("captured_graph", field::boolean());
  engine.fused = reader.optional("fused", field::list_of(word_of<Fusion>()));
  engine.expert_kernels = reader.optional("expert_kernels", expert_kernels());
  engine.decode_spread = reader.optional("decode_spread", spread());
  engine.prefill_spread = reader.optional("prefill_spread", spread());
  require_some(reader, "borrowed_backends", engine.borrowed_backends);
  if (!engine.kernels_of.empty()) return;
  for (const char* key : {"borrowed_backends", "captured_graph", "fused", "expert_kernels",
                          "decode_spread", "prefill_spread"})
    if (reader.has(key))
      reader.error(key, "inconsistent", "the engine has kernels of its own",
                   "with kernels_of, or inside a backend");
}

void check_backends(MapReader& reader, const EngineSpec& engine) {
  for (const BackendSpec& backend : engine.backends) {
    if (find_backend(engine, backend.id) == &backend) continue;
    reader.error("backends", "inconsistent", "two backends have the id '" + backend.id + "'",
                 "one description of each backend");
  }
}

// What an engine does that says nothing about serving.
ServingSpec one_after_another() {
  ServingSpec serving;
  serving.limits.emplace_back();
  return serving;
}

EngineEra read_era(MapReader& reader) {
  EngineEra era;
  era.before = reader.required("before", field::date());
  era.backends = reader.value_or("backends", field::list_of(field::id()), {});
  era.without_graphs = reader.value_or("without_graphs", field::list_of(field::id()), {});
  era.ungrouped = reader.value_or("ungrouped_attention", field::list_of(field::id()), {});
  era.converting = reader.value_or("converts_weights", field::list_of(field::id()), {});
  era.converts_above = int_or(reader, "converts_above", 1, 4096, 0);
  if (!era.converting.empty() && era.converts_above == 0)
    reader.error("converts_weights", "missing-key", "for more rows than how many is not said",
                 "converts_above: 64");
  era.split = reader.optional("split", word_of<Parallelism>());
  era.flash_attention = reader.optional("flash_attention", field::boolean());
  era.kernels.id = to_text(era.before);
  const auto relative = [&](const char* key, Figure<double>& figure) {
    figure = reader.optional(key, field::figure(0.01, 100.0)).value_or(figure);
  };
  relative("matrix", era.kernels.matrix);
  relative("experts", era.kernels.experts);
  relative("unpacking", era.kernels.unpacking);
  relative("unpacking_f16", era.kernels.unpacking_f16);
  relative("attention", era.kernels.attention);
  relative("gap", era.kernels.gap);
  era.source = reader.required("source", field::text());
  return era;
}

void check_eras(MapReader& reader, const EngineSpec& engine) {
  const auto later = [](const EngineEra& a, const EngineEra& b) { return a.before >= b.before; };
  if (std::adjacent_find(engine.eras.begin(), engine.eras.end(), later) != engine.eras.end())
    reader.error("eras", "inconsistent", "the eras do not follow one another", "earliest first");
}

SpeculationSpec read_speculation(MapReader& reader) {
  SpeculationSpec speculation;
  speculation.drafts = reader.required("drafts", field::list_of(word_of<DraftKind>()));
  speculation.one_step = reader.value_or("one_step", field::boolean(), false);
  speculation.source = reader.required("source", field::text());
  require_some(reader, "drafts", speculation.drafts);
  return speculation;
}

}  // namespace

void read_entry(MapReader& reader, EngineSpec& engine, References& references) {
  engine.version = reader.required("version", field::text());
  engine.weight_families = reader.required("weight_families", field::list_of(field::id()));
  engine.default_quantizations =
      required_references(reader, "default_quantizations", ReferenceKind::quantization, references);
  engine.kv_formats = required_references(reader, "kv_formats", ReferenceKind::format, references);
  engine.parallelism = reader.value_or("parallelism", field::list_of(word_of<Parallelism>()), {});
  read_memory_habits(reader, engine);
  engine.message_overhead = reader.required("message_overhead", time_figure());
  engine.collectives =
      reader.value_or("collectives", field::list_of(word_of<CollectiveAlgorithm>()),
                      {CollectiveAlgorithm::ring, CollectiveAlgorithm::direct});
  engine.direct_over_host = int_or(reader, "direct_over_host", 0, 1 << 16, 0);
  engine.activation_bits = reader.value_or("activation_bits", field::number(4.0, 32.0), 32.0);
  engine.expands_latent = reader.value_or("expands_latent", field::boolean(), false);
  engine.exchange_bits = reader.value_or("exchange_bits", field::number(1.0, 64.0), 16.0);
  engine.expert_exchange =
      reader.value_or("expert_exchange", word_of<ExpertExchange>(), ExpertExchange::gather);
  engine.remote = reader.optional("remote", field::object("remote", read_remote));
  engine.streaming = reader.optional("streaming", field::object("streaming", [&](MapReader& inner) {
                                       return read_streaming(inner, references);
                                     }));
  engine.speculative =
      reader.value_or("speculative", field::object("speculative", read_speculation), {});
  engine.serving =
      reader.value_or("serving", field::object("serving", read_serving), one_after_another());
  read_backends(reader, engine, references);
  read_borrowing(reader, engine);
  engine.eras = reader.value_or("eras", field::list_of(field::object("era", read_era)), {});
  check_eras(reader, engine);
  engine.releases = as_map(reader.value_or("releases", field::map_of(field::date()), {}));
  engine.on_request = reader.value_or("on_request", field::boolean(), false);
  engine.os = optional_references(reader, "os", ReferenceKind::os, references);
  require_some(reader, "os", engine.os);
  engine.start_command = text_or_empty(reader, "start_command");
  engine.source = reader.required("source", field::text());
  require_some(reader, "weight_families", engine.weight_families);
  require_some(reader, "kv_formats", engine.kv_formats);
  require_some(reader, "collectives", engine.collectives);
  check_remote(reader, engine);
  check_backends(reader, engine);
}

const BackendSpec* find_backend(const EngineSpec& engine, const std::string& id) {
  const auto found = std::find_if(engine.backends.begin(), engine.backends.end(),
                                  [&id](const BackendSpec& backend) { return backend.id == id; });
  return found == engine.backends.end() ? nullptr : &*found;
}

const EngineEra* era_of(const EngineSpec& engine, const Date& date, const std::string& backend) {
  const auto lists = [&backend](const EngineEra& era) { return contains(era.backends, backend); };
  const bool own = std::any_of(engine.eras.begin(), engine.eras.end(), lists);
  const auto found =
      std::find_if(engine.eras.begin(), engine.eras.end(), [&](const EngineEra& era) {
        return date < era.before && (own ? lists(era) : era.backends.empty());
      });
  return found == engine.eras.end() ? nullptr : &*found;
}

std::vector<BackendSpec> borrow_backends(const EngineSpec& engine, const EngineSpec& owner) {
  const std::vector<std::string>& wanted = engine.borrowed_backends;
  std::vector<BackendSpec> borrowed;
  for (BackendSpec backend : owner.backends) {
    if (!wanted.empty() && !contains(wanted, backend.id)) continue;
    backend.captured_graph = engine.captured_graph.value_or(backend.captured_graph);
    backend.fused = engine.fused.value_or(backend.fused);
    if (engine.expert_kernels) backend.expert_kernels = engine.expert_kernels;
    backend.decode_spread = engine.decode_spread.value_or(backend.decode_spread);
    backend.prefill_spread = engine.prefill_spread.value_or(backend.prefill_spread);
    borrowed.push_back(std::move(backend));
  }
  return borrowed;
}

const BackendSpec& profiled_on(const BackendSpec& backend, const ComputeUnitSpec& unit) {
  if (!unit.profiled) return backend;
  const auto found = backend.profiled.find(unit.profiled->part);
  return found == backend.profiled.end() ? backend : *found->second;
}

const Figure<double>* core_limit_of(const BackendSpec& backend, const std::string& kernel_family) {
  const auto& limits = backend.core_weights_per_cycle;
  if (limits.empty()) return nullptr;
  const auto found = limits.find(kernel_family);
  return found == limits.end() ? &limits.at("default") : &found->second;
}

const Figure<double>& bandwidth_of(const BackendSpec& backend, const std::string& kernel_family) {
  const auto found = backend.bandwidth.find(kernel_family);
  return found == backend.bandwidth.end() ? backend.bandwidth.at("default") : found->second;
}

}  // namespace plimsoll
