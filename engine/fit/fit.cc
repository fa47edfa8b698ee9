#include "fit/fit.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/quantity_text.h"
#include "fit/one_machine.h"

namespace plimsoll {
namespace {

using Lowered = std::vector<std::unique_ptr<LoweredPoint>>;

// Nothing is laid over the entries but `table`.
std::vector<DataFolders> with_fit(std::vector<DataFolders> data, const std::string& table) {
  data.back().fit = table;
  return data;
}

// Shares of the posterior of a parameter that no point has: what it leans on.
struct Leaning {
  double value = 0.0;
  double variance = 0.0;
};

class FitRun {
 public:
  FitRun(const std::vector<Measurement>& measurements, const std::vector<DataFolders>& data,
         const FitOptions& options)
      : measurements_(measurements), data_(data), options_(options) {}

  FitResult run() {
    lowered_ = lower(measurements_, with_fit(data_, ""));
    if (stopped()) return stop();
    choose();
    if (points_.empty()) return std::move(result_);
    for (int round = 1;; ++round) {
      estimate();
      if (stopped()) return stop();
      fill_table();
      if (round >= options_.rounds || !lower_again()) break;
    }
    residuals();
    protocols();
    if (stopped()) return stop();
    return std::move(result_);
  }

 private:
  bool stopped() const { return options_.stop && *options_.stop; }
  FitResult stop() {
    result_.stopped = true;
    return std::move(result_);
  }
  void say(const std::string& what) const {
    if (options_.say) options_.say(what);
  }
  ParallelOptions parallel() const {
    return {.threads = options_.threads, .progress = options_.progress, .stop = options_.stop};
  }

  Lowered lower(const std::vector<Measurement>& measurements,
                const std::vector<DataFolders>& data) const {
    say("lowering " + std::to_string(measurements.size()) + " points");
    return lower_points(measurements, data, parallel());
  }

  void choose() {
    std::map<std::string, LeftOut> reasons;
    std::set<std::string> witnesses;
    for (std::size_t i = 0; i < lowered_.size(); ++i) {
      const LoweredPoint& point = *lowered_[i];
      if (point.point.status == ValidationStatus::ok) {
        points_.push_back(&point);
        for (const Parameter& parameter : point.parameters)
          entries_.try_emplace(parameter.key, parameter);
        origin_.push_back(i);
        witnesses.insert(point.point.witness());
        continue;
      }
      const bool suspect = point.point.status == ValidationStatus::suspect;
      LeftOut& entry = reasons[suspect ? "suspect" : point.point.reason];
      entry.reason = suspect ? "suspect" : point.point.reason;
      if (entry.points++ == 0) entry.example = point.point.why;
    }
    for (auto& [reason, entry] : reasons) result_.left_out.push_back(std::move(entry));
    std::stable_sort(result_.left_out.begin(), result_.left_out.end(),
                     [](const LeftOut& a, const LeftOut& b) { return a.points > b.points; });
    result_.points = static_cast<int>(points_.size());
    result_.witnesses = static_cast<int>(witnesses.size());
  }

  void estimate() {
    say("estimating from " + std::to_string(points_.size()) + " points");
    Catalog catalog(with_fit(data_, ""));
    ParameterTree tree = parameter_tree(points_, catalog);
    fix(tree, options_.fixed);
    if (fitter_)  // the variances of the round before are a good start
      for (VarianceClass& each : tree.variances)
        for (const VarianceClass& known : fitter_->tree().variances)
          if (known.name == each.name) each.sigma = known.sigma;
    fitter_ = std::make_unique<Fitter>(std::move(tree), points_);
    const std::vector<bool> all(points_.size(), true);
    result_.evidence.clear();
    posterior_ = fitter_->estimate(all, [&](int, const Posterior& posterior) {
      result_.evidence.push_back(posterior.log_evidence);
    });
    result_.evidence.push_back(posterior_.log_evidence);
    full_tree_ = parameter_tree(points_, catalog, true);
    fix(full_tree_, options_.fixed);
    for (VarianceClass& each : full_tree_.variances)
      for (const VarianceClass& known : fitter_->tree().variances)
        if (known.name == each.name) each.sigma = known.sigma;
  }

