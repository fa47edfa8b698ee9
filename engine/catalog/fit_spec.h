// What `plimsoll fit` found from published measurements: hwdb/fit.yaml, laid over the entries of
// engines and devices when they are loaded (doc/fitting.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

// A value in base units (seconds; shares) with its 90 % range.
struct FittedValue {
  double value = 1.0;
  double low = 1.0;
  double high = 1.0;

  double log_sigma() const;
};

struct FittedCorrelation {
  std::string a;  // keys of Parameter, "llama.cpp/cuda:gap"
  std::string b;
  double rho = 0.0;
};

// What no parameter explains of a metric's logarithm, as a standard deviation.
struct FittedSpread {
  std::string metric;  // "decode_tps"
  bool experts = false;
  std::string load;     // "single", "batch", "load"; empty: of all that are not listed
  std::string backend;  // "llama.cpp/cuda"; empty: likewise
  double sigma = 0.0;
};

// What standard deviations of logarithms have to become for nine of ten left-out points to lie
// within: factor * sigma^share. With a share of 1 they are as unequal as the model says, with 0 all
// alike.
struct WidthLaw {
  double factor = 1.0;
  double share = 1.0;

  double of(double sigma) const;  // of none, none
};

struct FittedWidth {
  std::string metric;
  std::string load;  // "single", "batch", "load"
  bool experts = false;
  WidthLaw known_device;
  WidthLaw new_device;
};

struct FitTable {
  std::string name;
  std::string date;
  std::string source;
  // By "llama.cpp/cuda", then "gap", "bandwidth:q4", …: the keys of Parameter.
  std::map<std::string, std::map<std::string, FittedValue>> factors;
  // By "m2-ultra-76c/gpu:memory" and "…:compute": what it reaches, over what its entry says.
  std::map<std::string, FittedValue> devices;
  // Of devices that are not there: standard deviations.
  double new_memory_sigma = 0.0;
  double new_compute_sigma = 0.0;
  // What is left of the spreads among points of one machine, as a share: the rest lies between
  // machines.
  double one_machine = 1.0;
  std::vector<FittedCorrelation> correlations;
  std::vector<FittedSpread> spreads;
  std::vector<FittedWidth> widths;

  bool empty() const { return factors.empty() && devices.empty(); }
};

}  // namespace plimsoll
