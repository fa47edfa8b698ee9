#include "evaluate/explain_streaming.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "evaluate/explain.h"

namespace plimsoll {

namespace {

Bytes bytes(std::int64_t count) {
  return Bytes(static_cast<double>(count));
}

const Executor& worker(const Prepared& prepared) {
  const int id = prepared.placement().stages.front().executors.front();
  return prepared.fabric->executors()[static_cast<std::size_t>(id)];
}

const char* unit_of(const Prepared& prepared) {
  return worker(prepared).unit->kind == UnitKind::gpu ? "GPU" : "CPU";
}

const char* what_streams(const Prepared& prepared) {
  return prepared.placement().weights_paged ? "weights" : "experts";
}

// 1, 2, 5, 10, 20, 50, …
class Ladder {
 public:
  std::int64_t rung() const { return digit_ * power_; }
  void climb_past(std::int64_t count) {
    while (rung() <= count) {
      if (digit_ == 5) power_ *= 10;
      digit_ = digit_ == 1 ? 2 : digit_ == 2 ? 5 : 1;
    }
  }

 private:
  std::int64_t digit_ = 1;
  std::int64_t power_ = 1;
};

// Sums over passes, to be divided by their tokens.
struct IntervalSum {
  std::int64_t tokens = 0;
  double time = 0.0, hits = 0.0, application_hits = 0.0, read = 0.0;

  void add(const StreamPass& pass) {
    const double n = pass.tokens;
    tokens += pass.tokens;
    time += pass.time.base();
    hits += n * pass.hit_rate;
    application_hits += n * pass.application_hit_rate;
    read += pass.read.base();
  }
};

StreamingInterval interval(const IntervalSum& sum, const StreamPass& last, std::int64_t done) {
  const double n = static_cast<double>(sum.tokens);
  return {.prompt = last.prompt,
          .first = done - sum.tokens + 1,
          .last = done,
          .end = last.end,
          .tokens_per_second = n / sum.time,
          .hit_rate = sum.hits / n,
          .application_hit_rate = sum.application_hits / n,
          .read_per_token = Bytes(sum.read / n),
          .speed = last.speed,
          .body_temperature = last.body_temperature};
}

}  // namespace

std::vector<StreamingInterval> intervals_of(const std::vector<StreamPass>& passes) {
  std::vector<StreamingInterval> intervals;
  Ladder ladder;
  IntervalSum sum;
  std::int64_t done = 0;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const StreamPass& pass = passes[i];
    sum.add(pass);
    done += pass.tokens;
    const bool last_of_kind = i + 1 == passes.size() || passes[i + 1].prompt != pass.prompt;
    if (done < ladder.rung() && !last_of_kind) continue;
    intervals.push_back(interval(sum, pass, done));
    sum = {};
    ladder.climb_past(done);
    if (!last_of_kind) continue;
    ladder = {};
    done = 0;
  }
  return intervals;
}

std::vector<UsedFigure> figures_used(const StreamRun& run) {
  std::vector<UsedFigure> used;
  for (const StreamParameter& parameter : run.parameters)
    if (std::abs(parameter.elasticity) > negligible_elasticity)
      used.push_back({.what = parameter.what, .value = parameter.value, .from = parameter.from});
  return used;
}

void fill_streaming(const Prepared& prepared, const StreamRun& run, Outcome& outcome) {
  outcome.cache_state = to_text(prepared.scenario.streaming->start);
  if (run.working_set == Bytes()) return;  // a dense model: there are no experts to hit
  const double rate = run.hit_rate();
  const double spread = z90 * run.hit_rate_sigma;
  outcome.cache_hit_rate = Estimate{
      .value = rate, .low = std::max(0.0, rate - spread), .high = std::min(1.0, rate + spread)};
}

