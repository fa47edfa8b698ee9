#include "evaluate/serving_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/quantity_text.h"
#include "base/sample_figures.h"
#include "evaluate/highest_rate.h"
#include "evaluate/request_stream.h"
#include "evaluate/step_model.h"

namespace plimsoll {

namespace {

using serving::Picoseconds;
using serving::Request;
using serving::RequestTimes;
using serving::StepLoad;

constexpr double seconds_per_picosecond = 1e-12;
constexpr std::size_t most_step_kinds = 12;
constexpr std::array<const char*, 3> target_names = {"TTFT", "TPOT", "end to end"};
constexpr double shortest_run = 1e-9;           // seconds; of requests that take no time at all
constexpr std::int64_t enough_requests = 2500;  // for a first look at what a server can do

double in_seconds(Picoseconds time) {
  return static_cast<double>(time) * seconds_per_picosecond;
}

// The steps of another model, those that only decode and those with prompts each longer by a factor
// of its own.
class StretchedSteps : public serving::StepModel {
 public:
  StretchedSteps(const serving::StepModel& model, double decode, double mixed)
      : model_(model), decode_(decode), mixed_(mixed) {}
  Picoseconds mixed_step(const StepLoad& load) const override {
    return std::max<Picoseconds>(1, stretched(model_.mixed_step(load), mixed_));
  }
  serving::DecodePiece decode_run(const StepLoad& load) const override {
    const serving::DecodePiece piece = model_.decode_run(load);
    return {.first = std::max<Picoseconds>(1, stretched(piece.first, decode_)),
            .growth = stretched(piece.growth, decode_),
            .steps = piece.steps};
  }

 private:
  static Picoseconds stretched(Picoseconds time, double factor) {
    return static_cast<Picoseconds>(std::llround(static_cast<double>(time) * factor));
  }
  const serving::StepModel& model_;
  double decode_;
  double mixed_;
};

// What one replica gets of the load.
struct Share {
  std::vector<std::size_t> requests;  // indices of the whole stream
  int clients = 0;                    // of a closed loop
};

// Requests go round; clients of a closed loop are dealt out as evenly as they go.
std::vector<Share> shares_of(const LoadSetup& load, std::size_t requests, int replicas) {
  const bool closed = load.arrivals == ArrivalKind::closed;
  const int used = closed ? std::min(replicas, load.concurrency) : replicas;
  std::vector<Share> shares(static_cast<std::size_t>(used));
  for (std::size_t i = 0; i < requests; ++i) shares[i % shares.size()].requests.push_back(i);
  if (closed)
    for (int i = 0; i < used; ++i)
      shares[static_cast<std::size_t>(i)].clients =
          load.concurrency / used + (i < load.concurrency % used ? 1 : 0);
  return shares;
}

// All replicas together.
struct WholeRun {
  std::vector<RequestTimes> requests;
  serving::TokenGaps gaps;
  Picoseconds end = 0;
  double busy = 0.0;
  double block_time = 0.0;
  double running_time = 0.0;
  std::int64_t steps = 0;
  std::int64_t preemptions = 0;
  std::int64_t peak_blocks = 0;

  void add(const serving::Run& run, const Share& share) {
    for (std::size_t i = 0; i < share.requests.size(); ++i)
      requests[share.requests[i]] = run.requests[i];
    gaps.add(run.gaps);
    end = std::max(end, run.end);
    busy += static_cast<double>(run.busy);
    block_time += run.block_time;
    running_time += run.running_time;
    steps += run.steps;
    preemptions += run.preemptions;
    peak_blocks = std::max(peak_blocks, run.peak_blocks);
  }
};

struct Window {
  Picoseconds from = 0;
  Picoseconds to = std::numeric_limits<Picoseconds>::max();
  bool whole = true;

  bool has(Picoseconds time) const { return time >= from && time < to; }
};

// While the load is at its height: from the time when a tenth of the requests has been answered to
// the arrival of the last.
Window steady_window(const std::vector<RequestTimes>& requests) {
  std::vector<Picoseconds> ends;
  Picoseconds last_arrival = 0;
  for (const RequestTimes& times : requests) {
    ends.push_back(times.last_token);
    last_arrival = std::max(last_arrival, times.arrival);
  }
  constexpr std::size_t tenth = 10;
  const auto nth = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / tenth);
  std::nth_element(ends.begin(), nth, ends.end());
  if (*nth >= last_arrival) return {};
  return {.from = *nth, .to = last_arrival, .whole = false};
}

// Mean and percentiles, as LatencyFigures has them.
using FigureRow = std::array<double, 5>;
constexpr std::array<double, 4> percentiles = {0.5, 0.9, 0.95, 0.99};

FigureRow row_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  FigureRow row{mean_of(values)};
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    row[i + 1] = percentile_of_sorted(values, percentiles[i]);
  return row;
}

