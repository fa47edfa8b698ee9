#include "calibrate/harness.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <new>

#include "base/contains.h"
#include "base/elapsed.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {
namespace {

// A sample lasts so long that no clock's resolution and no interrupt shows in it.
constexpr double sample_s = 2e-3;
constexpr int most_launches = 1 << 16;
// Of the time of a point; the rest is for samples that count.
constexpr double warm_up_share = 0.25;
// Samples that are taken whatever they cost: fewer have no spread.
constexpr int fewest_samples = 3;
// Below that, kernels that get slower are no sign of throttling but of a machine that breathes.
constexpr double notable_slowing = 0.05;

StoppingRule rule_for(Depth depth, double allowance) {
  StoppingRule rule;
  // With a few minutes for hundreds of points nvbench's half second would be most of them.
  rule.minimum_s = std::min(depth == Depth::quick ? 0.05 : rule.minimum_s, allowance / 2.0);
  rule.bound_s = allowance;
  return rule;
}

// Deals out time by the weights of the cases that are still to come.
class TimeShares {
 public:
  TimeShares(const std::vector<KernelCase>& cases, double deadline) : deadline_(deadline) {
    std::map<std::string, int> of_family;
    for (const KernelCase& each : cases) ++of_family[each.family];
    for (const KernelCase& each : cases) {
      weights_.push_back(1.0 / of_family[each.family]);
      left_ += weights_.back();
    }
  }

  // Of the next case, which must be asked for in order.
  double next(double now) {
    const double weight = weights_[at_++];
    const double share = std::max(0.0, deadline_ - now) * weight / left_;
    left_ -= weight;
    return share;
  }

 private:
  double deadline_;
  double left_ = 0.0;
  std::vector<double> weights_;
  std::size_t at_ = 0;
};

class PointRun {
 public:
  PointRun(Backend& backend, const HarnessOptions& options, const std::function<double()>& now)
      : backend_(backend), options_(options), now_(now) {}

  PointResult run(const KernelCase& kernel_case, double allowance) {
    PointResult point{.kernel_case = kernel_case};
    try {
      measure(point, now_() + allowance);
    } catch (const KernelFailure& failure) {
      refuse(point, failure.what());
    } catch (const std::bad_alloc&) {
      refuse(point, "not enough memory");
    }
    return point;
  }

 private:
  static void refuse(PointResult& point, const std::string& why) {
    point.status = PointStatus::failed;
    point.why = why;
  }

  bool stopped() const { return options_.stop && *options_.stop; }

  void measure(PointResult& point, double deadline) {
    const std::unique_ptr<Kernel> kernel = backend_.make(point.kernel_case);
    point.check = kernel->check();
    if (!point.check.right) {
      point.status = PointStatus::wrong;
      point.why = point.check.why;
      return;
    }
    log_ = {};
    point.launches = launches_for(kernel->run(1), deadline - now_());
    if (!warm_up(*kernel, point.launches, deadline)) log_.unsettled();
    log_.add(backend_.state());  // not before: clocks of a device at rest say nothing
    take_samples(*kernel, point, deadline);
    log_.add(backend_.state());
    // On a busy machine it is others that slow it down.
    if (point.slowing > notable_slowing && !log_.condition().busy) log_.slowed();
    point.condition = log_.condition();
  }

  static int launches_for(double once, double left) {
    const double sample = std::min(sample_s, std::max(0.0, left) / fewest_samples);
    if (once <= 0.0) return most_launches;  // below the clock's resolution
    return static_cast<int>(std::clamp(std::ceil(sample / once), 1.0, double{most_launches}));
  }

  // False where the timings had not settled when its time was up.
  bool warm_up(Kernel& kernel, int launches, double deadline) {
    WarmUp samples;
    const double begin = now_();
    const double end = begin + warm_up_share * std::max(0.0, deadline - begin);
    while (!samples.settled()) {
      if (stopped() || now_() >= end) return false;
      samples.add(kernel.run(launches) / launches);
    }
    return true;
  }

