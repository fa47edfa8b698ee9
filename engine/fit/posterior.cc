#include "fit/posterior.h"

#include <Eigen/Dense>
#include <algorithm>
#include <ceres/ceres.h>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

namespace plimsoll {
namespace {

// Of the Student-t distribution of residuals. The shipped fit's points are most likely with many:
// natural logarithms of the evidence are 55, 62, 64 and 66 with 4, 6, 8 and 12 degrees of freedom.
constexpr double freedom = 8.0;

// Logarithm of the factor before Student's density.
double student_norm() {
  return std::lgamma(0.5 * (freedom + 1.0)) - std::lgamma(0.5 * freedom) -
         0.5 * std::log(freedom * std::numbers::pi);
}

// Every class of variances counts one more member that lies as far out as its starting value: a
// class of few members does not collapse onto zero.
constexpr double pseudo_members = 1.0;
// A scale has the say of so many witnesses in each that leans on it.
constexpr double leaning_witnesses = 5.0;
constexpr double least_sigma = 0.01;
constexpr double largest_sigma = 2.0;

// A point with its parameters as blocks of the tree.
struct BoundPoint {
  const LoweredPoint* lowered = nullptr;
  std::vector<int> blocks;    // parameters of the tree, each once
  std::vector<int> block_of;  // by parameter of the point
  double measured = 0.0;      // log
  double weight = 1.0;
  int noise = 0;

  // log(predicted) and its derivatives by block.
  double predict(const std::vector<double>& values, std::span<double> gradient) const {
    std::vector<double> scales(block_of.size());
    for (std::size_t i = 0; i < scales.size(); ++i)
      scales[i] = std::exp(values[static_cast<std::size_t>(block_of[i])] - lowered->shift(i));
    if (gradient.empty()) return log_prediction(*lowered, scales, {});
    std::vector<double> by_own(scales.size());
    const double value = log_prediction(*lowered, scales, by_own);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t i = 0; i < by_own.size(); ++i)
      gradient[static_cast<std::size_t>(block_of[i])] += by_own[i];
    return value;
  }
};

class PointResidual : public ceres::CostFunction {
 public:
  PointResidual(const BoundPoint& point, double sigma) : point_(point), sigma_(sigma) {
    set_num_residuals(1);
    mutable_parameter_block_sizes()->assign(point.blocks.size(), 1);
  }
  bool Evaluate(const double* const* blocks, double* residual, double** jacobians) const override {
    std::vector<double> values(point_.blocks.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = *blocks[i];
    std::vector<double> gradient(jacobians ? values.size() : 0);
    *residual = (point_.predict(values, gradient) - point_.measured) / sigma_;
    if (jacobians)
      for (std::size_t i = 0; i < gradient.size(); ++i)
        if (jacobians[i]) *jacobians[i] = gradient[i] / sigma_;
    return std::isfinite(*residual);
  }

 private:
  const BoundPoint& point_;
  double sigma_;
};

// (value - sum of its parents) / sigma; the parameter's own block comes first.
class LeaningResidual : public ceres::CostFunction {
 public:
  LeaningResidual(std::size_t parents, double sigma) : sigma_(sigma) {
    set_num_residuals(1);
    mutable_parameter_block_sizes()->assign(parents + 1, 1);
  }
  bool Evaluate(const double* const* blocks, double* residual, double** jacobians) const override {
    const std::size_t count = parameter_block_sizes().size();
    double distance = *blocks[0];
    for (std::size_t i = 1; i < count; ++i) distance -= *blocks[i];
    *residual = distance / sigma_;
    for (std::size_t i = 0; jacobians && i < count; ++i)
      if (jacobians[i]) *jacobians[i] = (i == 0 ? 1.0 : -1.0) / sigma_;
    return true;
  }

