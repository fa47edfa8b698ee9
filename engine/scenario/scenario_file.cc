// Scenario files, options and their written form.

#include <algorithm>
#include <array>
#include <cctype>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/cluster_reader.h"
#include "catalog/date_field.h"
#include "catalog/words.h"
#include "config/document.h"
#include "config/map_reader.h"
#include "config/overrides.h"
#include "scenario/given_reader.h"
#include "scenario/load_section.h"
#include "scenario/savings_section.h"
#include "scenario/scenario.h"
#include "scenario/scenario_edit.h"
#include "scenario/scenario_schema.h"
#include "scenario/streaming_section.h"
#include "scenario/yaml_writer.h"

namespace plimsoll {

namespace {

using Strategy = PlacementStrategy;
constexpr std::array<field::Word<Strategy>, 11> strategy_words = {{
    {"auto", Strategy::automatic},
    {"single", Strategy::single},
    {"cpu", Strategy::cpu},
    {"layer_split", Strategy::layer_split},
    {"row_split", Strategy::row_split},
    {"tensor_parallel", Strategy::tensor_parallel},
    {"pipeline_parallel", Strategy::pipeline_parallel},
    {"expert_parallel", Strategy::expert_parallel},
    {"cpu_layers", Strategy::cpu_layers},
    {"cpu_experts", Strategy::cpu_experts},
    {"streamed", Strategy::streamed},
}};

// No real scenario comes near these; they catch slipped digits.
constexpr std::int64_t most_tokens = 1'000'000'000;
constexpr std::int64_t most_sequences = 1'000'000;
constexpr std::int64_t most_machines = 10'000;
constexpr std::int64_t most_layers = 100'000;
constexpr std::int64_t most_tokens_per_month = 1'000'000'000'000'000;

// A map whose keys go into the scenario itself.
template <class Read>
auto section(const char* what, Read read) {
  return field::object(what, [read](MapReader& reader) {
    read(reader);
    return 0;
  });
}

// What holds for every machine, however they are named.
void read_machine_settings(MapReader& reader, ScenarioSpec& spec) {
  take_int(reader, "accelerators", 1, most_machines, spec.accelerators);
  take(reader, "raise_gpu_limit", field::boolean(), spec.raise_gpu_limit);
}

// Fills in what "4x ID over LINK in a TOPOLOGY" says.
void read_machines(MapReader& reader, ScenarioSpec& spec) {
  const auto machines = section("system", [&](MapReader& inner) {
    if (!inner.has("id")) inner.required("id", field::text());
    take(inner, "id", field::text(), spec.system);
    take_int(inner, "count", 1, most_machines, spec.count);
    take(inner, "memory", field::quantity<Bytes>(Bound::positive), spec.memory);
    take(inner, "host", field::text(), spec.host);
    take_int(inner, "sockets", 1, most_machines, spec.sockets);
    take(inner, "device_link", field::text(), spec.device_link);
    take(inner, "power_limit", field::quantity<Watts>(Bound::positive), spec.power_limit);
    take(inner, "os", field::text(), spec.os);
    take(inner, "link", field::text(), spec.link);
    take(inner, "topology", field::enumeration(words_of<Topology>()), spec.topology);
    read_machine_settings(inner, spec);
  });
  const Node* node = reader.take("system", field::either(field::text(), machines));
  if (!node) return;
  if (node->kind() == NodeKind::map) {
    machines.read(*node, {"key 'system'", reader.diagnostics()});
    return;
  }
  // Short forms that can be understood have become maps before.
  const std::string text = field::text().read(*node, {"key 'system'", reader.diagnostics()});
  if (node->kind() == NodeKind::scalar)
    reader.error(
        "system", "bad-machines", "'" + text + "' names no machines",
        "'ID', '4x ID', '4x ID over LINK' or '4x ID over LINK in a ring', with at least one "
        "machine");
}

std::shared_ptr<const ClusterSpec> read_own_cluster(MapReader& reader) {
  ClusterSpec graph;
  graph.name = reader.value_or("name", field::text(), {});
  read_cluster_graph(reader, graph);
  return std::make_shared<const ClusterSpec>(std::move(graph));
}

// The name of one, or its graph.
void read_cluster(MapReader& reader, ScenarioSpec& spec) {
  const auto cluster = section("cluster", [&](MapReader& inner) {
    spec.cluster.place = inner.place();
    const bool own = inner.has("nodes");
    inner.in_case({.key = "nodes"}, own, [&] { spec.own_cluster = read_own_cluster(inner); });
    inner.in_case({.key = "nodes", .absent = true}, !own, [&] {
      spec.cluster.value = inner.required("id", field::text());
      spec.cluster.place = inner.place_of("id");
    });
    read_machine_settings(inner, spec);
  });
  const Node* node = reader.take("cluster", field::either(field::text(), cluster));
  if (!node) return;
  cluster.read(*node, {"key 'cluster'", reader.diagnostics()});
  if (reader.has("system"))
    reader.error("cluster", "inconsistent", "the scenario names both a system and a cluster",
                 "one of them");
}

void read_engine(MapReader& reader, ScenarioSpec& spec) {
  const auto engine = section("engine", [&](MapReader& inner) {
    take(inner, "id", field::text(), spec.engine);
    take(inner, "backend", field::text(), spec.backend);
    take(inner, "date", field::date(), spec.engine_date);
    take(inner, "flash_attention", field::boolean(), spec.flash_attention);
    take_int(inner, "prefill_chunk", 1, most_sequences, spec.prefill_chunk);
  });
  read_text_or_map(reader, "engine", field::text(), engine);
}

void read_placement(MapReader& reader, ScenarioSpec& spec) {
  const auto strategy = field::enumeration(strategy_words);
  const auto placement = section("placement", [&](MapReader& inner) {
    take(inner, "strategy", strategy, spec.placement);
    take_int(inner, "gpu_layers", 0, most_layers, spec.gpu_layers);
    take_int(inner, "cpu_expert_layers", 0, most_layers, spec.cpu_expert_layers);
    take_int(inner, "tensor", 1, most_machines, spec.tensor);
    take_int(inner, "nodes", 1, most_machines, spec.nodes);
  });
  read_text_or_map(reader, "placement", strategy, placement);
}

void read_workload(MapReader& reader, ScenarioSpec& spec) {
  const auto workload = section("workload", [&](MapReader& inner) {
    take(inner, "context", field::integer(1, most_tokens), spec.context);
    take(inner, "prompt", field::integer(1, most_tokens), spec.prompt);
    take(inner, "depth", field::integer(0, most_tokens), spec.depth);
    take(inner, "generate", field::integer(1, most_tokens), spec.generate);
    take_int(inner, "batch", 1, most_sequences, spec.batch);
    take(inner, "kv_format", field::text(), spec.kv_format);
  });
  reader.optional("workload", workload);
}

// What is asked in a month, and how requests come.
void read_load(MapReader& reader, ScenarioSpec& spec) {
  const auto load = section("load", [&](MapReader& inner) {
    const auto tokens = field::integer(0, most_tokens_per_month);
    take(inner, "input_tokens_per_month", tokens, spec.monthly_input);
    take(inner, "output_tokens_per_month", tokens, spec.monthly_output);
    take(inner, "cached_tokens_per_month", tokens, spec.monthly_cached);
    take(inner, "requests_per_month", tokens, spec.monthly_requests);
    read_load_section(inner, spec.load);
  });
  const Node* node = reader.take("load", field::either(field::text(), load));
  if (!node) return;
  // Short forms that can be understood have become maps before.
  if (node->kind() != NodeKind::scalar)
    load.read(*node, {"key 'load'", reader.diagnostics()});
  else
    reader.error("load", "bad-load", in_quotes(node->text()) + " is no load",
                 "closed:CLIENTS, all, poisson:RATE, bursty:RATE:BURSTINESS, trace:FILE or a map");
}

ScenarioSpec read_spec(const Node& root, bool from_file, Diagnostics& diagnostics,
                       Schema* schema = nullptr) {
  const auto read = [&](MapReader& reader) {
    ScenarioSpec spec;
    const auto word = field::constant("scenario");
    const std::string kind =
        from_file ? reader.required("kind", word) : reader.value_or("kind", word, "scenario");
    if (reader.has("kind") && kind != "scenario")
      reader.error("kind", "wrong-kind-of-file", "this is a '" + kind + "', not a scenario",
                   "kind: scenario");
    spec.name = reader.value_or("name", field::text(), {});
    spec.description = reader.value_or("description", field::text(), {});
    spec.claimed = reader.value_or("claimed", field::boolean(), false);
    spec.published_by = reader.value_or("published", field::list_of(field::text()), {});
    take(reader, "model", field::text(), spec.model);
    take(reader, "quantization", field::text(), spec.quantization);
    read_machines(reader, spec);
    read_cluster(reader, spec);
    read_engine(reader, spec);
    read_placement(reader, spec);
    take_int(reader, "replicas", 1, most_machines, spec.replicas);
    take_int(reader, "spare", 0, most_machines, spec.spare);
    read_workload(reader, spec);
    read_load(reader, spec);
    take_int(reader, "experts_per_token", 1, most_layers, spec.experts_per_token);
    take(reader, "importance_matrix", field::boolean(), spec.importance_matrix);
    read_streaming_section(reader, spec.streaming);
    read_savings_section(reader, spec.savings);
    return spec;
  };
  return read_map(root, "scenario", diagnostics, read, schema);
}

// A key with a text as it stands in the short form at `place`.
MapEntry part(const char* key, std::string text, const NodePlace& place) {
  return {.key = key, .key_place = place, .value = Node::scalar(std::move(text), false, place)};
}

// "4x ID over LINK in a RING" as {id, count, link, topology}; what names no machines stays as it
// is.
Node long_form_of_system(const Node& node) {
  const std::optional<MachineText> machines = parse_machines(node.text());
  if (!machines) return node;
  const NodePlace& place = node.node_place();
  std::vector<MapEntry> entries{part("id", machines->system, place),
                                part("count", std::to_string(machines->count), place)};
  if (!machines->link.empty()) entries.push_back(part("link", machines->link, place));
  if (machines->topology)
    entries.push_back(part("topology", std::string(word(*machines->topology)), place));
  return Node::map(std::move(entries), place);
}

// "ID:BACKEND" as {id, backend}; either may be left out.
Node long_form_of_engine(const Node& node) {
  const NodePlace& place = node.node_place();
  const std::string& text = node.text();
  const std::size_t cut = text.find_first_of(":/");
  std::vector<MapEntry> entries;
  if (cut != 0 && !text.empty()) entries.push_back(part("id", text.substr(0, cut), place));
  if (cut != std::string::npos) entries.push_back(part("backend", text.substr(cut + 1), place));
  return Node::map(std::move(entries), place);
}

Node long_form(const char* key, const Node& node) {
  return Node::map({part(key, node.text(), node.node_place())}, node.node_place());
}

// Short forms become maps, so that an override of one part (system.accelerators=1) finds the
// others.
Node with_long_forms(const Node& root) {
  if (root.kind() != NodeKind::map) return root;
  std::vector<MapEntry> entries = root.entries();
  for (MapEntry& entry : entries) {
    if (entry.key == "load") entry.value = long_form_of_load(entry.value);
    if (entry.value.kind() != NodeKind::scalar) continue;
    if (entry.key == "system") entry.value = long_form_of_system(entry.value);
    if (entry.key == "engine") entry.value = long_form_of_engine(entry.value);
    if (entry.key == "placement") entry.value = long_form("strategy", entry.value);
    if (entry.key == "cluster") entry.value = long_form("id", entry.value);
  }
  return Node::map(std::move(entries), root.node_place());
}

template <class Change>
Node with_changed(const Node& root, std::string_view key, Change change) {
  if (root.kind() != NodeKind::map) return root;
  std::vector<MapEntry> entries = root.entries();
  for (MapEntry& entry : entries)
    if (entry.key == key) entry.value = change(entry.value);
  return Node::map(std::move(entries), root.node_place());
}

// A system given on the command line takes the place of a file's cluster, and the other way round;
// so does one kind of arrivals of another.
Node without_replaced(const Node& root, std::string_view assignment) {
  const std::string_view key = assignment.substr(0, assignment.find('='));
  if (key == "load.arrivals") return with_changed(root, "load", without_arrivals);
  const std::string_view replaced = key == "system"    ? "cluster"
                                    : key == "cluster" ? "system"
                                                       : std::string_view();
  if (replaced.empty() || root.kind() != NodeKind::map) return root;
  std::vector<MapEntry> entries = root.entries();
  std::erase_if(entries, [&](const MapEntry& entry) { return entry.key == replaced; });
  return Node::map(std::move(entries), root.node_place());
}

Node with_overrides(Node root, const std::vector<std::string>& overrides,
                    Diagnostics& diagnostics) {
  root = with_long_forms(root);
  for (const std::string& assignment : overrides)
    root = with_long_forms(
        apply_override(without_replaced(root, assignment), assignment, diagnostics));
  return root;
}

ScenarioSpec finish(Node root, const std::vector<std::string>& overrides, bool from_file,
                    Diagnostics& diagnostics) {
  root = with_overrides(std::move(root), overrides, diagnostics);
  ScenarioSpec spec = read_spec(root, from_file, diagnostics);
  throw_if_errors(diagnostics);
  if (!spec.published_by.empty()) {
    ScenarioSpec published =
        read_spec(with_overrides(root, spec.published_by, diagnostics), from_file, diagnostics);
    throw_if_errors(diagnostics);
    published.claimed = false;
    published.published_by.clear();
    spec.published = std::make_shared<const ScenarioSpec>(std::move(published));
  }
  return spec;
}

bool is_workload_key(std::string_view key) {
  static constexpr std::array<std::string_view, 6> keys = {"context",  "prompt", "depth",
                                                           "generate", "batch",  "kv_format"};
  return contains(keys, key);
}

// Of the section `streaming`; app_cache is its cache.size.
bool is_streaming_key(std::string_view key) {
  static constexpr std::array<std::string_view, 4> keys = {"access", "read_threads", "app_cache",
                                                           "routing"};
  return contains(keys, key);
}

// "app_cache" -> "app-cache", as on the command line.
std::string streaming_option(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return key;
}

MapEntry streaming_entry(MapEntry entry) {
  if (entry.key == "read_threads") entry.key = "threads";
  if (entry.key != "app_cache") return entry;
  const NodePlace place = entry.key_place;
  entry.key = "size";
  return {.key = "cache", .key_place = place, .value = Node::map({std::move(entry)}, place)};
}

// Takes " in a ring" off the end of a text.
std::optional<Topology> take_topology(std::string_view& text) {
  for (const auto& [spelling, topology] : words_of<Topology>()) {
    const std::string ending = " in a " + std::string(spelling);
    if (!text.ends_with(ending)) continue;
    text.remove_suffix(ending.size());
    return topology;
  }
  return std::nullopt;
}

}  // namespace

Schema scenario_schema() {
  Schema schema;
  Diagnostics silent;
  read_spec(Node(), true, silent, &schema);
  return schema;
}

std::string_view to_text(PlacementStrategy strategy) {
  for (const auto& word : strategy_words)
    if (word.value == strategy) return word.word;
  return "auto";
}

std::optional<MachineText> parse_machines(std::string_view text) {
  const auto trim = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return part;
  };
  MachineText machines;
  std::string_view rest = trim(text);
  machines.topology = take_topology(rest);
  if (const std::size_t over = rest.find(" over "); over != std::string_view::npos) {
    machines.link = trim(rest.substr(over + 6));
    rest = trim(rest.substr(0, over));
  }
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto count_of = [&](std::string_view digits) -> int {
    const auto number = parse_integer(digits);
    return number && *number >= 1 && *number <= most_machines ? static_cast<int>(*number) : 0;
  };
  // "4x NAME", "4 x NAME"
  bool counted = false;
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  if (digits > 0) {
    std::size_t x = digits;
    while (x < rest.size() && rest[x] == ' ') ++x;
    if (x < rest.size() && rest[x] == 'x' && (x + 1 == rest.size() || rest[x + 1] == ' ')) {
      machines.count = count_of(rest.substr(0, digits));
      rest = trim(rest.substr(x + 1));
      counted = true;
    }
  }
  // "NAME x4"
  if (const std::size_t x = rest.rfind(" x");
      x != std::string_view::npos && x + 2 < rest.size() &&
      std::all_of(rest.begin() + static_cast<std::ptrdiff_t>(x) + 2, rest.end(), is_digit)) {
    if (counted) return std::nullopt;  // two counts: nobody knows which is meant
    machines.count = count_of(rest.substr(x + 2));
    rest = trim(rest.substr(0, x));
  }
  machines.system = rest;
  if (machines.count < 1 || machines.system.empty()) return std::nullopt;
  return machines;
}

