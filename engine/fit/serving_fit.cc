#include "fit/serving_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "base/parallel.h"
#include "base/rng.h"
#include "base/sample_figures.h"
#include "evaluate/prepared.h"
#include "evaluate/serving_run.h"
#include "fit/parameter_tree.h"

namespace plimsoll {
namespace {

// Of the Student-t distribution of residuals: a request that something else held up pulls little.
constexpr double served_freedom = 4.0;
// Residuals below this are within what a step's phase and clocks leave open.
constexpr double least_served_sigma = 0.01;
constexpr int most_served_rounds = 12;
// From where a search ends the way down may be free again, by differences of a smaller share.
struct Descent {
  int before = 0;  // others
  double difference = 1.0;
};
constexpr std::array<Descent, 3> descents = {
    {{}, {.before = 1, .difference = 0.5}, {.before = 2, .difference = 0.25}}};
// Of the search's steps, from four times the axes on, until they are a 32nd: what is told well in a
// place where schedules jump may be off by several standard deviations.
constexpr double first_served_share = 4.0;
constexpr int served_halvings = 8;
// A round that moves no parameter by more than this share of its prior is the last.
constexpr double served_tolerance = 0.01;
constexpr double seconds_per_tick = 1e-12;

// Seconds from a request's arrival.
struct RequestLatency {
  double first_token = 0.0;
  double last_token = 0.0;
  double output = 1.0;
};

// A parameter of the cost model, or all precisions of a device, that the log may move.
struct Offset {
  FitParameter parameter;  // key and owner as a table of the fit has them
  double number = 0.0;     // of factors: in base units; of devices what they reach
  double prior = 0.0;      // standard deviation of the logarithm
};

// What one run of the loop says.
struct ServedRun {
  std::vector<RequestLatency> requests;
  double mean_running = 1.0;
  double long_step = 0.0;  // with prompts in it
};

class ServingFit {
 public:
  ServingFit(const ScenarioSpec& spec, const std::vector<AnsweredRequest>& answered,
             const std::vector<DataFolders>& data, const ServingFitOptions& options)
      : spec_(spec), data_(data), options_(options) {
    for (const AnsweredRequest& each : answered)
      measured_.push_back({.first_token = each.first_token.base(),
                           .last_token = each.last_token.base(),
                           .output = static_cast<double>(each.request.output)});
  }

  ServingFitResult run() {
    start();
    const ServedRun before = base_;
    Eigen::VectorXd x = Eigen::VectorXd::Zero(size());
    for (const Descent& descent : descents) {
      const Eigen::VectorXd from = x;
      if (!descend(x, descent) || !search(x, descent)) return stopped();
      if (x == from) break;
    }
    // Widths are by what the log tells close by.
    if (!derive(x, descents.back().difference)) return stopped();
    finish(x, before);
    return std::move(result_);
  }

 private:
  Eigen::Index size() const { return static_cast<Eigen::Index>(offsets_.size()); }

  // Gauss and Newton's way. False: stopped.
  bool descend(Eigen::VectorXd& x, const Descent& descent) {
    for (int round = 1; round <= most_served_rounds; ++round) {
      if (!derive(x, descent.difference)) return false;
      const Eigen::VectorXd step = gauss_newton(x);
      if (!advance(x, step)) break;
      ++result_.rounds;
      tell(descent, round);
      if (within_tolerance(step)) break;
    }
    return true;
  }

  ServingFitResult stopped() {
    result_.stopped = true;
    return std::move(result_);
  }

