// Runs one forward pass on the simulator: operators become tasks on the executors' queues, the
// host's issue thread and the links; the result says how long it took and where the time went.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cost/cost_model.h"
#include "evaluate/outcome.h"
#include "lowering/operators.h"
#include "sim/task_graph.h"

namespace plimsoll {

// What a stretch of a pass was spent on.
enum class TimeSink {
  gpu_memory,
  gpu_compute,
  cpu_memory,
  cpu_compute,
  launch_gap,
  link,
  link_latency,
  calls,  // the engine's software between machines
  host,
};
inline constexpr int time_sink_count = 9;
std::string_view to_text(TimeSink sink);

struct PassResult {
  Seconds time;
  std::map<std::pair<TimeSink, OperatorClass>, Seconds> sinks;  // adds up to `time`
  std::vector<Seconds> sensitivities;  // d time / d log(parameter), by parameter of the cost model
};

// Work, traffic and time by operator class, and the roofs over them.
Roofline roofline_of(const OperatorGraph& graph, CostModel& cost, const Fabric& fabric);

class PassSimulator {
 public:
  PassSimulator(const Fabric& fabric, CostModel& cost);
  ~PassSimulator();
  PassSimulator(const PassSimulator&) = delete;
  PassSimulator& operator=(const PassSimulator&) = delete;

  PassResult run(const OperatorGraph& graph) { return run_overlapped({&graph, 1}); }

  // Several passes issued one after another without waiting: each is a chain of its own, devices
  // work in order, so the second device computes one pass while the first computes the next. The
  // end of a pass is paid once, after the last.
  PassResult run_overlapped(std::span<const OperatorGraph> passes);

  // The same pass with every task recorded, one track per queue, operators named by class and
  // layer.
  Timeline timeline(const OperatorGraph& graph);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plimsoll