ScenarioSpec read_scenario(const std::filesystem::path& file,
                           const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  const Document document = Document::load_file(file, diagnostics);
  if (document.root().kind() == NodeKind::invalid) throw_if_errors(diagnostics);
  return finish(document.root(), overrides, true, diagnostics);
}

ScenarioSpec parse_scenario(std::string_view text, const std::string& file_name,
                            const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, file_name, diagnostics);
  if (document.root().kind() == NodeKind::invalid) throw_if_errors(diagnostics);
  return finish(document.root(), overrides, true, diagnostics);
}

ScenarioSpec with_overrides(const ScenarioSpec& spec, const std::vector<std::string>& overrides) {
  return parse_scenario(to_yaml(spec), "scenario", overrides);
}

ScenarioSpec scenario_from_options(const std::vector<std::pair<std::string, std::string>>& options,
                                   const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  std::vector<MapEntry> entries;
  std::vector<MapEntry> workload;
  std::vector<MapEntry> placement;
  std::vector<MapEntry> streaming;
  for (const auto& [key, value] : options) {
    const NodePlace place{.file = std::make_shared<const std::string>(
                              "--" + (is_streaming_key(key) ? streaming_option(key) : key))};
    MapEntry entry{.key = key, .key_place = place, .value = Node::scalar(value, false, place)};
    if (is_streaming_key(key)) {
      streaming.push_back(streaming_entry(std::move(entry)));
      continue;
    }
    (is_workload_key(key) ? workload
     : key == "nodes"     ? placement
                          : entries)
        .push_back(std::move(entry));
  }
  const NodePlace nowhere{.file = std::make_shared<const std::string>("command line")};
  const auto add_group = [&](const char* key, std::vector<MapEntry>& group) {
    if (group.empty()) return;
    entries.push_back(
        {.key = key, .key_place = nowhere, .value = Node::map(std::move(group), nowhere)});
  };
  add_group("workload", workload);
  add_group("placement", placement);
  add_group("streaming", streaming);
  return finish(Node::map(std::move(entries), nowhere), overrides, false, diagnostics);
}

