#include "streaming/token_graph.h"

#include <algorithm>
#include <cmath>

#include "base/contains.h"

namespace plimsoll {

std::string_view to_text(StreamSink sink) {
  static constexpr std::array<std::string_view, stream_sink_count> names = {
      "attention commands", "router commands", "expert commands",
      "output head",        "cold reads",      "copies from the page cache",
      "read calls",         "page faults",     "decompression",
      "synchronisation",    "submission",      "host"};
  return names[static_cast<std::size_t>(sink)];
}

namespace {

constexpr sim::MixClass kernels_class = 0;
constexpr sim::MixClass cold_class = 1;
constexpr sim::MixClass copy_class = 2;

// A label says what a task's delay and its fluid part count as.
std::uint16_t label_of(StreamSink delay, StreamSink work) {
  return static_cast<std::uint16_t>(static_cast<int>(delay) * stream_sink_count +
                                    static_cast<int>(work));
}
std::uint16_t label_of(StreamSink sink) {
  return label_of(sink, sink);
}
StreamSink delay_of(std::uint16_t label) {
  return static_cast<StreamSink>(label / stream_sink_count);
}
StreamSink work_of(std::uint16_t label) {
  return static_cast<StreamSink>(label % stream_sink_count);
}

StreamSink sink_of(LayerPart part) {
  switch (part) {
    case LayerPart::attention:
      return StreamSink::attention_commands;
    case LayerPart::router:
      return StreamSink::router_commands;
    case LayerPart::experts:
      break;
  }
  return StreamSink::expert_commands;
}

// Throughput of as many users as the class has.
sim::CapacityFunction by_count(std::vector<BytesPerSecond> rates, sim::MixClass of) {
  return [rates = std::move(rates), of](double base, const sim::Mix& mix) {
    const std::size_t n = mix.count[of];
    return n == 0 ? base : rates[std::min(n, rates.size()) - 1].base();
  };
}

}  // namespace

struct TokenSimulator::State {
  State(const StreamingSpec& spec, const StreamingSetup& setting, StreamHardware rates,
        ReadSoftware costs)
      : engine(spec), setup(setting), hardware(std::move(rates)), software(costs) {
    memory = runner.add_resource({.capacity = hardware.memory.base()});
    drive = runner.add_resource({.capacity = hardware.drive.front().base(),
                                 .capacity_of_mix = by_count(hardware.drive, cold_class)});
    copy = runner.add_resource({.capacity = hardware.copies.front().base(),
                                .capacity_of_mix = by_count(hardware.copies, copy_class)});
    const auto beside = hardware.kernels_beside_reads;
    kernels = runner.add_resource(
        {.capacity = 1.0, .capacity_of_mix = [beside](double, const sim::Mix& mix) {
           const std::size_t n = mix.count[cold_class];
           return beside[std::min(n, beside.size() - 1)];
         }});
    host_queue = runner.add_queue();
    device_queue = runner.add_queue();
    for (int t = 0; t < setup.threads; ++t) readers.push_back(runner.add_queue());
    for (int t = 0; t < setup.threads; ++t) readers_ahead.push_back(runner.add_queue());
  }

  const StreamingSpec& engine;
  const StreamingSetup& setup;
  StreamHardware hardware;
  ReadSoftware software;
  sim::GraphRunner runner;
  sim::ResourceId memory{}, drive{}, copy{}, kernels{};
  sim::QueueId host_queue{}, device_queue{};
  std::vector<sim::QueueId> readers, readers_ahead;

  sim::TaskGraph graph;
  bool recording = false;
  std::vector<std::pair<int, std::string>>
      names;  // by task: track and name; empty unless recording
  const sim::GraphRun* last_run = nullptr;
  sim::TaskId host{};              // the host's last task
  sim::TaskId device{};            // the device's last command
  std::vector<sim::TaskId> ahead;  // reads of right guesses for the layer at hand
  std::vector<std::pair<std::size_t, sim::TaskId>>
      step_ends;  // step of the engine's layer, host's last task in it
  double speed = 1.0;
  int layer = -1;

