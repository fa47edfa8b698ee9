#include "report/report_content.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <span>
#include <system_error>

#include "base/quantity_text.h"
#include "evaluate/evaluate.h"

namespace plimsoll {
namespace {

constexpr int figure_digits = 3;

// Decimal places (negative: tens, hundreds) at which `value` has that many significant digits.
int places_for(double value, int digits) {
  if (value == 0.0 || !std::isfinite(value)) return 0;
  return digits - 1 - static_cast<int>(std::floor(std::log10(std::fabs(value))));
}

std::string to_places(double value, int places) {
  if (!std::isfinite(value) || std::fabs(value) >= 1e15 || places > 12) {
    return print_number(value, figure_digits);
  }
  if (places < 0) {
    const double step = std::pow(10.0, -places);
    value = std::round(value / step) * step;
  }
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, std::max(places, 0));
  return error == std::errc() ? std::string(buffer.data(), end)
                              : print_number(value, figure_digits);
}

struct Scale {
  double factor;  // base units per printed unit
  const char* unit;
};

// The largest unit that leaves at least 1; the smallest one for less.
Scale fitting_scale(double value, std::span<const Scale> scales) {
  Scale fitting = scales.front();
  for (const Scale& scale : scales) {
    if (std::fabs(value) >= scale.factor) fitting = scale;
  }
  return fitting;
}

// 99.96 becomes 100 when it is rounded to three digits, not 99.96 with one decimal too many.
int places_after_rounding(double value) {
  const int places = places_for(value, figure_digits);
  const double step = std::pow(10.0, -places);
  return std::isfinite(step) && step > 0.0
             ? places_for(std::round(value / step) * step, figure_digits)
             : places;
}

FigureText figure_text(const Estimate& estimate, Scale scale) {
  const double value = estimate.value / scale.factor;
  const double low = estimate.low / scale.factor;
  const double high = estimate.high / scale.factor;
  const int places = places_after_rounding(value);
  // No end has more digits than the value; one far below it would lose all of them at the value's
  // place.
  const auto end_text = [&](double end) {
    const bool tiny = std::fabs(end) < std::fabs(value) / 10.0;
    return to_places(end, tiny ? std::max(places, places_for(end, 2))
                               : std::min(places, places_after_rounding(end)));
  };
  FigureText text{.value = to_places(value, places), .unit = scale.unit, .interval = {}};
  if (low != high) text.interval = end_text(low) + " … " + end_text(high);
  return text;
}

constexpr std::array<Scale, 5> time_scales = {
    {{1e-6, "us"}, {1e-3, "ms"}, {1.0, "s"}, {60.0, "min"}, {3600.0, "h"}}};
constexpr std::array<Scale, 6> byte_scales = {
    {{1.0, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}, {1e15, "PB"}}};

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

void add_clause(std::string& sentence, const std::string& clause) {
  if (clause.empty()) return;
  if (!sentence.empty()) sentence += ", ";
  sentence += clause;
}

std::string speed_clause(const Outcome& outcome) {
  std::string clause;
  if (outcome.decode_tokens_per_second) {
    add_clause(clause, "decodes " + with_unit(rate_text(*outcome.decode_tokens_per_second)) +
                           (outcome.facts.batch > 1 ? " per sequence" : ""));
  }
  if (outcome.time_to_first_token_s) {
    add_clause(clause, "first token after " + with_unit(time_text(*outcome.time_to_first_token_s)));
  }
  return clause;
}

// Where the most is missing; "each of 4 pools" is said by the folded label.
std::string shortage_clause(const Outcome& outcome) {
  const std::vector<PoolGroup> groups = fold_pools(outcome.memory);
  const auto worst = std::max_element(
      groups.begin(), groups.end(),
      [](const auto& a, const auto& b) { return a.pool->short_by < b.pool->short_by; });
  if (worst == groups.end() || worst->pool->short_by <= Bytes(0.0)) {
    if (outcome.short_by <= Bytes(0.0)) return {};
    return "short by " + print(outcome.short_by);
  }
  std::string clause = "short by " + print(worst->pool->short_by) + " on " + worst->label;
  if (outcome.short_by > worst->pool->short_by * 1.001) {
    clause += ", " + print(outcome.short_by) + " in all";
  }
  return clause;
}

std::string probability_clause(double probability) {
  if (probability >= 0.995 || probability <= 0.005) return {};
  return "fits with probability " + to_places(probability * 100.0, 0) + " %";
}

std::string ending(std::string sentence) {
  if (!sentence.empty() && sentence.back() != '.') sentence += '.';
  return sentence;
}

std::string verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::fits:
      return "FITS";
    case Verdict::fits_with_streaming:
      return "FITS WITH STREAMING";
    case Verdict::fits_with_changes:
      return "FITS WITH CHANGES";
    case Verdict::does_not_fit:
      break;
  }
  return "DOES NOT FIT";
}

