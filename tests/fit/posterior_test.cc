// The fit on points whose parameters are known, because they were made from them.
#include "fit/posterior.h"

#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "fit/interval_widths.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// A made-up study: devices of one backend, each measured by several sources. A decode step is bytes
// over bandwidth plus launches; a prompt is work over a matrix rate.
struct Study {
  int devices = 40;
  int sources = 6;
  double gap = std::log(1.4);  // logarithms of the true values over those of the entries
  double bandwidth = std::log(0.8);
  double matrix = std::log(0.6);
  double device_sigma = 0.2;
  double noise = 0.05;
  double load_noise = 0.05;  // of the odd sources, which measure under a load
};

constexpr double entry_bandwidth = 1e12;
constexpr double entry_rate = 1e14;
constexpr double entry_gap = 2e-6;

class MadeUp {
 public:
  explicit MadeUp(const Study& study) : study_(study), random_(20261121, "study") {
    for (int device = 0; device < study.devices; ++device) {
      const double reach = study.device_sigma * normal();
      for (int source = 0; source < study.sources; ++source) {
        add(device, source, false, reach);
        add(device, source, true, reach);
      }
    }
    tree();
  }

  std::vector<const LoweredPoint*> points() const {
    std::vector<const LoweredPoint*> list;
    for (const auto& point : points_) list.push_back(point.get());
    return list;
  }
  const ParameterTree& parameters() const { return tree_; }

 private:
  double normal() {  // sum of twelve uniform numbers, Irwin and Hall
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += random_.uniform();
    return sum;
  }

  void add(int device, int source, bool prompt, double reach) {
    const std::string name = "d" + std::to_string(device);
    auto point = std::make_unique<LoweredPoint>();
    point->point.id = "s" + std::to_string(source) + "-" + name;
    point->point.metric = prompt ? "prefill_tps" : "decode_tps";
    point->point.device = name;
    point->point.model = "m" + std::to_string(source);
    point->point.load = source % 2 == 0 ? Traffic::single : Traffic::load;
    point->machine = name;
    point->device = name;
    point->parameters = {{.key = "engine/gpu:gap", .number = entry_gap},
                         {.key = "engine/gpu:bandwidth", .number = 0.7},
                         {.key = "engine/gpu:matrix", .number = 0.5},
                         {.key = "device:" + name + "/gpu:compute"}};
    OperatorTerms step;
    step.exponent = 4.0;
    const double launches = 200.0 + 50.0 * source;
    point->linear = {{.seconds = entry_gap * launches, .factors = {{{0, 1}}}}};
    if (prompt)
      step.compute = {.seconds = (1.0 + source) * 1e12 / entry_rate,
                      .factors = {{{2, -1}, {3, -1}}}};
    else
      step.memory = {.seconds = (1.0 + source) * 1e9 / entry_bandwidth, .factors = {{{1, -1}}}};
    point->terms = {{.terms = step, .weight = 1.0}};
    const std::vector<double> truth = {std::exp(study_.gap), std::exp(study_.bandwidth),
                                       std::exp(study_.matrix), std::exp(reach)};
    const double noise = source % 2 == 0 ? study_.noise : study_.load_noise;
    point->point.measured = std::exp(log_prediction(*point, truth, {}) + noise * normal());
    points_.push_back(std::move(point));
  }

  void tree() {
    tree_.variances = {{.name = "devices", .sigma = 0.5}};
    for (const char* key : {"engine/gpu:gap", "engine/gpu:bandwidth", "engine/gpu:matrix"})
      parameter({.key = key, .own_sigma = 0.7, .number = 1.0, .owner = "engine/gpu"});
    for (int device = 0; device < study_.devices; ++device) {
      const std::string key = "device:d" + std::to_string(device) + "/gpu:compute";
      parameter({.key = key, .variance = 0, .owner = key});
    }
  }
  void parameter(FitParameter parameter) {
    tree_.of_key[parameter.key] = static_cast<int>(tree_.parameters.size());
    tree_.parameters.push_back(std::move(parameter));
  }

  Study study_;
  Rng random_;
  std::vector<std::unique_ptr<LoweredPoint>> points_;
  ParameterTree tree_;
};

std::vector<bool> all(const std::vector<const LoweredPoint*>& points) {
  return std::vector<bool>(points.size(), true);
}

