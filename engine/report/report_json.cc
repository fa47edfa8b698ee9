#include "report/report_json.h"

#include "report/json_estimate.h"
#include "report/json_writer.h"

namespace plimsoll {
namespace {

using Layout = JsonWriter::Layout;

template <class Item, class Write>
void write_list(JsonWriter& json, std::string_view name, const std::vector<Item>& items,
                Write write) {
  json.key(name);
  json.open_array();
  for (const Item& item : items) write(json, item);
  json.close();
}

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
  write_list(json, "items", pool.items, write_item);
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
  json.key("set");
  json.open_array(Layout::inline_);
  for (const std::string& assignment : change.set) json.value(assignment);
  json.close();
  json.member("verdict", to_text(change.verdict));
  write_estimate(json, "decode_tokens_per_second", change.decode_tokens_per_second);
  write_estimate(json, "throughput_tokens_per_second", change.throughput_tokens_per_second);
  write_estimate(json, "prefill_tokens_per_second", change.prefill_tokens_per_second);
  json.member("decode_factor", comparable ? std::optional(change.decode_factor) : std::nullopt);
  json.member("warning", change.warning);
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

}  // namespace

std::string report_json(const Outcome& outcome) {
  JsonWriter json;
  json.open_object();
  json.member("schema_version", report_schema_version);
  json.member("verdict", to_text(outcome.verdict));
  json.member("short_by_bytes", outcome.short_by.base());
  json.member("fits_probability", outcome.fits_probability);
  json.member("largest_context_tokens", outcome.largest_context);
  write_scenario(json, outcome.facts);
  write_figures(json, outcome);
  write_applied_change(json, outcome);
  write_list(json, "memory", outcome.memory, write_pool);
  write_list(json, "time_shares", outcome.time_shares, write_share);
  write_list(json, "prefill_time_shares", outcome.prefill_shares, write_share);
  write_list(json, "limits", outcome.limits, write_limit);
  write_list(json, "changes", outcome.changes, write_change);
  json.member("start_command", outcome.start_command);
  write_list(json, "assumptions", outcome.assumptions, write_assumption);
  write_notes(json, outcome);
  json.close();
  return json.take();
}

}  // namespace plimsoll
