#include "report/random_outcome.h"

#include <array>
#include <cmath>
#include <limits>

namespace plimsoll::test {
namespace {

constexpr std::array<Verdict, 4> verdicts = {Verdict::fits, Verdict::fits_with_streaming,
                                             Verdict::fits_with_changes, Verdict::does_not_fit};

double random_number(Rng& rng) {
  switch (rng.below(12)) {
    case 0:
      return 0.0;
    case 1:
      return std::numeric_limits<double>::infinity();
    case 2:
      return std::numeric_limits<double>::quiet_NaN();
    case 3:
      return 1e300;
    case 4:
      return -1.5;
    default:
      return std::pow(10.0, rng.uniform() * 18.0 - 6.0);
  }
}

Estimate random_estimate(Rng& rng) {
  const double value = random_number(rng);
  return {value, value * rng.uniform(), value * (1.0 + rng.uniform())};
}

std::optional<Estimate> maybe_estimate(Rng& rng) {
  return rng.below(4) == 0 ? std::nullopt : std::optional(random_estimate(rng));
}

Verdict random_verdict(Rng& rng) {
  return verdicts[rng.below(verdicts.size())];
}

// Words of a command fit on a line, as its only promise is about whole words.
std::string random_command(Rng& rng) {
  std::string command;
  for (std::uint64_t i = rng.below(20); i > 0; --i) {
    command += std::string(1 + rng.below(40), static_cast<char>('a' + rng.below(26))) + " ";
  }
  return command;
}

PoolMemory random_pool(Rng& rng) {
  PoolMemory pool{
      .node = "node " + std::to_string(rng.below(3)),
      .pool = rng.below(2) ? "GPU " + std::to_string(rng.below(9)) + " memory" : random_text(rng),
      .capacity = Bytes(random_number(rng)),
      .usable = Bytes(random_number(rng)),
      .limit = random_text(rng),
      .raise = random_command(rng),
      .items = {},
      .used = random_estimate(rng),
      .short_by = Bytes(random_number(rng))};
  for (std::uint64_t i = rng.below(7); i > 0; --i) {
    pool.items.push_back({random_text(rng), random_estimate(rng), rng.below(2) == 0});
  }
  return pool;
}

std::vector<TimeShare> random_shares(Rng& rng) {
  std::vector<TimeShare> shares;
  for (std::uint64_t i = rng.below(20); i > 0; --i) {
    shares.push_back(
        {random_text(rng), random_text(rng), Seconds(random_number(rng)), rng.uniform()});
  }
  return shares;
}

ServiceRedundancy random_redundancy(Rng& rng) {
  return {.replicas = static_cast<int>(rng.below(1000)),
          .spare = static_cast<int>(rng.below(1000)),
          .failing_as = random_text(rng),
          .replica_availability = maybe_estimate(rng),
          .availability = maybe_estimate(rng),
          .down_hours_per_year = maybe_estimate(rng),
          .lost_requests_per_year = maybe_estimate(rng),
          .why_not = random_text(rng)};
}

MonthlyCosts random_costs(Rng& rng) {
  MonthlyCosts costs;
  costs.load_given = rng.below(2) == 0;
  costs.output_tokens_per_month = random_estimate(rng);
  costs.input_tokens_per_month = random_number(rng);
  costs.cached_tokens_per_month = random_number(rng);
  costs.utilisation = maybe_estimate(rng);
  if (rng.below(2))
    costs.owning = OwningCost{.purchase_usd = random_estimate(rng),
                              .life_years = random_number(rng),
                              .depreciation_usd_per_month = random_estimate(rng),
                              .electricity_usd_per_month = random_estimate(rng),
                              .upkeep_usd_per_month = random_estimate(rng)};
  for (std::uint64_t i = rng.below(5); i > 0; --i)
    costs.ways.push_back({rng.below(2) ? "own" : random_text(rng), random_text(rng),
                          maybe_estimate(rng), maybe_estimate(rng), random_text(rng)});
  for (std::uint64_t i = rng.below(3); i > 0; --i)
    costs.paybacks.push_back(
        {.against = random_text(rng),
         .months = rng.below(2) ? std::optional(random_number(rng)) : std::nullopt,
         .low = random_number(rng),
         .high = {},
         .chance = rng.uniform(),
         .why_never = random_text(rng)});
  for (std::uint64_t i = rng.below(3); i > 0; --i) costs.notes.push_back(random_text(rng));
  return costs;
}

Change random_change(Rng& rng) {
  return {.description = random_text(rng),
          .kind = random_text(rng),
          .set = {random_text(rng), "a=b"},
          .verdict = random_verdict(rng),
          .decode_tokens_per_second = maybe_estimate(rng),
          .prefill_tokens_per_second = maybe_estimate(rng),
          .throughput_tokens_per_second = maybe_estimate(rng),
          .decode_factor = random_number(rng),
          .warning = random_text(rng)};
}

SavingOutcome random_saving(Rng& rng) {
  return {.saving = random_text(rng),
          .setting = random_text(rng),
          .decode_factor = maybe_estimate(rng).value_or(Estimate::exact(1.0)),
          .tokens_per_step = maybe_estimate(rng),
          .warning = random_text(rng)};
}

ModelFacts random_facts(Rng& rng) {
  ModelFacts facts;
  facts.model = random_text(rng);
  facts.quantization = random_text(rng);
  facts.system = random_text(rng);
  facts.engine = random_text(rng);
  facts.placement = random_text(rng);
  facts.parameters = static_cast<std::int64_t>(rng.next() >> 2);
  facts.weights = Bytes(random_number(rng));
  facts.bits_per_weight = random_number(rng);
  facts.context = static_cast<std::int64_t>(rng.next() >> rng.below(60));
  facts.batch = static_cast<int>(rng.below(1000));
  return facts;
}

}  // namespace

std::string random_text(Rng& rng) {
  constexpr std::array<const char*, 16> parts = {
      "a",    "GPU",     " ",    " ",  "experts", "|",    "*_`<b>", "\033[2J",
      "模型", "e\u0301", "\xFF", "\n", "…",       "\"\\", "0",      "-"};
  std::string text;
  const std::uint64_t length = rng.below(6) == 0 ? rng.below(200) : rng.below(8);
  for (std::uint64_t i = 0; i < length; ++i) text += parts[rng.below(parts.size())];
  return text;
}

StreamingOutcome random_streaming(Rng& rng) {
  StreamingOutcome streaming;
  streaming.hit_rate = rng.uniform();
  streaming.application_hit_rate = rng.uniform();
  streaming.read_per_token = Bytes(random_number(rng));
  streaming.working_set = Bytes(random_number(rng));
  streaming.expert_cache = Bytes(rng.below(2) ? random_number(rng) : 0.0);
  streaming.memory = {.total = Bytes(random_number(rng)),
                      .held = Bytes(random_number(rng)),
                      .compressor = Bytes(random_number(rng)),
                      .compressed = Bytes(rng.below(2) ? random_number(rng) : 0.0),
                      .page_cache = Bytes(random_number(rng)),
                      .free = Bytes(random_number(rng))};
  streaming.routed_layers = static_cast<int>(rng.below(100));
  for (std::uint64_t i = rng.below(6); i > 0; --i)
    streaming.layer.push_back({random_text(rng), Seconds(random_number(rng))});
  streaming.outside_layers = Seconds(random_number(rng));
  for (std::uint64_t i = rng.below(8); i > 0; --i)
    streaming.series.push_back({.prompt = rng.below(2) == 0,
                                .first = static_cast<std::int64_t>(rng.below(1u << 20)),
                                .last = static_cast<std::int64_t>(rng.below(1u << 20)),
                                .end = Seconds(random_number(rng)),
                                .tokens_per_second = random_number(rng),
                                .hit_rate = rng.uniform(),
                                .application_hit_rate = rng.below(2) ? rng.uniform() : 0.0,
                                .read_per_token = Bytes(random_number(rng)),
                                .speed = rng.uniform(),
                                .body_temperature = rng.below(2) ? random_number(rng) : 0.0});
  for (std::uint64_t i = rng.below(12); i > 0; --i)
    streaming.parameters.push_back(
        {random_text(rng), random_text(rng), rng.uniform(), rng.uniform() - 0.5});
  if (rng.below(2)) streaming.published_tokens_per_second = random_number(rng);
  for (std::uint64_t i = rng.below(4); i > 0; --i)
    streaming.conditions.push_back(
        {random_text(rng), random_number(rng), std::nullopt, random_text(rng)});
  if (rng.below(2)) streaming.sustained_power_w = random_number(rng);
  return streaming;
}

Outcome random_outcome(Rng& rng) {
  Outcome outcome;
  outcome.verdict = random_verdict(rng);
  outcome.fits_probability = rng.uniform();
  outcome.short_by = Bytes(random_number(rng));
  outcome.why_not = random_text(rng);
  if (rng.below(2)) outcome.largest_context = static_cast<std::int64_t>(rng.below(1u << 20));
  outcome.facts = random_facts(rng);
  for (std::uint64_t i = rng.below(6); i > 0; --i) outcome.memory.push_back(random_pool(rng));
  outcome.decode_tokens_per_second = maybe_estimate(rng);
  outcome.throughput_tokens_per_second = maybe_estimate(rng);
  outcome.prefill_tokens_per_second = maybe_estimate(rng);
  outcome.time_to_first_token_s = maybe_estimate(rng);
  outcome.total_time_s = maybe_estimate(rng);
  outcome.power_w = maybe_estimate(rng);
  outcome.energy_per_token_j = maybe_estimate(rng);
  outcome.cache_state = random_text(rng);
  outcome.cache_hit_rate = maybe_estimate(rng);
  outcome.price_usd = maybe_estimate(rng);
  if (rng.below(2)) outcome.redundancy = random_redundancy(rng);
  if (rng.below(2)) outcome.costs = random_costs(rng);
  outcome.time_shares = random_shares(rng);
  outcome.prefill_shares = random_shares(rng);
  for (std::uint64_t i = rng.below(4); i > 0; --i) {
    outcome.limits.push_back(
        {random_text(rng), rng.uniform(), random_text(rng), random_number(rng)});
  }
  for (std::uint64_t i = rng.below(3); i > 0; --i) outcome.savings.push_back(random_saving(rng));
  for (std::uint64_t i = rng.below(12); i > 0; --i) outcome.changes.push_back(random_change(rng));
  if (rng.below(2)) outcome.applied_change = random_change(rng);
  outcome.start_command = random_command(rng);
  constexpr std::array<const char*, 6> statuses = {"datasheet", "measured", "fitted",
                                                   "claimed",   "default",  ""};
  for (std::uint64_t i = rng.below(12); i > 0; --i) {
    outcome.assumptions.push_back(
        {random_text(rng), random_text(rng), random_text(rng), statuses[rng.below(statuses.size())],
         rng.below(2) ? "low" : "high", rng.below(3) ? "" : random_text(rng)});
  }
  for (std::uint64_t i = rng.below(4); i > 0; --i) outcome.notes.push_back(random_text(rng));
  for (std::uint64_t i = rng.below(3); i > 0; --i) outcome.claim_checks.push_back(random_text(rng));
  if (rng.below(2)) outcome.streaming = random_streaming(rng);
  return outcome;
}

std::vector<RankedModel> random_ranking(Rng& rng) {
  std::vector<RankedModel> models;
  for (std::uint64_t i = rng.below(20); i > 0; --i) {
    models.push_back({.model_id = random_text(rng),
                      .model = random_text(rng),
                      .quantization = random_text(rng),
                      .verdict = random_verdict(rng),
                      .memory = Bytes(random_number(rng)),
                      .short_by = Bytes(random_number(rng)),
                      .largest_context = static_cast<std::int64_t>(rng.below(1u << 30)),
                      .parameters = 7,
                      .decode_tokens_per_second = maybe_estimate(rng),
                      .time_to_first_token_s = maybe_estimate(rng),
                      .warning = random_text(rng)});
  }
  return models;
}

}  // namespace plimsoll::test