namespace {

void write_machine_settings(YamlWriter& out, const ScenarioSpec& spec) {
  out.given(1, "accelerators", spec.accelerators);
  out.given(1, "raise_gpu_limit", spec.raise_gpu_limit);
}

template <class Q>
std::string figure_text(const Figure<Q>& figure) {
  std::string text = "{value: " + print_exact(figure.value);
  if (figure.low && figure.high)
    text += ", range: [" + print_exact(*figure.low) + ", " + print_exact(*figure.high) + "]";
  return text + ", source: " + quoted(figure.from.source) +
         ", status: " + std::string(word(figure.from.status)) +
         ", confidence: " + std::string(word(figure.from.confidence)) + "}";
}

std::string ends_text(const ClusterLink& link) {
  if (link.among.empty()) return "from: " + quoted(link.from) + ", to: " + quoted(link.to);
  std::string groups;
  for (const std::string& group : link.among)
    groups += (groups.empty() ? "" : ", ") + quoted(group);
  return "among: [" + groups + "], topology: " + std::string(word(link.topology));
}

void write_graph(YamlWriter& out, const ClusterSpec& cluster) {
  if (!cluster.name.empty()) out.line(1, "name", quoted(cluster.name));
  out.line(1, "nodes", cluster.nodes.empty() ? "[]" : "");
  for (const ClusterNode& node : cluster.nodes)
    out.item(2, "{id: " + quoted(node.id) + ", system: " + quoted(node.system) +
                    ", count: " + std::to_string(node.count) + "}");
  if (!cluster.switches.empty()) out.line(1, "switches", {});
  for (const ClusterSwitch& box : cluster.switches)
    out.item(2, "{id: " + quoted(box.id) +
                    (box.capacity ? ", capacity: " + figure_text(*box.capacity) : "") +
                    (box.latency ? ", latency: " + figure_text(*box.latency) : "") + "}");
  if (!cluster.links.empty()) out.line(1, "links", {});
  for (const ClusterLink& link : cluster.links)
    out.item(2, "{" + ends_text(link) + ", link: " + quoted(link.link) +
                    ", count: " + std::to_string(link.count) + "}");
}

}  // namespace