std::string verdict_sentence(const Outcome& outcome) {
  std::string speed = speed_clause(outcome);
  add_clause(speed, probability_clause(outcome.fits_probability));
  switch (outcome.verdict) {
    case Verdict::fits:
      return speed.empty() ? "it runs as asked" : speed;
    case Verdict::fits_with_streaming:
      return "part of the weights comes from storage while it runs" +
             (speed.empty() ? "" : "; " + speed);
    case Verdict::fits_with_changes: {
      const Change* change = outcome.applied_change ? &*outcome.applied_change : nullptr;
      const std::string shortage = shortage_clause(outcome);
      return (shortage.empty() ? "" : shortage + " as asked; ") + "with " +
             (change ? change->description : "one change") + (speed.empty() ? "" : " it " + speed);
    }
    case Verdict::does_not_fit:
      break;
  }
  const std::string shortage = shortage_clause(outcome);
  return shortage.empty() ? outcome.why_not : shortage;
}

// In quotes when a shell would take it apart.
std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// "GPU 12 memory" -> {"GPU ", 12, " memory"}; nothing without a number.
struct NumberedName {
  std::string before;
  int number = 0;
  std::string after;
};

std::optional<NumberedName> split_number(const std::string& name) {
  const auto start = name.find_first_of("0123456789");
  if (start == std::string::npos) return std::nullopt;
  const auto end = std::min(name.find_first_not_of("0123456789", start), name.size());
  NumberedName split{.before = name.substr(0, start), .number = 0, .after = name.substr(end)};
  const auto result = std::from_chars(name.data() + start, name.data() + end, split.number);
  return result.ec == std::errc() ? std::optional(split) : std::nullopt;
}

std::string ranges_text(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!text.empty()) text += ", ";
    text += std::to_string(numbers[i]);
    if (last > i) text += "-" + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

// The common name of several: their number becomes a list of ranges. They differ in the number
// only.
std::string common_name(const std::vector<std::string>& names) {
  std::vector<int> numbers;
  for (const std::string& name : names) numbers.push_back(split_number(name)->number);
  const NumberedName first = *split_number(names.front());
  return first.before + ranges_text(numbers) + first.after;
}

bool differ_in_number_only(const std::string& a, const std::string& b) {
  const auto left = split_number(a);
  const auto right = split_number(b);
  return left && right && left->before == right->before && left->after == right->after &&
         left->number != right->number;
}

bool same_items(const std::vector<MemoryItem>& a, const std::vector<MemoryItem>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.what == y.what && x.bytes == y.bytes && x.wired == y.wired;
  });
}

bool same_contents(const PoolMemory& a, const PoolMemory& b) {
  return a.capacity == b.capacity && a.usable == b.usable && a.limit == b.limit &&
         a.raise == b.raise && a.used == b.used && a.short_by == b.short_by &&
         same_items(a.items, b.items);
}

// Pools of one node, then nodes: a group collects names that differ in their number only.
struct Fold {
  std::vector<std::string> nodes;
  std::vector<std::string> pools;
  const PoolMemory* first = nullptr;
};

std::vector<Fold> fold_within_nodes(const std::vector<PoolMemory>& pools) {
  std::vector<Fold> folds;
  for (const PoolMemory& pool : pools) {
    const auto twin = std::find_if(folds.begin(), folds.end(), [&](const Fold& fold) {
      return fold.nodes.front() == pool.node && same_contents(*fold.first, pool) &&
             differ_in_number_only(fold.pools.front(), pool.pool);
    });
    if (twin == folds.end())
      folds.push_back({{pool.node}, {pool.pool}, &pool});
    else
      twin->pools.push_back(pool.pool);
  }
  return folds;
}