FigureRow row_of(const serving::TokenGaps& gaps) {
  FigureRow row{gaps.mean() * seconds_per_picosecond};
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    row[i + 1] = in_seconds(gaps.quantile(percentiles[i]));
  return row;
}

struct RunFigures {
  FigureRow first_token{};
  FigureRow output_token{};
  FigureRow token_gap{};
  FigureRow end_to_end{};
  double duration = 0.0;
  double requests_per_second = 0.0;
  double output_per_second = 0.0;
  double total_per_second = 0.0;
  double goodput = 0.0;
  double step = 0.0;
  double offered = 0.0;  // requests a second, of arrivals at a rate
  // Not estimated.
  std::size_t requests = 0;
  double within_targets = 0.0;
  std::array<double, 3> within_each{1.0, 1.0, 1.0};  // by target, in the order of target_names

  // Those that get an interval, in one order.
  std::vector<double> list() const {
    std::vector<double> all;
    for (const FigureRow* row : {&first_token, &output_token, &token_gap, &end_to_end})
      all.insert(all.end(), row->begin(), row->end());
    all.insert(all.end(), {duration, requests_per_second, output_per_second, total_per_second,
                           goodput, step, offered});
    return all;
  }
};

double time_per_token(const RequestTimes& times) {
  return in_seconds(times.last_token - times.first_token) / static_cast<double>(times.output - 1);
}

bool meets(const LoadSetup& load, const RequestTimes& times, double overhead) {
  const double first_token = in_seconds(times.first_token - times.arrival) + overhead;
  const bool first = !load.ttft_target || first_token <= load.ttft_target->base();
  const bool others =
      !load.tpot_target || times.output < 2 || time_per_token(times) <= load.tpot_target->base();
  const double whole = in_seconds(times.last_token - times.arrival) + overhead;
  return first && others && (!load.end_to_end_target || whole <= load.end_to_end_target->base());
}

double share_within(const std::vector<double>& values, const std::optional<Seconds>& target) {
  if (!target || values.empty()) return 1.0;
  const auto within = std::count_if(values.begin(), values.end(),
                                    [&](double value) { return value <= target->base(); });
  return static_cast<double>(within) / static_cast<double>(values.size());
}

// Latencies as the client sees them, `overhead` seconds before the first token.
RunFigures figures_of(const WholeRun& run, std::span<const Request> requests, const LoadSetup& load,
                      const Window& window, double overhead) {
  RunFigures figures;
  std::vector<double> first, per_token, whole;
  double inputs = 0.0;
  double outputs = 0.0;
  std::size_t good = 0;
  std::size_t ended = 0;
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    const RequestTimes& times = run.requests[i];
    if (times.refused) continue;
    // Rates count what is done within the window; latencies who comes within.
    if (window.whole || window.has(times.last_token)) {
      ++ended;
      inputs += static_cast<double>(requests[i].prompt);
      outputs += static_cast<double>(times.output);
      if (meets(load, times, overhead)) ++good;
    }
    if (!window.whole && !window.has(times.arrival)) continue;
    first.push_back(in_seconds(times.first_token - times.arrival) + overhead);
    whole.push_back(in_seconds(times.last_token - times.arrival) + overhead);
    if (times.output > 1) per_token.push_back(time_per_token(times));
  }
  figures.requests = whole.size();
  figures.offered = load.rate;
  figures.within_each = {share_within(first, load.ttft_target),
                         share_within(per_token, load.tpot_target),
                         share_within(whole, load.end_to_end_target)};
  figures.first_token = row_of(std::move(first));
  figures.output_token = row_of(std::move(per_token));
  figures.end_to_end = row_of(std::move(whole));
  figures.token_gap = row_of(run.gaps);
  figures.duration = in_seconds(window.whole ? run.end : window.to - window.from);
  const double per = figures.duration > 0.0 ? 1.0 / figures.duration : 0.0;
  figures.requests_per_second = static_cast<double>(ended) * per;
  figures.output_per_second = outputs * per;
  figures.total_per_second = (inputs + outputs) * per;
  figures.goodput = static_cast<double>(good) * per;
  figures.within_targets = ended > 0 ? static_cast<double>(good) / static_cast<double>(ended) : 0.0;
  figures.step =
      run.steps > 0 ? run.busy * seconds_per_picosecond / static_cast<double>(run.steps) : 0.0;
  return figures;
}

// What the figures of RunFigures::list() are, in that order: of a kind is what a fit knows how far
// its points scatter.
enum class FigureKind { first_token, between_tokens, end_to_end, rate };

