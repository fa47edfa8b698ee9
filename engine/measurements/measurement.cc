#include "measurements/measurement.h"

#include <cmath>
#include <map>
#include <tuple>

#include "base/quantity_text.h"
#include "base/text.h"
#include "config/document.h"
#include "config/node_fields.h"

namespace plimsoll {

namespace {

// How many there are of something. 0 says that it has none of them, like a point that says nothing.
std::optional<int> count_of(const Node& map, std::string_view key, Diagnostics& diagnostics) {
  constexpr std::int64_t most = 1'000'000'000;
  const std::optional<std::int64_t> number = integer_of(map, key);
  if (!number || *number == 0) return std::nullopt;
  if (*number >= 0 && *number <= most) return static_cast<int>(*number);
  diagnostics.error("bad-measurement", map.find(key)->place(),
                    std::string(key) + " is " + std::to_string(*number),
                    "a whole number from 0 to " + std::to_string(most));
  return std::nullopt;
}

std::optional<bool> truth_of(const Node& map, std::string_view key) {
  const std::string text = text_of(map, key);
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true";
}

void read_hardware(const Node& hardware, Measurement& m, Diagnostics& diagnostics) {
  m.device = text_of(hardware, "device");
  m.variant = text_of(hardware, "variant");
  m.host = text_of(hardware, "host");
  m.memory_gb = number_of(hardware, "memory_gb");
  m.bandwidth_stated = number_of(hardware, "bandwidth_gbs_stated");
  m.count = count_of(hardware, "count", diagnostics).value_or(1);
  m.nodes = count_of(hardware, "num_nodes", diagnostics).value_or(1);
}

void read_parallelism(const Node& parallelism, Measurement& m, Diagnostics& diagnostics) {
  if (parallelism.kind() != NodeKind::map) {
    m.parallelism = parallelism.text();
    return;
  }
  m.parallelism = text_of(parallelism, "kind");
  m.parallel_degree = count_of(parallelism, "degree", diagnostics);
  m.pipeline_degree = count_of(parallelism, "pipeline", diagnostics);
  m.expert_degree = count_of(parallelism, "moe_expert_parallel", diagnostics);
}

void read_workload(const Node& point, Measurement& m, Diagnostics& diagnostics) {
  m.kv_format = text_of(point, "kv_type");
  m.flash_attention = truth_of(point, "flash_attention");
  m.threads = count_of(point, "threads", diagnostics);
  m.micro_batch = count_of(point, "n_ubatch", diagnostics);
  m.prompt_tokens = count_of(point, "prompt_tokens", diagnostics);
  m.generated_tokens = count_of(point, "gen_tokens", diagnostics);
  m.depth = count_of(point, "context_depth", diagnostics).value_or(0);
  m.batch = count_of(point, "batch", diagnostics).value_or(1);
  m.concurrency = count_of(point, "concurrency", diagnostics);
  m.experts_used = count_of(point, "top_k", diagnostics);
  m.load = text_of(point, "load");
  m.under_load = m.concurrency || !m.load.empty();
}

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
  m.notes = text_of(point, "notes");
  read_workload(point, m, diagnostics);
  if (const Node* hardware = point.find("hardware")) read_hardware(*hardware, m, diagnostics);
  if (const Node* parallelism = point.find("parallelism"))
    read_parallelism(*parallelism, m, diagnostics);
  if (const Node* flags = point.find("flags"))
    for (const Node& flag : flags->items()) m.flags.push_back(flag.text());
  const std::optional<double> value = number_of(point, "value");
  m.value = value.value_or(0.0);
  // A measurement of a part may be a difference; rates and times are positive.
  const bool plausible = value && (m.value > 0.0 || m.metric == "micro");
  if (m.id.empty() || m.metric.empty() || !plausible)
    diagnostics.error("bad-measurement", m.place, "a point needs id, metric and a positive value",
                      "the fields of hwdb/measurements/README.md");
  return m;
}

// What one run of a server is told apart by.
auto run_of(const Measurement& m) {
  return std::tie(m.source, m.device, m.variant, m.host, m.count, m.model, m.engine, m.load);
}

// Latencies of requests that arrive by themselves belong to the rate of the same run, which stands
// in the point of its throughput.
void join_runs(std::vector<Measurement>& points) {
  std::map<decltype(run_of(points.front())), double> throughputs;
  for (const Measurement& m : points)
    if (m.metric == "throughput_tps" && !m.load.empty()) throughputs.emplace(run_of(m), m.value);
  for (Measurement& m : points) {
    const auto run = throughputs.find(run_of(m));
    if (run != throughputs.end() && m.metric != "throughput_tps") m.run_throughput = run->second;
  }
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
  join_runs(points);
  return points;
}

double MeasuredScenario::assumed_log_sigma() const {
  double squares = 0.0;
  for (const AssumedFact& fact : assumed) squares += fact.log_sigma * fact.log_sigma;
  return std::sqrt(squares);
}

}  // namespace plimsoll