 private:
  double sigma_;
};

// Twice the negative logarithm of Student's density of a residual whose square is s.
class StudentLoss : public ceres::LossFunction {
 public:
  void Evaluate(double s, double rho[3]) const override {
    const double spread = freedom + s;
    rho[0] = (freedom + 1.0) * std::log1p(s / freedom);
    rho[1] = (freedom + 1.0) / spread;
    rho[2] = -rho[1] / spread;
  }
};

double student_weight(double s) {
  return (freedom + 1.0) / (freedom + s);
}

// Or the same.
bool is_of(const NoiseKind& one, const NoiseKind& wider) {
  return one.metric == wider.metric && one.moe == wider.moe &&
         (!wider.load || one.load == wider.load) &&
         (wider.backend.empty() || one.backend == wider.backend);
}

// Of all backends, then of all loads.
std::optional<NoiseKind> leans_on(NoiseKind one) {
  if (!one.load) return std::nullopt;
  if (one.backend.empty()) one.load.reset();
  one.backend.clear();
  return one;
}

// Where f is largest, by golden section in the logarithm of its argument.
double maximise(const std::function<double(double)>& f, double low, double high) {
  constexpr int steps = 60;
  constexpr double golden = 1.0 / std::numbers::phi;
  double a = std::log(low);
  double b = std::log(high);
  for (int i = 0; i < steps; ++i) {
    const double c = b - golden * (b - a);
    const double d = a + golden * (b - a);
    (f(std::exp(c)) < f(std::exp(d)) ? a : b) = f(std::exp(c)) < f(std::exp(d)) ? c : d;
  }
  return std::exp(0.5 * (a + b));
}

}  // namespace

double Posterior::sigma(int parameter) const {
  return std::sqrt(covariance_of(parameter, parameter));
}

struct Fitter::State {
  ParameterTree tree;
  std::vector<const LoweredPoint*> lowered;
  std::vector<BoundPoint> points;
  std::vector<NoiseClass> noise;
  StudentLoss loss;

  double sigma_of(const BoundPoint& point) const {
    return std::hypot(noise[static_cast<std::size_t>(point.noise)].sigma,
                      point.lowered->assumed_log_sigma);
  }

  void bind() {
    std::map<std::pair<std::string, std::string>, int> rows;  // of a witness and metric
    for (const LoweredPoint* each : lowered) ++rows[{each->point.witness(), each->point.metric}];
    for (const LoweredPoint* each : lowered) {
      BoundPoint point{.lowered = each, .measured = each->log_measured()};
      point.weight = 1.0 / rows[{each->point.witness(), each->point.metric}];
      point.noise = noise_class(each->point);
      for (const Parameter& parameter : each->parameters) {
        const int index = tree.of_key.at(parameter.key);
        auto found = std::find(point.blocks.begin(), point.blocks.end(), index);
        if (found == point.blocks.end()) found = point.blocks.insert(found, index);
        point.block_of.push_back(static_cast<int>(found - point.blocks.begin()));
      }
      points.push_back(std::move(point));
    }
  }

  // Of a point, behind what it leans on.
  int noise_class(const SpeedPoint& point) {
    const NoiseKind own{.metric = point.metric,
                        .moe = point.moe,
                        .load = point.load,
                        .backend = point.engine + "/" + point.backend};
    return add_behind(own);
  }

  int add_behind(const NoiseKind& wanted) {
    if (const auto wider = leans_on(wanted)) add_behind(*wider);
    const auto found = noise_of(wanted);
    const int index = static_cast<int>(found - noise.begin());
    if (found == noise.end()) noise.push_back({.kind = wanted});
    return index;
  }

  std::vector<double> values_of(const BoundPoint& point, const std::vector<double>& values) const {
    std::vector<double> own;
    for (const int block : point.blocks) own.push_back(values[static_cast<std::size_t>(block)]);
    return own;
  }

  double distance(const FitParameter& parameter, std::size_t index,
                  const std::vector<double>& values) const {
    double distance = values[index];
    for (const int parent : parameter.parents) distance -= values[static_cast<std::size_t>(parent)];
    return distance;
  }