  int reader_track(std::size_t thread) const { return 2 + static_cast<int>(thread); }
  int ahead_track(std::size_t thread) const { return reader_track(readers.size() + thread); }

  std::string in_layer(std::string_view what) const {
    return layer < 0 ? std::string(what)
                     : "layer " + std::to_string(layer) + " " + std::string(what);
  }

  sim::TaskId add(const sim::Task& task, int track, std::string_view name,
                  const std::vector<sim::TaskId>& after) {
    if (recording) names.emplace_back(track, in_layer(name));
    return graph.add(task, after);
  }

  void host_work(StreamSink sink, Seconds time, std::string_view name,
                 std::vector<sim::TaskId> after = {}) {
    if (graph.size() > 0) after.push_back(host);
    host = add({.label = label_of(sink), .queue = host_queue, .delay = sim::to_time(time)}, 0, name,
               after);
  }

  void command(const KernelCost& cost, StreamSink sink, bool wait, std::string_view name) {
    host_work(StreamSink::submission, engine.submission.value, "submit");
    sim::Task task{.label = label_of(sink),
                   .queue = device_queue,
                   .delay = sim::to_time(engine.command_gap.value + cost.gap * (1.0 / speed))};
    if (cost.work > Seconds()) {
      task.work = 1.0;
      task.rate_bound = speed / cost.work.base();
      task.mix_class = kernels_class;
      task.demands = {{.resource = memory, .amount = cost.memory.base()},
                      {.resource = kernels, .amount = cost.work.base() / speed}};
    }
    device = add(task, 1, name, {host});
    if (wait)
      host_work(StreamSink::synchronisation, engine.synchronisation.value, "wait for the device",
                {device});
  }

  // A cold read on a thread: through the drive, then copied where it passed through the page cache.
  // Faults read window by window, half a window too much at both ends.
  sim::TaskId cold_read(double bytes, sim::QueueId thread, int track, bool copied,
                        sim::TaskId after, std::string_view name) {
    sim::Task task{.label = label_of(StreamSink::read_calls, StreamSink::drive),
                   .queue = thread,
                   .delay = sim::to_time(software.call),
                   .work = bytes,
                   .mix_class = cold_class};
    double amount = 1.0;
    if (software.by_faults) {
      const double faults = bytes / software.window + 1.0;
      amount = 1.0 + software.window / bytes;
      const double pages = std::max(0.0, bytes / software.page - faults);
      task.label = label_of(StreamSink::faults, StreamSink::drive);
      task.delay = sim::to_time(software.major_fault * faults + software.minor_fault * pages);
    }
    task.demands = {{.resource = drive, .amount = amount},
                    {.resource = memory, .amount = amount},
                    {.resource = kernels, .amount = 0.0}};
    const sim::TaskId read = add(task, track, name, {after});
    return copied && software.copied ? warm_read(bytes, thread, track, read) : read;
  }

  sim::TaskId warm_read(double bytes, sim::QueueId thread, int track, sim::TaskId after) {
    if (software.by_faults) {
      const Seconds faults = software.minor_fault * (bytes / software.page);
      return add(
          {.label = label_of(StreamSink::faults), .queue = thread, .delay = sim::to_time(faults)},
          track, "faults on cached pages", {after});
    }
    sim::Task task{.label = label_of(StreamSink::copies),
                   .queue = thread,
                   .work = bytes,
                   .mix_class = copy_class};
    task.demands = {{.resource = copy, .amount = 1.0}, {.resource = memory, .amount = 2.0}};
    return add(task, track, "copy from the page cache", {after});
  }

  // A guess on a thread for guesses: read, and copied where it goes into a buffer.
  sim::TaskId guess(double read, double copied, std::size_t thread, std::string_view name) {
    const sim::QueueId queue = readers_ahead[thread];
    sim::TaskId last = host;
    if (read > 0.0)
      last =
          cold_read(read, queue, ahead_track(thread), !setup.prefetch.into_page_cache, last, name);
    if (copied > 0.0) last = warm_read(copied, queue, ahead_track(thread), last);
    return last;
  }