  // The scenario as `table` has it; everything as the data files say without one.
  template <class Use>
  void with_run(const std::optional<std::string>& table, Use use) const {
    std::vector<DataFolders> data = data_;
    if (table) data.back().fit = *table;
    Catalog catalog(data);
    Diagnostics diagnostics;
    const std::unique_ptr<Prepared> prepared = prepare(spec_, catalog, diagnostics);
    throw_if_errors(diagnostics);
    if (!prepared->scenario.serving || prepared->scenario.serving->arrivals != ArrivalKind::trace)
      refuse("the scenario replays no recorded requests", "load.trace: FILE");
    if (!prepared->fits() || prepared->streams())
      refuse("the scenario does not fit into memory, so nothing is served", "");
    const ServingRun served(*prepared, catalog.roofs(diagnostics), {.intervals = false});
    use(served, *prepared, catalog);
  }

  [[noreturn]] static void refuse(const std::string& message, const std::string& valid) {
    Diagnostics diagnostics;
    diagnostics.error("not-served", {.file = "command line"}, message, valid);
    throw_if_errors(diagnostics);
    throw std::logic_error("an error was no error");
  }

  static ServedRun latencies(const ServingRun& served, const Prepared& prepared) {
    const double overhead = prepared.scenario.engine->serving.request_overhead.value.base();
    ServedRun run;
    for (const serving::RequestTimes& times : served.requests()) {
      const auto since = [&](serving::Picoseconds time) {
        return static_cast<double>(time - times.arrival) * seconds_per_tick + overhead;
      };
      run.requests.push_back({.first_token = since(times.first_token),
                              .last_token = since(times.last_token),
                              .output = static_cast<double>(times.output)});
    }
    const ServingOutcome outcome = served.outcome();
    run.mean_running = std::max(1.0, outcome.mean_running);
    run.long_step = outcome.token_gap.p99.value;
    return run;
  }

  // As the catalogue has it, and what may move.
  void start() {
    with_run({}, [&](const ServingRun& served, const Prepared& prepared, Catalog& catalog) {
      base_ = latencies(served, prepared);
      const auto& engine = *prepared.scenario.engine;
      if (engine.fit) shipped_ = *engine.fit;
      choose(served.parameters(), catalog);
      // Runs need the factors of this engine alone.
      small_ = shipped_;
      small_.correlations.clear();
      std::erase_if(small_.factors, [&](const auto& each) {
        return each.first != engine.id && !each.first.starts_with(engine.id + "/");
      });
    });
    if (measured_.size() != base_.requests.size())
      refuse("the log has " + std::to_string(measured_.size()) + " requests, the load " +
                 std::to_string(base_.requests.size()),
             "");
    const auto fewest = static_cast<std::size_t>(std::max(1, options_.first));
    if (measured_.size() <= fewest)
      refuse("the log has no more than " + std::to_string(measured_.size()) + " requests",
             "more than the first " + std::to_string(fewest) + " that are fitted");
    first_ = fewest;
  }

  // Links are no part of a fit's table; what a profile measured on this machine stays.
  void choose(const std::vector<Parameter>& parameters, Catalog& catalog) {
    LoweredPoint point;
    for (const Parameter& each : parameters)
      if (!each.key.starts_with("link:") && each.key.find('@') == std::string::npos &&
          each.log_sigma > 0.0 && each.number > 0.0)
        point.parameters.push_back(each);
    const ParameterTree tree = parameter_tree({&point}, catalog);
    std::map<int, std::size_t> place;
    for (const Parameter& each : point.parameters) {
      const int index = tree.of_key.at(each.key);
      const FitParameter& parameter = tree.parameters[static_cast<std::size_t>(index)];
      const auto fixed = [&](const std::string& beginning) {
        return parameter.key.starts_with(beginning);
      };
      if (std::any_of(options_.fixed.begin(), options_.fixed.end(), fixed)) continue;
      const auto [entry, fresh] = place.try_emplace(index, offsets_.size());
      if (fresh) offsets_.push_back({.parameter = parameter, .number = each.number});
      Offset& offset = offsets_[entry->second];
      offset.prior = std::max(offset.prior, each.log_sigma);
    }
  }

  static bool of_device(const Offset& offset) {
    return offset.parameter.key.starts_with("device:");
  }