std::vector<FigureKind> figure_kinds() {
  using enum FigureKind;
  std::vector<FigureKind> kinds;
  for (const FigureKind row : {first_token, between_tokens, between_tokens, end_to_end})
    kinds.insert(kinds.end(), std::tuple_size_v<FigureRow>, row);
  // Duration, three rates, goodput; a step; the rate of arrivals.
  kinds.insert(kinds.end(), {rate, rate, rate, rate, rate, between_tokens, rate});
  return kinds;
}

// Of the logarithms of the two kinds of steps' times, by what the parameters leave open.
struct StepCovariance {
  double decode = 0.0;  // variances
  double mixed = 0.0;
  double both = 0.0;
};

struct StepShift {
  double decode = 0.0;  // logarithms
  double mixed = 0.0;
};

// The principal axes, each as long as its 90 % half width.
std::array<StepShift, 2> axes_of(const StepCovariance& c) {
  const double middle = (c.decode + c.mixed) / 2.0;
  const double radius = std::hypot((c.decode - c.mixed) / 2.0, c.both);
  const double angle = 0.5 * std::atan2(2.0 * c.both, c.decode - c.mixed);
  const double major = z90 * std::sqrt(std::max(0.0, middle + radius));
  const double minor = z90 * std::sqrt(std::max(0.0, middle - radius));
  return {StepShift{.decode = major * std::cos(angle), .mixed = major * std::sin(angle)},
          StepShift{.decode = -minor * std::sin(angle), .mixed = minor * std::cos(angle)}};
}

// What a figure moves along each axis adds in squares, up and down apart.
class Swings {
 public:
  explicit Swings(double value) : value_(value) {}
  void add(double from, double one_end, double other_end) {
    if (from <= 0.0) return;
    vanishes_ = vanishes_ || one_end <= 0.0 || other_end <= 0.0;
    const double a = one_end > 0.0 ? std::log(one_end / from) : 0.0;
    const double b = other_end > 0.0 ? std::log(other_end / from) : 0.0;
    const double up = std::max({a, b, 0.0});
    const double down = std::max({-a, -b, 0.0});
    up_ += up * up;
    down_ += down * down;
  }
  // Of the logarithm; of its two sides the root of the mean square. `rest`: what no parameter
  // explains.
  double log_sigma(double rest) const {
    return std::sqrt((up_ + down_) / 2.0 / (z90 * z90) + rest * rest);
  }
  // `factor`: what all of it has to be multiplied by.
  Estimate estimate(double rest, double factor) const {
    const double apart = z90 * rest * z90 * rest;
    return {.value = value_,
            .low = vanishes_ ? 0.0 : value_ * std::exp(-factor * std::sqrt(down_ + apart)),
            .high = value_ * std::exp(factor * std::sqrt(up_ + apart))};
  }

 private:
  double value_;
  double up_ = 0.0;
  double down_ = 0.0;
  bool vanishes_ = false;  // at an end: goodput of a server that is too slow
};

std::string tokens_text(double tokens) {
  return std::to_string(std::llround(tokens));
}

std::string highest_rate_text(const LoadSetup& load) {
  const std::string highest = "the highest rate within the targets";
  return load.headroom > 0.0 ? print_number(100.0 * load.headroom) + " % below " + highest
                             : highest;
}

std::string arrivals_text(const LoadSetup& load) {
  const std::string rate = print_number(load.rate) + " requests a second" +
                           (load.highest_rate ? ", " + highest_rate_text(load) : "");
  switch (load.arrivals) {
    case ArrivalKind::closed:
      return load.concurrency == 1 ? "one client" : std::to_string(load.concurrency) + " clients";
    case ArrivalKind::all:
      return "all at once";
    case ArrivalKind::poisson:
      return rate + " (Poisson)";
    case ArrivalKind::bursty:
      return rate + " (gamma, burstiness " + print_number(load.burstiness) + ")";
    case ArrivalKind::trace:
      break;
  }
  return "as recorded";
}

bool is_median(LoadMetric metric) {
  return metric == LoadMetric::median_first_token || metric == LoadMetric::median_token_gap ||
         metric == LoadMetric::median_output_token || metric == LoadMetric::median_end_to_end;
}

}  // namespace

std::string describe(const LoadSetup& load) {
  const LengthSetup& lengths = load.lengths;
  std::string text = arrivals_text(load) + ", " + tokens_text(lengths.prompt) + " tokens in and " +
                     tokens_text(lengths.output) + " out";
  if (!lengths.dataset.empty()) return text + " on average (" + lengths.dataset + ")";
  if (lengths.kind == LengthKind::uniform)
    return text + ", each times " + print_number(lengths.shortest) + " to " +
           print_number(lengths.longest);
  return lengths.kind == LengthKind::fixed ? text : text + " on average";
}