  // Guesses are read by threads of their own; the right ones are waited for when they are needed.
  void read_ahead(const LayerReads& reads) {
    ahead.clear();
    const std::uint32_t most = std::max(reads.foreseen_reads, reads.wrong_reads);
    std::size_t next = 0;
    const auto issue = [&](std::int64_t read, std::int64_t copied, std::uint32_t count,
                           std::string_view name) {
      return guess(static_cast<double>(read) / count, static_cast<double>(copied) / count,
                   next++ % readers_ahead.size(), name);
    };
    for (std::uint32_t i = 0; i < most; ++i) {
      if (i < reads.foreseen_reads)
        ahead.push_back(
            issue(reads.foreseen, reads.foreseen_copy, reads.foreseen_reads, "read ahead"));
      if (i < reads.wrong_reads)
        issue(reads.wrong, reads.wrong_copy, reads.wrong_reads, "read ahead for nothing");
    }
  }

  void read_experts(const LayerReads& reads) {
    std::vector<sim::TaskId> ends;
    std::size_t next = 0;
    const auto thread = [&] { return next++ % readers.size(); };
    const auto calls = [&](std::uint32_t experts) {
      return experts * static_cast<std::uint32_t>(setup.reads_per_expert);
    };
    // Cached parts of experts that are partly cold come with the cold ones when no expert is all
    // cached.
    const std::uint32_t cold = calls(reads.cold_reads);
    const std::uint32_t warm = reads.cached_reads > 0 ? calls(reads.cached_reads) : cold;
    for (std::uint32_t i = 0; i < cold; ++i) {
      const std::size_t t = thread();
      ends.push_back(cold_read(static_cast<double>(reads.cold) / cold, readers[t], reader_track(t),
                               true, host, "cold read"));
    }
    for (std::uint32_t i = 0; i < warm && reads.cached > 0; ++i) {
      const std::size_t t = thread();
      ends.push_back(
          warm_read(static_cast<double>(reads.cached) / warm, readers[t], reader_track(t), host));
    }
    const bool copied = setup.prefetch.into_page_cache && software.copied;
    for (const sim::TaskId read : ahead) {
      const std::size_t t = thread();
      ends.push_back(copied ? warm_read(static_cast<double>(reads.foreseen) / reads.foreseen_reads,
                                        readers[t], reader_track(t), read)
                            : read);
    }
    if (engine.cache_lookup && setup.cache_policy != ReplacementKind::none)
      host_work(StreamSink::host, engine.cache_lookup->value * reads.experts, "keep the cache");
    if (!ends.empty()) host_work(StreamSink::host, Seconds(), "all experts read", std::move(ends));
  }

  void dense_faults(std::int64_t bytes) {
    if (bytes == 0) return;
    host = cold_read(static_cast<double>(bytes), host_queue, 0, false, host, "dense weights");
  }
  void decompress(std::int64_t bytes) {
    if (bytes == 0 || software.page <= 0.0) return;
    host_work(StreamSink::decompression,
              software.decompression * (static_cast<double>(bytes) / software.page),
              "decompression");
  }

  bool begins(const StreamStep& step, LayerPart part) const {
    return step.kind == StreamStep::Kind::command && contains(step.parts, part);
  }

  void layer_tasks(const std::array<KernelCost, layer_part_count>& parts, const LayerReads& reads) {
    dense_faults(reads.dense_cold);
    decompress(reads.decompressed);
    const bool routed = reads.experts > 0;
    for (std::size_t s = 0; s < engine.layer.size(); ++s) {
      const StreamStep& step = engine.layer[s];
      if (routed && begins(step, setup.prefetch.issued_before)) read_ahead(reads);
      if (step.kind == StreamStep::Kind::host)
        host_work(StreamSink::host, step.time->value, step.what);
      if (step.kind == StreamStep::Kind::read && routed) read_experts(reads);
      if (step.kind == StreamStep::Kind::command) step_command(step, parts, routed);
      step_ends.emplace_back(s, host);
    }
  }