  // A figure of an engine's entry, not of devices and links.
  static bool is_factor(const std::string& key) {
    return !key.starts_with("device:") && !key.starts_with("link:");
  }

  // Of the full tree: parameters of the points come first, in the same order.
  Leaning leaning(int index) const {
    if (index < static_cast<int>(posterior_.values.size()))
      return {.value = posterior_.values[static_cast<std::size_t>(index)],
              .variance = posterior_.covariance_of(index, index)};
    Leaning sum{.variance = std::pow(full_tree_.prior_sigma(index), 2.0)};
    for (const int parent : full_tree_.parameters[static_cast<std::size_t>(index)].parents) {
      const Leaning part = leaning(parent);
      sum.value += part.value;
      sum.variance += part.variance;
    }
    return sum;
  }

  FittedValue fitted(int index) const {
    const FitParameter& parameter = full_tree_.parameters[static_cast<std::size_t>(index)];
    const Leaning found = leaning(index);
    const double unit =
        parameter.number > 0.0 && !parameter.owner.starts_with("device:") ? parameter.number : 1.0;
    const double value = std::min(found.value, parameter.high);
    const double reach = z90 * std::sqrt(found.variance);
    return {.value = unit * std::exp(value),
            .low = unit * std::exp(value - reach),
            .high = unit * std::exp(std::max(value, std::min(value + reach, parameter.high)))};
  }

  // Devices that nobody measured: as far from their rates as those of their vendor, those of other
  // vendors as all of them.
  void new_devices(FitTable& table) const {
    double sum = 0.0;
    const auto sigmas = fitter_->tree().compute_sigmas();
    for (const auto& [vendor_unit, sigma] : sigmas) {
      const double reach = std::exp(z90 * sigma);
      table.devices["vendor:" + vendor_unit + ":compute"] = {1.0, 1.0 / reach, reach};
      sum += sigma * sigma;
    }
    if (!sigmas.empty())
      table.new_compute_sigma = std::sqrt(sum / static_cast<double>(sigmas.size()));
    table.new_memory_sigma = fitter_->tree().sigma_of("device memory");
  }

  void fill_table() {
    FitTable& table = result_.table;
    table = {.name = options_.name, .date = options_.date, .source = "FIT"};
    for (const auto& [key, index] : full_tree_.of_key) {
      const FitParameter& parameter = full_tree_.parameters[static_cast<std::size_t>(index)];
      if (parameter.number <= 0.0 || !is_factor(parameter.key)) continue;
      table.factors[parameter.owner][parameter.key.substr(parameter.owner.size() + 1)] =
          fitted(index);
    }
    constexpr std::size_t prefix = std::string_view("device:").size();
    const ParameterTree& tree = fitter_->tree();
    for (std::size_t i = 0; i < posterior_.values.size(); ++i) {
      const FitParameter& parameter = tree.parameters[i];
      if (parameter.owner.starts_with("device:"))
        table.devices[parameter.key.substr(prefix)] = fitted(static_cast<int>(i));
    }
    new_devices(table);
    correlations();
    spreads();
    parameters();
  }

  void correlations() {
    const auto n = static_cast<int>(posterior_.values.size());
    for (int a = 0; a < n; ++a)
      for (int b = a + 1; b < n; ++b) {
        const FitParameter& first = fitter_->tree().parameters[static_cast<std::size_t>(a)];
        const FitParameter& second = fitter_->tree().parameters[static_cast<std::size_t>(b)];
        const double rho =
            posterior_.covariance_of(a, b) / (posterior_.sigma(a) * posterior_.sigma(b));
        if (first.number > 0.0 && second.number > 0.0 &&
            keeps_correlation(fitter_->tree(), a, b, rho))
          result_.table.correlations.push_back({.a = first.key, .b = second.key, .rho = rho});
      }
  }

  void spreads() {
    for (const NoiseClass& each : fitter_->noise())
      result_.table.spreads.push_back(
          {.metric = each.kind.metric,
           .experts = each.kind.moe,
           .load = each.kind.load ? std::string(to_text(*each.kind.load)) : "",
           .backend = each.kind.backend,
           .sigma = each.sigma});
    result_.noise = fitter_->noise();
    result_.variances = fitter_->tree().variances;
  }

