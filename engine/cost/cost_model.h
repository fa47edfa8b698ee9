// What an operator costs: host issue, launch gap, and a smooth roofline under its kernel's own
// upper bounds.
//
//   t = t_issue (host) ; t_gap + ( (FLOP / rate_c)^p + (bytes / rate_m)^p )^(1/p)
//
// rate_c and rate_m are efficiencies (engine backend, format, rows) times the achievable roofs of
// the executor. What a kernel consumes of a shared resource is its physical work, never work
// inflated by an inefficiency. Source of the form: roofline model (Williams, Waterman, Patterson
// 2009) with a p-norm instead of the maximum.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/fabric.h"
#include "lowering/operators.h"
#include "scenario/scenario.h"

namespace plimsoll {

// Something the time depends on that is known only with a spread.
struct Parameter {
  std::string what;        // "bandwidth efficiency of kquant kernels, llama.cpp cuda"
  double log_sigma = 0.0;  // standard deviation of its logarithm
  Provenance from;
  std::string value;  // as printed among the assumptions
};

// d time / d log(parameter), in seconds (negative: more of it is faster).
struct Sensitivity {
  int parameter = -1;
  Seconds derivative;
};

struct OperatorCost {
  Seconds issue;         // on the host thread
  Seconds gap;           // on the executor, before the work; of a message its latency
  Seconds call;          // of a message between machines: the engine's software, before it
  Seconds work;          // on an idle executor, by the roofline
  Seconds compute_time;  // FLOP / rate_c alone
  Seconds memory_time;   // bytes / rate_m alone
  double compute_units =
      0.0;       // executor-seconds of peak compute consumed (FLOP / roof of its precision)
  Bytes memory;  // physical bytes
  // The roof over FLOP: what the units it computes on achieve, and their name.
  FlopPerSecond compute_roof;
  std::string_view units;  // "matrix units, fp16"; lives as long as the model
  std::array<Sensitivity, 6> sensitivities;
  int sensitivity_count = 0;
};

class CostModel {
 public:
  CostModel(const Scenario& scenario, const Fabric& fabric, const RoofTable& roofs);

  OperatorCost cost(const Operator& op);

  // Host time of a pass that nothing overlaps, on the backend that holds the head.
  Seconds step_overhead() const;
  int step_overhead_parameter() const { return step_parameter_; }
  bool captured_graph() const;

  // Filled as operators are costed; only parameters that were used are here.
  const std::vector<Parameter>& parameters() const { return parameters_; }
  double decode_spread() const;
  double prefill_spread() const;

  // Peak dense rate of the precision a matrix product of that format runs in, many rows.
  FlopPerSecond matrix_peak(int executor, const std::string& kernel_family) const;

 private:
  struct MatrixRate {
    Roof<FlopPerSecond> roof;
    std::string units;
    const MatrixPath* path = nullptr;
    int roof_parameter = -1;
    int efficiency_parameter = -1;
  };
  // Roof times efficiency on one side, what the cores take in on the other: 1/rate^p = 1/a^p +
  // 1/b^p.
  struct Bandwidth {
    BytesPerSecond rate;
    int parameter = -1;       // efficiency
    int core_parameter = -1;  // intake of the cores
    double by_cores = 0.0;    // share of the limit that is theirs: d log(1/rate) / d log(1/b)
  };
  struct ExecutorCosts {
    const BackendSpec* backend = nullptr;
    int memory_parameter = -1;
    int gap_parameter = -1;
    std::map<std::string, MatrixRate> matrix;    // by kernel family
    std::map<std::string, Bandwidth> bandwidth;  // by kernel family; "@expert…" for routed experts
    Roof<FlopPerSecond> vector_roof;
    int vector_parameter = -1;
  };

  // What an operator's FLOP run at, and under which roof.
  struct ComputeRate {
    FlopPerSecond rate;
    FlopPerSecond roof;
    std::string_view units;
    int roof_parameter = -1;
    int efficiency_parameter = -1;
  };

  int parameter(std::string what, double log_sigma, const Provenance& from, std::string value);
  ExecutorCosts& costs_of(int executor);
  const MatrixRate& matrix_rate(int executor, const std::string& family);
  void limit_by_cores(const Executor& unit, const BackendSpec& backend, const std::string& family,
                      Bandwidth& bandwidth);
  const Bandwidth& bandwidth(int executor, const Operator& op);
  ComputeRate compute_rate(const Operator& op);
  OperatorCost message_cost(const Operator& op);
  const Figure<Seconds>& software_figure(MessageSoftware software) const;
  int software_parameter(MessageSoftware software);
  int link_parameter(int link);
  int latency_parameter(const Operator& op);

  const Scenario& scenario_;
  const Fabric& fabric_;
  const RoofTable& roofs_;
  std::vector<Parameter> parameters_;
  std::map<int, ExecutorCosts> executors_;
  int step_parameter_ = -1;
  std::map<MessageSoftware, int> software_parameters_;
  std::map<const LinkSpec*, int> link_parameters_;     // what a link passes on
  std::map<const LinkSpec*, int> latency_parameters_;  // of messages limited by that link
};

// Time of a pass when nothing else runs: each operator starts when the one before it has finished
// and the host has issued it. Closed form of what the simulator computes for a serial chain.
Seconds serial_time(const std::vector<OperatorCost>& costs, bool captured_graph,
                    Seconds step_overhead);

}  // namespace plimsoll