  // `table` with every offset; `sigma` by offset, where known.
  FitTable moved(FitTable table, const Eigen::VectorXd& x, const Eigen::VectorXd* sigma) const {
    for (Eigen::Index i = 0; i < size(); ++i) {
      const Offset& offset = offsets_[static_cast<std::size_t>(i)];
      const FitParameter& p = offset.parameter;
      constexpr std::size_t prefix = std::string_view("device:").size();
      const bool device = of_device(offset);
      FittedValue& slot = device ? table.devices[p.key.substr(prefix)]
                                 : table.factors[p.owner][p.key.substr(p.owner.size() + 1)];
      const double unit = device ? slot.value : offset.number;
      const double reach = z90 * (sigma ? (*sigma)[i] : offset.prior);
      const double high = device ? x[i] + reach : std::max(x[i], std::min(x[i] + reach, p.high));
      slot = {.value = unit * std::exp(x[i]),
              .low = unit * std::exp(x[i] - reach),
              .high = unit * std::exp(high)};
    }
    return table;
  }

  ServedRun serve(const Eigen::VectorXd& x) const {
    ServedRun run;
    with_run(to_yaml(moved(small_, x, nullptr), {}),
             [&](const ServingRun& served, const Prepared& prepared, Catalog&) {
               run = latencies(served, prepared);
             });
    return run;
  }

  // An arrival lies anywhere in the step that it waits out: standard deviation of the residual of
  // what is measured from there.
  double phase(Eigen::Index i) const {
    if (i >= static_cast<Eigen::Index>(first_)) return 0.0;
    const double waited = measured_[static_cast<std::size_t>(i)].first_token;
    return base_.long_step / std::sqrt(12.0) / (waited + base_.long_step);
  }

  // log(predicted / measured) of the times to the first token, then from there to the last,
  // each with a long step more: below that nothing is told apart.
  Eigen::VectorXd residuals(const ServedRun& run) const {
    const auto n = static_cast<Eigen::Index>(first_);
    const double step = base_.long_step;
    Eigen::VectorXd r(2 * n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const RequestLatency& ours = run.requests[static_cast<std::size_t>(i)];
      const RequestLatency& theirs = measured_[static_cast<std::size_t>(i)];
      r[i] = std::log((ours.first_token + step) / (theirs.first_token + step));
      r[n + i] = std::log((ours.last_token - ours.first_token + step) /
                          (theirs.last_token - theirs.first_token + step));
    }
    return r;
  }

  // Residuals at x and their differences by every offset, so much of `difference` away; false:
  // stopped.
  bool derive(const Eigen::VectorXd& x, double share) {
    std::vector<ServedRun> runs(offsets_.size() + 1);
    const auto moved_by = [&](std::size_t i) {
      Eigen::VectorXd at = x;
      if (i > 0) at[static_cast<Eigen::Index>(i - 1)] -= share * difference(i - 1);
      return at;
    };
    const bool done =
        parallel_for(runs.size(), {.threads = options_.threads, .stop = options_.stop},
                     [&](std::size_t i, int) { runs[i] = serve(moved_by(i)); });
    if (!done) return false;
    residual_ = residuals(runs.front());
    last_ = std::move(runs.front());
    jacobian_.resize(residual_.size(), size());
    for (std::size_t i = 1; i < runs.size(); ++i)
      jacobian_.col(static_cast<Eigen::Index>(i - 1)) =
          (residual_ - residuals(runs[i])) / (share * difference(i - 1));
    scales_ = scales_of(residual_);
    return true;
  }

  // Schedules jump with every step that ends earlier: differences go a good part of the way that
  // an offset may lie off.
  double difference(std::size_t offset) const {
    constexpr double most = 0.2;
    return std::min(most, offsets_[offset].prior / 2.0);
  }

  // Of times to the first token, and from there to the last.
  using Scales = std::array<double, 2>;

