#include "scenario/savings_section.h"

#include "base/quantity_text.h"
#include "scenario/given_reader.h"

namespace plimsoll {

namespace {

// Nobody drafts or predicts with more; they catch slipped digits.
constexpr std::int64_t most_drafted_tokens = 256;
constexpr std::int64_t highest_predictor_rank = 1'000'000;

// The two ends of `range`, around the value.
void read_range(MapReader& reader, double minimum, StatedShare& share) {
  const std::vector<double> ends =
      reader.value_or("range", field::list_of(field::number(minimum, 1.0)), {});
  if (!reader.has("range")) return;
  if (ends.size() == 2 && ends[0] <= share.value && share.value <= ends[1]) {
    share.low = ends[0];
    share.high = ends[1];
  } else {
    reader.error("range", "bad-range", "key 'range' does not hold the two ends around the value",
                 "[low, high]");
  }
}

// A number, or {value: …, range: [low, high]}.
void take_share(MapReader& reader, const char* key, double minimum, Given<StatedShare>& given) {
  const auto number = field::number(minimum, 1.0);
  const auto map = field::object(key, [&](MapReader& inner) {
    StatedShare share;
    share.value = share.low = share.high = inner.required("value", number);
    read_range(inner, minimum, share);
    return share;
  });
  given.place = reader.place_of(key);
  const Node* node = reader.take(key, field::either(number, map));
  if (!node) return;
  const field::Context context{"key '" + std::string(key) + "'", reader.diagnostics()};
  if (node->kind() == NodeKind::map) {
    given.value = map.read(*node, context);
  } else {
    const double value = number.read(*node, context);
    given.value = StatedShare{value, value, value};
  }
}

// Less would be no model any more: one layer of twenty, one neuron of a thousand.
constexpr double fewest_layers = 0.05;
constexpr double fewest_neurons = 0.001;

void read_savings(MapReader& reader, SavingsSection& section) {
  take_map(reader, "speculative", [&](MapReader& inner) {
    take(inner, "draft", field::text(), section.draft);
    take(inner, "quantization", field::text(), section.draft_quantization);
    take_int(inner, "tokens", 1, most_drafted_tokens, section.draft_tokens);
    take_share(inner, "acceptance", 0.0, section.acceptance);
  });
  take_map(reader, "mixture_of_depths", [&](MapReader& inner) {
    take_share(inner, "skip", 0.0, section.skipped_tokens);
    take(inner, "layers", field::number(0.0, 1.0), section.routed_layers);
  });
  take_map(reader, "pruning", [&](MapReader& inner) {
    take_share(inner, "active", fewest_neurons, section.active_neurons);
    take_int(inner, "predictor_rank", 0, highest_predictor_rank, section.predictor_rank);
  });
  take_map(reader, "early_exit", [&](MapReader& inner) {
    take_share(inner, "layers", fewest_layers, section.exit_layers);
  });
}

void write_share(YamlWriter& out, std::string_view key, const Given<StatedShare>& given) {
  if (!given.has()) return;
  const StatedShare& share = *given.value;
  const std::string value = exact_number(share.value);
  const bool exact = share.low == share.value && share.high == share.value;
  out.line(2, key,
           exact ? value
                 : "{value: " + value + ", range: [" + exact_number(share.low) + ", " +
                       exact_number(share.high) + "]}");
}

// Calls `visit` with every value of the section.
template <class Visit>
void visit_savings(const SavingsSection& s, Visit visit) {
  visit(s.draft);
  visit(s.draft_quantization);
  visit(s.draft_tokens);
  visit(s.acceptance);
  visit(s.skipped_tokens);
  visit(s.routed_layers);
  visit(s.active_neurons);
  visit(s.predictor_rank);
  visit(s.exit_layers);
}

}  // namespace

void read_savings_section(MapReader& reader, SavingsSection& section) {
  take_map(reader, "savings", [&](MapReader& inner) { read_savings(inner, section); });
}

void write_savings_section(YamlWriter& out, const SavingsSection& s) {
  if (!first_place(s)) return;
  out.line(0, "savings", {});
  if (s.draft.has() || s.draft_quantization.has() || s.draft_tokens.has() || s.acceptance.has()) {
    out.line(1, "speculative", {});
    out.given(2, "draft", s.draft);
    out.given(2, "quantization", s.draft_quantization);
    out.given(2, "tokens", s.draft_tokens);
    write_share(out, "acceptance", s.acceptance);
  }
  if (s.skipped_tokens.has() || s.routed_layers.has()) {
    out.line(1, "mixture_of_depths", {});
    write_share(out, "skip", s.skipped_tokens);
    out.given(2, "layers", s.routed_layers);
  }
  if (s.active_neurons.has() || s.predictor_rank.has()) {
    out.line(1, "pruning", {});
    write_share(out, "active", s.active_neurons);
    out.given(2, "predictor_rank", s.predictor_rank);
  }
  if (s.exit_layers.has()) {
    out.line(1, "early_exit", {});
    write_share(out, "layers", s.exit_layers);
  }
}

const SourcePlace* first_place(const SavingsSection& section) {
  return first_given_place([&](auto visit) { visit_savings(section, visit); });
}

}  // namespace plimsoll