std::vector<Fold> fold_across_nodes(const std::vector<Fold>& folds) {
  std::vector<Fold> merged;
  for (const Fold& fold : folds) {
    const auto twin = std::find_if(merged.begin(), merged.end(), [&](const Fold& other) {
      return other.pools == fold.pools && same_contents(*other.first, *fold.first) &&
             differ_in_number_only(other.nodes.front(), fold.nodes.front());
    });
    if (twin == merged.end())
      merged.push_back(fold);
    else
      twin->nodes.push_back(fold.nodes.front());
  }
  return merged;
}

std::string fold_label(const Fold& fold, bool name_nodes) {
  std::string label;
  if (name_nodes && !fold.nodes.front().empty()) {
    label = (fold.nodes.size() > 1 ? common_name(fold.nodes) : fold.nodes.front()) + ", ";
  }
  label += fold.pools.size() > 1 ? common_name(fold.pools) : fold.pools.front();
  if (fold.nodes.size() * fold.pools.size() > 1) label += ", each";
  return label;
}

bool is_doubtful(const Assumption& assumption) {
  return !assumption.warning.empty() || assumption.status == "claimed" ||
         assumption.confidence == "low";
}

std::string group_title(const Assumption& assumption) {
  if (is_doubtful(assumption)) return "Claimed or uncertain";
  if (assumption.status == "default") return "Chosen by default";
  return assumption.status.empty() ? "Unsorted" : capitalized(assumption.status);
}

int group_order(const AssumptionGroup& group) {
  constexpr std::array<std::string_view, 5> order = {"Claimed or uncertain", "Chosen by default",
                                                     "Fitted", "Measured", "Datasheet"};
  return static_cast<int>(std::find(order.begin(), order.end(), group.title) - order.begin());
}

template <class Group, class Matches>
Group& find_or_add(std::vector<Group>& groups, Matches matches, Group fresh) {
  const auto found = std::find_if(groups.begin(), groups.end(), matches);
  if (found != groups.end()) return *found;
  groups.push_back(std::move(fresh));
  return groups.back();
}

}  // namespace