  // Median absolute residual of each half as a standard deviation of a normal distribution, less
  // the phase.
  Scales scales_of(const Eigen::VectorXd& residual) const {
    constexpr double normal = 1.4826;
    Scales scales{};
    const Eigen::Index n = residual.size() / 2;
    for (int half = 0; half < 2; ++half) {
      std::vector<double> sizes;
      std::vector<double> phases;
      for (Eigen::Index i = half * n; i < (half + 1) * n; ++i) {
        sizes.push_back(std::abs(residual[i]));
        phases.push_back(phase(i));
      }
      const double all = normal * percentile_of(sizes, 0.5);
      const double of_phase = percentile_of(phases, 0.5);
      scales[static_cast<std::size_t>(half)] = std::sqrt(
          std::max(least_served_sigma * least_served_sigma, all * all - of_phase * of_phase));
    }
    return scales;
  }

  double sigma_of(Eigen::Index i, const Scales& scales) const {
    return std::hypot(scales[i < static_cast<Eigen::Index>(first_) ? 0 : 1], phase(i));
  }

  double weight(Eigen::Index i) const {
    const double sigma = sigma_of(i, scales_);
    const double z = residual_[i] / sigma;
    return (served_freedom + 1.0) / (served_freedom + z * z) / (sigma * sigma);
  }

  Eigen::MatrixXd information() const {
    Eigen::MatrixXd h = Eigen::MatrixXd::Zero(size(), size());
    for (Eigen::Index i = 0; i < residual_.size(); ++i)
      h += weight(i) * jacobian_.row(i).transpose() * jacobian_.row(i);
    return h;
  }

  Eigen::MatrixXd prior_information() const {
    Eigen::VectorXd inverse(size());
    for (Eigen::Index i = 0; i < size(); ++i)
      inverse[i] = std::pow(offsets_[static_cast<std::size_t>(i)].prior, -2.0);
    return inverse.asDiagonal();
  }

  Eigen::VectorXd gauss_newton(const Eigen::VectorXd& x) const {
    const Eigen::MatrixXd prior = prior_information();
    Eigen::VectorXd gradient = prior * x;
    for (Eigen::Index i = 0; i < residual_.size(); ++i)
      gradient += weight(i) * residual_[i] * jacobian_.row(i).transpose();
    return -(information() + prior).ldlt().solve(gradient);
  }

  // -2 log posterior with the scales that these residuals have, but for a constant: with those of a
  // place far off, residuals as large as there would count for little.
  double objective(const Eigen::VectorXd& x, const Eigen::VectorXd& residual) const {
    const Scales scales = scales_of(residual);
    double sum = x.dot(prior_information() * x);
    for (Eigen::Index i = 0; i < residual.size(); ++i) {
      const double sigma = sigma_of(i, scales);
      const double z = residual[i] / sigma;
      sum += 2.0 * std::log(sigma) + (served_freedom + 1.0) * std::log1p(z * z / served_freedom);
    }
    return sum;
  }

  Eigen::VectorXd bounded(Eigen::VectorXd x) const {
    for (Eigen::Index i = 0; i < size(); ++i) {
      const FitParameter& p = offsets_[static_cast<std::size_t>(i)].parameter;
      x[i] = std::clamp(x[i], p.low, p.high);
    }
    return x;
  }

  // To the best of some points along the step: schedules jump, so the way is not smooth. False
  // where none is better than where it starts.
  bool advance(Eigen::VectorXd& x, const Eigen::VectorXd& step) const {
    constexpr std::array<double, 6> shares = {1.0, 0.5, 0.25, 0.125, 1.5, 0.75};
    std::array<double, shares.size()> found{};
    const auto at = [&](std::size_t i) { return bounded(x + shares[i] * step); };
    parallel_for(shares.size(), {.threads = options_.threads}, [&](std::size_t i, int) {
      const Eigen::VectorXd there = at(i);
      found[i] = objective(there, residuals(serve(there)));
    });
    const auto best = std::min_element(found.begin(), found.end());
    if (*best >= objective(x, residual_)) return false;
    x = at(static_cast<std::size_t>(best - found.begin()));
    return true;
  }

