// Developer tool: the work vectors of measured points, as JSON for engine_factors.py. Not
// installed.
//
//   plimsoll-work-vectors hwdb/measurements/published.yaml > points.json

#include <cstdio>
#include <string>

#include "cost/cost_model.h"
#include "evaluate/prepared.h"
#include "lowering/work_vector.h"
#include "measurements/measurement.h"
#include "report/json_writer.h"

namespace plimsoll {
namespace {

constexpr int most_in_flight = 16;

std::string_view word(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::matrix:
      return "matrix";
    case OperatorKind::attention:
      return "attention";
    case OperatorKind::vector:
      return "vector";
    case OperatorKind::recurrence:
      return "recurrence";
    case OperatorKind::message:
      break;
  }
  return "message";
}

void write_pass(JsonWriter& json, const Prepared& prepared, SpeedModel& model,
                const OperatorGraph& graph, double weight) {
  json.open_object();
  json.member("weight", weight);
  json.key("groups");
  json.open_array();
  for (const WorkGroup& group : work_vector(graph)) {
    const Operator& op = group.op;
    const Executor& executor = prepared.fabric->executors()[static_cast<std::size_t>(op.executor)];
    const OperatorCost cost = model.cost().cost(op);
    json.open_object(JsonWriter::Layout::inline_);
    json.member("count", group.count);
    json.member("class", to_text(op.cls));
    json.member("kind", word(op.kind));
    json.member("family",
                op.format ? std::string_view(op.format->kernel_family) : std::string_view());
    json.member("rows", op.rows);
    json.member("launches", op.launches);
    json.member("flop", op.work.base());
    json.member("bytes", op.memory.base());
    const auto& clock = executor.unit->clock;
    json.member("core_cycles",
                clock ? executor.unit->cores * executor.sockets * clock->value.base() : 0.0);
    json.member("memory_roof", executor.memory.value.base());
    json.member("compute_roof",
                cost.compute_units > 0.0 ? op.work.base() / cost.compute_units : 0.0);
    json.member("fixed", op.kind == OperatorKind::message ? (cost.gap + cost.work).base() : 0.0);
    json.close();
  }
  json.close();
  json.close();
}

void write_point(JsonWriter& json, const Measurement& m, const Prepared& prepared, Catalog& catalog,
                 Diagnostics& diagnostics) {
  SpeedModel model(prepared.lowering_request(), catalog.roofs(diagnostics));
  const Scenario& scenario = prepared.scenario;
  json.open_object();
  json.member("id", m.id);
  json.member("source", m.source);
  json.member("date", m.date);
  json.member("device", prepared.fabric->executors().front().device->id);
  json.member("variant", m.variant);
  json.member("count", m.count);
  json.member("machines", static_cast<std::int64_t>(scenario.cluster.machines.size()));
  json.member("model", scenario.model.id);
  json.member("moe", scenario.model.moe.has_value());
  json.member("quantization", scenario.quantization->id);
  json.member("engine", scenario.engine->id);
  json.member("engine_version", m.engine_version);
  json.member("backend", scenario.backend->id);
  json.member("metric", m.metric);
  json.member("tokens", scenario.workload.prompt);
  json.member("batch", scenario.workload.batch);
  json.member("depth", scenario.workload.depth);
  json.member("value", m.value);
  json.member("value_scope", m.value_scope);
  json.member("doubtful", m.doubtful());
  json.member("mv_rows", scenario.backend->matrix_vector_rows);
  json.key("passes");
  json.open_array();
  if (m.metric == "prefill_tps") {
    const std::int64_t chunk = scenario.engine->prefill_chunk;
    const Lowering lowering(prepared.lowering_request());
    std::int64_t done = 0;
    while (done < scenario.workload.prompt) {
      const std::int64_t tokens = std::min(chunk, scenario.workload.prompt - done);
      write_pass(
          json, prepared, model,
          lowering.lower(
              {.tokens = tokens, .past = scenario.workload.depth + done, .sequences = m.batch}),
          1.0);
      done += tokens;
    }
  } else {
    write_pass(json, prepared, model, model.middle_graph(), 1.0);
  }
  json.close();
  json.close();
}

int run(const char* file) {
  Diagnostics diagnostics;
  Catalog catalog({find_data_folders({})});
  JsonWriter json;
  json.open_object();
  json.key("points");
  json.open_array();
  std::vector<std::pair<std::string, std::string>> left_out;
  for (Measurement m : read_measurements(file, diagnostics)) {
    // Time between tokens with so many requests kept in flight is the step time of that batch, as
    // long as prompts rarely interrupt it: few requests, answers not much shorter than the prompts.
    const bool steady = m.concurrency && *m.concurrency <= most_in_flight && m.generated_tokens &&
                        m.prompt_tokens && *m.generated_tokens * 2 >= *m.prompt_tokens;
    if (m.metric == "itl_ms" && (steady || !m.under_load)) {
      m.batch = m.concurrency.value_or(m.batch);
      m.value = 1000.0 / m.value;
      m.metric = "decode_tps";
      m.under_load = false;
    }
    if (m.metric != "decode_tps" && m.metric != "prefill_tps") {
      left_out.emplace_back(m.id, "metric " + m.metric);
      continue;
    }
    // A rate of the whole batch becomes the rate of one of its sequences.
    if (m.metric == "decode_tps" && m.batch > 1 && !m.value_scope.empty() &&
        m.value_scope != "per_sequence")
      m.value /= m.batch;
    const MeasuredScenario measured = scenario_of(m, catalog);
    if (!measured.spec || m.under_load) {
      left_out.emplace_back(m.id, measured.spec ? "under load" : measured.why_not);
      continue;
    }
    Diagnostics problems;
    const std::unique_ptr<Prepared> prepared = prepare(*measured.spec, catalog, problems);
    const bool pipelined =
        m.metric == "prefill_tps" && prepared && prepared->placement().stages.size() > 1 &&
        prepared->scenario.workload.prompt > prepared->scenario.engine->prefill_chunk;
    if (pipelined) {
      left_out.emplace_back(m.id, "chunks overlap on several devices: no closed form");
      continue;
    }
    if (!prepared || !prepared->placement().possible()) {
      const auto all = problems.sorted();
      left_out.emplace_back(m.id, all.empty() ? "not placed" : all.front().message);
      continue;
    }
    write_point(json, m, *prepared, catalog, problems);
  }
  json.close();
  json.key("left_out");
  json.open_array();
  for (const auto& [id, why] : left_out) {
    json.open_object(JsonWriter::Layout::inline_);
    json.member("id", id);
    json.member("why", why);
    json.close();
  }
  json.close();
  json.close();
  std::fputs(json.take().c_str(), stdout);
  for (const Diagnostic& diagnostic : diagnostics.sorted())
    std::fprintf(stderr, "%s\n", to_text(diagnostic).c_str());
  return diagnostics.has_errors() ? 2 : 0;
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: plimsoll-work-vectors MEASUREMENTS.yaml > points.json\n", stderr);
    return 2;
  }
  try {
    return plimsoll::run(argv[1]);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
