// Key `streaming` of an engine: how it runs a model whose experts stay on a drive.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/contains.h"
#include "catalog/reader_parts.h"

namespace plimsoll {

namespace {

constexpr int most_read_threads = 1024;
constexpr int most_reads = 64;

enum class ReadTarget { experts };
constexpr auto read_targets =
    std::to_array<field::Word<ReadTarget>>({{"experts", ReadTarget::experts}});

// What goes with one kind of step only.
void check_step(MapReader& reader, bool command, bool host, bool read) {
  if (!reader.valid()) return;
  const int kinds = int{command} + int{host} + int{read};
  if (kinds != 1)
    reader.diagnostics().error(kinds == 0 ? "missing-key" : "inconsistent", reader.place(),
                               kinds == 0 ? "a step that does nothing" : "one step does two things",
                               "one of command: […], host: \"…\" and read: experts");
  if (reader.has("wait") && !command)
    reader.error("wait", "inconsistent", "only a command is waited for", "{command: […], wait: …}");
  if (reader.has("time") && !host)
    reader.error("time", "inconsistent", "the time of a command or a read is predicted, not stated",
                 "{host: \"…\", time: {…}}");
}

StreamStep read_layer_step(MapReader& reader) {
  const bool host = reader.has("host");
  auto parts = reader.optional("command", field::list_of(word_of<LayerPart>()));
  const auto wait = reader.optional("wait", field::boolean());
  const auto what = reader.optional("host", field::text());
  const auto time =
      host ? reader.required("time", time_figure()) : reader.optional("time", time_figure());
  const auto read = reader.optional("read", field::enumeration(read_targets));
  check_step(reader, parts.has_value(), host, read.has_value());
  if (what) return {.kind = StreamStep::Kind::host, .parts = {}, .what = *what, .time = time};
  if (read) return {.kind = StreamStep::Kind::read, .parts = {}, .what = {}, .time = {}};
  if (parts) require_some(reader, "command", *parts);
  return {.kind = StreamStep::Kind::command,
          .parts = std::move(parts).value_or(std::vector<LayerPart>{}),
          .wait = wait.value_or(false),
          .what = {},
          .time = {}};
}

// The parts of all commands in the order of the steps.
std::vector<LayerPart> parts_in_order(const std::vector<StreamStep>& layer) {
  std::vector<LayerPart> parts;
  for (const StreamStep& step : layer)
    parts.insert(parts.end(), step.parts.begin(), step.parts.end());
  return parts;
}

bool runs(const StreamStep& step, LayerPart part) {
  return contains(step.parts, part);
}

// Each part in one command, in the order in which results flow.
void check_parts(MapReader& reader, const std::vector<StreamStep>& layer) {
  const std::vector<LayerPart> parts = parts_in_order(layer);
  const std::string expected = "attention, router and experts, each in one command";
  for (const auto& [spelling, part] : words_of<LayerPart>()) {
    const auto commands = std::count(parts.begin(), parts.end(), part);
    if (commands == 1) continue;
    reader.error("layer", "inconsistent",
                 (commands == 0 ? "no command runs '" : "more than one command runs '") +
                     std::string(spelling) + "'",
                 expected);
  }
  if (!std::is_sorted(parts.begin(), parts.end()))
    reader.error("layer", "inconsistent",
                 "the parts of a layer stand in another order than they run",
                 "attention before router before experts");
}

// One read, of experts that the host knows and the experts' command does not lack.
void check_read(MapReader& reader, const std::vector<StreamStep>& layer) {
  const auto is_read = [](const StreamStep& step) { return step.kind == StreamStep::Kind::read; };
  if (std::count_if(layer.begin(), layer.end(), is_read) != 1) {
    reader.error("layer", "inconsistent", "experts are read once in a layer",
                 "one {read: experts}");
    return;
  }
  const auto read = std::find_if(layer.begin(), layer.end(), is_read);
  const auto routed = std::find_if(layer.begin(), layer.end(), [](const StreamStep& step) {
    return runs(step, LayerPart::router);
  });
  if (std::any_of(layer.begin(), read,
                  [](const StreamStep& step) { return runs(step, LayerPart::experts); }))
    reader.error("layer", "inconsistent", "experts run before they are read",
                 "{read: experts} before the command of experts");
  // The device runs commands in order: a wait for a later one waits for the router too.
  const bool known =
      routed < read && std::any_of(routed, read, [](const StreamStep& step) { return step.wait; });
  if (routed != layer.end() && !known)
    reader.error("layer", "inconsistent", "experts are read before the host knows which",
                 "the router's command with wait: true before {read: experts}");
}

template <class T>
void require_distinct(MapReader& reader, std::string_view key, std::vector<T> list) {
  std::sort(list.begin(), list.end());
  if (std::adjacent_find(list.begin(), list.end()) == list.end()) return;
  reader.error(key, "inconsistent", "key '" + std::string(key) + "' names something twice",
               "each once");
}

void read_reads(MapReader& reader, StreamingSpec& streaming) {
  streaming.access = reader.required("access", field::list_of(word_of<ReadAccess>()));
  streaming.threads = required_int(reader, "threads", 0, most_read_threads);
  streaming.reads_per_expert = int_or(reader, "reads_per_expert", 1, most_reads, 1);
  require_some(reader, "access", streaming.access);
  require_distinct(reader, "access", streaming.access);
}

void read_commands(MapReader& reader, StreamingSpec& streaming) {
  const ErrorWatch watch(reader);
  streaming.layer =
      reader.required("layer", field::list_of(field::object("step", read_layer_step)));
  streaming.submission = reader.required("submission", time_figure());
  streaming.synchronisation = reader.required("synchronisation", time_figure());
  streaming.command_gap = reader.required("command_gap", time_figure());
  streaming.prefill = reader.required("prefill", word_of<PrefillKind>());
  if (!reader.has("layer") || !watch.clean()) return;
  check_parts(reader, streaming.layer);
  check_read(reader, streaming.layer);
}

// Whether some cache is stated must agree with how it is kept.
void check_cache(MapReader& reader, const StreamingSpec& streaming) {
  const auto refuses = [&](const char* key, bool set) {
    if (set && streaming.cache_policies.empty())
      reader.error(key, "inconsistent", "it keeps no cache of its own", "cache_policies: […]");
  };
  refuses("cache_memory", reader.has("cache_memory"));
  refuses("cache_default", streaming.cache_default > 0.0);
  refuses("cache_lookup", streaming.cache_lookup.has_value());
  const auto& kinds = streaming.cache_policies;
  if (contains(kinds, ReplacementKind::none))
    reader.error("cache_policies", "inconsistent", "'none' is no cache", "lru, lfu, pinned, …");
}

void read_cache(MapReader& reader, StreamingSpec& streaming) {
  streaming.dense_weights = reader.required("dense_weights", word_of<WeightMemory>());
  streaming.cache_policies =
      reader.value_or("cache_policies", field::list_of(word_of<ReplacementKind>()), {});
  streaming.cache_memory =
      reader.value_or("cache_memory", word_of<WeightMemory>(), WeightMemory::wired);
  streaming.cache_default = reader.value_or("cache_default", field::number(0.0, 1.0), 0.0);
  streaming.cache_lookup = reader.optional("cache_lookup", time_figure());
  require_distinct(reader, "cache_policies", streaming.cache_policies);
  check_cache(reader, streaming);
}

}  // namespace

StreamingSpec read_streaming(MapReader& reader, References& references) {
  StreamingSpec streaming;
  streaming.always = reader.value_or("always", field::boolean(), true);
  read_reads(reader, streaming);
  read_commands(reader, streaming);
  read_cache(reader, streaming);
  streaming.repacked = optional_references(reader, "repacked", ReferenceKind::format, references);
  return streaming;
}

}  // namespace plimsoll