  // Columns: along the principal axes of the posterior, two standard deviations each.
  Eigen::MatrixXd axes() const {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(information() +
                                                                prior_information());
    return solver.eigenvectors() *
           (2.0 * solver.eigenvalues().cwiseSqrt().cwiseInverse()).asDiagonal();
  }

  // The same ways mirrored at a plane that lies anywhere.
  static Eigen::MatrixXd mirrored(const Eigen::MatrixXd& directions, Rng& rng) {
    Eigen::VectorXd normal(directions.cols());
    for (Eigen::Index i = 0; i < normal.size(); ++i) normal[i] = rng.uniform() - 0.5;
    normal.normalize();
    return directions - 2.0 * directions * normal * normal.transpose();
  }

  // Search by polling (mesh adaptive direct search: Abramson, Audet, Dennis and Le Digabel, 2009):
  // where schedules jump, differences may point nowhere, and so may any few directions, so they are
  // others after each poll that found nothing. False: stopped.
  bool search(Eigen::VectorXd& x, const Descent& descent) const {
    constexpr int most_moves = 100;
    const Eigen::MatrixXd principal = axes();
    Eigen::MatrixXd directions = principal;
    Rng rng(1, "polls");
    double best = objective(x, residuals(serve(x)));
    double share = first_served_share;
    int halvings = 0;
    for (int move = 0; move < most_moves && halvings < served_halvings; ++move) {
      std::vector<double> found(2 * offsets_.size());
      const auto at = [&](std::size_t i) {
        const auto axis = static_cast<Eigen::Index>(i / 2);
        return bounded(x + (i % 2 == 0 ? share : -share) * directions.col(axis));
      };
      const bool done =
          parallel_for(found.size(), {.threads = options_.threads, .stop = options_.stop},
                       [&](std::size_t i, int) {
                         const Eigen::VectorXd there = at(i);
                         found[i] = objective(there, residuals(serve(there)));
                       });
      if (!done) return false;
      const auto least = std::min_element(found.begin(), found.end());
      if (*least < best) {
        best = *least;
        x = at(static_cast<std::size_t>(least - found.begin()));
      } else {
        share /= 2.0;
        directions = mirrored(principal, rng);
        tell(descent, most_served_rounds + ++halvings);
      }
    }
    return true;
  }

  // `done` of a descent and its search.
  void tell(const Descent& descent, int done) const {
    constexpr int of_each = most_served_rounds + served_halvings;
    if (options_.progress)
      options_.progress(static_cast<std::size_t>(descent.before * of_each + done),
                        descents.size() * of_each);
  }

  bool within_tolerance(const Eigen::VectorXd& step) const {
    for (Eigen::Index i = 0; i < size(); ++i)
      if (std::abs(step[i]) > served_tolerance * offsets_[static_cast<std::size_t>(i)].prior)
        return false;
    return true;
  }