std::string to_yaml(const ScenarioSpec& spec) {
  YamlWriter out;
  out.line(0, "kind", "scenario");
  if (!spec.name.empty()) out.line(0, "name", quoted(spec.name));
  if (!spec.description.empty()) out.line(0, "description", quoted(spec.description));
  if (spec.claimed) out.line(0, "claimed", "true");
  out.texts(0, "published", spec.published_by);
  out.given(0, "model", spec.model);
  out.given(0, "quantization", spec.quantization);
  if (spec.system.has()) {
    out.line(0, "system", {});
    out.given(1, "id", spec.system);
    out.given(1, "count", spec.count);
    out.given(1, "memory", spec.memory);
    out.given(1, "host", spec.host);
    out.given(1, "sockets", spec.sockets);
    out.given(1, "device_link", spec.device_link);
    out.given(1, "power_limit", spec.power_limit);
    out.given(1, "os", spec.os);
    out.given(1, "link", spec.link);
    out.given(1, "topology", spec.topology);
    write_machine_settings(out, spec);
  }
  if (spec.cluster.has() || spec.own_cluster) {
    out.line(0, "cluster", {});
    out.given(1, "id", spec.cluster);
    if (spec.own_cluster) write_graph(out, *spec.own_cluster);
    write_machine_settings(out, spec);
  }
  const bool engine = spec.engine.has() || spec.backend.has() || spec.engine_date.has() ||
                      spec.flash_attention.has() || spec.prefill_chunk.has();
  if (engine) {
    out.line(0, "engine", {});
    out.given(1, "id", spec.engine);
    out.given(1, "backend", spec.backend);
    out.given(1, "date", spec.engine_date);
    out.given(1, "flash_attention", spec.flash_attention);
    out.given(1, "prefill_chunk", spec.prefill_chunk);
  }
  const bool placement = spec.placement.has() || spec.gpu_layers.has() ||
                         spec.cpu_expert_layers.has() || spec.tensor.has() || spec.nodes.has();
  if (placement) {
    out.line(0, "placement", {});
    if (spec.placement.has()) out.line(1, "strategy", std::string(to_text(*spec.placement.value)));
    out.given(1, "gpu_layers", spec.gpu_layers);
    out.given(1, "cpu_expert_layers", spec.cpu_expert_layers);
    out.given(1, "tensor", spec.tensor);
    out.given(1, "nodes", spec.nodes);
  }
  out.given(0, "replicas", spec.replicas);
  out.given(0, "spare", spec.spare);
  const bool workload = spec.context.has() || spec.prompt.has() || spec.depth.has() ||
                        spec.generate.has() || spec.batch.has() || spec.kv_format.has();
  if (workload) {
    out.line(0, "workload", {});
    out.given(1, "context", spec.context);
    out.given(1, "prompt", spec.prompt);
    out.given(1, "depth", spec.depth);
    out.given(1, "generate", spec.generate);
    out.given(1, "batch", spec.batch);
    out.given(1, "kv_format", spec.kv_format);
  }
  const bool monthly = spec.monthly_input.has() || spec.monthly_output.has() ||
                       spec.monthly_cached.has() || spec.monthly_requests.has();
  if (monthly || asks_for_serving(spec.load)) {
    out.line(0, "load", {});
    out.given(1, "input_tokens_per_month", spec.monthly_input);
    out.given(1, "output_tokens_per_month", spec.monthly_output);
    out.given(1, "cached_tokens_per_month", spec.monthly_cached);
    out.given(1, "requests_per_month", spec.monthly_requests);
    write_load_section(out, spec.load);
  }
  out.given(0, "experts_per_token", spec.experts_per_token);
  out.given(0, "importance_matrix", spec.importance_matrix);
  write_streaming_section(out, spec.streaming);
  write_savings_section(out, spec.savings);
  return out.take();
}

}  // namespace plimsoll
