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
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/fit_spec.h"
#include "fabric/fabric.h"
#include "lowering/operators.h"
#include "scenario/scenario.h"

namespace plimsoll {

// Something the time depends on that is known only with a spread. Its key names the figure behind
// it: "device:rtx-4090/gpu:memory", "llama.cpp/cuda:bandwidth:q4", "link:pcie-4.0-x16:latency";
// equal keys are one parameter.
struct Parameter {
  std::string key;
  double number = 0.0;     // its value, in base units
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

// A time in proportion to powers of parameters: seconds * product of scale^power, where a scale is
// what a parameter is of the value it has.
struct CostTerm {
  struct Factor {
    std::int16_t parameter = -1;
    std::int16_t power = 0;
  };
  double seconds = 0.0;
  std::array<Factor, 4> factors{};

  // `scales` by parameter; empty: all 1.
  double at(std::span<const double> scales) const;
};

// The closed form of an operator's time, in all parameters it depends on:
//
//   work = ( memory^p + (intake + further_rows)^p + compute_time^p )^(1/p), or transfer
//   compute_time = ( compute^q + feeding^q )^(1/q) * (1 + filling + idle)
//
// where q is p for matrix units that work beside the lanes which feed them, and 1 where products
// run on those lanes: then either waits for the other.
struct OperatorTerms {
  CostTerm issue;
  CostTerm call;
  CostTerm gap;           // launches, or of a message between devices the engine's software
  CostTerm latency;       // of a message
  CostTerm transfer;      // of a message
  CostTerm memory;        // bytes over what kernels reach of the roof
  CostTerm intake;        // weights over what the cores unpack; zero where that limits nothing
  CostTerm further_rows;  // what rows of activations beside the first add to that
  CostTerm compute;       // FLOP over the rate of full tiles
  CostTerm feeding;       // FLOP over what the cores feed; zero where that limits nothing
  CostTerm filling;       // what tiles that are not full add, as a share
  double idle = 0.0;      // what cores add that wait for the last tiles, as a share
  double exponent = 8.0;  // p
  double feeding_exponent = 8.0;  // q

  std::array<CostTerm*, 11> all() {
    return {&issue,  &call,         &gap,     &latency, &transfer, &memory,
            &intake, &further_rows, &compute, &feeding, &filling};
  }
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
  std::string_view units;                     // "matrix units, fp16"; lives as long as the model
  std::array<Sensitivity, 16> sensitivities;  // of gap, call and work, by every parameter
  int sensitivity_count = 0;
};

// Times and sensitivities alone; the physical work stays empty.
OperatorCost cost_of(const OperatorTerms& terms, std::span<const double> scales = {});

// What a standard deviation of a logarithm becomes: what a law says, and no more than another.
struct IntervalWidth {
  WidthLaw law;
  std::optional<WidthLaw> at_most;

  double of(double sigma) const;
  // As a factor of it.
  double factor(double sigma) const { return sigma > 0.0 ? of(sigma) / sigma : 1.0; }
};

class CostModel {
 public:
  CostModel(const Scenario& scenario, const Fabric& fabric, const RoofTable& roofs);

  OperatorCost cost(const Operator& op);
  OperatorTerms terms(const Operator& op);

  // Boards that are held below the power they take settle at the clocks of such a pass, over and
  // over, with so many of them under way at once; all costs from now on are at those. Clocks follow
  // power over many passes, so that one pass stands for all.
  void settle_clocks(const OperatorGraph& steady, int passes_at_once);
  bool holds_boards() const;

  // Host time of a pass that nothing overlaps, on the backend that holds the head.
  Seconds step_overhead() const;
  int step_overhead_parameter() const { return step_parameter_; }
  // Of a served request's first token, what no pass explains.
  Seconds request_overhead() const;
  int request_overhead_parameter();
  // Host time of each token that a step of a server gives, nothing overlaps it: its sequence's
  // share of scheduling and sending, and choosing it where the host does.
  std::vector<CostTerm> answer_terms();
  Seconds answer_overhead() const;
  bool captured_graph() const;

  // The number of a parameter, which a key that is new gets; also of what no operator's time
  // depends on, but how many of them there are.
  int parameter(Parameter parameter);
  // Filled as operators are costed; only parameters that were used are here.
  const std::vector<Parameter>& parameters() const { return parameters_; }
  // What clocks of boards that are held leave open, as a standard deviation of the logarithm.
  double clock_spread() const;
  // What no parameter explains of a figure, under a load "ttft_s", "itl_ms" or "throughput_tps",
  // likewise: what a fit left over, else what the backend's entry says; and that.
  double decode_spread() const;
  double prefill_spread() const;
  double load_spread(std::string_view metric) const;
  // What standard deviations have to become, as a fit found on points it left out; themselves
  // without a fit.
  IntervalWidth decode_width() const;
  IntervalWidth prefill_width() const;
  // Of a figure under a load: "ttft_s", "itl_ms" or "throughput_tps".
  IntervalWidth load_width(std::string_view metric) const;
  // Of parameters a fit found together.
  struct Correlation {
    int a = -1;
    int b = -1;
    double rho = 0.0;
  };
  std::vector<Correlation> correlations() const;

  // Peak dense rate of the precision a matrix product of that format runs in, many rows.
  FlopPerSecond matrix_peak(int executor, const std::string& kernel_family) const;

