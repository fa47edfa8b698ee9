#include "scenario/streaming_section.h"

#include <array>
#include <limits>

#include "catalog/words.h"
#include "scenario/given_reader.h"

namespace plimsoll {

namespace {

constexpr auto start_words = std::to_array<field::Word<StartState>>({
    {"cold", StartState::cold},
    {"loaded", StartState::loaded},
    {"warm", StartState::warm},
});
constexpr auto prefetch_words = std::to_array<field::Word<PrefetchKind>>({
    {"none", PrefetchKind::none},
    {"previous_token", PrefetchKind::previous_token},
    {"predictor", PrefetchKind::predictor},
});

// No real setting comes near these; they catch slipped digits. A drive's queues hold 1024 reads.
constexpr std::int64_t most_read_threads = 1024;
constexpr std::int64_t most_reads_per_expert = 64;

template <class E>
auto one_of() {
  return field::enumeration(words_of<E>());
}

void read_cache(MapReader& reader, StreamingSection& section) {
  take(reader, "policy", one_of<ReplacementKind>(), section.cache_policy);
  take(reader, "size", field::quantity<Bytes>(Bound::non_negative), section.cache_size);
  take(reader, "memory", one_of<WeightMemory>(), section.cache_memory);
}

void read_prefetch(MapReader& reader, StreamingSection& section) {
  take(reader, "predicts", field::enumeration(prefetch_words), section.prefetch);
  take(reader, "accuracy", field::number(0.0, 1.0), section.prefetch_accuracy);
  take(reader, "before", one_of<LayerPart>(), section.prefetch_before);
  take(reader, "hint", field::boolean(), section.prefetch_hint);
}

void read_keys(MapReader& reader, StreamingSection& section) {
  take(reader, "access", one_of<ReadAccess>(), section.access);
  take_int(reader, "threads", 1, most_read_threads, section.threads);
  take_int(reader, "reads_per_expert", 1, most_reads_per_expert, section.reads_per_expert);
  take(reader, "page_cache", one_of<ReplacementKind>(), section.page_cache);
  take_map(reader, "cache", [&](MapReader& inner) { read_cache(inner, section); });
  take(reader, "dense_weights", one_of<WeightMemory>(), section.dense_weights);
  take(reader, "start", field::enumeration(start_words), section.start);
  take_map(reader, "prefetch", [&](MapReader& inner) { read_prefetch(inner, section); });
  take(reader, "other_memory", field::quantity<Bytes>(Bound::non_negative), section.other_memory);
  take(reader, "extent", field::quantity<Bytes>(Bound::positive), section.extent);
  take(reader, "routing", field::text(), section.routing_trace);
  take(reader, "seed", field::integer(0, std::numeric_limits<std::int64_t>::max()), section.seed);
  make_absolute(section.routing_trace);
}

// Calls `visit` with every value of the section.
template <class Visit>
void for_each(const StreamingSection& s, Visit visit) {
  visit(s.access);
  visit(s.threads);
  visit(s.reads_per_expert);
  visit(s.page_cache);
  visit(s.cache_policy);
  visit(s.cache_size);
  visit(s.cache_memory);
  visit(s.dense_weights);
  visit(s.start);
  visit(s.prefetch);
  visit(s.prefetch_accuracy);
  visit(s.prefetch_before);
  visit(s.prefetch_hint);
  visit(s.other_memory);
  visit(s.extent);
  visit(s.routing_trace);
  visit(s.seed);
}

void write_cache(YamlWriter& out, const StreamingSection& section) {
  if (!section.cache_policy.has() && !section.cache_size.has() && !section.cache_memory.has())
    return;
  out.line(1, "cache", {});
  out.given(2, "policy", section.cache_policy);
  out.given(2, "size", section.cache_size);
  out.given(2, "memory", section.cache_memory);
}

void write_prefetch(YamlWriter& out, const StreamingSection& section) {
  if (!section.prefetch.has() && !section.prefetch_accuracy.has() &&
      !section.prefetch_before.has() && !section.prefetch_hint.has())
    return;
  out.line(1, "prefetch", {});
  out.given(2, "predicts", section.prefetch);
  out.given(2, "accuracy", section.prefetch_accuracy);
  out.given(2, "before", section.prefetch_before);
  out.given(2, "hint", section.prefetch_hint);
}

}  // namespace

std::string_view to_text(StartState state) {
  return spelling(start_words, state);
}

std::string_view to_text(PrefetchKind kind) {
  return spelling(prefetch_words, kind);
}

void read_streaming_section(MapReader& reader, StreamingSection& section) {
  take_map(reader, "streaming", [&](MapReader& inner) { read_keys(inner, section); });
}

void write_streaming_section(YamlWriter& out, const StreamingSection& section) {
  if (!first_place(section)) return;
  out.line(0, "streaming", {});
  out.given(1, "access", section.access);
  out.given(1, "threads", section.threads);
  out.given(1, "reads_per_expert", section.reads_per_expert);
  out.given(1, "page_cache", section.page_cache);
  write_cache(out, section);
  out.given(1, "dense_weights", section.dense_weights);
  out.given(1, "start", section.start);
  write_prefetch(out, section);
  out.given(1, "other_memory", section.other_memory);
  out.given(1, "extent", section.extent);
  out.given(1, "routing", section.routing_trace);
  out.given(1, "seed", section.seed);
}

const SourcePlace* first_place(const StreamingSection& section) {
  return first_given_place([&](auto visit) { for_each(section, visit); });
}

}  // namespace plimsoll