std::string plural(std::int64_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string parenthesized(const std::string& interval) {
  return interval.empty() ? "" : "(" + interval + ")";
}

FigureText rate_text(const Estimate& rate) {
  return figure_text(rate, {1.0, "token/s"});
}
FigureText time_text(const Estimate& seconds) {
  return figure_text(seconds, fitting_scale(seconds.value, time_scales));
}
FigureText power_text(const Estimate& watts) {
  return figure_text(watts, {1.0, "W"});
}
FigureText energy_text(const Estimate& joules) {
  return figure_text(joules, {1.0, "J/token"});
}
FigureText share_text(const Estimate& share) {
  return figure_text(share, {0.01, "%"});
}
FigureText price_text(const Estimate& dollars) {
  return figure_text(dollars, {1.0, "USD"});
}
FigureText bytes_text(const Estimate& bytes) {
  return figure_text(bytes, fitting_scale(bytes.value, byte_scales));
}

namespace {

// With as many digits as the complement needs, and cut off instead of rounded: 99.977 %, never 100
// % of what can fail.
FigureText availability_text(const Estimate& share) {
  constexpr int digits = 2;
  constexpr int most_places = 5;
  const int places = std::clamp(places_for((1.0 - share.value) * 100.0, digits), 0, most_places);
  const double step = std::pow(10.0, places);
  constexpr double slack = 1.0 + 1e-12;  // 99.9 is 99.900000000000006 or 99.899999999999991
  const auto print = [&](double end) {
    return to_places(std::floor(end * 100.0 * step * slack) / step, places);
  };
  FigureText text{.value = print(share.value), .unit = "%", .interval = {}};
  if (share.low != share.high) text.interval = print(share.low) + " … " + print(share.high);
  return text;
}

FigureText hours_a_year(const Estimate& hours) {
  constexpr double hour = 3600.0;
  if (hours.value * hour < 1.0)
    return {.value = "below 1",
            .unit = "s a year",
            .interval = "up to " + exact_time_text(Seconds(hours.high * hour))};
  FigureText text = time_text({hours.value * hour, hours.low * hour, hours.high * hour});
  text.unit += " a year";
  return text;
}

// "2.1 G"
std::string tokens_text(double tokens) {
  constexpr std::array<Scale, 5> scales = {
      {{1.0, ""}, {1e3, " k"}, {1e6, " M"}, {1e9, " G"}, {1e12, " T"}}};
  const Scale scale = fitting_scale(tokens, scales);
  return print_number(tokens / scale.factor, figure_digits) + scale.unit;
}

}  // namespace

std::vector<SpeedRow> redundancy_rows(const Outcome& outcome) {
  std::vector<SpeedRow> rows;
  const ServiceRedundancy& redundancy = *outcome.redundancy;
  if (outcome.throughput_tokens_per_second)
    rows.push_back({"throughput of the replicas in service",
                    rate_text(*outcome.throughput_tokens_per_second)});
  if (redundancy.replica_availability)
    rows.push_back(
        {"availability of one replica", availability_text(*redundancy.replica_availability)});
  if (redundancy.availability)
    rows.push_back({"availability of the service", availability_text(*redundancy.availability)});
  if (redundancy.down_hours_per_year)
    rows.push_back({"down", hours_a_year(*redundancy.down_hours_per_year)});
  if (redundancy.lost_requests_per_year)
    rows.push_back(
        {"requests lost", figure_text(*redundancy.lost_requests_per_year, {1.0, "a year"})});
  return rows;
}

std::string redundancy_text(const ServiceRedundancy& redundancy) {
  if (!redundancy.why_not.empty()) return "Availability is not known: " + redundancy.why_not + ".";
  if (redundancy.failing_as.empty()) return {};
  return "Failing as published for: " + redundancy.failing_as +
         ". Independently of one another; what stops all at once (power, network, software) is "
         "not in it.";
}

bool any_known(const MonthlyCosts& costs) {
  return std::any_of(costs.ways.begin(), costs.ways.end(),
                     [](const WayCost& way) { return way.usd_per_month.has_value(); });
}

std::string monthly_load_text(const MonthlyCosts& costs) {
  const std::string output = tokens_text(costs.output_tokens_per_month.value) + " tokens out";
  if (!costs.load_given)
    return "Busy all month with requests of this shape: " +
           tokens_text(costs.input_tokens_per_month) + " tokens in, " + output + ".";
  std::string text = "For " + tokens_text(costs.input_tokens_per_month) + " tokens in";
  if (costs.cached_tokens_per_month > 0.0)
    text += " (" + tokens_text(costs.cached_tokens_per_month) + " of them cached)";
  text += " and " + output;
  if (costs.utilisation)
    text += "; busy " + with_interval(share_text(*costs.utilisation)) + " of the month";
  return text + ".";
}

std::string owning_text(const OwningCost& owning) {
  const auto dollars = [](const Estimate& estimate) { return price_text(estimate).value; };
  return "purchase " + dollars(owning.purchase_usd) + ", over " +
         print_number(owning.life_years, 2) + " years " +
         dollars(owning.depreciation_usd_per_month) + " a month; electricity " +
         dollars(owning.electricity_usd_per_month) + ", upkeep " +
         dollars(owning.upkeep_usd_per_month);
}

std::string payback_text(const Payback& payback) {
  const auto end = [](const std::optional<double>& months) {
    return months ? to_places(*months, places_after_rounding(*months)) : std::string("never");
  };
  const std::string chance = "probability " + to_places(payback.chance * 100.0, 0) + " %";
  if (!payback.months)
    return "Owning never pays back against " + payback.against + " (" + chance +
           " that it does): " + ending(payback.why_never);
  return "Owning has paid back against " + payback.against + " after " + end(payback.months) +
         " months (" + end(payback.low) + " … " + end(payback.high) + "); " + chance +
         " that it ever does.";
}

std::string dollars_text(const std::optional<Estimate>& dollars) {
  if (!dollars) return "not known";
  const FigureText text = price_text(*dollars);
  return text.value + (text.interval.empty() ? "" : " (" + text.interval + ")");
}

std::string with_unit(const FigureText& figure) {
  return figure.value + " " + figure.unit;
}

std::string with_interval(const FigureText& figure) {
  return with_unit(figure) + (figure.interval.empty() ? "" : " (" + figure.interval + ")");
}

std::string count_text(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string percent_text(double share) {
  return to_places(share * 100.0, 1) + " %";
}

std::string parameters_text(std::int64_t n) {
  constexpr std::array<Scale, 4> scales = {{{1.0, ""}, {1e6, " M"}, {1e9, " B"}, {1e12, " T"}}};
  const double count = static_cast<double>(n);
  const Scale scale = fitting_scale(count, scales);
  return print_number(count / scale.factor, figure_digits) + scale.unit + " parameters";
}

std::string size_text(Bytes size) {
  const double half_gib = size.base() / 536870912.0;
  const bool binary = half_gib >= 1.0 && half_gib == std::floor(half_gib);
  return binary ? print_binary(size, 4) : print(size);
}

std::string exact_time_text(Seconds time) {
  return with_unit(time_text(Estimate::exact(time.base())));
}

std::string factor_text(double factor) {
  return to_places(factor, std::min(2, places_after_rounding(factor))) + "x";
}

VerdictText verdict_text(const Outcome& outcome) {
  VerdictText text{.word = verdict_word(outcome.verdict),
                   .sentence = ending(verdict_sentence(outcome)),
                   .remarks = {}};
  if (!outcome.why_not.empty() && text.sentence != ending(outcome.why_not)) {
    text.remarks.push_back(ending(outcome.why_not));
  }
  if (outcome.applied_change) {
    const std::string options = set_options(*outcome.applied_change);
    if (!options.empty()) text.remarks.push_back("The same scenario with that change: " + options);
    if (!outcome.applied_change->warning.empty()) {
      text.remarks.push_back(ending(outcome.applied_change->warning));
    }
  }
  if (outcome.largest_context && outcome.verdict == Verdict::does_not_fit) {
    const std::int64_t largest = *outcome.largest_context;
    text.remarks.push_back(largest > 0
                               ? "The largest context that fits is " + count_text(largest) + "."
                               : "It does not fit with any context.");
  }
  return text;
}

std::string subject_line(const ModelFacts& facts) {
  std::string line = facts.model;
  if (!facts.quantization.empty()) line += ", " + facts.quantization;
  std::string size;
  if (facts.parameters > 0) add_clause(size, parameters_text(facts.parameters));
  if (facts.bits_per_weight > 0.0) {
    add_clause(size, print_number(facts.bits_per_weight, figure_digits) + " bit/weight");
  }
  if (facts.weights > Bytes(0.0)) {
    add_clause(size, print(facts.weights) + " = " + print_binary(facts.weights));
  }
  if (!size.empty()) line += " (" + size + ")";
  return line + (facts.system.empty() ? "" : " on " + facts.system);
}

std::string workload_line(const ModelFacts& facts) {
  std::string line;
  add_clause(line, facts.engine);
  add_clause(line, facts.placement);
  std::string work;
  add_clause(work, "context " + count_text(facts.context));
  if (facts.depth > 0) add_clause(work, "depth " + count_text(facts.depth));
  add_clause(work, "prompt " + count_text(facts.prompt));
  add_clause(work, plural(facts.generate, "token") + " generated");
  add_clause(work, "batch " + count_text(facts.batch));
  return line.empty() ? work : line + "; " + work;
}

std::vector<SpeedRow> speed_rows(const Outcome& outcome) {
  std::vector<SpeedRow> rows;
  const auto add = [&rows](const char* what, const std::optional<Estimate>& figure, auto text) {
    if (figure) rows.push_back({what, text(*figure), *figure});
  };
  const bool batched = outcome.facts.batch > 1;
  add(batched ? "decode, each sequence" : "decode", outcome.decode_tokens_per_second, rate_text);
  if (batched) add("throughput of the batch", outcome.throughput_tokens_per_second, rate_text);
  add("prefill", outcome.prefill_tokens_per_second, rate_text);
  add("time to first token", outcome.time_to_first_token_s, time_text);
  add("whole answer", outcome.total_time_s, time_text);
  add("power", outcome.power_w, power_text);
  add("energy per token", outcome.energy_per_token_j, energy_text);
  add("cache hit rate", outcome.cache_hit_rate, share_text);
  add("price", outcome.price_usd, price_text);
  return rows;
}

std::string reading_text(const Estimate& tokens_per_second) {
  if (tokens_per_second.low >= reading_speed) return "faster than people read";
  if (tokens_per_second.high <= reading_speed) return "slower than people read";
  return "about as fast as people read";
}

std::string profile_text(const ProfileUse& profile) {
  return "With the profile of " + profile.date + ", measured on " + profile.machine + ": " +
         profile.file;
}

MovedText moved_text(const MovedFigure& figure) {
  const auto reach = [](double log_sigma) { return percent_text(std::expm1(z90 * log_sigma)); };
  return {
      .what = figure.what,
      .value = figure.value,
      .factor = factor_text(figure.factor),
      .known = "to " + reach(figure.log_sigma) + ", before to " + reach(figure.log_sigma_before)};
}

std::string cache_text(const Outcome& outcome) {
  if (outcome.cache_state.empty() || outcome.cache_state == "resident") return {};
  if (outcome.cache_state == "cold") return "All caches are empty at the start.";
  if (outcome.cache_state == "loaded")
    return outcome.cache_hit_rate
               ? "At the start the dense weights have just been read, experts not."
               : "At the start the weights have just been read.";
  if (outcome.cache_state == "warm") return "Caches are full at the start, from another text.";
  return "page cache: " + outcome.cache_state;
}

std::string set_options(const Change& change) {
  std::string options;
  for (const std::string& assignment : change.set) {
    options += (options.empty() ? "--set " : " --set ") + shell_word(assignment);
  }
  return options;
}

std::vector<PoolGroup> fold_pools(const std::vector<PoolMemory>& pools) {
  const std::vector<Fold> folds = fold_across_nodes(fold_within_nodes(pools));
  const bool name_nodes = std::any_of(pools.begin(), pools.end(), [&](const PoolMemory& pool) {
    return pool.node != pools.front().node;
  });
  std::vector<PoolGroup> groups;
  for (const Fold& fold : folds) {
    groups.push_back({.label = fold_label(fold, name_nodes),
                      .pool = fold.first,
                      .count = static_cast<int>(fold.nodes.size() * fold.pools.size())});
  }
  return groups;
}

std::vector<MemoryItem> fold_items(const PoolMemory& pool) {
  std::vector<MemoryItem> items = pool.items;
  std::stable_sort(items.begin(), items.end(), [](const MemoryItem& a, const MemoryItem& b) {
    return a.bytes.value > b.bytes.value;
  });
  const auto small = [&pool](const MemoryItem& item) {
    return item.bytes.value < 0.01 * pool.used.value;
  };
  const auto first_small = std::find_if(items.begin(), items.end(), small);
  const auto count = items.end() - first_small;
  if (count <= 1) return items;
  MemoryItem rest{.what = plural(count, "small part"), .bytes = {}, .wired = false};
  for (auto item = first_small; item != items.end(); ++item) {
    rest.bytes.value += item->bytes.value;
    rest.bytes.low += item->bytes.low;
    rest.bytes.high += item->bytes.high;
    rest.wired = rest.wired || item->wired;
  }
  items.erase(first_small, items.end());
  items.push_back(rest);
  return items;
}

FigureText part_text(const Estimate& part, const Estimate& whole) {
  const Scale scale = fitting_scale(whole.value, byte_scales);
  const int places = places_after_rounding(whole.value / scale.factor);
  const auto text = [&](double bytes) { return to_places(bytes / scale.factor, places); };
  FigureText figure{.value = text(part.value), .unit = scale.unit, .interval = {}};
  if (part.low != part.high) figure.interval = text(part.low) + " … " + text(part.high);
  return figure;
}

std::string pool_use_text(const PoolMemory& pool) {
  return with_interval(bytes_text(pool.used)) + " of " + print(pool.usable) + " usable";
}

std::string pool_limit_text(const PoolMemory& pool) {
  std::string text = "capacity " + size_text(pool.capacity);
  if (pool.usable < pool.capacity) {
    text += ", usable " + print_binary(pool.usable);
    if (!pool.limit.empty()) text += ": " + pool.limit;
  }
  return text;
}

std::string link_text(const LinkUse& use) {
  return use.count > 1 ? use.link + " (" + std::to_string(use.count) + " alike)" : use.link;
}

std::string load_text(Bytes bytes, double busy) {
  if (bytes == Bytes()) return "nothing";
  return print(bytes) + ", " + percent_text(busy) + " busy";
}

std::string route_text(const RouteUse& route) {
  return route.from + " to " + route.to;
}

std::string path_text(const RouteUse& route) {
  std::string text = exact_time_text(route.latency) + ", " + print(route.bandwidth) + ", by ";
  for (std::size_t i = 0; i < route.links.size(); ++i) text += (i > 0 ? "; " : "") + route.links[i];
  return text;
}

std::vector<TimeShare> fold_shares(std::vector<TimeShare> shares, double smallest,
                                   std::size_t most) {
  std::stable_sort(shares.begin(), shares.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.share > b.share; });
  std::size_t kept = 0;
  while (kept < std::min(most, shares.size()) && shares[kept].share >= smallest) ++kept;
  if (shares.size() - kept <= 1) return shares;  // a single small one says more than "other"
  TimeShare other{
      .resource = "other",
      .operators = plural(static_cast<std::int64_t>(shares.size() - kept), "small part"),
      .time = Seconds(0.0),
      .share = 0.0};
  for (std::size_t i = kept; i < shares.size(); ++i) {
    other.time += shares[i].time;
    other.share += shares[i].share;
  }
  shares.resize(kept);
  shares.push_back(other);
  return shares;
}

Seconds total_time(const std::vector<TimeShare>& shares) {
  Seconds total;
  for (const TimeShare& share : shares) total += share.time;
  return total;
}

SavingText saving_text(const SavingOutcome& saving) {
  const Estimate& factor = saving.decode_factor;
  SavingText text{.what = saving.saving + ": " + saving.setting,
                  .factor = {.value = factor_text(factor.value), .unit = {}, .interval = {}},
                  .remarks = {}};
  if (factor.low != factor.high)
    text.factor.interval = factor_text(factor.low) + " … " + factor_text(factor.high);
  if (saving.tokens_per_step) {
    const Estimate& tokens = *saving.tokens_per_step;
    text.remarks.push_back(print_number(tokens.value, 3) + " tokens a step" +
                           (tokens.low == tokens.high ? std::string()
                                                      : " (" + print_number(tokens.low, 3) + " … " +
                                                            print_number(tokens.high, 3) + ")"));
  }
  return text;
}

ChangeText change_text(const Change& change, const Outcome& outcome) {
  ChangeText text;
  text.set = set_options(change);
  if (change.verdict == Verdict::does_not_fit) {
    text.remarks.push_back("does not fit either");
    return text;
  }
  const bool streams = change.verdict == Verdict::fits_with_streaming;
  const bool streamed = outcome.verdict == Verdict::fits_with_streaming;
  if (streams && !streamed) text.remarks.push_back("fits with streaming");
  if (!streams && streamed) text.remarks.push_back("fits into memory then");
  const auto& decode = change.decode_tokens_per_second;
  const auto& throughput = change.throughput_tokens_per_second;
  const auto& before = outcome.throughput_tokens_per_second;
  if (change.kind == "batch" && throughput && decode && before) {
    // A larger batch is after throughput; each sequence alone gets slower.
    if (before->value > 0.0) text.effect = throughput->value / before->value;
    if (text.effect > 0.0) text.factor = factor_text(text.effect);
    text.rate = rate_text(*throughput);
    text.estimate = *throughput;
    text.remarks.push_back("in all; each sequence " + with_interval(rate_text(*decode)));
    return text;
  }
  text.effect = change.decode_factor;
  if (text.effect > 0.0) text.factor = factor_text(text.effect);
  if (decode) text.rate = rate_text(*decode);
  if (decode) text.estimate = *decode;
  if (throughput && decode && throughput->value > decode->value * 1.005) {
    text.remarks.push_back("throughput of the batch " + with_interval(rate_text(*throughput)));
  }
  return text;
}

std::vector<AssumptionGroup> group_assumptions(const std::vector<Assumption>& assumptions) {
  std::vector<AssumptionGroup> groups;
  for (const Assumption& assumption : assumptions) {
    const std::string title = group_title(assumption);
    AssumptionGroup& group = find_or_add(
        groups, [&](const AssumptionGroup& other) { return other.title == title; },
        AssumptionGroup{.title = title, .doubtful = is_doubtful(assumption), .sources = {}});
    SourceGroup& source = find_or_add(
        group.sources, [&](const SourceGroup& other) { return other.source == assumption.source; },
        SourceGroup{.source = assumption.source, .figures = {}});
    source.figures.push_back(&assumption);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return group_order(a) < group_order(b); });
  return groups;
}

std::string status_text(const Assumption& assumption) {
  std::string text = assumption.status;
  if (assumption.confidence == "low") text += ", low confidence";
  return text;
}

}  // namespace plimsoll