struct ServingRun::State {
  State(const Prepared& what, const RoofTable& roofs, ServingOptions how)
      : prepared(what),
        scenario(what.scenario),
        whole_load(*what.scenario.serving),
        load(whole_load),
        options(std::move(how)),
        stream(request_stream(load)),
        shares(shares_of(load, stream.size(), scenario.replicas - scenario.spare)),
        server(server_setup(what, shares.front().clients)),
        steps(what.lowering_request(), roofs) {
    if (load.highest_rate) search_rate();
    run = serve_all(steps, {}, &record);
    window = window_of(run);
    // Gaps of that window only.
    if (!window.whole) run = serve_all(steps, window, nullptr);
    figures = figures_of(run, stream, load, window, request_overhead());
  }

  // `part`: the first so many of the requests, as a share of all.
  void set_rate(double rate, double part = 1.0) {
    load.rate = rate;
    const auto drawn = static_cast<std::int64_t>(lengths.size());
    const auto all = static_cast<double>(std::min(whole_load.requests_at(rate), drawn));
    load.requests = std::max<std::int64_t>(1, std::llround(part * all));
    stream.assign(lengths.begin(), lengths.begin() + load.requests);
    draw_arrivals(load, stream);
    shares = shares_of(load, stream.size(), scenario.replicas - scenario.spare);
  }

  // What the server comes to when a part of the requests is there at once.
  double rate_of_all_at_once() {
    load.requests = std::min(load.requests, enough_requests);
    const ArrivalKind arrivals = std::exchange(load.arrivals, ArrivalKind::all);
    stream = request_stream(load);
    load.arrivals = arrivals;
    shares = shares_of(load, stream.size(), scenario.replicas - scenario.spare);
    const double end = in_seconds(serve_all(steps, {}, nullptr).end);
    return static_cast<double>(stream.size()) / std::max(end, shortest_run);
  }

  // First with a part of the requests, from there with all of them.
  void search_rate() {
    const double start = rate_of_all_at_once();
    const std::int64_t usual = whole_load.requests_at(start);
    // Well above what the server can do a load need not last as long.
    load.requests = whole_load.duration ? 2 * usual : usual;
    lengths = request_stream(load);
    constexpr double quarter = 0.25;
    first_look =
        std::clamp(static_cast<double>(enough_requests) / static_cast<double>(usual), quarter, 1.0);
    search = looked = search_rate(steps, {.start = start, .part = first_look});
    if (!search.none) at_first_look = kept;
    if (first_look < 1.0 && !search.none && !search.unlimited)
      search = search_rate(steps, {.start = search.rate, .stride = near_stride});
    binding = missed;
    set_rate(search.rate);
  }

  struct SearchPlan {
    double start = 1.0;
    double part = 1.0;  // of the requests
    double stride = far_stride;
  };
  RateSearch search_rate(const serving::StepModel& model, const SearchPlan& plan) {
    const auto holds = [&](double rate) {
      set_rate(rate, plan.part);
      return keeps_targets(model);
    };
    RateSearch found = highest_rate(plan.start, holds, plan.stride);
    if (load.headroom > 0.0 && !found.none && !found.unlimited) {
      found.rate *= 1.0 - load.headroom;
      set_rate(found.rate, plan.part);
      kept = figures_at_rate(model);
    }
    return found;
  }

  // Gaps of the whole run.
  RunFigures figures_at_rate(const serving::StepModel& model) {
    const WholeRun tried = serve_all(model, {}, nullptr);
    return figures_of(tried, stream, load, window_of(tried), request_overhead());
  }

  bool keeps_targets(const serving::StepModel& model) {
    RunFigures found = figures_at_rate(model);
    const auto& within = found.within_each;
    const auto* fewest = std::min_element(within.begin(), within.end());
    if (*fewest >= load.target_share) {
      kept = found;
      return true;
    }
    missed = target_names[static_cast<std::size_t>(fewest - within.begin())];
    return false;
  }

  Window window_of(const WholeRun& whole) const {
    return load.window == LoadWindow::steady ? steady_window(whole.requests) : Window();
  }

  WholeRun serve_all(const serving::StepModel& model, const Window& gaps,
                     serving::ScheduleRecord* into) {
    WholeRun whole;
    whole.requests.resize(stream.size());
    std::size_t before = 0;
    for (const Share& share : shares) {
      std::vector<Request> requests;
      for (const std::size_t i : share.requests) requests.push_back(stream[i]);
      serving::ScheduleRecord own;
      serving::Options how{.coalesce = !options.every_step,
                           .gaps_from = gaps.from,
                           .gaps_to = gaps.to,
                           .record = into ? &own : nullptr};
      if (share.clients > 0) how.closed_loop = serving::ClosedLoop{.clients = share.clients};
      how.progress = [&](std::size_t answered) { tell(before + answered); };
      whole.add(serving::serve(requests, server.limits, model, how), share);
      if (into) into->merge(own);
      before += requests.size();
    }
    ++runs_done;
    tell(0);
    return whole;
  }

