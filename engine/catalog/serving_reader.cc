#include "catalog/reader_parts.h"
#include "catalog/words.h"

namespace plimsoll {

namespace {

// No engine comes near these; they catch slipped digits.
constexpr int most_served = 1 << 20;
constexpr int most_in_a_step = 1 << 24;

ServingLimits read_serving_limits(MapReader& reader) {
  ServingLimits limits;
  limits.memory = reader.value_or("memory", field::quantity<Bytes>(Bound::non_negative), Bytes());
  limits.not_on = texts_or_none(reader, "not_on");
  limits.sequences = required_int(reader, "sequences", 1, most_served);
  limits.step_tokens = required_int(reader, "step_tokens", 1, most_in_a_step);
  limits.offline_step_tokens = int_or(reader, "offline_step_tokens", 0, most_in_a_step, 0);
  return limits;
}

}  // namespace

ServingSpec read_serving(MapReader& reader) {
  ServingSpec serving;
  serving.batching = reader.required("batching", word_of<Batching>());
  serving.admission = reader.value_or("admission", word_of<Admission>(), Admission::prompt);
  serving.prefill = reader.value_or("prefill", word_of<PrefillHabit>(), PrefillHabit::chunked);
  serving.block_tokens = int_or(reader, "block_tokens", 1, 1 << 16, 16);
  serving.pass_tokens = int_or(reader, "pass_tokens", 0, 1 << 20, 0);
  serving.prefix_caching = reader.value_or("prefix_caching", field::boolean(), false);
  serving.free_share = reader.optional("free_share", field::fraction());
  serving.limits = reader.required(
      "limits", field::list_of(field::object("serving limits", read_serving_limits)));
  require_some(reader, "limits", serving.limits);
  const auto time = [&reader](std::string_view key, double most) {
    return reader.optional(key, field::figure(Seconds(0.0), Seconds(most)))
        .value_or(Figure<Seconds>{});
  };
  serving.request_overhead = time("request_overhead", 10.0);
  serving.token_overhead = time("token_overhead", 0.1);
  serving.sampling = time("sampling", 1e-6);
  serving.source = reader.required("source", field::text());
  return serving;
}

}  // namespace plimsoll