TEST_CASE("a fit recovers parameters and variances", "[fit]") {
  const Study study;
  const MadeUp made(study);
  Fitter fitter(made.parameters(), made.points());
  const Posterior found = fitter.estimate(all(made.points()));
  const double truth[] = {study.gap, study.bandwidth, study.matrix};
  // 95 of 100 lie within two standard deviations, 9999 of 10000 within four.
  for (int i = 0; i < 3; ++i) {
    INFO(made.parameters().parameters[static_cast<std::size_t>(i)].key);
    CHECK(std::abs(found.values[static_cast<std::size_t>(i)] - truth[i]) < 4 * found.sigma(i));
    CHECK(found.sigma(i) < 0.1);
  }
  // The standard deviation of n normal numbers is known to 1 / sqrt(2 n) of itself. Of Student's t
  // with eight degrees of freedom, under which 0.05 times a normal number is taken, the scale that
  // fits a normal distribution best, where the mean of 9 x^2 / (8 s^2 + x^2) is 1, is s = 0.91.
  const double device_error = 4.0 / std::sqrt(2.0 * study.devices);
  CHECK(fitter.tree().variances[0].sigma == Approx(study.device_sigma).epsilon(device_error));
  for (const NoiseClass& noise : fitter.noise()) {
    CHECK(noise.sigma < study.noise * 1.1);
    CHECK(noise.sigma > study.noise * 0.8);
  }
  // Gap and bandwidth; and of the forty device levels one direction, their mean, that the matrix
  // factor's wide prior leaves free, while the others hold what six points of 0.05 say of 0.2:
  // 1 - 1 / (1 + 6 * 16).
  double determined = 0.0;
  for (const double each : found.determined) determined += each;
  CHECK(determined == Approx(3.0 + (study.devices - 1) * 96.0 / 97.0).epsilon(0.03));
}

TEST_CASE("each kind of load has a scale of its own that leans on that of all", "[fit]") {
  const Study study{.load_noise = 0.2};
  const MadeUp made(study);
  Fitter fitter(made.parameters(), made.points());
  fitter.estimate(all(made.points()));
  const auto sigma_of = [&](std::optional<Traffic> load) {
    for (const NoiseClass& each : fitter.noise())
      if (each.kind.metric == "decode_tps" && each.kind.load == load && each.kind.backend.empty())
        return each.sigma;
    return 0.0;
  };
  // Of 40 devices and three sources 120 points each; those of all have the say of five more.
  // Student's scales lie a tenth below.
  const double shared = sigma_of(std::nullopt);
  const auto leaning = [&](double own) {
    return std::sqrt((120.0 * std::pow(0.91 * own, 2.0) + 5.0 * shared * shared) / 125.0);
  };
  CHECK(sigma_of(Traffic::single) == Approx(leaning(study.noise)).epsilon(0.2));
  CHECK(sigma_of(Traffic::load) == Approx(leaning(study.load_noise)).epsilon(0.2));
  CHECK(shared > sigma_of(Traffic::single));
  CHECK(shared < sigma_of(Traffic::load));
}

TEST_CASE("the evidence grows while variances are estimated", "[fit]") {
  const MadeUp made({.devices = 12});
  Fitter fitter(made.parameters(), made.points());
  std::vector<double> evidence;
  const Posterior last = fitter.estimate(all(made.points()), [&](int, const Posterior& each) {
    evidence.push_back(each.log_evidence);
  });
  REQUIRE(evidence.size() > 1);
  CHECK(last.log_evidence > evidence.front());
}

TEST_CASE("nothing passes its bound", "[fit]") {
  // The truth is 0.7 x 1.8, beyond a share of 1.
  const MadeUp made({.devices = 6, .bandwidth = std::log(1.8)});
  ParameterTree tree = made.parameters();
  tree.parameters[1].high = -std::log(0.7);
  Fitter fitter(tree, made.points());
  const Posterior found = fitter.estimate(all(made.points()));
  CHECK(found.values[1] <= -std::log(0.7));
  CHECK(0.7 * std::exp(found.values[1]) == Approx(1.0).epsilon(1e-6));
}

