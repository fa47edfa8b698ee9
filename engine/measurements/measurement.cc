#include "measurements/measurement.h"

#include <algorithm>
#include <array>

#include "base/quantity_text.h"
#include "config/document.h"
#include "config/node_fields.h"
#include "measurements/stated_names.h"

namespace plimsoll {

namespace {

Measurement read_point(const Node& point, Diagnostics& diagnostics) {
  Measurement m;
  m.place = point.place();
  m.id = text_of(point, "id");
  m.source = text_of(point, "source");
  m.date = text_of(point, "date");
  m.model = text_of(point, "model");
  m.quantization = text_of(point, "quant");
  m.engine = text_of(point, "engine");
  m.engine_version = text_of(point, "engine_version");
  m.backend = text_of(point, "backend");
  m.metric = text_of(point, "metric");
  m.value_scope = text_of(point, "value_scope");
  m.placement = text_of(point, "placement");
  m.link = text_of(point, "link");
  m.kv_format = text_of(point, "kv_type");
  m.prompt_tokens = integer_of(point, "prompt_tokens");
  m.generated_tokens = integer_of(point, "gen_tokens");
  m.depth = integer_of(point, "context_depth").value_or(0);
  m.batch = static_cast<int>(integer_of(point, "batch").value_or(1));
  if (const auto concurrency = integer_of(point, "concurrency"))
    m.concurrency = static_cast<int>(*concurrency);
  m.under_load = point.find("concurrency") || point.find("load");
  const std::optional<double> value = number_of(point, "value");
  m.value = value.value_or(0.0);
  if (const Node* hardware = point.find("hardware")) {
    m.device = text_of(*hardware, "device");
    m.variant = text_of(*hardware, "variant");
    m.memory_gb = number_of(*hardware, "memory_gb");
    m.count = static_cast<int>(integer_of(*hardware, "count").value_or(1));
    m.nodes = static_cast<int>(integer_of(*hardware, "num_nodes").value_or(1));
  }
  if (const Node* parallelism = point.find("parallelism"))
    m.parallelism =
        parallelism->kind() == NodeKind::map ? text_of(*parallelism, "kind") : parallelism->text();
  if (const Node* flags = point.find("flags"))
    for (const Node& flag : flags->items()) m.flags.push_back(flag.text());
  // A measurement of a part may be a difference; rates and times are positive.
  const bool plausible = value && (m.value > 0.0 || m.metric == "micro");
  if (m.id.empty() || m.metric.empty() || !plausible)
    diagnostics.error("bad-measurement", m.place, "a point needs id, metric and a positive value",
                      "the fields of hwdb/measurements/README.md");
  return m;
}

// With its variant, else without; of a product of which nobody can tell the variant, the largest.
std::string machine_name(const Measurement& m, Catalog& catalog) {
  for (const std::string& variant : {m.variant, std::string()}) {
    const NameAnswer answer = resolve_machine({m.device, variant, m.memory_gb}, catalog);
    const std::string& name = answer.among.empty() ? answer.entry : answer.among.front();
    Diagnostics quiet;
    if (catalog.system(name, {}, quiet) || catalog.device(name, {}, quiet)) return name;
  }
  return {};
}

template <class T>
Given<T> given(T value, const SourcePlace& place) {
  return {.value = std::move(value), .place = place};
}

// Whether so many nodes can be stated: machines with one device each.
bool one_device_each(const Measurement& m, const std::string& machine, Catalog& catalog) {
  Diagnostics quiet;
  if (m.count != m.nodes) return false;
  if (catalog.system(machine, m.place, quiet)) return true;
  const DeviceSpec* device = catalog.device(machine, m.place, quiet);
  return device && device->form == DeviceForm::soc;
}

// The link between machines; links within one (NVLink, PCIe) come with the machine.
Given<std::string> link_of(const Measurement& m, Catalog& catalog) {
  Diagnostics quiet;
  const LinkSpec* link = m.link.empty() ? nullptr : catalog.link(m.link, m.place, quiet);
  if (!link || link->scope != LinkScope::between_hosts) return {};
  return given(link->id, m.place);
}

std::optional<PlacementStrategy> strategy_of(const Measurement& m) {
  if (m.placement == "cpu") return PlacementStrategy::cpu;
  if (!m.placement.empty() && m.placement != "accelerator" && m.placement != "gpu")
    return std::nullopt;
  if (m.count == 1) return PlacementStrategy::single;
  if (m.parallelism == "tensor") return PlacementStrategy::tensor_parallel;
  if (m.parallelism == "layer_split" || m.parallelism == "layer_split_rpc")
    return PlacementStrategy::layer_split;
  if (m.parallelism == "row_split") return PlacementStrategy::row_split;
  return PlacementStrategy::automatic;
}

}  // namespace

std::vector<Measurement> read_measurements(const std::filesystem::path& file,
                                           Diagnostics& diagnostics) {
  const Document document = Document::load_file(file, diagnostics);
  return read_measurements(document.root(), diagnostics);
}

std::vector<Measurement> read_measurements(const Node& root, Diagnostics& diagnostics) {
  std::vector<Measurement> points;
  for (const Node& point : root.items()) points.push_back(read_point(point, diagnostics));
  return points;
}

MeasuredScenario scenario_of(const Measurement& m, Catalog& catalog) {
  MeasuredScenario result;
  ScenarioSpec spec;
  spec.name = m.id;
  Diagnostics quiet;
  if (!catalog.model(m.model, m.place, quiet)) {
    result.why_not = "unresolved model '" + m.model + "'";
    return result;
  }
  if (m.quantization.empty() || !catalog.quantization(m.quantization, m.place, quiet)) {
    result.why_not = "unresolved quantization '" + m.quantization + "'";
    return result;
  }
  const std::string device = machine_name(m, catalog);
  if (device.empty()) {
    result.why_not = "unresolved device '" + m.device + "'";
    return result;
  }
  if (!catalog.engine(m.engine, m.place, quiet)) {
    result.why_not = "no engine '" + m.engine + "'";
    return result;
  }
  const std::optional<PlacementStrategy> strategy = strategy_of(m);
  if (!strategy) {
    result.why_not = "placement '" + m.placement + "'";
    return result;
  }
  if (m.nodes > 1 && !one_device_each(m, device, catalog)) {
    result.why_not = "several devices in each of several nodes";
    return result;
  }
  spec.model = given(m.model, m.place);
  spec.quantization = given(m.quantization, m.place);
  spec.system = given(device, m.place);
  spec.count = given(m.count, m.place);
  spec.link = link_of(m, catalog);
  constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;
  if (m.memory_gb) spec.memory = given(Bytes(*m.memory_gb * gibibyte), m.place);
  spec.engine = given(m.engine, m.place);
  if (!m.backend.empty()) spec.backend = given(m.backend, m.place);
  if (*strategy != PlacementStrategy::automatic) spec.placement = given(*strategy, m.place);
  if (m.prompt_tokens) spec.prompt = given(*m.prompt_tokens, m.place);
  if (m.generated_tokens) spec.generate = given(*m.generated_tokens, m.place);
  // The depth of a decode rate is the whole cache it starts from, the prompt included.
  const bool counted_twice = m.metric == "decode_tps" && m.prompt_tokens && m.depth > 0;
  spec.depth = given(
      counted_twice ? std::max<std::int64_t>(m.depth - *m.prompt_tokens, 0) : m.depth, m.place);
  // A pure decode test starts from an empty context, a pure prefill test generates nothing: one
  // token stands for each.
  if (m.metric == "decode_tps" && !m.prompt_tokens) spec.prompt = given<std::int64_t>(1, m.place);
  if (m.metric == "prefill_tps") spec.generate = given<std::int64_t>(1, m.place);
  spec.batch = given(m.batch, m.place);
  if (!m.kv_format.empty()) spec.kv_format = given(m.kv_format, m.place);
  spec.raise_gpu_limit = given(true, m.place);  // it ran, whatever the default limit says
  result.spec = std::move(spec);
  return result;
}

}  // namespace plimsoll