  void parameters() {
    result_.parameters.clear();
    result_.effective.clear();
    result_.effective_number = 0.0;
    for (std::size_t i = 0; i < posterior_.values.size(); ++i) {
      const FitParameter& p = fitter_->tree().parameters[i];
      const double sigma = posterior_.sigma(static_cast<int>(i));
      const double value = posterior_.values[i];
      result_.parameters.push_back(
          {.key = p.key,
           .owner = p.owner,
           .number = p.number * std::exp(value),
           .low = p.number * std::exp(value - z90 * sigma),
           .high = p.number * std::exp(std::min(value + z90 * sigma, p.high)),
           .log_shift = value,
           .log_sigma = sigma,
           .determined = posterior_.determined[i],
           .at_bound = value > p.high - 1e-6});
      result_.effective[p.owner] += posterior_.determined[i];
      result_.effective_number += posterior_.determined[i];
    }
  }

  // Points whose schedule depends on the values, with those just found. False where there are none.
  bool lower_again() {
    std::vector<std::size_t> which;
    std::vector<Measurement> measurements;
    for (std::size_t k = 0; k < points_.size(); ++k) {
      if (!points_[k]->depends_on_values()) continue;
      which.push_back(k);
      measurements.push_back(measurements_[origin_[k]]);
    }
    if (which.empty() || stopped()) return false;
    Lowered again = lower(measurements, with_fit(data_, to_yaml(result_.table, result_)));
    if (stopped()) return false;
    for (std::size_t i = 0; i < which.size(); ++i) {
      // A point that no longer fits keeps what it had.
      if (!again[i] || again[i]->point.status != ValidationStatus::ok) continue;
      set_shifts(*again[i]);
      auto& slot = lowered_[origin_[which[i]]];
      replaced_.push_back(std::move(slot));
      slot = std::move(again[i]);
      points_[which[i]] = slot.get();
    }
    return true;
  }

  // Its parameters are again those of the entries, and say how far from them it was lowered.
  void set_shifts(LoweredPoint& point) const {
    for (Parameter& parameter : point.parameters) {
      const auto entry = entries_.find(parameter.key);
      const bool laid_over = entry != entries_.end() && !parameter.key.starts_with("link:");
      point.shifts.push_back(laid_over ? posterior_.values[static_cast<std::size_t>(
                                             fitter_->tree().of_key.at(parameter.key))]
                                       : 0.0);
      if (entry != entries_.end()) parameter = entry->second;
    }
  }

  static Estimate interval(double log_value, double sigma) {
    return log_normal(std::exp(log_value), sigma);
  }

  void residuals() {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const LogPrediction predicted = fitter_->predict(i, posterior_);
      SpeedPoint point = points_[i]->point;
      point.predicted =
          interval(predicted.value, std::sqrt(predicted.model_variance + predicted.noise_variance));
      result_.residuals.push_back(std::move(point));
    }
    result_.table.one_machine = one_machine_share(result_.residuals);
  }

  void protocols() {
    const FoldChoice choice = options_.folds;
    std::vector<Protocol> chosen;
    if (choice == FoldChoice::known || choice == FoldChoice::both)
      chosen.push_back(Protocol::known_device);
    if (choice == FoldChoice::fresh || choice == FoldChoice::both)
      chosen.push_back(Protocol::new_device);
    std::vector<FoldPredictions> left_out;
    for (const Protocol each : chosen) left_out.push_back(refitted(each));
    if (stopped()) return;
    std::vector<ScoredPoints> scored = score(points_, left_out);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      for (const auto& [cell, law] : scored[i].widths) width(cell, chosen[i], law);
      result_.protocols.push_back({.protocol = chosen[i],
                                   .folds = left_out[i].folds.size(),
                                   .scored = std::move(scored[i])});
    }
  }

  FoldPredictions refitted(Protocol protocol) {
    FoldPredictions result{.folds = folds_of(points_, protocol), .predictions = {}};
    if (stopped()) return result;
    say("refitting for " + std::to_string(result.folds.size()) + " folds, " +
        std::string(to_text(protocol)));
    result.predictions = predict_left_out(*fitter_, posterior_, result.folds, parallel());
    return result;
  }