namespace {

struct SinkText {
  StreamSink sink;
  const char* resource;  // null: the commands of the device
  const char* work;
};

constexpr SinkText sink_texts[] = {
    {StreamSink::attention_commands, nullptr, "attention"},
    {StreamSink::router_commands, nullptr, "router and shared expert"},
    {StreamSink::expert_commands, nullptr, "routed experts"},
    {StreamSink::head_commands, nullptr, "output head"},
    {StreamSink::drive, "drive", "reads of what no cache holds"},
    {StreamSink::copies, "main memory", "copies out of the page cache"},
    {StreamSink::read_calls, "operating system", "read calls"},
    {StreamSink::faults, "operating system", "page faults"},
    {StreamSink::decompression, "operating system", "decompression"},
    {StreamSink::synchronisation, "host and device", "waking up the host"},
    {StreamSink::submission, "host", "submission of commands"},
    {StreamSink::host, "host", "the engine's own work"},
};
static_assert(std::size(sink_texts) == stream_sink_count);

Seconds time_of(const StreamRun& run, StreamSink sink) {
  return run.sinks[static_cast<std::size_t>(sink)];
}

std::vector<TimeShare> time_shares(const Prepared& prepared, const StreamRun& run) {
  std::vector<TimeShare> shares;
  for (const SinkText& text : sink_texts) {
    const Seconds time = time_of(run, text.sink);
    if (time <= Seconds()) continue;
    shares.push_back({.resource = text.resource ? std::string(text.resource)
                                                : std::string(unit_of(prepared)) + " commands",
                      .operators = text.work,
                      .time = time,
                      .share = time / run.token_time});
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.time > b.time; });
  return shares;
}

// What holds the decode back, each with the rate if it took no time and nothing else changed: first
// order, since what it hid would come to light.
class Limits {
 public:
  Limits(const Prepared& prepared, const StreamRun& run) : prepared_(prepared), run_(run) {}

  std::vector<Limit> find() {
    const std::string unit = unit_of(prepared_);
    const std::string what = what_streams(prepared_);
    add("the drive", {StreamSink::drive},
        "every token reads " + print(run_.read_per_token()) + " of " + what +
            " that no cache holds");
    add(unit + " commands",
        {StreamSink::attention_commands, StreamSink::router_commands, StreamSink::expert_commands,
         StreamSink::head_commands},
        "kernels and their launches, while the host has nothing to read");
    add("copies out of the page cache", {StreamSink::copies},
        "what the page cache holds is copied into the engine's buffers");
    add("software of reads",
        {StreamSink::read_calls, StreamSink::faults, StreamSink::decompression},
        "the operating system's part of every read, fault and compressed page");
    add("synchronisation and submission", {StreamSink::synchronisation, StreamSink::submission},
        "in every layer the host hands over commands and waits for their results");
    add("host work", {StreamSink::host}, "the engine's own work between commands");
    std::stable_sort(limits_.begin(), limits_.end(),
                     [](const Limit& a, const Limit& b) { return a.share > b.share; });
    return std::move(limits_);
  }

 private:
  void add(std::string what, std::initializer_list<StreamSink> sinks, std::string why) {
    constexpr double worth_naming = 0.02;
    Seconds time;
    for (const StreamSink sink : sinks) time += time_of(run_, sink);
    const double share = time / run_.token_time;
    if (share < worth_naming) return;
    Limit limit{.what = std::move(what), .share = share, .explanation = std::move(why)};
    if (time < run_.token_time)
      limit.ceiling_tokens_per_second = 1.0 / (run_.token_time - time).base();
    limits_.push_back(std::move(limit));
  }

  const Prepared& prepared_;
  const StreamRun& run_;
  std::vector<Limit> limits_;
};

// Memory of the run that the system may compress.
bool is_anonymous(const LoadItem& item, const StreamingSetup& setup) {
  if (item.kind == LoadKind::weights) return setup.dense_weights == WeightMemory::anonymous;
  return item.kind == LoadKind::expert_cache && setup.cache_memory == WeightMemory::anonymous;
}