TEST_CASE("what no point says anything of stays where it leans", "[fit]") {
  const MadeUp made({.devices = 6});
  Fitter fitter(made.parameters(), made.points());
  std::vector<bool> used = all(made.points());
  for (std::size_t i = 0; i < used.size(); ++i)
    if (made.points()[i]->device == "d3") used[i] = false;
  const Posterior found = fitter.posterior(used, {});
  const int left_out = made.parameters().of_key.at("device:d3/gpu:compute");
  CHECK(found.values[static_cast<std::size_t>(left_out)] == Approx(0.0).margin(1e-6));
  CHECK(found.sigma(left_out) == Approx(fitter.tree().prior_sigma(left_out)));
  CHECK(found.determined[static_cast<std::size_t>(left_out)] == Approx(0.0).margin(1e-9));
}

TEST_CASE("folds leave out what they claim", "[fit]") {
  const MadeUp made({.devices = 5, .sources = 3});
  const auto points = made.points();
  const std::vector<Fold> known = folds_of(points, Protocol::known_device);
  CHECK(known.size() == 5 * 3);
  for (const Fold& fold : known) {
    CHECK(fold.left_out.size() == 2);  // prompt and answer of one source on one device
    for (const std::size_t i : fold.left_out)
      CHECK(points[i]->point.witness() == points[fold.left_out.front()]->point.witness());
  }
  const std::vector<Fold> fresh = folds_of(points, Protocol::new_device);
  CHECK(fresh.size() == 5);
  for (const Fold& fold : fresh) {
    CHECK(fold.left_out.size() == 3 * 2);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool out =
          std::find(fold.left_out.begin(), fold.left_out.end(), i) != fold.left_out.end();
      CHECK(out == (points[i]->device == points[fold.left_out.front()]->device));
    }
  }
}

// What the fit of all points says of a device must not be left in the prediction of a fold without
// it: a warm start ends where a start from nothing does.
TEST_CASE("left-out predictions forget what was left out", "[fit]") {
  const MadeUp made({.devices = 6, .sources = 3, .device_sigma = 0.6});
  Fitter fitter(made.parameters(), made.points());
  const auto points = made.points();
  const Posterior full = fitter.estimate(all(points));
  for (const Fold& fold : folds_of(points, Protocol::new_device)) {
    std::vector<bool> used = all(points);
    for (const std::size_t i : fold.left_out) used[i] = false;
    const std::vector<LogPrediction> warm =
        fitter.predict_without(used, full.values, fold.left_out);
    const Posterior cold = fitter.posterior(used, {});
    for (std::size_t k = 0; k < warm.size(); ++k)
      CHECK(warm[k].value == Approx(fitter.predict(fold.left_out[k], cold).value).margin(1e-3));
  }
}

TEST_CASE("a device with one witness counts as new only", "[fit]") {
  const MadeUp made({.devices = 2, .sources = 1});
  CHECK(folds_of(made.points(), Protocol::known_device).empty());
  CHECK(folds_of(made.points(), Protocol::new_device).size() == 2);
}

TEST_CASE("left-out predictions are the same on any number of threads", "[fit]") {
  const MadeUp made({.devices = 6, .sources = 3});
  Fitter fitter(made.parameters(), made.points());
  const Posterior full = fitter.estimate(all(made.points()));
  const std::vector<Fold> folds = folds_of(made.points(), Protocol::new_device);
  const auto one = predict_left_out(fitter, full, folds, {.threads = 1});
  const auto four = predict_left_out(fitter, full, folds, {.threads = 4});
  for (std::size_t i = 0; i < one.size(); ++i) {
    REQUIRE(one[i].has_value() == four[i].has_value());
    CHECK(one[i]->value == four[i]->value);
    CHECK(one[i]->model_variance == four[i]->model_variance);
  }
}

TEST_CASE("a new device is less certain than a known one", "[fit]") {
  const MadeUp made({});
  Fitter fitter(made.parameters(), made.points());
  const Posterior full = fitter.estimate(all(made.points()));
  const auto variance = [&](Protocol protocol) {
    const auto predictions =
        predict_left_out(fitter, full, folds_of(made.points(), protocol), {.threads = 1});
    return predictions[1]->model_variance;  // a prompt
  };
  CHECK(variance(Protocol::new_device) > 4.0 * variance(Protocol::known_device));
}