  void tell(std::size_t answered) const {
    if (!options.progress) return;
    const double runs_with_intervals = arrivals_are_given() ? 7.0 : 5.0;
    constexpr double runs_of_a_search = 10.0;
    const double runs = (options.intervals ? runs_with_intervals : 1.0) *
                        (load.highest_rate ? runs_of_a_search : 1.0);
    const double done =
        runs_done + static_cast<double>(answered) / static_cast<double>(stream.size());
    options.progress(std::min(1.0, done / runs));
  }

  // Relative dependence of a kind of steps on every parameter, over the recorded kinds.
  std::vector<double> elasticities(bool with_prompts) const {
    std::vector<double> sums;
    double time = 0.0;
    for (const serving::StepKind& kind : record.kinds(most_step_kinds)) {
      if ((kind.prefill_tokens > 0.0) != with_prompts) continue;
      const TimedWork work = steps.full(steps.pass_of(kind.load()));
      const double weight = kind.time.all / work.time.base();
      time += kind.time.all;
      if (sums.size() < work.sensitivities.size()) sums.resize(work.sensitivities.size());
      for (std::size_t i = 0; i < work.sensitivities.size(); ++i)
        sums[i] += weight * work.sensitivities[i].base();
    }
    for (double& sum : sums) sum /= time;
    return sums;
  }

  StepCovariance covariance() const {
    const std::vector<double> decode = elasticities(false);
    const std::vector<double> mixed = elasticities(true);
    const auto& parameters = steps.cost().parameters();
    const auto share = [](const std::vector<double>& of, std::size_t i) {
      return i < of.size() ? of[i] : 0.0;
    };
    StepCovariance c;
    const auto add = [&](std::size_t i, std::size_t j, double covariance) {
      c.decode += share(decode, i) * share(decode, j) * covariance;
      c.mixed += share(mixed, i) * share(mixed, j) * covariance;
      c.both += (share(decode, i) * share(mixed, j) + share(decode, j) * share(mixed, i)) / 2.0 *
                covariance;
    };
    for (std::size_t i = 0; i < parameters.size(); ++i)
      add(i, i, parameters[i].log_sigma * parameters[i].log_sigma);
    for (const CostModel::Correlation& each : steps.cost().correlations()) {
      const auto a = static_cast<std::size_t>(each.a);
      const auto b = static_cast<std::size_t>(each.b);
      add(a, b, 2.0 * each.rho * parameters[a].log_sigma * parameters[b].log_sigma);
    }
    // Weak correlations are left out, so the sums are variances only nearly.
    c.decode = std::max(c.decode, 0.0);
    c.mixed = std::max(c.mixed, 0.0);
    return c;
  }

  RunFigures shifted(const StepShift& shift, double sign) {
    return stretched(std::exp(sign * shift.decode), std::exp(sign * shift.mixed));
  }

  // With steps that take longer; of the highest rate, that of such a server.
  RunFigures stretched(double decode, double mixed) {
    const StretchedSteps model(steps, decode, mixed);
    return load.highest_rate ? at_highest_rate(model, std::sqrt(decode * mixed))
                             : figures_with(model);
  }

  // Of drafted tokens, where something drafts and it is not known exactly.
  std::optional<std::pair<double, double>> acceptance_range() const {
    const auto& speculation = scenario.savings.speculation;
    if (!speculation || !speculation->acceptance.low || !speculation->acceptance.high) return {};
    return std::pair(*speculation->acceptance.low, *speculation->acceptance.high);
  }

  RunFigures accepting(double acceptance) {
    double& set = server.limits.speculation.acceptance;
    const double usual = std::exchange(set, acceptance);
    RunFigures moved = stretched(1.0, 1.0);
    set = usual;
    return moved;
  }

  // How far it moves a part of the requests tells well enough. Rates go with the steps' times.
  RunFigures at_highest_rate(const serving::StepModel& model, double longer) {
    const RateSearch found = search_rate(
        model, {.start = looked.rate / longer, .part = first_look, .stride = guess_stride});
    set_rate(found.rate, first_look);
    const RunFigures moved = found.none ? figures_with(model) : kept;
    set_rate(search.rate);
    return moved;
  }

  // What stretched() is to be held against.
  const RunFigures& unstretched() {
    if (!load.highest_rate) return figures;
    if (!at_first_look) at_first_look = at_highest_rate(steps, 1.0);
    return *at_first_look;
  }

  RunFigures figures_with(const serving::StepModel& model) {
    WholeRun moved = serve_all(model, {}, nullptr);
    const Window then = window_of(moved);
    if (!then.whole) moved = serve_all(model, then, nullptr);
    return figures_of(moved, stream, load, then, request_overhead());
  }

