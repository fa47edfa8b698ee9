#include "evaluate/request_stream.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <memory>

#include "base/rng.h"

namespace plimsoll {

namespace {

using serving::Picoseconds;
using serving::Request;

constexpr double picoseconds_per_second = 1e12;

Picoseconds in_picoseconds(double seconds) {
  return static_cast<Picoseconds>(std::llround(seconds * picoseconds_per_second));
}

double normal_below(double z) {
  return boost::math::cdf(boost::math::normal(), z);
}

// Lengths of prompts or of answers.
class Lengths {
 public:
  virtual ~Lengths() = default;
  virtual std::int64_t draw(Rng& rng) const = 0;
};

class UniformLengths : public Lengths {
 public:
  UniformLengths(double tokens, double shortest, double longest)
      : shortest_(std::max(std::int64_t{1}, whole(tokens * shortest))),
        longest_(std::max(shortest_, whole(tokens * longest))) {}
  std::int64_t draw(Rng& rng) const override {
    const auto choices = static_cast<std::uint64_t>(longest_ - shortest_ + 1);
    return shortest_ + static_cast<std::int64_t>(rng.below(choices));
  }

 private:
  static std::int64_t whole(double tokens) { return static_cast<std::int64_t>(std::floor(tokens)); }
  std::int64_t shortest_;
  std::int64_t longest_;
};

class LogNormalLengths : public Lengths {
 public:
  LogNormalLengths(double mean, double sigma, std::int64_t most)
      : mu_(std::log(median_of_cut_log_normal(mean, sigma, static_cast<double>(most)))),
        sigma_(sigma),
        most_(most) {
    if (most_ > 0 && sigma_ > 0.0)
      share_ = normal_below((std::log(static_cast<double>(most_)) - mu_) / sigma_);
  }
  std::int64_t draw(Rng& rng) const override {
    // In the middle of the generator's cell, so that it is never 0.
    const double u = (rng.uniform() + 0x1.0p-54) * share_;
    const double z = boost::math::quantile(boost::math::normal(), std::min(u, 1.0 - 0x1.0p-53));
    const auto tokens = std::max<std::int64_t>(1, std::llround(std::exp(mu_ + sigma_ * z)));
    return most_ > 0 ? std::min(tokens, most_) : tokens;
  }

 private:
  double mu_;
  double sigma_;
  std::int64_t most_;
  double share_ = 1.0;  // of the distribution that is below the cut
};

std::unique_ptr<Lengths> lengths_of(const LengthSetup& setup, bool prompt) {
  const double tokens = prompt ? setup.prompt : setup.output;
  if (setup.kind == LengthKind::log_normal)
    return std::make_unique<LogNormalLengths>(tokens,
                                              prompt ? setup.prompt_sigma : setup.output_sigma,
                                              prompt ? setup.prompt_max : setup.output_max);
  return std::make_unique<UniformLengths>(tokens, setup.shortest, setup.longest);
}

void fill_lengths(const LoadSetup& load, std::vector<Request>& requests) {
  const LengthSetup& setup = load.lengths;
  if (setup.kind == LengthKind::listed) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const RecordedRequest& recorded = setup.list[i % setup.list.size()];
      requests[i].prompt = recorded.prompt;
      requests[i].output = recorded.output;
    }
    return;
  }
  const auto seed = static_cast<std::uint64_t>(load.seed);
  Rng prompts(seed, "prompt lengths");
  Rng outputs(seed, "output lengths");
  const auto prompt = lengths_of(setup, true);
  const auto output = lengths_of(setup, false);
  for (Request& request : requests) {
    request.prompt = prompt->draw(prompts);
    request.output = output->draw(outputs);
  }
}

// Gaps between arrivals of mean 1 / rate: exponential, or of a gamma distribution whose shape is
// the burstiness, as vLLM's benchmark draws them.
double draw_gap(const LoadSetup& load, Rng& rng) {
  if (load.arrivals == ArrivalKind::poisson) return rng.exponential(1.0 / load.rate);
  const double quantile = boost::math::gamma_p_inv(load.burstiness, rng.uniform());
  return quantile / (load.burstiness * load.rate);
}

std::vector<Request> replayed(const LoadSetup& load) {
  std::vector<Request> requests;
  for (std::int64_t i = 0; i < load.requests; ++i) {
    const RecordedRequest& recorded = load.trace[static_cast<std::size_t>(i)];
    requests.push_back({.arrival = in_picoseconds(recorded.arrival.base()),
                        .prompt = recorded.prompt,
                        .output = recorded.output});
  }
  return requests;
}

// Mean of what is left below the cut.
double mean_below(double mu, double sigma, double most) {
  const double z = (std::log(most) - mu) / sigma;
  return std::exp(mu + sigma * sigma / 2.0) * normal_below(z - sigma) / normal_below(z);
}

}  // namespace

double median_of_cut_log_normal(double mean, double sigma, double most) {
  const double uncut = std::log(mean) - sigma * sigma / 2.0;
  if (most <= 0.0 || sigma <= 0.0) return std::exp(uncut);
  // The mean below the cut grows with the median, towards its limit where all lie at the cut.
  double low = uncut;
  double high = std::log(most) + 8.0 * sigma;
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double middle = low + (high - low) / 2.0;
    (mean_below(middle, sigma, most) < mean ? low : high) = middle;
  }
  return std::exp(low);
}

void draw_arrivals(const LoadSetup& load, std::vector<Request>& requests) {
  if (load.arrivals != ArrivalKind::poisson && load.arrivals != ArrivalKind::bursty) return;
  Rng rng(static_cast<std::uint64_t>(load.seed), "arrivals");
  double now = 0.0;
  for (Request& request : requests) {
    request.arrival = in_picoseconds(now);  // the first at once
    now += draw_gap(load, rng);
  }
}

std::vector<Request> request_stream(const LoadSetup& load) {
  std::vector<Request> requests;
  if (load.arrivals == ArrivalKind::trace) {
    requests = replayed(load);
  } else {
    requests.resize(static_cast<std::size_t>(load.requests));
    fill_lengths(load, requests);
    draw_arrivals(load, requests);
  }
  // The last token of a prompt is always computed.
  for (Request& request : requests)
    request.cached =
        std::min(request.prompt - 1, static_cast<std::int64_t>(std::floor(
                                         load.prefix_share * static_cast<double>(request.prompt))));
  return requests;
}

}  // namespace plimsoll
