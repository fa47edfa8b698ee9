#include "scenario/load_section.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "base/contains.h"
#include "base/text.h"
#include "catalog/words.h"
#include "scenario/given_reader.h"

namespace plimsoll {

namespace {

constexpr auto arrival_words = std::to_array<field::Word<ArrivalKind>>({
    {"closed", ArrivalKind::closed},
    {"all", ArrivalKind::all},
    {"poisson", ArrivalKind::poisson},
    {"bursty", ArrivalKind::bursty},
    {"trace", ArrivalKind::trace},
});
constexpr auto length_words = std::to_array<field::Word<LengthKind>>({
    {"fixed", LengthKind::fixed},
    {"uniform", LengthKind::uniform},
    {"log_normal", LengthKind::log_normal},
    {"file", LengthKind::listed},
});
constexpr auto rate_words = std::to_array<field::Word<HighestRate>>({
    {"highest", HighestRate::within_targets},
});
constexpr auto window_words = std::to_array<field::Word<LoadWindow>>({
    {"whole", LoadWindow::whole},
    {"steady", LoadWindow::steady},
});

// No real load comes near these; they catch slipped digits.
constexpr std::int64_t most_clients = 1'000'000;
constexpr std::int64_t most_requests = 10'000'000;
constexpr std::int64_t longest_text = 100'000'000;
constexpr std::int64_t largest_cache = 100'000'000'000;
constexpr std::int64_t most_interval = 10'000;
constexpr double most_per_second = 1e6;
constexpr double least_per_second = 1e-6;
// Of the requests within a target: less than half of them, or every single one, is no target.
constexpr double least_share = 0.5;
constexpr double most_share = 0.9999;
constexpr double most_headroom = 0.9;

void read_lengths(MapReader& reader, LoadSection& section) {
  const auto tokens = field::integer(1, longest_text);
  const auto share = field::number(0.0, 10.0);
  const auto sigma = field::number(0.0, 5.0);
  take(reader, "distribution", field::text(), section.lengths);
  take(reader, "prompt", tokens, section.prompt);
  take(reader, "output", tokens, section.output);
  take(reader, "shortest", share, section.shortest);
  take(reader, "longest", share, section.longest);
  take(reader, "prompt_sigma", sigma, section.prompt_sigma);
  take(reader, "output_sigma", sigma, section.output_sigma);
  take(reader, "prompt_max", tokens, section.prompt_max);
  take(reader, "output_max", tokens, section.output_max);
  take(reader, "file", field::text(), section.lengths_file);
  make_absolute(section.lengths_file);
}

void read_limits(MapReader& reader, LoadSection& section) {
  take(reader, "max_sequences", field::integer(1, most_clients), section.max_sequences);
  take(reader, "max_step_tokens", field::integer(1, longest_text), section.max_step_tokens);
  take(reader, "admission", field::enumeration(words_of<Admission>()), section.admission);
  take(reader, "memory_share", field::number(0.01, 1.0), section.memory_share);
  take(reader, "cache_tokens", field::integer(1, largest_cache), section.cache_tokens);
  take(reader, "chunked_prefill", field::boolean(), section.chunked_prefill);
  take_int(reader, "receive_interval", 1, most_interval, section.receive_interval);
  take_int(reader, "batch_wait", 0, most_interval, section.batch_wait);
  take(reader, "prefix_share", field::number(0.0, 1.0), section.prefix_share);
}

bool starts_with_letter(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z';
}

// A number, or the word for the most that the targets allow.
void read_rate(MapReader& reader, LoadSection& section) {
  const auto number = field::number(least_per_second, most_per_second);
  const auto word = field::enumeration(rate_words);
  const SourcePlace place = reader.place_of("rate");
  const Node* node = reader.take("rate", field::either(number, word));
  if (!node) return;
  const field::Context context{"key 'rate'", reader.diagnostics()};
  if (node->kind() == NodeKind::scalar && starts_with_letter(node->text()))
    section.highest_rate = {.value = word.read(*node, context), .place = place};
  else
    section.rate = {.value = number.read(*node, context), .place = place};
}

// Calls `visit` with every value of the section.
template <class Visit>
void for_each_of_load(const LoadSection& s, Visit visit) {
  visit(s.arrivals);
  visit(s.concurrency);
  visit(s.rate);
  visit(s.highest_rate);
  visit(s.burstiness);
  visit(s.trace);
  visit(s.requests);
  visit(s.duration);
  visit(s.seed);
  visit(s.lengths);
  visit(s.prompt);
  visit(s.output);
  visit(s.shortest);
  visit(s.longest);
  visit(s.prompt_sigma);
  visit(s.output_sigma);
  visit(s.prompt_max);
  visit(s.output_max);
  visit(s.lengths_file);
  visit(s.window);
  visit(s.ttft_target);
  visit(s.tpot_target);
  visit(s.end_to_end_target);
  visit(s.target_share);
  visit(s.headroom);
  visit(s.max_sequences);
  visit(s.max_step_tokens);
  visit(s.admission);
  visit(s.memory_share);
  visit(s.cache_tokens);
  visit(s.chunked_prefill);
  visit(s.receive_interval);
  visit(s.batch_wait);
  visit(s.prefix_share);
}

bool any_length(const LoadSection& s) {
  return s.lengths.has() || s.prompt.has() || s.output.has() || s.shortest.has() ||
         s.longest.has() || s.prompt_sigma.has() || s.output_sigma.has() || s.prompt_max.has() ||
         s.output_max.has() || s.lengths_file.has();
}

void write_lengths(YamlWriter& out, const LoadSection& section) {
  if (!any_length(section)) return;
  out.line(1, "lengths", {});
  out.given(2, "distribution", section.lengths);
  out.given(2, "prompt", section.prompt);
  out.given(2, "output", section.output);
  out.given(2, "shortest", section.shortest);
  out.given(2, "longest", section.longest);
  out.given(2, "prompt_sigma", section.prompt_sigma);
  out.given(2, "output_sigma", section.output_sigma);
  out.given(2, "prompt_max", section.prompt_max);
  out.given(2, "output_max", section.output_max);
  out.given(2, "file", section.lengths_file);
}

using KeysAndTexts = std::vector<std::pair<std::string, std::string>>;

// "a:b:c" -> a, b, c; no more than `most` parts, the last with all the rest.
std::vector<std::string> parts_of(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < most) {
    const std::size_t cut = text.find(separator);
    if (cut == std::string_view::npos) break;
    parts.emplace_back(trimmed(text.substr(0, cut)));
    text.remove_prefix(cut + 1);
  }
  parts.emplace_back(trimmed(text));
  return parts;
}

// What a short form says, by key; empty when it is none.
KeysAndTexts keys_of_load(std::string_view text) {
  struct Form {
    std::string_view arrivals;
    std::array<const char*, 2> keys;
    std::size_t needed;  // of the keys
  };
  static constexpr std::array<Form, 5> forms = {{{"closed", {"concurrency", nullptr}, 1},
                                                 {"all", {nullptr, nullptr}, 0},
                                                 {"poisson", {"rate", nullptr}, 1},
                                                 {"bursty", {"rate", "burstiness"}, 2},
                                                 {"trace", {"trace", nullptr}, 1}}};
  for (const Form& form : forms) {
    const std::vector<std::string> parts = parts_of(text, ':', form.needed + 1);
    if (parts.front() != form.arrivals || parts.size() != form.needed + 1) continue;
    KeysAndTexts keys{{"arrivals", std::string(form.arrivals)}};
    for (std::size_t i = 0; i < form.needed; ++i) keys.emplace_back(form.keys[i], parts[i + 1]);
    return keys;
  }
  return {};
}

// "1136/212", "1024/1024:0.8-1", or the word of a distribution.
KeysAndTexts keys_of_lengths(std::string_view text) {
  const std::vector<std::string> sizes_and_shares = parts_of(text, ':', 2);
  const std::vector<std::string> sizes = parts_of(sizes_and_shares.front(), '/', 2);
  if (sizes.size() != 2) return {{"distribution", std::string(text)}};
  KeysAndTexts keys{{"prompt", sizes[0]}, {"output", sizes[1]}};
  if (sizes_and_shares.size() == 1) return keys;
  const std::vector<std::string> shares = parts_of(sizes_and_shares[1], '-', 2);
  keys.insert(keys.begin(), {"distribution", "uniform"});
  keys.emplace_back("shortest", shares.front());
  keys.emplace_back("longest", shares.back());
  return keys;
}

Node map_at(const KeysAndTexts& keys, const NodePlace& place) {
  std::vector<MapEntry> entries;
  for (const auto& [key, text] : keys)
    entries.push_back({.key = key, .key_place = place, .value = Node::scalar(text, false, place)});
  return Node::map(std::move(entries), place);
}

}  // namespace

