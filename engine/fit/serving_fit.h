// Offsets of an engine and its devices from the first requests that a real server answered: what of
// the fit of published speeds its log corrects. doc/fitting.md, "From a server's log".
//
// Parameters are those of the cost model that steps of this load depend on, and the request
// overhead. The values maximise the posterior: what the entries and the fit say of each is its
// prior (log-normal), the first requests' times to the first token and from there to the last are
// the data. A prediction is a run of the request-level loop over the whole recorded load (arrivals
// and lengths of all requests are the load, times only of the first are looked at), so queues and
// preemption are in it; derivatives are differences of such runs.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "fit/fit.h"
#include "scenario/recorded_requests.h"
#include "scenario/scenario.h"

namespace plimsoll {

struct ServingFitOptions {
  int first = 50;                  // requests, in the order of arrival
  std::vector<std::string> fixed;  // as FitOptions
  int threads = 0;                 // 0: as many as the machine has; no result depends on it
  std::string name;
  std::string date;
  std::function<void(std::size_t done, std::size_t total)> progress;
  const std::atomic<bool>* stop = nullptr;
};

// A latency over some requests, in seconds.
struct LatencyComparison {
  std::string what;  // "first token", "per token", "end to end"
  struct Figures {
    double mean = 0.0;
    double p95 = 0.0;
  };
  Figures measured;
  Figures before;  // predicted as the data files and their fit have it
  Figures after;
};

struct ServingFitResult {
  FitTable table;  // with the offsets; else as the catalogue has it
  std::vector<FittedParameter> parameters;
  int requests = 0;  // of the load
  int first = 0;     // of them that were fitted
  int rounds = 0;
  // What the offsets leave unexplained of the first requests' times: standard deviations of their
  // logarithms.
  double first_token_sigma = 0.0;
  double answer_sigma = 0.0;
  std::vector<LatencyComparison> fitted;    // of the first requests
  std::vector<LatencyComparison> held_out;  // of all others
  bool stopped = false;

  // As to_yaml of a table wants to know it.
  FitResult used() const {
    FitResult result;
    result.points = first;
    result.witnesses = 1;
    return result;
  }
};

// `spec` is served as `answered` was (load.trace). Throws InputError for a scenario that cannot be
// served and for fewer requests than `first` + 1.
ServingFitResult fit_serving(const ScenarioSpec& spec, const std::vector<AnsweredRequest>& answered,
                             const std::vector<DataFolders>& data,
                             const ServingFitOptions& options);

}  // namespace plimsoll