  // A server that keeps up has their rate then, however long its steps are: what no parameter
  // explains of rates counts as steps that are so much longer or shorter.
  bool arrivals_are_given() const {
    return load.arrivals != ArrivalKind::closed && load.arrivals != ArrivalKind::all &&
           !load.highest_rate;
  }

  std::vector<Estimate> estimates() {
    const std::vector<double> values = figures.list();
    const std::vector<FigureKind> kinds = figure_kinds();
    std::vector<Swings> swings(values.begin(), values.end());
    if (options.intervals) {
      const std::vector<double> from = unstretched().list();
      for (const StepShift& axis : axes_of(covariance())) {
        const std::vector<double> one = shifted(axis, 1.0).list();
        const std::vector<double> other = shifted(axis, -1.0).list();
        for (std::size_t i = 0; i < values.size(); ++i) swings[i].add(from[i], one[i], other[i]);
      }
      if (const auto range = acceptance_range()) {
        const std::vector<double> least = accepting(range->first).list();
        const std::vector<double> most = accepting(range->second).list();
        for (std::size_t i = 0; i < values.size(); ++i) swings[i].add(from[i], least[i], most[i]);
      }
      if (arrivals_are_given()) {
        const double rest = z90 * steps.cost().load_spread("throughput_tps");
        const std::vector<double> slow = shifted({.decode = rest, .mixed = rest}, 1.0).list();
        const std::vector<double> fast = shifted({.decode = rest, .mixed = rest}, -1.0).list();
        for (std::size_t i = 0; i < values.size(); ++i)
          if (kinds[i] == FigureKind::rate) swings[i].add(from[i], slow[i], fast[i]);
      }
    }
    std::vector<Estimate> all;
    for (std::size_t i = 0; i < swings.size(); ++i) all.push_back(estimate(swings[i], kinds[i]));
    return all;
  }

  // What no parameter explains, a fit finds of each kind of figure by itself.
  Estimate estimate(const Swings& swing, FigureKind kind) const {
    if (!options.intervals) return swing.estimate(0.0, 1.0);
    const CostModel& cost = steps.cost();
    const auto with = [&](double rest, std::string_view metric) {
      return swing.estimate(rest, cost.load_width(metric).factor(swing.log_sigma(rest)));
    };
    switch (kind) {
      case FigureKind::first_token:
        return with(cost.load_spread("ttft_s"), "ttft_s");
      case FigureKind::between_tokens:
        return with(cost.load_spread("itl_ms"), "itl_ms");
      case FigureKind::rate:
        return with(arrivals_are_given() ? 0.0 : cost.load_spread("throughput_tps"),
                    "throughput_tps");
      case FigureKind::end_to_end:
        break;
    }
    // Its two parts as if they erred together.
    const double first = share_of_first_token();
    const auto of_both = [first](double of_first, double of_others) {
      return first * of_first + (1.0 - first) * of_others;
    };
    const double rest = of_both(cost.load_spread("ttft_s"), cost.load_spread("itl_ms"));
    const double sigma = swing.log_sigma(rest);
    return swing.estimate(rest, of_both(cost.load_width("ttft_s").factor(sigma),
                                        cost.load_width("itl_ms").factor(sigma)));
  }

  // Of the mean time of a request.
  double share_of_first_token() const {
    const double whole = figures.end_to_end.front();
    return whole > 0.0 ? figures.first_token.front() / whole : 1.0;
  }

  int serving_replicas() const { return static_cast<int>(shares.size()); }

  double value(LoadMetric metric) const { return value_of(figures, metric); }

  static double value_of(const RunFigures& figures, LoadMetric metric) {
    switch (metric) {
      case LoadMetric::requests_per_second:
        return figures.requests_per_second;
      case LoadMetric::output_tokens_per_second:
        return figures.output_per_second;
      case LoadMetric::total_tokens_per_second:
        return figures.total_per_second;
      case LoadMetric::mean_first_token:
      case LoadMetric::median_first_token:
        return figures.first_token[is_median(metric) ? 1 : 0];
      case LoadMetric::mean_token_gap:
      case LoadMetric::median_token_gap:
        return figures.token_gap[is_median(metric) ? 1 : 0];
      case LoadMetric::mean_output_token:
      case LoadMetric::median_output_token:
        return figures.output_token[is_median(metric) ? 1 : 0];
      case LoadMetric::mean_end_to_end:
      case LoadMetric::median_end_to_end:
        return figures.end_to_end[is_median(metric) ? 1 : 0];
    }
    return 0.0;
  }

  double request_overhead() const { return scenario.engine->serving.request_overhead.value.base(); }

  static bool begins_request(LoadMetric metric) {
    return metric == LoadMetric::mean_first_token || metric == LoadMetric::median_first_token ||
           metric == LoadMetric::mean_end_to_end || metric == LoadMetric::median_end_to_end;
  }