  void finish(const Eigen::VectorXd& x, const ServedRun& before) {
    result_.requests = static_cast<int>(measured_.size());
    result_.first = static_cast<int>(first_);
    result_.first_token_sigma = scales_[0];
    result_.answer_sigma = scales_[1];
    // Requests that share their steps err together: so many count as one.
    const Eigen::MatrixXd told = information() / last_.mean_running;
    const Eigen::MatrixXd covariance = (told + prior_information()).inverse();
    const Eigen::MatrixXd determined = covariance * told;
    const Eigen::VectorXd sigma = covariance.diagonal().cwiseSqrt();
    result_.table = moved(shipped_, x, &sigma);
    result_.table.name = options_.name;
    result_.table.date = options_.date;
    if (result_.table.source.empty()) result_.table.source = "FIT";
    correlations(covariance, sigma);
    for (Eigen::Index i = 0; i < size(); ++i) {
      const Offset& offset = offsets_[static_cast<std::size_t>(i)];
      const double unit = of_device(offset) ? 1.0 : offset.number;
      result_.parameters.push_back({.key = offset.parameter.key,
                                    .owner = offset.parameter.owner,
                                    .number = unit * std::exp(x[i]),
                                    .low = unit * std::exp(x[i] - z90 * sigma[i]),
                                    .high = unit * std::exp(x[i] + z90 * sigma[i]),
                                    .log_shift = x[i],
                                    .log_sigma = sigma[i],
                                    .determined = determined(i, i),
                                    .at_bound = x[i] > offset.parameter.high - 1e-6});
    }
    result_.fitted = compared(before, 0, first_);
    result_.held_out = compared(before, first_, measured_.size());
  }

  // Those of the moved ones among themselves are now these; with others they no longer err.
  void correlations(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& sigma) {
    auto& all = result_.table.correlations;
    const auto has_moved = [&](const std::string& key) {
      return std::any_of(offsets_.begin(), offsets_.end(),
                         [&](const Offset& offset) { return offset.parameter.key == key; });
    };
    std::erase_if(
        all, [&](const FittedCorrelation& each) { return has_moved(each.a) || has_moved(each.b); });
    constexpr double strong = 0.3;
    for (Eigen::Index a = 0; a < size(); ++a)
      for (Eigen::Index b = a + 1; b < size(); ++b) {
        const double rho = covariance(a, b) / (sigma[a] * sigma[b]);
        if (std::abs(rho) > strong)
          all.push_back({.a = offsets_[static_cast<std::size_t>(a)].parameter.key,
                         .b = offsets_[static_cast<std::size_t>(b)].parameter.key,
                         .rho = rho});
      }
  }

  using Latency = double (*)(const RequestLatency&);

  LatencyComparison::Figures figures(const std::vector<RequestLatency>& requests, Latency latency,
                                     std::size_t from, std::size_t to) const {
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i)
      if (requests[i].output > 1.0) values.push_back(latency(requests[i]));
    constexpr double share = 0.95;
    return {.mean = mean_of(values), .p95 = percentile_of(values, share)};
  }

  std::vector<LatencyComparison> compared(const ServedRun& before, std::size_t from,
                                          std::size_t to) const {
    const std::pair<const char*, Latency> kinds[] = {
        {"first token", [](const RequestLatency& r) { return r.first_token; }},
        {"per token",
         [](const RequestLatency& r) { return (r.last_token - r.first_token) / (r.output - 1.0); }},
        {"end to end", [](const RequestLatency& r) { return r.last_token; }}};
    std::vector<LatencyComparison> rows;
    for (const auto& [what, latency] : kinds)
      rows.push_back({.what = what,
                      .measured = figures(measured_, latency, from, to),
                      .before = figures(before.requests, latency, from, to),
                      .after = figures(last_.requests, latency, from, to)});
    return rows;
  }

  const ScenarioSpec& spec_;
  const std::vector<DataFolders>& data_;
  const ServingFitOptions& options_;
  std::vector<RequestLatency> measured_;
  std::size_t first_ = 0;
  FitTable shipped_;
  FitTable small_;
  std::vector<Offset> offsets_;
  ServedRun base_;            // as the catalogue has it
  ServedRun last_;            // at the values of the last derivatives
  Eigen::VectorXd residual_;  // there
  Eigen::MatrixXd jacobian_;
  Scales scales_{};
  ServingFitResult result_;
};

}  // namespace

ServingFitResult fit_serving(const ScenarioSpec& spec, const std::vector<AnsweredRequest>& answered,
                             const std::vector<DataFolders>& data,
                             const ServingFitOptions& options) {
  return ServingFit(spec, answered, data, options).run();
}

}  // namespace plimsoll