 private:
  struct MatrixRate {
    Roof<FlopPerSecond> roof;
    std::string units;
    const MatrixPath* path = nullptr;
    int roof_parameter = -1;
    int efficiency_parameter = -1;
    int half_rows_parameter = -1;
    FlopPerSecond feeding;  // 0: no limit
    int feeding_parameter = -1;
    double full_rate = 1.0;    // of units that accumulate in fp32 at a part of it: over the roof
    bool scales_sums = false;  // of integers, which each group of weights scales after its product
  };
  // What kernels reach of the memory roof, and what the cores unpack.
  struct Bandwidth {
    BytesPerSecond rate;
    std::array<int, 3> parameters{-1, -1, -1};     // roof, efficiency, that of routed experts
    double intake = 0.0;                           // weights per second; 0: no limit
    std::array<int, 2> intake_parameters{-1, -1};  // limit, that of the era
  };
  struct ExecutorCosts {
    const BackendSpec* backend = nullptr;
    double reading_clock = 1.0;    // of a board that is held: reading_clock, and that of its cores
    double unpacking_clock = 1.0;  // over held_clock, which their rates have in them
    int memory_parameter = -1;
    int gap_parameter = -1;
    int prompt_gap_parameter = -1;
    int issue_parameter = -1;
    int further_row_parameter = -1;
    // Of an earlier version; -1: none.
    int era_gap_parameter = -1;
    int era_matrix_parameter = -1;
    int era_experts_parameter = -1;
    int era_unpacking_parameter = -1;
    int era_unpacking_f16_parameter = -1;
    int era_attention_parameter = -1;
    std::map<std::string, MatrixRate> matrix;    // by kernel family
    std::map<std::string, Bandwidth> bandwidth;  // by kernel family; "@expert…" for routed experts
    Roof<FlopPerSecond> vector_roof;
    int vector_parameter = -1;
  };

  // What an operator's FLOP run at with full tiles, and under which roof.
  struct ComputeRate {
    FlopPerSecond rate;
    double rows = 0.0;  // that the kernel goes through: at least those of the operator
    double half_rows = 0.0;
    double idle = 0.0;  // as OperatorTerms
    FlopPerSecond roof;
    std::string_view units;
    int roof_parameter = -1;
    int efficiency_parameter = -1;
    int expert_parameter = -1;
    int era_parameter = -1;
    int half_rows_parameter = -1;
    FlopPerSecond feeding;  // 0: no limit
    int feeding_parameter = -1;
    double full_rate = 1.0;  // as MatrixRate
  };

  // Of the units that multiply weights or attend. A host that only looks embeddings up does not
  // count.
  template <class Is>
  bool on_all_computing(Is is) const;
  bool is_measured(const ComputeUnitSpec& unit, const ExecutorCosts& costs,
                   std::string_view metric) const;
  double spread(std::string_view metric, std::string_view load) const;
  double fitted_spread(std::string_view metric, std::string_view load, double otherwise) const;
  double spread_of_all(std::string_view metric, std::string_view load, double otherwise) const;
  double spread_of_stranger(std::string_view metric) const;
  IntervalWidth fitted_width(std::string_view metric, std::string_view load) const;
  // Of the whole engine's serving.
  int serving_parameter(const std::string& key, const std::string& what,
                        const Figure<Seconds>& figure);
  template <class Q>
  int backend_parameter(const BackendSpec& backend, const std::string& key, const std::string& what,
                        const Figure<Q>& figure, std::string value);
  int matrix_roof_parameter(const Executor& unit, Precision precision,
                            const Roof<FlopPerSecond>& roof);
  ExecutorCosts& costs_of(int executor);
  void name_era(const BackendSpec& backend, ExecutorCosts& costs);
  const MatrixRate& matrix_rate(int executor, const std::string& family);
  void limit_by_cores(const Executor& unit, const ExecutorCosts& costs, const std::string& family,
                      Bandwidth& bandwidth);
  const Bandwidth& bandwidth(int executor, const Operator& op);
  static void take_lanes(const ExecutorCosts& costs, MatrixRate& rate);
  void limit_feeding(const Executor& unit, const BackendSpec& backend, MatrixRate& rate);
  ComputeRate compute_rate(const Operator& op);
  ComputeRate matrix_compute(const Operator& op);
  OperatorTerms message_terms(const Operator& op);
  bool is_multiplied_as_stored(const Operator& op);
  OperatorTerms kernel_terms(const Operator& op, const ComputeRate& compute);
  const Figure<Seconds>& software_figure(MessageSoftware software) const;
  int software_parameter(MessageSoftware software);
  int link_parameter(int link);
  int upload_parameter();
  int latency_parameter(const Operator& op);

  const Scenario& scenario_;
  const Fabric& fabric_;
  const RoofTable& roofs_;
  std::vector<Parameter> parameters_;
  std::map<int, ExecutorCosts> executors_;
  std::map<std::string, int, std::less<>> parameter_of_;  // by key
  int step_parameter_ = -1;
};

// Time of a pass when nothing else runs: each operator starts when the one before it has finished
// and the host has issued it. Closed form of what the simulator computes for a serial chain.
Seconds serial_time(const std::vector<OperatorCost>& costs, bool captured_graph,
                    Seconds step_overhead);

}  // namespace plimsoll