  static bool is_rate(LoadMetric metric) {
    return metric == LoadMetric::requests_per_second ||
           metric == LoadMetric::output_tokens_per_second ||
           metric == LoadMetric::total_tokens_per_second;
  }

  // How a metric moves with the times of steps when the rate of arrivals moves with them, too: by
  // two more searches, with steps that only decode and with steps with prompts longer. At the
  // targets the latencies hardly move and the rates do.
  FrozenSchedule schedule_at_highest_rate(LoadMetric metric) {
    constexpr double longer = 1.2;
    FrozenSchedule schedule;
    schedule.value = value(metric);
    schedule.rate = is_rate(metric);
    const double whole = schedule.rate ? 1.0 / schedule.value : schedule.value;
    if (!longer_steps) longer_steps = {stretched(longer, 1.0), stretched(1.0, longer)};
    const auto moved_by = [&](const RunFigures& moved) {
      const double times = value_of(moved, metric) / value_of(unstretched(), metric);
      const double growth = schedule.rate ? -std::log(times) : std::log(times);
      return std::clamp(growth / std::log(longer), 0.0, 1.0);
    };
    const double decode = moved_by((*longer_steps)[0]);
    const double mixed = moved_by((*longer_steps)[1]);
    const double most = std::max(1.0, decode + mixed);
    add_passes(schedule, false, whole * decode / most);
    add_passes(schedule, true, whole * mixed / most);
    schedule.constant_s = whole;
    for (const WeightedPass& pass : schedule.passes)
      schedule.constant_s -= pass.weight * steps.full(pass.pass).time.base();
    schedule.constant_s = std::max(0.0, schedule.constant_s);
    return schedule;
  }

  // Passes of one kind that take so many seconds together, divided as their time in the run.
  void add_passes(FrozenSchedule& schedule, bool with_prompts, double seconds) const {
    double time = 0.0;
    const std::vector<serving::StepKind> kinds = record.kinds(most_step_kinds);
    const auto belongs = [&](const serving::StepKind& kind) {
      return (kind.prefill_tokens > 0.0) == with_prompts;
    };
    for (const serving::StepKind& kind : kinds)
      if (belongs(kind)) time += kind.time.all;
    if (time <= 0.0 || seconds <= 0.0) return;
    for (const serving::StepKind& kind : kinds) {
      if (!belongs(kind)) continue;
      const Pass pass = steps.pass_of(kind.load());
      const double share = kind.time.all / time;
      schedule.passes.push_back({pass, seconds * share / steps.full(pass).time.base()});
    }
  }

  // Time of a kind of steps that counts for the metric, summed over whatever the metric averages.
  static double time_for(LoadMetric metric, const serving::TimeSums& time) {
    switch (metric) {
      case LoadMetric::mean_first_token:
      case LoadMetric::median_first_token:
        return time.first_token;
      case LoadMetric::mean_token_gap:
      case LoadMetric::median_token_gap:
        return time.gaps;
      case LoadMetric::mean_output_token:
      case LoadMetric::median_output_token:
        return time.per_token;
      case LoadMetric::mean_end_to_end:
      case LoadMetric::median_end_to_end:
        return time.first_token + time.gaps;
      default:
        return time.all;
    }
  }

  const Prepared& prepared;
  const Scenario& scenario;
  const LoadSetup& whole_load;  // as the scenario has it
  LoadSetup load;               // with the rate that was found
  ServingOptions options;
  std::vector<Request> stream;
  std::vector<Share> shares;
  ServerSetup server;
  PassStepModel steps;
  RateSearch search;
  std::string missed;   // the target missed the most at the last rate that was too high
  std::string binding;  // the same of the search with the steps as they are
  RunFigures kept;      // of the rate found, gaps of the whole run
  RateSearch looked;    // the search with a part of the requests
  std::optional<RunFigures> at_first_look;                // what that part comes to there
  std::optional<std::array<RunFigures, 2>> longer_steps;  // the same, decoding and mixed ones
  std::vector<Request> lengths;  // of the requests at every rate that is tried
  double first_look = 1.0;       // share of the requests that comes near the highest rate
  serving::ScheduleRecord record;
  Window window;
  WholeRun run;
  RunFigures figures;
  int runs_done = 0;
};

ServingRun::ServingRun(const Prepared& prepared, const RoofTable& roofs,
                       const ServingOptions& options) {
  if (!prepared.scenario.serving || !prepared.fits())
    throw std::invalid_argument("ServingRun: nothing to serve");
  state_ = std::make_unique<State>(prepared, roofs, options);
}

ServingRun::~ServingRun() = default;

