// `plimsoll fit`: measurements in, a table of fitted factors out, with what left-out points say of
// it. doc/fitting.md explains the model.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/fit_spec.h"
#include "fit/interval_widths.h"

namespace plimsoll {

enum class FoldChoice { none, known, fresh, both };

struct FitOptions {
  FoldChoice folds = FoldChoice::both;
  // Parameters of the cost model that stay where their entries put them: "llama.cpp/cuda:gap"; a
  // part of a key fixes all whose keys begin with it.
  std::vector<std::string> fixed;
  int rounds = 2;   // of lowering: schedules of loads follow from the values of the round before
  int threads = 0;  // 0: as many as the machine has
  std::string name;
  std::string date;  // "2026-11-21"
  std::function<void(const std::string& what)> say;
  std::function<void(std::size_t done, std::size_t total)> progress;
  const std::atomic<bool>* stop = nullptr;
};

struct LeftOut {
  std::string reason;
  int points = 0;
  std::string example;  // a sentence to it
};

// A parameter as tables show it.
struct FittedParameter {
  std::string key;
  std::string owner;
  double number = 0.0;  // in base units; 0: an effect that others lean on
  double low = 0.0;
  double high = 0.0;
  double log_shift = 0.0;  // from what its entry says
  double log_sigma = 0.0;
  double determined = 0.0;  // by the points, of 1
  bool at_bound = false;
};

struct ProtocolResult {
  Protocol protocol = Protocol::known_device;
  std::size_t folds = 0;
  ScoredPoints scored;
};

struct FitResult {
  FitTable table;
  std::vector<SpeedPoint> residuals;  // of the points used, predicted with all of them
  std::vector<LeftOut> left_out;
  int points = 0;
  int witnesses = 0;
  std::vector<FittedParameter> parameters;
  std::vector<VarianceClass> variances;
  std::vector<NoiseClass> noise;
  std::map<std::string, double> effective;  // number of parameters, by owner
  double effective_number = 0.0;
  std::vector<double> evidence;  // log, by round of estimation
  std::vector<ProtocolResult> protocols;
  bool stopped = false;  // from outside: there is no table then
};

FitResult fit(const std::vector<Measurement>& measurements, const std::vector<DataFolders>& data,
              const FitOptions& options);

// The table as a file that catalogues read: hwdb/fit.yaml.
std::string to_yaml(const FitTable& table, const FitResult& result);

}  // namespace plimsoll