std::string_view to_text(ArrivalKind kind) {
  return spelling(arrival_words, kind);
}

std::string_view to_text(LengthKind kind) {
  return spelling(length_words, kind);
}

std::string_view to_text(HighestRate rate) {
  return spelling(rate_words, rate);
}

std::string_view to_text(LoadWindow window) {
  return spelling(window_words, window);
}

std::optional<LengthKind> length_kind(std::string_view text) {
  for (const auto& [word, kind] : length_words)
    if (word == text) return kind;
  return std::nullopt;
}

void read_load_section(MapReader& load, LoadSection& section) {
  take(load, "arrivals", field::enumeration(arrival_words), section.arrivals);
  take_int(load, "concurrency", 1, most_clients, section.concurrency);
  read_rate(load, section);
  take(load, "burstiness", field::number(1e-3, 1e6), section.burstiness);
  take(load, "trace", field::text(), section.trace);
  make_absolute(section.trace);
  take(load, "requests", field::integer(1, most_requests), section.requests);
  take(load, "duration", field::quantity<Seconds>(Bound::positive), section.duration);
  take(load, "seed", field::integer(0, std::numeric_limits<std::int64_t>::max()), section.seed);
  read_text_or_map(load, "lengths", field::text(), field::object("lengths", [&](MapReader& inner) {
                     read_lengths(inner, section);
                     return 0;
                   }));
  take(load, "window", field::enumeration(window_words), section.window);
  take(load, "ttft_target", field::quantity<Seconds>(Bound::positive), section.ttft_target);
  take(load, "tpot_target", field::quantity<Seconds>(Bound::positive), section.tpot_target);
  take(load, "end_to_end_target", field::quantity<Seconds>(Bound::positive),
       section.end_to_end_target);
  take(load, "target_share", field::number(least_share, most_share), section.target_share);
  take(load, "headroom", field::number(0.0, most_headroom), section.headroom);
  read_limits(load, section);
}

