// Which parameters a fit may move, what they lean on, and how far they may go.
//
// Each is the logarithm of a figure over the value that its entry states, so 0 is what the data
// files say. It leans on the sum of its parents, as a normal distribution whose variance belongs to
// a class of like parameters and is estimated together with them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fit/lowered_point.h"

namespace plimsoll {

// How far parameters of a kind lie from what they lean on.
struct VarianceClass {
  std::string name;  // "kernel bandwidth of backends", …
  double sigma = 0.3;
};

struct FitParameter {
  std::string key;
  std::vector<int> parents;  // indices below its own; it leans on their sum, else on 0
  int variance = -1;         // class; -1: only its own spread
  double own_sigma = 0.0;    // spread that the entry states, beside that of the class
  double low = -8.0;         // bounds of the logarithm
  double high = 8.0;
  double number = 0.0;  // what 0 stands for, in base units; 0: an effect, no figure
  std::string owner;    // "llama.cpp/cuda", "device:rtx-4090", …
};

struct ParameterTree {
  std::vector<FitParameter> parameters;  // parents before children
  std::vector<VarianceClass> variances;
  std::map<std::string, int, std::less<>> of_key;  // of the cost model's parameters

  double prior_sigma(int parameter) const;
  // Of a class; where no parameter is of it, what an estimate starts from.
  double sigma_of(const std::string& name) const;
  // How far apart devices lie by what they reach of their matrix rates, by vendor and kind of unit:
  // "amd/gpu".
  std::map<std::string, double> compute_sigmas() const;
};

// Parameters whose keys begin so stay at what the entries say.
void fix(ParameterTree& tree, const std::vector<std::string>& beginnings);

// Of the points, and with `all_engines` behind them those of every engine with kernels of its own
// that no point has: they are what they lean on.
ParameterTree parameter_tree(const std::vector<const LoweredPoint*>& points, Catalog& catalog,
                             bool all_engines = false);

}  // namespace plimsoll