  void step_command(const StreamStep& step, const std::array<KernelCost, layer_part_count>& parts,
                    bool routed) {
    KernelCost cost;
    for (const LayerPart part : step.parts) cost += parts[static_cast<std::size_t>(part)];
    if (!routed && step.parts.size() == 1 && step.parts.front() == LayerPart::experts) return;
    const StreamSink sink = sink_of(step.parts.back());
    command(cost, sink, step.wait, to_text(sink));
  }

  void build(const Pass& pass) {
    graph.clear();
    names.clear();
    step_ends.clear();
    ahead.clear();
    speed = pass.speed;
    recording = pass.record;
    layer = -1;
    host_work(StreamSink::host, Seconds(), "begin");
    step_ends.emplace_back(engine.layer.size(), host);
    for (std::size_t l = 0; l < pass.reads.size(); ++l) {
      layer = static_cast<int>(l);
      layer_tasks(pass.kernels->layers[l], pass.reads[l]);
    }
    layer = -1;
    dense_faults(pass.outside_cold);
    if (pass.head)
      command(pass.kernels->head, StreamSink::head_commands, true, "output head");
    else
      host_work(StreamSink::synchronisation, engine.synchronisation.value, "wait for the device",
                {device});
    host_work(StreamSink::host, pass.after, "end of pass");
    step_ends.emplace_back(engine.layer.size(), host);
  }

  TokenTimes times(const sim::GraphRun& run) const {
    TokenTimes result;
    result.time = sim::to_seconds(run.makespan);
    for (const sim::Blame& blame : run.blame) {
      const StreamSink sink =
          blame.cause == sim::Cause::delay ? delay_of(blame.label) : work_of(blame.label);
      result.sinks[static_cast<std::size_t>(sink)] += sim::to_seconds(blame.time);
    }
    result.steps.resize(engine.layer.size());
    sim::Time before{};
    for (const auto& [step, task] : step_ends) {
      const sim::Time end = run.tasks[static_cast<std::size_t>(task)].end;
      const Seconds taken = sim::to_seconds(end - before);
      if (step < result.steps.size())
        result.steps[step] += taken;
      else
        result.outside += taken;
      before = end;
    }
    result.device_busy = sim::to_seconds(run.queues[static_cast<std::size_t>(device_queue)].busy);
    return result;
  }
};

TokenSimulator::TokenSimulator(const StreamingSpec& engine, const StreamingSetup& setup,
                               StreamHardware hardware, ReadSoftware software)
    : state_(std::make_unique<State>(engine, setup, std::move(hardware), software)) {}
TokenSimulator::~TokenSimulator() = default;

TokenTimes TokenSimulator::run(const Pass& pass) {
  state_->build(pass);
  state_->last_run = &state_->runner.run(state_->graph);
  return state_->times(*state_->last_run);
}

std::vector<std::string> TokenSimulator::tracks() const {
  std::vector<std::string> tracks{"host", "device"};
  for (std::size_t t = 1; t <= state_->readers.size(); ++t)
    tracks.push_back("read thread " + std::to_string(t));
  if (state_->setup.prefetch.kind != PrefetchKind::none)
    for (std::size_t t = 1; t <= state_->readers.size(); ++t)
      tracks.push_back("read ahead " + std::to_string(t));
  return tracks;
}

std::vector<TokenSpan> TokenSimulator::spans() const {
  std::vector<TokenSpan> spans;
  for (std::size_t t = 0; t < state_->names.size(); ++t) {
    const sim::TaskTimes& times = state_->last_run->tasks[t];
    if (times.end == times.start) continue;
    spans.push_back({.track = state_->names[t].first,
                     .name = state_->names[t].second,
                     .start = sim::to_seconds(times.start),
                     .end = sim::to_seconds(times.end)});
  }
  return spans;
}

}  // namespace plimsoll
