#include "report/plan_json.h"

#include "report/json_estimate.h"
#include "report/json_writer.h"
#include "report/plan_content.h"

namespace plimsoll {
namespace {

void write_machines(JsonWriter& json, const MachineSet& machines) {
  json.key("machines");
  json.open_object(JsonWriter::Layout::inline_);
  json.member("system", machines.system);
  json.member("name", machines.name);
  json.member("count", machines.count);
  json.member("link", machines.link);
  json.member("replicas", machines.replicas);
  json.member("spare", machines.spare);
  json.member("owned", machines.owned);
  json.member("total", machines.machines());
  json.close();
}

void write_used(JsonWriter& json, const money::UsedPrice& used) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("what", used.what);
  json.member("value", used.value.value);
  json.member("unit", used.unit);
  json.member("date", used.date);
  json.member("source", used.source);
  json.close();
}

void write_price(JsonWriter& json, const PlanPrice& price) {
  write_estimate(json, "price_usd", price.usd);
  json.member("price_at_least_usd", price.at_least);
  json.member("price_why_unknown", price.why_unknown);
  json.list("prices", price.of, write_used);
}

void write_fields(JsonWriter& json, const PlannedMachine& plan) {
  write_machines(json, plan.machines);
  json.member("engine", plan.engine);
  json.member("backend", plan.backend);
  json.member("quantization", plan.quantization);
  json.member("bits_per_weight", plan.bits_per_weight);
  json.member("quality", plan.quality);
  json.member("warning", plan.warning);
  json.member("raise_gpu_limit", plan.raise_gpu_limit);
  json.member("batch", plan.batch);
  json.member("placement", plan.placement);
  json.member("verdict", to_text(plan.verdict));
  write_estimate(json, "decode_tokens_per_second", plan.decode_tokens_per_second);
  write_estimate(json, "throughput_tokens_per_second", plan.throughput_tokens_per_second);
  write_estimate(json, "time_to_first_token_s", plan.time_to_first_token_s);
  json.member("largest_context_tokens", plan.largest_context);
  write_estimate(json, "power_w", plan.power.watts);
  json.member("power_is_at_most", plan.power.at_most);
  write_price(json, plan.price);
  json.key("chances");
  json.open_object(JsonWriter::Layout::inline_);
  for (const Chance& chance : plan.chances) json.member(chance.of, chance.value);
  json.close();
  json.member("command", plan.command);
}

void write_plan(JsonWriter& json, const PlannedMachine& plan) {
  json.open_object();
  write_fields(json, plan);
  json.close();
}

template <class T>
std::optional<double> base_of(const Given<T>& given) {
  if (!given.has()) return std::nullopt;
  if constexpr (std::is_same_v<T, double>)
    return *given.value;
  else
    return given.value->base();
}

void write_owned(JsonWriter& json, const OwnedMachines& owned) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("system", owned.system);
  json.member("count", owned.count);
  json.close();
}

void write_requirement(JsonWriter& json, const PlanResult& result) {
  const Requirement& r = result.requirement;
  json.key("requirement");
  json.open_object();
  json.member("model", r.model.value);
  json.member("quantization", r.quantization.value);
  json.member("engine", r.engine.value);
  json.member("backend", r.backend.value);
  json.member("systems", r.systems.value);
  json.member("at_least_tokens_per_second", result.at_least);
  json.member("at_least_is_default", !r.at_least.has());
  json.member("ttft_s", base_of(r.ttft));
  json.member("context", r.context.value);
  json.member("prompt", r.prompt.value);
  json.member("generate", r.generate.value);
  json.member("users", r.users.value.value_or(1));
  json.member("replicas_to_spare", r.spare.value.value_or(0));
  json.member("budget_usd", base_of(r.budget));
  json.member("power_w", base_of(r.power));
  json.member("pay", r.acquisition == Acquisition::rent ? "rent" : "buy");
  json.list("own", r.own, write_owned);
  json.close();
}

void write_counts(JsonWriter& json, const PlanCounts& counts) {
  json.key("counts");
  json.open_object();
  json.member("candidates", counts.candidates);
  json.member("refused", counts.refused);
  json.member("too_dear", counts.too_dear);
  json.member("too_hungry", counts.too_hungry);
  json.member("too_large", counts.too_large);
  json.member("too_slow", counts.too_slow);
  json.member("beaten", counts.beaten);
  json.member("unneeded", counts.unneeded);
  json.member("does_not_fit", counts.does_not_fit);
  json.member("evaluated", counts.evaluated);
  json.member("met", counts.met);
  json.close();
}

void write_refusal(JsonWriter& json, const Refusal& refusal) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("reason", refusal.reason);
  json.member("candidates", refusal.candidates);
  json.close();
}

void write_relaxation(JsonWriter& json, const Relaxation& relaxation) {
  json.open_object();
  json.member("what", relaxation.what);
  json.member("from", relaxation.from);
  json.member("to", relaxation.to);
  json.member("factor", relaxation.factor);
  json.key("plan");
  write_plan(json, relaxation.plan);
  json.close();
}

void write_nearest_miss(JsonWriter& json, const PlanResult& result) {
  json.key("nearest_miss");
  if (result.nearest_miss)
    write_plan(json, *result.nearest_miss);
  else
    json.null();
}

}  // namespace

std::string plan_json(const PlanResult& result) {
  JsonWriter json;
  json.open_object();
  json.member("schema_version", plan_schema_version);
  json.member("complete", result.complete);
  write_requirement(json, result);
  write_counts(json, result.counts);
  json.list("refusals", result.refusals, write_refusal);
  json.list("front", result.front, [&result](JsonWriter& writer, const FrontPlan& front) {
    writer.open_object();
    write_fields(writer, front.plan);
    writer.member("runner_up", runner_up_text(front, result));
    writer.close();
  });
  json.list("undecided", result.undecided, write_plan);
  json.list("relaxations", result.relaxations, write_relaxation);
  write_nearest_miss(json, result);
  json.close();
  return json.take();
}

}  // namespace plimsoll