ServingOutcome ServingRun::outcome() const {
  State& s = *state_;
  const std::vector<Estimate> estimates = s.estimates();
  auto next = estimates.begin();
  const auto latency = [&next] {
    LatencyFigures figures;
    for (Estimate* figure : {&figures.mean, &figures.p50, &figures.p90, &figures.p95, &figures.p99})
      *figure = *next++;
    return figures;
  };
  ServingOutcome out;
  out.load = describe(s.load);
  if (!s.window.whole) out.window = "from a tenth of the requests answered to the last arrival";
  out.first_token = latency();
  out.output_token = latency();
  out.token_gap = latency();
  out.end_to_end = latency();
  out.duration_s = *next++;
  out.requests_per_second = *next++;
  out.output_tokens_per_second = *next++;
  out.total_tokens_per_second = *next++;
  const Estimate goodput = *next++;
  out.step_s = *next++;
  if (s.load.highest_rate)
    out.highest_rate = HighestRateOutcome{.requests_per_second = *next,
                                          .share = s.load.target_share,
                                          .headroom = s.load.headroom,
                                          .binding = s.binding,
                                          .none = s.search.none,
                                          .unlimited = s.search.unlimited};
  if (const auto& speculation = s.scenario.savings.speculation) {
    out.drafted_tokens = speculation->tokens;
    out.tokens_per_step = tokens_per_step(speculation->acceptance.value, speculation->tokens);
  }
  if (s.load.has_targets()) {
    out.goodput_requests_per_second = goodput;
    out.within_targets = s.figures.within_targets;
  }
  out.requests = static_cast<std::int64_t>(s.figures.requests);
  out.refused = std::count_if(s.run.requests.begin(), s.run.requests.end(),
                              [](const RequestTimes& times) { return times.refused; });
  out.replicas = s.serving_replicas();
  out.devices = out.replicas * static_cast<int>(s.prepared.placement().executor_count());
  const Estimate& rate = out.output_tokens_per_second;
  out.output_tokens_per_second_and_device = {rate.value / out.devices, rate.low / out.devices,
                                             rate.high / out.devices};

  const double end = static_cast<double>(s.run.end);
  const double all = end * out.replicas;
  double waiting = 0.0;
  for (const RequestTimes& times : s.run.requests)
    waiting += static_cast<double>(times.scheduled - times.arrival);
  const double blocks = static_cast<double>(std::max<std::int64_t>(1, s.server.limits.blocks));
  if (end > 0.0) {
    out.mean_queue = waiting / end;
    out.busy = s.run.busy / all;
    out.cache_mean = s.run.block_time / all / blocks;
  }
  if (s.run.busy > 0.0) out.mean_running = s.run.running_time / s.run.busy;
  out.cache_peak = static_cast<double>(s.run.peak_blocks) / blocks;
  out.preemptions = s.run.preemptions;
  out.steps = s.run.steps;
  out.max_sequences = s.server.limits.sequences;
  out.max_step_tokens = s.server.limits.step_tokens;
  out.cache_tokens = s.server.cache_tokens;
  out.block_tokens = s.server.limits.block_tokens;
  return out;
}

FrozenSchedule ServingRun::frozen_schedule(LoadMetric metric) const {
  const State& s = *state_;
  if (s.load.highest_rate) return state_->schedule_at_highest_rate(metric);
  FrozenSchedule schedule;
  schedule.value = s.value(metric);
  schedule.rate = State::is_rate(metric);
  double sum = 0.0;
  for (const serving::StepKind& kind : s.record.kinds(most_step_kinds)) {
    const double seconds =
        State::time_for(metric, kind.time) * seconds_per_picosecond / s.serving_replicas();
    if (seconds <= 0.0) continue;
    const Pass pass = s.steps.pass_of(kind.load());
    schedule.passes.push_back({pass, seconds / s.steps.full(pass).time.base()});
    sum += seconds;
  }
  if (schedule.rate) {
    // What is left of the duration is waiting for arrivals, or for other replicas.
    schedule.constant_s = std::max(0.0, in_seconds(s.run.end) - sum);
    schedule.numerator = schedule.value * (schedule.constant_s + sum);
    return schedule;
  }
  if (State::begins_request(metric)) schedule.request_overhead_s = s.request_overhead();
  const double in_passes = schedule.value - schedule.request_overhead_s;
  const double scale = sum > 0.0 ? in_passes / sum : 0.0;
  for (WeightedPass& pass : schedule.passes) pass.weight *= scale;
  return schedule;
}

double ServingRun::value(LoadMetric metric) const {
  return state_->value(metric);
}

const std::vector<RequestTimes>& ServingRun::requests() const {
  return state_->run.requests;
}

const ServerSetup& ServingRun::setup() const {
  return state_->server;
}

std::vector<Parameter> ServingRun::parameters() const {
  return state_->steps.parameters();
}

int ServingRun::simulated_passes() const {
  return state_->steps.simulated();
}

}  // namespace plimsoll