  // A search that stops short stays near its start, which may know what it is judged by.
  std::vector<double> most_probable(const std::vector<bool>& used,
                                    std::vector<double> values) const {
    ceres::Problem::Options shared;
    shared.loss_function_ownership = ceres::TAKE_OWNERSHIP;
    ceres::Problem problem(shared);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const FitParameter& parameter = tree.parameters[i];
      problem.AddParameterBlock(&values[i], 1);
      problem.SetParameterLowerBound(&values[i], 0, parameter.low);
      problem.SetParameterUpperBound(&values[i], 0, parameter.high);
      std::vector<double*> blocks = {&values[i]};
      for (const int parent : parameter.parents)
        blocks.push_back(&values[static_cast<std::size_t>(parent)]);
      problem.AddResidualBlock(
          new LeaningResidual(parameter.parents.size(), tree.prior_sigma(static_cast<int>(i))),
          nullptr, blocks);
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!used[i]) continue;
      std::vector<double*> blocks;
      for (const int block : points[i].blocks)
        blocks.push_back(&values[static_cast<std::size_t>(block)]);
      problem.AddResidualBlock(
          new PointResidual(points[i], sigma_of(points[i])),
          new ceres::ScaledLoss(&loss, points[i].weight, ceres::DO_NOT_TAKE_OWNERSHIP), blocks);
    }
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
    options.max_num_iterations = 400;
    options.function_tolerance = 1e-8;
    options.num_threads = 1;
    options.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    return values;
  }

  // Puts parameters of which no point that is used says anything where they lean, which is where
  // they are most probable.
  void forget(const std::vector<bool>& used, std::vector<double>& values) const {
    std::vector<bool> told(values.size(), false);
    for (std::size_t i = 0; i < points.size(); ++i)
      for (const int block : points[i].blocks)
        if (used[i]) told[static_cast<std::size_t>(block)] = true;
    for (std::size_t i = values.size(); i-- > 0;)
      for (const int parent : tree.parameters[i].parents)
        if (told[i]) told[static_cast<std::size_t>(parent)] = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (told[i]) continue;
      const FitParameter& parameter = tree.parameters[i];
      values[i] =
          std::clamp(values[i] - distance(parameter, i, values), parameter.low, parameter.high);
    }
  }

  // The points' part of the Hessian, and what they add to the logarithm of the likelihood.
  Eigen::MatrixXd information(const std::vector<bool>& used, const std::vector<double>& values,
                              double& log_likelihood) const {
    const auto n = static_cast<Eigen::Index>(values.size());
    Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(n, n);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!used[i]) continue;
      const BoundPoint& point = points[i];
      const double sigma = sigma_of(point);
      std::vector<double> gradient(point.blocks.size());
      const double residual =
          (point.predict(values_of(point, values), gradient) - point.measured) / sigma;
      const double s = residual * residual;
      log_likelihood -= point.weight * (0.5 * (freedom + 1.0) * std::log1p(s / freedom) +
                                        std::log(sigma) - student_norm());
      const double weight = point.weight * student_weight(s) / (sigma * sigma);
      for (std::size_t a = 0; a < gradient.size(); ++a)
        for (std::size_t b = 0; b < gradient.size(); ++b)
          hessian(point.blocks[a], point.blocks[b]) += weight * gradient[a] * gradient[b];
    }
    return hessian;
  }

  Eigen::MatrixXd leaning(const std::vector<double>& values, double& log_prior) const {
    const auto n = static_cast<Eigen::Index>(values.size());
    Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(n, n);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const FitParameter& parameter = tree.parameters[i];
      const double sigma = tree.prior_sigma(static_cast<int>(i));
      const double z = distance(parameter, i, values) / sigma;
      log_prior -= 0.5 * z * z + std::log(sigma);
      std::vector<std::pair<Eigen::Index, double>> row = {{static_cast<Eigen::Index>(i), 1.0}};
      for (const int parent : parameter.parents) row.emplace_back(parent, -1.0);
      for (const auto& [a, sign_a] : row)
        for (const auto& [b, sign_b] : row) hessian(a, b) += sign_a * sign_b / (sigma * sigma);
    }
    return hessian;
  }

  // Columns of the covariance for these parameters.
  std::map<int, Eigen::VectorXd> covariance_columns(const std::vector<bool>& used,
                                                    const std::vector<double>& values,
                                                    const std::vector<std::size_t>& of) const {
    double ignored = 0.0;
    const Eigen::LLT<Eigen::MatrixXd> factor(information(used, values, ignored) +
                                             leaning(values, ignored));
    std::map<int, Eigen::VectorXd> columns;
    for (const std::size_t i : of)
      for (const int block : points[i].blocks) {
        if (columns.contains(block)) continue;
        const auto n = static_cast<Eigen::Index>(values.size());
        columns[block] = factor.solve(Eigen::VectorXd::Unit(n, block));
      }
    return columns;
  }

  Posterior laplace(const std::vector<bool>& used, std::vector<double> values) const {
    Posterior result;
    const Eigen::MatrixXd data = information(used, values, result.log_evidence);
    const Eigen::MatrixXd hessian = data + leaning(values, result.log_evidence);
    const Eigen::LLT<Eigen::MatrixXd> factor(hessian);
    const Eigen::MatrixXd covariance =
        factor.solve(Eigen::MatrixXd::Identity(hessian.rows(), hessian.cols()));
    const Eigen::MatrixXd lower = factor.matrixL();
    for (Eigen::Index i = 0; i < lower.rows(); ++i) result.log_evidence -= std::log(lower(i, i));
    result.covariance.assign(covariance.data(), covariance.data() + covariance.size());
    for (Eigen::Index i = 0; i < covariance.rows(); ++i)
      result.determined.push_back(covariance.row(i).dot(data.col(i)));
    result.values = std::move(values);
    return result;
  }

  // Variance, under the posterior, of how far a parameter lies from what it leans on.
  double spread(const FitParameter& parameter, std::size_t index,
                const Posterior& posterior) const {
    std::vector<std::pair<int, double>> row = {{static_cast<int>(index), 1.0}};
    for (const int parent : parameter.parents) row.emplace_back(parent, -1.0);
    double variance = 0.0;
    for (const auto& [a, sign_a] : row)
      for (const auto& [b, sign_b] : row)
        variance += sign_a * sign_b * posterior.covariance_of(a, b);
    return variance;
  }

  double class_sigma(std::size_t which, double guess, const Posterior& posterior) const {
    struct Member {
      double own_variance;
      double square;  // of the distance
      double known;   // share of it that the points determine
    };
    std::vector<Member> members = {{0.0, pseudo_members * guess * guess, pseudo_members}};
    for (std::size_t i = 0; i < tree.parameters.size(); ++i) {
      const FitParameter& parameter = tree.parameters[i];
      if (parameter.variance != static_cast<int>(which)) continue;
      const double prior = tree.prior_sigma(static_cast<int>(i));
      const double d = distance(parameter, i, posterior.values);
      members.push_back(
          {.own_variance = parameter.own_sigma * parameter.own_sigma,
           .square = d * d,
           .known = std::max(0.0, 1.0 - spread(parameter, i, posterior) / (prior * prior))});
    }
    return maximise(
        [&](double sigma) {
          double sum = 0.0;
          for (const Member& m : members) {
            const double variance = m.own_variance + sigma * sigma;
            sum -= 0.5 * (m.known * std::log(variance) + m.square / variance);
          }
          return sum;
        },
        least_sigma, largest_sigma);
  }

  // Of the points of a class; it leans on that of a wider one.
  double noise_sigma(std::size_t which, const std::vector<bool>& used,
                     const Posterior& posterior) const {
    const NoiseClass& wanted = noise[which];
    double weights = 0.0;
    double sum = 0.0;
    if (const auto wider = leans_on(wanted.kind)) {
      const double shared = noise_of(*wider)->sigma;
      weights = leaning_witnesses;
      sum = leaning_witnesses * shared * shared;
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      const BoundPoint& point = points[i];
      const NoiseClass& own = noise[static_cast<std::size_t>(point.noise)];
      if (!used[i] || !is_of(own.kind, wanted.kind)) continue;
      std::vector<double> gradient(point.blocks.size());
      const double residual =
          point.predict(values_of(point, posterior.values), gradient) - point.measured;
      const double sigma = sigma_of(point);
      const double robust = student_weight(residual * residual / (sigma * sigma));
      // What the source leaves open explains its share.
      const double share = own.sigma * own.sigma / (sigma * sigma);
      sum += point.weight * robust * share *
             (residual * residual + full_variance(point, gradient, posterior));
      weights += point.weight;
    }
    return weights > 0.0 ? std::clamp(std::sqrt(sum / weights), least_sigma, largest_sigma)
                         : wanted.sigma;
  }

  std::vector<NoiseClass>::const_iterator noise_of(const NoiseKind& kind) const {
    return std::find_if(noise.begin(), noise.end(),
                        [&](const NoiseClass& each) { return each.kind == kind; });
  }

  double full_variance(const BoundPoint& point, const std::vector<double>& gradient,
                       const Posterior& posterior) const {
    double variance = 0.0;
    for (std::size_t a = 0; a < gradient.size(); ++a)
      for (std::size_t b = 0; b < gradient.size(); ++b)
        variance +=
            gradient[a] * gradient[b] * posterior.covariance_of(point.blocks[a], point.blocks[b]);
    return std::max(variance, 0.0);
  }

  // What a file that keeps only some correlations gives.
  template <class CovarianceOf>
  double kept_variance(const BoundPoint& point, const std::vector<double>& gradient,
                       CovarianceOf covariance_of) const {
    double variance = 0.0;
    for (std::size_t a = 0; a < gradient.size(); ++a)
      for (std::size_t b = 0; b < gradient.size(); ++b) {
        const int i = point.blocks[a];
        const int j = point.blocks[b];
        const double covariance = covariance_of(i, j);
        const double scale = std::sqrt(covariance_of(i, i) * covariance_of(j, j));
        if (keeps_correlation(tree, i, j, scale > 0.0 ? covariance / scale : 0.0))
          variance += gradient[a] * gradient[b] * covariance;
      }
    return std::max(variance, 0.0);
  }

  template <class CovarianceOf>
  LogPrediction predict(const BoundPoint& point, const std::vector<double>& values,
                        CovarianceOf covariance_of) const {
    std::vector<double> gradient(point.blocks.size());
    const double value = point.predict(values_of(point, values), gradient);
    const double sigma = sigma_of(point);
    return {.value = value,
            .model_variance = kept_variance(point, gradient, covariance_of),
            .noise_variance = sigma * sigma};
  }
};