  void width(const SpeedCell& cell, Protocol protocol, const WidthLaw& law) {
    auto& widths = result_.table.widths;
    const std::string load(to_text(cell.load));
    auto found = std::find_if(widths.begin(), widths.end(), [&](const FittedWidth& each) {
      return each.metric == cell.metric && each.load == load && each.experts == cell.moe;
    });
    if (found == widths.end())
      found = widths.insert(found, {.metric = cell.metric,
                                    .load = load,
                                    .experts = cell.moe,
                                    .known_device = {},
                                    .new_device = {}});
    (protocol == Protocol::known_device ? found->known_device : found->new_device) = law;
  }

  const std::vector<Measurement>& measurements_;
  const std::vector<DataFolders>& data_;
  const FitOptions& options_;
  Lowered lowered_;   // by measurement
  Lowered replaced_;  // kept for fitters of earlier rounds
  std::vector<const LoweredPoint*> points_;
  std::vector<std::size_t> origin_;           // of points_ in the measurements
  std::map<std::string, Parameter> entries_;  // of the points, as the data files say
  std::unique_ptr<Fitter> fitter_;
  Posterior posterior_;
  ParameterTree full_tree_;
  FitResult result_;
};

}  // namespace

FitResult fit(const std::vector<Measurement>& measurements, const std::vector<DataFolders>& data,
              const FitOptions& options) {
  return FitRun(measurements, data, options).run();
}

namespace {

std::string number(double value) {
  constexpr int digits = 6;
  return print_number(value, digits);
}

std::string entry(const FittedValue& fitted) {
  return "{value: " + number(fitted.value) + ", range: [" + number(fitted.low) + ", " +
         number(fitted.high) + "]}";
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

}  // namespace

std::string to_yaml(const FitTable& table, const FitResult& result) {
  std::string text = "kind: fit\n# Written by `plimsoll fit`; do not edit (doc/fitting.md).\n";
  text += "name: " + quoted(table.name) + "\ndate: " + table.date + "\nsource: " + table.source;
  text += "\nused: {points: " + std::to_string(result.points) +
          ", witnesses: " + std::to_string(result.witnesses) + "}\nleft_out:";
  for (const LeftOut& each : result.left_out)
    text += "\n  " + each.reason + ": " + std::to_string(each.points);
  if (result.left_out.empty()) text += " {}";
  text += "\n# Seconds, shares, and rows; medians with their 90 % ranges.\nfactors:";
  for (const auto& [owner, values] : table.factors) {
    text += "\n  " + quoted(owner) + ":";
    for (const auto& [key, fitted] : values) text += "\n    " + quoted(key) + ": " + entry(fitted);
  }
  text += "\n# What devices reach, over what their entries say.\ndevices:";
  for (const auto& [key, fitted] : table.devices)
    text += "\n  " + quoted(key) + ": " + entry(fitted);
  if (table.devices.empty()) text += " {}";
  text += "\n# Standard deviations of logarithms.\nnew_devices: {memory: " +
          number(table.new_memory_sigma) + ", compute: " + number(table.new_compute_sigma) +
          "}\n# Of the spreads, what is left among points of one machine.\none_machine: " +
          number(table.one_machine) + "\nspreads:";
  for (const FittedSpread& each : table.spreads)
    text += "\n  - {metric: " + each.metric + (each.load.empty() ? "" : ", load: " + each.load) +
            ", experts: " + (each.experts ? "true" : "false") +
            (each.backend.empty() ? "" : ", backend: " + quoted(each.backend)) +
            ", sigma: " + number(each.sigma) + "}";
  const auto law = [](const WidthLaw& width) {
    return "{factor: " + number(width.factor) + ", share: " + number(width.share) + "}";
  };
  text += "\nwidths:";
  for (const FittedWidth& each : table.widths)
    text += "\n  - {metric: " + each.metric + ", load: " + each.load +
            ", experts: " + (each.experts ? "true" : "false") +
            ", known_device: " + law(each.known_device) + ", new_device: " + law(each.new_device) +
            "}";
  if (table.widths.empty()) text += " []";
  text += "\ncorrelations:";
  for (const FittedCorrelation& each : table.correlations)
    text += "\n  - {a: " + quoted(each.a) + ", b: " + quoted(each.b) +
            ", rho: " + print_number(each.rho, 2) + "}";
  if (table.correlations.empty()) text += " []";
  return text + "\n";
}

}  // namespace plimsoll