void write_load_section(YamlWriter& out, const LoadSection& section) {
  out.given(1, "arrivals", section.arrivals);
  out.given(1, "concurrency", section.concurrency);
  out.given(1, "rate", section.rate);
  out.given(1, "rate", section.highest_rate);
  out.given(1, "burstiness", section.burstiness);
  out.given(1, "trace", section.trace);
  out.given(1, "requests", section.requests);
  out.given(1, "duration", section.duration);
  out.given(1, "seed", section.seed);
  write_lengths(out, section);
  out.given(1, "window", section.window);
  out.given(1, "ttft_target", section.ttft_target);
  out.given(1, "tpot_target", section.tpot_target);
  out.given(1, "end_to_end_target", section.end_to_end_target);
  out.given(1, "target_share", section.target_share);
  out.given(1, "headroom", section.headroom);
  out.given(1, "max_sequences", section.max_sequences);
  out.given(1, "max_step_tokens", section.max_step_tokens);
  out.given(1, "admission", section.admission);
  out.given(1, "memory_share", section.memory_share);
  out.given(1, "cache_tokens", section.cache_tokens);
  out.given(1, "chunked_prefill", section.chunked_prefill);
  out.given(1, "receive_interval", section.receive_interval);
  out.given(1, "batch_wait", section.batch_wait);
  out.given(1, "prefix_share", section.prefix_share);
}

const SourcePlace* first_place(const LoadSection& section) {
  return first_given_place([&](auto visit) { for_each_of_load(section, visit); });
}

bool asks_for_serving(const LoadSection& section) {
  return first_place(section) != nullptr;
}

Node long_form_of_load(const Node& load) {
  const NodePlace& place = load.node_place();
  if (load.kind() == NodeKind::scalar) {
    const KeysAndTexts keys = keys_of_load(load.text());
    return keys.empty() ? load : map_at(keys, place);
  }
  if (load.kind() != NodeKind::map) return load;
  std::vector<MapEntry> entries = load.entries();
  for (MapEntry& entry : entries)
    if (entry.key == "lengths" && entry.value.kind() == NodeKind::scalar)
      entry.value = map_at(keys_of_lengths(entry.value.text()), entry.value.node_place());
  return Node::map(std::move(entries), place);
}

Node without_arrivals(const Node& load) {
  static constexpr std::array<std::string_view, 6> keys = {"arrivals",   "concurrency", "rate",
                                                           "burstiness", "trace",       "duration"};
  if (load.kind() != NodeKind::map) return load;
  std::vector<MapEntry> entries = load.entries();
  std::erase_if(entries, [&](const MapEntry& entry) { return contains(keys, entry.key); });
  return Node::map(std::move(entries), load.node_place());
}

std::int64_t LoadSetup::requests_at(double per_second) const {
  if (!duration) return requests;
  const double come = std::clamp(per_second * duration->base(), 1.0, 1.0 * most_requests);
  return std::llround(come);
}

std::optional<std::vector<std::string>> load_overrides(std::string_view text) {
  const KeysAndTexts keys = keys_of_load(text);
  if (keys.empty()) return std::nullopt;
  std::vector<std::string> overrides;
  for (const auto& [key, value] : keys)
    overrides.push_back("load." + key + "=" + (key == "trace" ? quoted(value) : value));
  return overrides;
}

std::vector<std::string> length_overrides(std::string_view text) {
  std::string map;
  for (const auto& [key, value] : keys_of_lengths(text))
    map += (map.empty() ? "" : ", ") + key + ": " + (key == "distribution" ? quoted(value) : value);
  return {"load.lengths={" + map + "}"};
}

}  // namespace plimsoll
