// What the time of a token depends on and how well each of it is known.
#include <algorithm>
#include <type_traits>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "streaming/stream_state.h"

namespace plimsoll {

namespace {

class Uncertainty {
 public:
  explicit Uncertainty(StreamRun& run) : run_(run), total_(run.token_time.base()) {}

  void add(std::string what, std::string value, double log_sigma, const Provenance& from,
           double elasticity) {
    if (elasticity == 0.0 || log_sigma == 0.0) return;
    run_.parameters.push_back({.what = std::move(what),
                               .value = std::move(value),
                               .log_sigma = log_sigma,
                               .from = from,
                               .elasticity = elasticity});
    variance_ += elasticity * elasticity * log_sigma * log_sigma;
  }
  template <class Q>
  void add(std::string what, const Figure<Q>& figure, double elasticity) {
    add(std::move(what), text(figure.value), log_sigma_of(figure), figure.from, elasticity);
  }
  double share(StreamSink sink) const {
    return run_.sinks[static_cast<std::size_t>(sink)].base() / total_;
  }
  double variance() const { return variance_; }

 private:
  template <class Q>
  static std::string text(Q value) {
    if constexpr (std::is_same_v<Q, double>)
      return print_number(value);
    else
      return print(value);
  }

  StreamRun& run_;
  double total_;
  double variance_ = 0.0;
};

bool is_more_important(const StreamParameter& a, const StreamParameter& b) {
  return std::abs(a.elasticity) * a.log_sigma > std::abs(b.elasticity) * b.log_sigma;
}

using State = StreamModel::State;

// Kernels, as far as the host waited for them.
double add_kernels(const State& s, const StreamSums& sums, const StreamRun& run, Uncertainty& u) {
  const double commands = u.share(StreamSink::attention_commands) +
                          u.share(StreamSink::router_commands) +
                          u.share(StreamSink::expert_commands) + u.share(StreamSink::head_commands);
  const double t = run.token_time.base();
  const double kernels = sums.mean(sums.kernels);
  const double waited = kernels > 0.0 ? std::min(1.0, commands * t / kernels) : 0.0;
  const auto& parameters = s.cost.parameters();
  for (std::size_t p = 0; p < sums.sensitivities.size(); ++p)
    u.add(parameters[p].what, parameters[p].value, parameters[p].log_sigma, parameters[p].from,
          sums.mean(sums.sensitivities[p]) * waited / t);
  return commands;
}

void add_engine(const State& s, const StreamRun& run, double commands, Uncertainty& u) {
  const double t = run.token_time.base();
  const auto layers = static_cast<double>(s.extents.expert_bytes.size());
  u.add("time until the waiting host goes on", s.engine.synchronisation,
        u.share(StreamSink::synchronisation));
  u.add("time to submit a command", s.engine.submission, u.share(StreamSink::submission));
  double gaps = 0.0;
  for (const StreamStep& step : s.engine.layer) {
    if (step.kind == StreamStep::Kind::command) gaps += layers * s.engine.command_gap.value.base();
    if (step.time) u.add(step.what, *step.time, step.time->value.base() * layers / t);
  }
  u.add("time between two commands on the device", s.engine.command_gap,
        std::min(commands, gaps / t));
}

void add_reading(const State& s, Uncertainty& u) {
  const StorageSpec& drive = *s.setup.drive;
  const PageCacheSpec& files = *s.setup.files;
  u.add("cold reads of " + drive.name, print(s.drive.throughput(s.read_size(), s.setup.threads)),
        s.drive.log_sigma(), drive.sequential_read.from, -u.share(StreamSink::drive));
  u.add("copies from the page cache", print(s.copies.throughput(s.setup.threads)),
        s.copies.log_sigma(), s.copies.from(), -u.share(StreamSink::copies));
  if (s.setup.access == ReadAccess::mmap) {
    const double faulting = u.share(StreamSink::faults) + u.share(StreamSink::drive);
    u.add("software time of a page fault that reads", files.major_fault,
          u.share(StreamSink::faults));
    u.add("bytes that a page fault brings in", files.read_ahead, -faulting);
  } else {
    u.add("software time of a read call", files.read_call, u.share(StreamSink::read_calls));
  }
  if (files.decompression)
    u.add("time to decompress a page", *files.decompression, u.share(StreamSink::decompression));
}

// What changes the hit rate: replayed with each a standard deviation off. Returns the variance of
// the hit rate.
class HitRates {
 public:
  HitRates(const State& state, const StreamRun& run, Uncertainty& uncertainty)
      : s_(state), run_(run), u_(uncertainty), per_cold_byte_(byte_costs(run).cold) {}

  double add() {
    if (!s_.trace && s_.extents.routed_layers > 0) {
      routing("skew of how often experts are used", s_.routing.skew, &RoutingParameters::skew);
      routing("share of experts that a token takes over from earlier ones", s_.routing.reuse,
              &RoutingParameters::reuse);
      routing("tokens that such a reuse reaches back", s_.routing.memory,
              &RoutingParameters::memory);
    }
    memory();
    return variance_;
  }

 private:
  void routing(const char* what, const Figure<double>& figure, double RoutingParameters::*member) {
    constexpr double most_reuse = 0.99;
    ReplayRequest request = s_.replay_request();
    const double sigma = log_sigma_of(figure);
    request.routing.*member *= std::exp(sigma);
    request.routing.reuse = std::min(request.routing.reuse, most_reuse);
    replay_with(request, what, print_number(figure.value), sigma, figure.from);
  }

  void memory() {
    const Figure<Bytes>& reserved =
        s_.fabric.pools()[static_cast<std::size_t>(s_.executor.pool)].os_reserved;
    const double sigma = log_sigma_of(reserved);
    MemoryUse use = s_.use;
    use.reserved += static_cast<std::int64_t>(reserved.value.base() * std::expm1(sigma));
    ReplayRequest request = s_.replay_request();
    request.page_cache_bytes = split_memory(use).page_cache;
    if (request.page_cache_bytes == s_.memory.page_cache) return;
    replay_with(request, "memory that the operating system keeps", print(reserved.value), sigma,
                reserved.from);
  }

  void replay_with(const ReplayRequest& request, const char* what, std::string value, double sigma,
                   const Provenance& from) {
    const LayerReads sum = replay(request).sum(s_.first_of_answer, s_.plan.size());
    const auto more =
        static_cast<double>(sum.cold + sum.dense_cold - run_.reads.cold - run_.reads.dense_cold) /
        static_cast<double>(run_.answer_passes);
    variance_ += std::pow(plimsoll::hit_rate(sum) - run_.hit_rate(), 2);
    u_.add(what, std::move(value), sigma, from,
           sigma > 0.0 ? more * per_cold_byte_ / run_.token_time.base() / sigma : 0.0);
  }

  const State& s_;
  const StreamRun& run_;
  Uncertainty& u_;
  double per_cold_byte_;
  double variance_ = 0.0;
};

}  // namespace

void StreamModel::State::add_uncertainty(const StreamSums& sums, StreamRun& run) const {
  Uncertainty u(run);
  const double commands = add_kernels(*this, sums, run, u);
  add_engine(*this, run, commands, u);
  add_reading(*this, u);
  run.hit_rate_sigma = std::sqrt(HitRates(*this, run, u).add());
  std::stable_sort(run.parameters.begin(), run.parameters.end(), is_more_important);
  run.log_sigma = std::hypot(std::sqrt(u.variance()), cost.decode_spread());
}

}  // namespace plimsoll