TEST_CASE("nine tenths of what was left out lie in their intervals", "[fit]") {
  const MadeUp made({});
  Fitter fitter(made.parameters(), made.points());
  const Posterior full = fitter.estimate(all(made.points()));
  for (const Protocol protocol : {Protocol::known_device, Protocol::new_device}) {
    const auto points = made.points();
    const std::vector<Fold> folds = folds_of(points, protocol);
    const ScoredPoints scored =
        score(points, {{folds, predict_left_out(fitter, full, folds, {.threads = 1})}}).front();
    SpeedPoints list;
    for (const SpeedPoint& point : scored.points) list.push_back(&point);
    // 240 points in each cell, of 40 devices: a binomial share of 40 is known to 0.05.
    for (const auto& [cell, members] : grouped(list, cell_of))
      CHECK(summarise_errors(members).coverage == Approx(0.9).margin(0.1));
  }
}

std::vector<const LoweredPoint*> witnesses_of_one_cell(const MadeUp& made, std::size_t count) {
  std::vector<const LoweredPoint*> chosen;
  std::set<std::string> witnesses;
  for (const LoweredPoint* point : made.points()) {
    const SpeedPoint& speed = point->point;
    const bool same_cell = chosen.empty() || cell_of(speed) == cell_of(chosen[0]->point);
    if (chosen.size() < count && same_cell && witnesses.insert(speed.witness()).second)
      chosen.push_back(point);
  }
  REQUIRE(chosen.size() == count);
  return chosen;
}

// Widths are as unequal as the errors are: those that follow the standard deviations keep them,
// those that do not are all alike.
TEST_CASE("how unequal widths are is learned", "[fit]") {
  const MadeUp made({});
  const std::vector<const LoweredPoint*> points = witnesses_of_one_cell(made, 30);
  const double by_sigma = GENERATE(1.0, 0.5, 0.0);
  std::vector<Fold> folds;
  std::vector<std::optional<LogPrediction>> predictions;
  for (std::size_t i = 0; i < points.size(); ++i) {
    // Sizes of errors: nine of ten lie within 1, whatever the standard deviation.
    const double sigma = std::exp(static_cast<double>(i % 3) - 1.0) / 10.0;
    const double size = static_cast<double>(i / 3 + 1) / 9.0;
    const double error = size * std::pow(0.1, 1.0 - by_sigma) * std::pow(sigma, by_sigma);
    folds.push_back({.left_out = {i}, .scored = {i}});
    predictions.push_back(LogPrediction{.value = points[i]->log_measured() + error,
                                        .model_variance = sigma * sigma,
                                        .noise_variance = 0.0});
  }
  const ScoredPoints scored = score(points, {{folds, predictions}}).front();
  const WidthLaw& law = scored.widths.at(cell_of(points[0]->point));
  CHECK(law.share == by_sigma);
  CHECK(z90 * law.of(0.1) == Approx(0.1));
  // Its own error does not count: of 29 points nine tenths are more than 26, one size further.
  CHECK(scored.points.front().log_width() ==
        Approx(10.0 / 9.0 * 2.0 * z90 * law.of(0.1 / std::exp(1.0))));
}

TEST_CASE("a constant band is chosen on the folds that a point is not in", "[fit]") {
  const MadeUp made({});
  const std::vector<const LoweredPoint*> three = witnesses_of_one_cell(made, 3);
  std::vector<Fold> folds;
  std::vector<std::optional<LogPrediction>> predictions;
  for (const double error : {0.1, 0.2, 0.4}) {
    const std::size_t i = folds.size();
    folds.push_back({.left_out = {i}, .scored = {i}});
    predictions.push_back(LogPrediction{
        .value = three[i]->log_measured() + error, .model_variance = 0.01, .noise_variance = 0.0});
  }
  const ScoredPoints scored = score(three, {{folds, predictions}}).front();
  REQUIRE(scored.banded.size() == 3);
  // Nine tenths of two others: the larger one.
  CHECK(scored.banded[0].log_width() == Approx(2 * 0.4));
  CHECK(scored.banded[1].log_width() == Approx(2 * 0.4));
  CHECK(scored.banded[2].log_width() == Approx(2 * 0.2));
  CHECK(scored.banded[2].predicted->value == Approx(scored.points[2].predicted->value));
}

}  // namespace
}  // namespace plimsoll
