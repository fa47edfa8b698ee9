// Parameters given points: the most probable values, their covariance, and the variances of the
// classes they come from.
//
// Residuals are log(predicted / measured), Student-t, so that a point that something else explains
// pulls little. Parameters lean on their parents (parameter_tree.h).
// The values maximise the posterior for given variances (Ceres); around them it is taken as normal
// with the Gauss-Newton Hessian (Laplace). Variances are those under which the points are most
// likely after the parameters have been integrated out so: fixed point of MacKay, "Bayesian
// Interpolation", Neural Computation 4 (1992), equations 4.8 and 4.9; never maximised together with
// the parameters, which would pull them to zero.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fit/lowered_point.h"
#include "fit/parameter_tree.h"

namespace plimsoll {

// Points of a metric, dense or mixture of experts: what no parameter explains of them, under a kind
// of load or all (nothing), and of that on a backend ("llama.cpp/cuda") or on all (empty).
struct NoiseKind {
  std::string metric;
  bool moe = false;
  std::optional<Traffic> load;
  std::string backend;

  friend bool operator==(const NoiseKind&, const NoiseKind&) = default;
};
struct NoiseClass {
  NoiseKind kind;
  double sigma = 0.15;
};

struct Posterior {
  std::vector<double> values;      // by parameter of the tree
  std::vector<double> covariance;  // row by row
  // Share of each parameter that the points determine, not what it leans on: diagonal of the
  // covariance times the points' part of the Hessian. Their sum is the effective number of
  // parameters.
  std::vector<double> determined;
  double log_evidence = 0.0;  // log marginal likelihood

  double covariance_of(int a, int b) const {
    const std::size_t n = values.size();
    return covariance[static_cast<std::size_t>(a) * n + static_cast<std::size_t>(b)];
  }
  double sigma(int parameter) const;
};

struct LogPrediction {
  double value = 0.0;           // log
  double model_variance = 0.0;  // of the parameters
  double noise_variance = 0.0;  // of the point
};

// Whether a table of the fit holds their correlation: strong ones between parameters of one owner.
// Variances of predictions are without the others, here as where the table is used.
bool keeps_correlation(const ParameterTree& tree, int a, int b, double rho);

class Fitter {
 public:
  // Points live as long as the fitter. Each (source, device, variant, model) has weight 1 for each
  // metric it measures.
  Fitter(ParameterTree tree, std::vector<const LoweredPoint*> points);
  ~Fitter();
  Fitter(const Fitter&) = delete;
  Fitter& operator=(const Fitter&) = delete;

  const ParameterTree& tree() const;
  const std::vector<const LoweredPoint*>& points() const;
  const std::vector<NoiseClass>& noise() const;

  // From the points that are `used`, starting at `start` (empty: at what the entries say).
  Posterior posterior(const std::vector<bool>& used, const std::vector<double>& start) const;
  // Alternates values and variances until the variances stay. `round` is told the evidence.
  Posterior estimate(const std::vector<bool>& used,
                     const std::function<void(int round, const Posterior&)>& round = {});
  LogPrediction predict(std::size_t point, const Posterior& posterior) const;
  // Of `points`, refitted from those that are used.
  std::vector<LogPrediction> predict_without(const std::vector<bool>& used,
                                             const std::vector<double>& start,
                                             const std::vector<std::size_t>& points) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plimsoll
