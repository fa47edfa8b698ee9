#include "report/report_json.h"

#include "report/json_estimate.h"
#include "report/json_writer.h"
#include "report/serving_report.h"
#include "report/streaming_report.h"
#include "report/trace_json.h"

namespace plimsoll {
namespace {

using Layout = JsonWriter::Layout;

void write_scenario(JsonWriter& json, const ModelFacts& facts) {
  json.key("scenario");
  json.open_object();
  json.member("model", facts.model);
  json.member("quantization", facts.quantization);
  json.member("system", facts.system);
  json.member("engine", facts.engine);
  json.member("placement", facts.placement);
  json.member("parameters", facts.parameters);
  json.member("weights_bytes", facts.weights.base());
  json.member("bits_per_weight", facts.bits_per_weight);
  json.member("cache_bytes_per_token", facts.cache_per_token.base());
  json.member("context_tokens", facts.context);
  json.member("prompt_tokens", facts.prompt);
  json.member("depth_tokens", facts.depth);
  json.member("generate_tokens", facts.generate);
  json.member("batch", facts.batch);
  json.member("machines", facts.machines);
  json.member("replicas", facts.replicas);
  json.member("spare_replicas", facts.spare);
  json.close();
}

void write_item(JsonWriter& json, const MemoryItem& item) {
  json.open_object(Layout::inline_);
  json.member("what", item.what);
  write_estimate(json, "bytes", item.bytes);
  json.member("wired", item.wired);
  json.close();
}

void write_pool(JsonWriter& json, const PoolMemory& pool) {
  json.open_object();
  json.member("node", pool.node);
  json.member("pool", pool.pool);
  json.member("capacity_bytes", pool.capacity.base());
  json.member("usable_bytes", pool.usable.base());
  json.member("limit", pool.limit);
  json.member("raise_command", pool.raise);
  write_estimate(json, "used_bytes", pool.used);
  json.member("short_by_bytes", pool.short_by.base());
  json.member("free_bytes", pool.free.base());
  json.member("withheld_bytes", pool.withheld.base());
  write_estimate(json, "reserved_bytes", pool.reserved);
  json.list("items", pool.items, write_item);
  json.close();
}

void write_share(JsonWriter& json, const TimeShare& share) {
  json.open_object(Layout::inline_);
  json.member("resource", share.resource);
  json.member("operators", share.operators);
  json.member("time_s", share.time.base());
  json.member("share", share.share);
  json.close();
}

void write_compute_roof(JsonWriter& json, const ComputeRoof& roof) {
  json.open_object(Layout::inline_);
  json.member("units", roof.units);
  json.member("flop_per_second", roof.rate.base());
  json.close();
}

void write_roofline_unit(JsonWriter& json, const RooflineUnit& unit) {
  json.open_object();
  json.member("unit", unit.unit);
  json.member("count", unit.count);
  json.member("memory_bytes_per_second", unit.memory.base());
  json.list("compute", unit.compute, write_compute_roof);
  json.close();
}

void write_roofline_point(JsonWriter& json, const RooflinePoint& point) {
  json.open_object(Layout::inline_);
  json.member("operators", point.operators);
  json.member("unit", point.unit);
  json.member("units", point.units);
  json.member("work_flop", point.work.base());
  json.member("memory_bytes", point.bytes.base());
  json.member("time_s", point.time.base());
  json.member("roof_time_s", point.roof_time.base());
  json.close();
}

void write_roofline(JsonWriter& json, std::string_view key, const Roofline& roofline) {
  json.key(key);
  json.open_object();
  json.list("units", roofline.units, write_roofline_unit);
  json.list("points", roofline.points, write_roofline_point);
  json.close();
}

void write_limit(JsonWriter& json, const Limit& limit) {
  json.open_object();
  json.member("what", limit.what);
  json.member("share", limit.share);
  json.member("explanation", limit.explanation);
  json.member("ceiling_tokens_per_second", limit.ceiling_tokens_per_second);
  json.close();
}

void write_change(JsonWriter& json, const Change& change) {
  const bool comparable = change.verdict != Verdict::does_not_fit && change.decode_factor > 0.0;
  json.open_object();
  json.member("description", change.description);
  json.member("kind", change.kind);
  json.texts("set", change.set, Layout::inline_);
  json.member("verdict", to_text(change.verdict));
  write_estimate(json, "decode_tokens_per_second", change.decode_tokens_per_second);
  write_estimate(json, "throughput_tokens_per_second", change.throughput_tokens_per_second);
  write_estimate(json, "prefill_tokens_per_second", change.prefill_tokens_per_second);
  json.member("decode_factor", comparable ? std::optional(change.decode_factor) : std::nullopt);
  json.member("warning", change.warning);
  json.close();
}

void write_saving(JsonWriter& json, const SavingOutcome& saving) {
  json.open_object();
  json.member("saving", saving.saving);
  json.member("setting", saving.setting);
  write_estimate(json, "decode_factor", saving.decode_factor);
  write_estimate(json, "tokens_per_step", saving.tokens_per_step);
  json.member("warning", saving.warning);
  json.close();
}

void write_moved(JsonWriter& json, const MovedFigure& figure) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("key", figure.key);
  json.member("what", figure.what);
  json.member("value", figure.value);
  json.member("factor", figure.factor);
  json.member("log_sigma", figure.log_sigma);
  json.member("log_sigma_before", figure.log_sigma_before);
  json.close();
}

void write_profile(JsonWriter& json, const ProfileUse& profile) {
  json.open_object();
  json.member("file", profile.file);
  json.member("date", profile.date);
  json.member("machine", profile.machine);
  json.list("moved", profile.moved, write_moved);
  json.close();
}

void write_assumption(JsonWriter& json, const Assumption& assumption) {
  json.open_object();
  json.member("what", assumption.what);
  json.member("value", assumption.value);
  json.member("source", assumption.source);
  json.member("status", assumption.status);
  json.member("confidence", assumption.confidence);
  json.member("warning", assumption.warning);
  json.close();
}

void write_link(JsonWriter& json, const LinkUse& use) {
  json.open_object();
  json.member("link", use.link);
  json.member("count", use.count);
  json.member("capacity_bytes_per_second", use.capacity.base());
  json.member("bytes_per_step", use.per_step.base());
  json.member("bytes_per_chunk", use.per_chunk.base());
  json.member("busy_in_step", use.busy_in_step);
  json.member("busy_in_chunk", use.busy_in_chunk);
  json.close();
}

void write_route(JsonWriter& json, const RouteUse& route) {
  json.open_object();
  json.member("from", route.from);
  json.member("to", route.to);
  json.texts("links", route.links, Layout::inline_);
  json.member("latency_s", route.latency.base());
  json.member("bandwidth_bytes_per_second", route.bandwidth.base());
  json.close();
}

void write_flow(JsonWriter& json, const char* name, const std::optional<LinkFlow>& flow) {
  json.key(name);
  if (!flow) return json.null();
  json.open_object(Layout::inline_);
  json.member("link", flow->link);
  json.member("bytes_per_step", flow->per_step.base());
  json.member("bytes_per_chunk", flow->per_chunk.base());
  json.member("busy_in_step", flow->busy_in_step);
  json.member("busy_in_chunk", flow->busy_in_chunk);
  json.close();
}

std::optional<int> machine_of(const ClusterNodePicture& node) {
  return node.machine < 0 ? std::nullopt : std::optional(node.machine);
}

void write_cluster_node(JsonWriter& json, const ClusterNodePicture& node) {
  json.open_object(Layout::inline_);
  json.member("kind", to_text(node.kind));
  json.member("name", node.name);
  json.member("what", node.what);
  json.member("machine", machine_of(node));
  json.list(
      "memory", node.pools, [](JsonWriter& out, int pool) { out.value(pool); }, Layout::inline_);
  json.member("capacity_bytes_per_second",
              node.capacity ? std::optional(node.capacity->base()) : std::nullopt);
  write_flow(json, "through", node.through);
  json.close();
}

void write_cluster_edge(JsonWriter& json, const ClusterEdgePicture& edge) {
  json.open_object();
  json.member("from", edge.from);
  json.member("to", edge.to);
  json.member("link", edge.link);
  json.member("cables", edge.cables);
  json.member("capacity_bytes_per_second", edge.capacity.base());
  write_flow(json, "there", edge.there);
  write_flow(json, "back", edge.back);
  json.close();
}

void write_cluster(JsonWriter& json, const ClusterPicture& cluster) {
  json.key("cluster");
  json.open_object();
  json.list("nodes", cluster.nodes, write_cluster_node);
  json.list("edges", cluster.edges, write_cluster_edge);
  json.close();
}

void write_redundancy(JsonWriter& json, const Outcome& outcome) {
  json.key("redundancy");
  if (!outcome.redundancy) return json.null();
  const ServiceRedundancy& redundancy = *outcome.redundancy;
  json.open_object();
  json.member("replicas", redundancy.replicas);
  json.member("spare_replicas", redundancy.spare);
  json.member("failing_as", redundancy.failing_as);
  write_estimate(json, "replica_availability", redundancy.replica_availability);
  write_estimate(json, "availability", redundancy.availability);
  write_estimate(json, "down_hours_per_year", redundancy.down_hours_per_year);
  write_estimate(json, "lost_requests_per_year", redundancy.lost_requests_per_year);
  json.member("why_not", redundancy.why_not);
  json.close();
}

void write_owning(JsonWriter& json, const std::optional<OwningCost>& owning) {
  json.key("owning");
  if (!owning) return json.null();
  json.open_object();
  write_estimate(json, "purchase_usd", owning->purchase_usd);
  json.member("life_years", owning->life_years);
  write_estimate(json, "depreciation_usd_per_month", owning->depreciation_usd_per_month);
  write_estimate(json, "electricity_usd_per_month", owning->electricity_usd_per_month);
  write_estimate(json, "upkeep_usd_per_month", owning->upkeep_usd_per_month);
  json.close();
}

void write_way(JsonWriter& json, const WayCost& way) {
  json.open_object();
  json.member("way", way.way);
  json.member("what", way.what);
  write_estimate(json, "usd_per_month", way.usd_per_month);
  write_estimate(json, "usd_per_million_output_tokens", way.usd_per_million_output_tokens);
  json.member("why_not", way.why_not);
  json.close();
}

void write_payback(JsonWriter& json, const Payback& payback) {
  json.open_object();
  json.member("against", payback.against);
  json.member("months", payback.months);
  json.member("months_low", payback.low);
  json.member("months_high", payback.high);
  json.member("chance", payback.chance);
  json.member("why_never", payback.why_never);
  json.close();
}

void write_costs(JsonWriter& json, const Outcome& outcome) {
  json.key("costs");
  if (!outcome.costs) return json.null();
  const MonthlyCosts& costs = *outcome.costs;
  json.open_object();
  json.member("load_given", costs.load_given);
  json.member("input_tokens_per_month", costs.input_tokens_per_month);
  json.member("cached_tokens_per_month", costs.cached_tokens_per_month);
  write_estimate(json, "output_tokens_per_month", costs.output_tokens_per_month);
  write_estimate(json, "utilisation", costs.utilisation);
  write_owning(json, costs.owning);
  json.list("ways", costs.ways, write_way);
  json.list("paybacks", costs.paybacks, write_payback);
  json.texts("remarks", costs.notes);
  json.close();
}

void write_note(JsonWriter& json, std::string_view kind, const std::string& text) {
  json.open_object(Layout::inline_);
  json.member("kind", kind);
  json.member("text", text);
  json.close();
}

void write_notes(JsonWriter& json, const Outcome& outcome) {
  json.key("notes");
  json.open_array();
  if (!outcome.why_not.empty()) write_note(json, "does-not-fit", outcome.why_not);
  for (const std::string& check : outcome.claim_checks) write_note(json, "claim-check", check);
  for (const std::string& note : outcome.notes) write_note(json, "remark", note);
  json.close();
}

void write_figures(JsonWriter& json, const Outcome& outcome) {
  write_estimate(json, "decode_tokens_per_second", outcome.decode_tokens_per_second);
  write_estimate(json, "throughput_tokens_per_second", outcome.throughput_tokens_per_second);
  write_estimate(json, "prefill_tokens_per_second", outcome.prefill_tokens_per_second);
  write_estimate(json, "time_to_first_token_s", outcome.time_to_first_token_s);
  write_estimate(json, "total_time_s", outcome.total_time_s);
  write_estimate(json, "power_w", outcome.power_w);
  write_estimate(json, "energy_per_token_j", outcome.energy_per_token_j);
  write_estimate(json, "price_usd", outcome.price_usd);
  json.member("cache_state", outcome.cache_state);
  write_estimate(json, "cache_hit_rate", outcome.cache_hit_rate);
}

void write_applied_change(JsonWriter& json, const Outcome& outcome) {
  json.key("applied_change");
  if (outcome.applied_change)
    write_change(json, *outcome.applied_change);
  else
    json.null();
}

void write_track(JsonWriter& json, const TrackUse& use) {
  json.open_object(Layout::inline_);
  json.member("track", use.track);
  json.member("spans", static_cast<std::int64_t>(use.spans));
  json.member("busy_s", use.busy.base());
  json.close();
}

void write_outcome(JsonWriter& json, const Outcome& outcome) {
  json.member("schema_version", report_schema_version);
  json.member("verdict", to_text(outcome.verdict));
  json.member("short_by_bytes", outcome.short_by.base());
  json.member("fits_probability", outcome.fits_probability);
  json.member("largest_context_tokens", outcome.largest_context);
  write_scenario(json, outcome.facts);
  write_figures(json, outcome);
  write_applied_change(json, outcome);
  json.list("memory", outcome.memory, write_pool);
  json.list("time_shares", outcome.time_shares, write_share);
  json.list("prefill_time_shares", outcome.prefill_shares, write_share);
  json.list("limits", outcome.limits, write_limit);
  write_roofline(json, "roofline", outcome.roofline);
  write_roofline(json, "prefill_roofline", outcome.prefill_roofline);
  json.list("links", outcome.links, write_link);
  json.list("routes", outcome.routes, write_route);
  write_cluster(json, outcome.cluster);
  write_streaming(json, outcome);
  write_serving(json, outcome);
  write_redundancy(json, outcome);
  write_costs(json, outcome);
  json.list("savings", outcome.savings, write_saving);
  json.list("changes", outcome.changes, write_change);
  json.member("start_command", outcome.start_command);
  json.list("assumptions", outcome.assumptions, write_assumption);
  json.list("profiles", outcome.profiles, write_profile);
  write_notes(json, outcome);
}

}  // namespace

std::string report_json(const Outcome& outcome) {
  JsonWriter json;
  json.open_object();
  write_outcome(json, outcome);
  json.close();
  return json.take();
}

std::string simulation_json(const Outcome& outcome, const Timeline& timeline) {
  JsonWriter json;
  json.open_object();
  write_outcome(json, outcome);
  json.list("tracks", track_use(timeline), write_track);
  json.close();
  return json.take();
}

}  // namespace plimsoll