  void take_samples(Kernel& kernel, PointResult& point, double deadline) {
    SampleSeries series(rule_for(options_.depth, std::max(0.0, deadline - now_())));
    while (!stopped()) {
      const bool enough = series.samples().size() >= fewest_samples;
      if (enough && (series.done() || now_() >= deadline)) break;
      const double begin = now_();
      const double seconds = kernel.run(point.launches);
      // A device's own clock leaves out what the host waits; the budget does not.
      series.add(seconds / point.launches, std::max(seconds, now_() - begin));
    }
    if (series.samples().empty()) {
      point.why = "stopped";
      return;
    }
    point.times = summarize(series.samples());
    point.slowing = slowing(series.samples());
    point.status = PointStatus::measured;
  }

  Backend& backend_;
  const HarnessOptions& options_;
  const std::function<double()>& now_;
  ConditionLog log_;
};

bool is_wanted(const KernelCase& kernel_case, const std::vector<std::string>& only) {
  return only.empty() || contains(only, kernel_case.family);
}

}  // namespace

WorkKind work_kind(const KernelCase& kernel_case) {
  if (kernel_case.by_flop && kernel_case.work.flop > 0.0) return WorkKind::flop;
  if (kernel_case.work.bytes > 0.0) return WorkKind::bytes;
  return kernel_case.work.flop > 0.0 ? WorkKind::flop : WorkKind::items;
}

double work_of(const KernelCase& kernel_case) {
  switch (work_kind(kernel_case)) {
    case WorkKind::bytes:
      return kernel_case.work.bytes;
    case WorkKind::flop:
      return kernel_case.work.flop;
    case WorkKind::items:
      break;
  }
  return kernel_case.work.items;
}

BackendResult run_backend(Backend& backend, const HarnessOptions& options) {
  const std::function<double()> now = options.now ? options.now : steady_seconds;
  BackendResult result{
      .id = backend.id(), .device = backend.device(), .version = backend.version()};
  const double begin = now();
  std::vector<KernelCase> cases = backend.cases(options.depth);
  std::erase_if(cases, [&](const KernelCase& each) { return !is_wanted(each, options.only); });
  TimeShares shares(cases, begin + options.budget_s);
  PointRun run(backend, options, now);
  ConditionLog log;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (options.stop && *options.stop) {
      result.stopped = true;
      break;
    }
    if (options.progress) options.progress({.done = i, .total = cases.size(), .now = &cases[i]});
    const double allowance = shares.next(now());
    if (allowance <= 0.0)
      result.points.push_back({.kernel_case = cases[i], .why = "no time was left"});
    else
      result.points.push_back(run.run(cases[i], allowance));
    if (result.points.back().status == PointStatus::measured)
      log.append(result.points.back().condition);
  }
  if (options.progress) options.progress({.done = result.points.size(), .total = cases.size()});
  result.condition = log.condition();
  result.rates = fit_families(result.points);
  return result;
}

std::vector<FamilyRate> fit_families(const std::vector<PointResult>& points) {
  struct Group {
    std::vector<SweepPoint> sweep;
    std::vector<double> noises;
    ConditionLog log;
  };
  std::vector<FamilyRate> rates;
  std::vector<Group> groups;
  for (const PointResult& point : points) {
    if (point.status != PointStatus::measured) continue;
    const KernelCase& of = point.kernel_case;
    const auto same = [&](const FamilyRate& rate) {
      return rate.family == of.family && rate.format == of.format && rate.variant == of.variant &&
             rate.per == work_kind(of);
    };
    const auto found = std::find_if(rates.begin(), rates.end(), same);
    const auto index = static_cast<std::size_t>(found - rates.begin());
    if (found == rates.end()) {
      rates.push_back(
          {.family = of.family, .format = of.format, .variant = of.variant, .per = work_kind(of)});
      groups.emplace_back();
    }
    rates[index].samples += point.times.count;
    groups[index].noises.push_back(point.times.noise);
    groups[index].log.append(point.condition);
    groups[index].sweep.push_back(
        {.work = work_of(of), .seconds = point.times.median, .error = point.times.error});
  }
  std::vector<FamilyRate> fitted;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto fit = fit_sweep(groups[i].sweep);
    if (!fit) continue;
    rates[i].fit = *fit;
    rates[i].noise = quantile(groups[i].noises, 0.5);
    rates[i].condition = groups[i].log.condition();
    fitted.push_back(std::move(rates[i]));
  }
  return fitted;
}

}  // namespace plimsoll::calibrate