Fitter::Fitter(ParameterTree tree, std::vector<const LoweredPoint*> points)
    : state_(std::make_unique<State>()) {
  state_->tree = std::move(tree);
  state_->lowered = std::move(points);
  state_->bind();
}
Fitter::~Fitter() = default;

const ParameterTree& Fitter::tree() const {
  return state_->tree;
}
const std::vector<const LoweredPoint*>& Fitter::points() const {
  return state_->lowered;
}
const std::vector<NoiseClass>& Fitter::noise() const {
  return state_->noise;
}

Posterior Fitter::posterior(const std::vector<bool>& used, const std::vector<double>& start) const {
  std::vector<double> values = start;
  values.resize(state_->tree.parameters.size());
  return state_->laplace(used, state_->most_probable(used, std::move(values)));
}

Posterior Fitter::estimate(const std::vector<bool>& used,
                           const std::function<void(int, const Posterior&)>& round) {
  constexpr int most_rounds = 40;
  constexpr double settled = 0.01;  // of a standard deviation's logarithm
  std::vector<double> guesses;
  for (const VarianceClass& each : state_->tree.variances) guesses.push_back(each.sigma);
  Posterior result = posterior(used, {});
  for (int i = 0; i < most_rounds; ++i) {
    if (round) round(i, result);
    double change = 0.0;
    const auto update = [&change](double& sigma, double estimate) {
      change = std::max(change, std::abs(std::log(estimate / sigma)));
      sigma = estimate;
    };
    for (std::size_t c = 0; c < guesses.size(); ++c)
      update(state_->tree.variances[c].sigma, state_->class_sigma(c, guesses[c], result));
    for (std::size_t c = 0; c < state_->noise.size(); ++c)
      update(state_->noise[c].sigma, state_->noise_sigma(c, used, result));
    result = posterior(used, result.values);
    if (change < settled) break;
  }
  return result;
}

LogPrediction Fitter::predict(std::size_t point, const Posterior& posterior) const {
  return state_->predict(state_->points[point], posterior.values,
                         [&](int a, int b) { return posterior.covariance_of(a, b); });
}

std::vector<LogPrediction> Fitter::predict_without(const std::vector<bool>& used,
                                                   const std::vector<double>& start,
                                                   const std::vector<std::size_t>& points) const {
  std::vector<double> values = start;
  state_->forget(used, values);
  values = state_->most_probable(used, std::move(values));
  const auto columns = state_->covariance_columns(used, values, points);
  std::vector<LogPrediction> predictions;
  for (const std::size_t i : points)
    predictions.push_back(
        state_->predict(state_->points[i], values, [&](int a, int b) { return columns.at(a)(b); }));
  return predictions;
}

bool keeps_correlation(const ParameterTree& tree, int a, int b, double rho) {
  constexpr double weak = 0.3;
  const auto owner = [&tree](int i) -> const std::string& {
    return tree.parameters[static_cast<std::size_t>(i)].owner;
  };
  return a == b || (owner(a) == owner(b) && std::abs(rho) >= weak);
}

}  // namespace plimsoll