// What the page cache has for experts: mapped weights that are always in use lie in it, too.
double page_cache_for_experts(const Placement& placement, const MemorySplit& split) {
  double mapped = 0.0;
  for (const PoolLoad& load : placement.loads)
    for (const LoadItem& item : load.items)
      if (item.evictable()) mapped += item.bytes.value;
  return std::max(0.0, static_cast<double>(split.page_cache) - mapped);
}

// What is left of a byte of such memory after the compressor, on average.
double compressed_to(const PoolLoad& load, const StreamingSetup& setup, const MemorySplit& split) {
  double anonymous = 0.0;
  for (const LoadItem& item : load.items)
    if (is_anonymous(item, setup)) anonymous += item.bytes.value;
  if (anonymous <= 0.0) return 1.0;
  return 1.0 - static_cast<double>(split.compressed - split.compressor) / anonymous;
}

Estimate scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

// The pool that the page cache lies in, with it; the whole memory is in use then.
void add_page_cache(const Prepared& prepared, const MemorySplit& split, PoolMemory& memory,
                    const PoolLoad& load) {
  const Pool& pool = prepared.fabric->pools()[static_cast<std::size_t>(load.pool)];
  const StreamingSetup& setup = *prepared.scenario.streaming;
  const double held = compressed_to(load, setup, split);
  memory.usable = pool.capacity - pool.os_reserved.value;
  memory.limit = "memory less what the operating system takes";
  memory.raise.clear();
  memory.items.clear();
  memory.used = {};
  const auto add = [&memory](MemoryItem item) {
    memory.used.value += item.bytes.value;
    memory.used.low += item.bytes.low;
    memory.used.high += item.bytes.high;
    memory.items.push_back(std::move(item));
  };
  for (const LoadItem& item : load.items)
    add({.what = name_of(item),
         .bytes = is_anonymous(item, setup) ? scaled(item.bytes, held) : item.bytes,
         .wired = !item.evictable()});
  add({.what = std::string("page cache: ") + what_streams(prepared),
       .bytes = Estimate::exact(page_cache_for_experts(prepared.placement(), split)),
       .wired = false});
  memory.fill_rest(estimate_of(pool.os_reserved));
  std::stable_sort(
      memory.items.begin(), memory.items.end(),
      [](const MemoryItem& a, const MemoryItem& b) { return a.bytes.value > b.bytes.value; });
}

void explain_page_cache(const Prepared& prepared, const MemorySplit& split, Outcome& outcome) {
  const std::vector<PoolLoad>& loads = prepared.placement().loads;
  const int host = prepared.fabric->host_pool(0);
  for (std::size_t i = 0; i < loads.size() && i < outcome.memory.size(); ++i) {
    if (loads[i].pool != host) continue;
    add_page_cache(prepared, split, outcome.memory[i], loads[i]);
    return;
  }
  const Pool& pool = prepared.fabric->pools()[static_cast<std::size_t>(host)];
  outcome.memory.push_back({.node = prepared.fabric->node_name(pool.node),
                            .pool = pool.name,
                            .capacity = pool.capacity});
  add_page_cache(prepared, split, outcome.memory.back(), {.pool = host});
}

StreamingMemory memory_of(const Prepared& prepared, const MemorySplit& split) {
  const Pool& pool =
      prepared.fabric->pools()[static_cast<std::size_t>(prepared.fabric->host_pool(0))];
  StreamingMemory memory{.total = pool.capacity,
                         .compressor = bytes(split.compressor),
                         .compressed = bytes(split.compressed),
                         .page_cache = bytes(split.page_cache),
                         .free = bytes(split.free)};
  memory.held = memory.total - memory.compressor - memory.page_cache - memory.free;
  return memory;
}

class Remarks {
 public:
  Remarks(const Prepared& prepared, const StreamRun& run) : prepared_(prepared), run_(run) {}

  std::vector<std::string> write() {
    paged();
    small_cache();
    compressor();
    heat();
    return std::move(notes_);
  }

 private:
  void paged() {
    if (prepared_.paged)
      notes_.push_back(
          "nothing fits into memory, so the engine pages weights in from the drive "
          "wherever the model touches them");
  }

  void small_cache() {
    const Bytes room = Bytes(page_cache_for_experts(prepared_.placement(), run_.memory)) +
                       prepared_.placement().expert_cache;
    if (room >= run_.working_set || run_.working_set == Bytes()) return;
    notes_.push_back("one token uses " + print(run_.working_set) + " of experts and " +
                     print(room) +
                     " of memory is left for them: a cache that drops what was used longest ago "
                     "hits nothing, because a layer's experts are gone before the next token");
  }

  void compressor() {
    const MemorySplit& memory = run_.memory;
    if (memory.compressed > 0)
      notes_.push_back("the system compresses " + print(bytes(memory.compressed)) + " to " +
                       print(bytes(memory.compressor)) +
                       "; touching it again costs a decompression each time");
    if (memory.short_by > 0)
      notes_.push_back(print(bytes(memory.short_by)) +
                       " of memory find no room even compressed: the system would swap or end the "
                       "program");
  }

  void heat() {
    constexpr double full_speed = 0.995;
    const auto hot = std::find_if(run_.passes.begin(), run_.passes.end(),
                                  [](const StreamPass& pass) { return pass.speed < full_speed; });
    if (hot == run_.passes.end()) return;
    std::string note = "heat slows the chip from " + print((hot->end - hot->time)) +
                       " on; at the end it works at " +
                       print_number(100.0 * run_.passes.back().speed, 2) + " % of its speed";
    if (run_.sustained_power)
      note += "; the machine sheds " + print(Watts(*run_.sustained_power), 2) + " for ever";
    notes_.push_back(std::move(note));
  }

  const Prepared& prepared_;
  const StreamRun& run_;
  std::vector<std::string> notes_;
};

std::vector<StreamingParameter> parameters_of(const StreamRun& run) {
  std::vector<StreamingParameter> list;
  for (const StreamParameter& parameter : run.parameters)
    if (std::abs(parameter.elasticity) > negligible_elasticity)
      list.push_back({.what = parameter.what,
                      .value = parameter.value,
                      .log_sigma = parameter.log_sigma,
                      .elasticity = parameter.elasticity});
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return std::abs(a.elasticity) > std::abs(b.elasticity);
  });
  return list;
}

StreamingOutcome streaming_of(const Prepared& prepared, const StreamRun& run) {
  StreamingOutcome streaming;
  streaming.hit_rate = run.hit_rate();
  streaming.application_hit_rate = run.application_hit_rate();
  streaming.read_per_token = run.read_per_token();
  streaming.working_set = run.working_set;
  streaming.expert_cache = prepared.placement().expert_cache;
  streaming.memory = memory_of(prepared, run.memory);
  streaming.routed_layers = run.routed_layers;
  for (const LayerStepTime& step : run.layer) streaming.layer.push_back({step.step, step.time});
  streaming.outside_layers = run.outside_layers;
  streaming.series = intervals_of(run.passes);
  streaming.parameters = parameters_of(run);
  streaming.sustained_power_w = run.sustained_power;
  return streaming;
}

}  // namespace

void explain_streaming(const Prepared& prepared, const StreamRun& run,
                       const std::optional<double>& published, Outcome& outcome) {
  outcome.time_shares = time_shares(prepared, run);
  outcome.limits = Limits(prepared, run).find();
  explain_page_cache(prepared, run.memory, outcome);
  for (std::string& note : Remarks(prepared, run).write()) outcome.notes.push_back(std::move(note));
  outcome.streaming = streaming_of(prepared, run);
  if (!published) return;
  outcome.streaming->published_tokens_per_second = published;
  for (const NeededCondition& condition : run.conditions(*published))
    outcome.streaming->conditions.push_back({.what = condition.what,
                                             .predicted = condition.predicted,
                                             .needed = condition.needed,
                                             .unit = condition.unit});
}

}  // namespace plimsoll
