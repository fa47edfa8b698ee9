#include "calibrate/apply_profile.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/estimate.h"
#include "calibrate/comparison.h"
#include "catalog/figure_spread.h"
#include "catalog/words.h"

namespace plimsoll::calibrate {
namespace {

// What an engine's kernel reaches over what ours does, as a 90 % range with its geometric middle.
// PRIOR: wide until kernels of engines and ours have been timed side by side (doc/calibration.md).
struct Transfer {
  double low = 0.7;
  double high = 1.05;

  double middle() const { return std::sqrt(low * high); }
  double sigma() const { return log_sigma_of_range(low, high); }
};

// Streaming kernels of engines and ours are bound by the same memory.
constexpr Transfer same_memory{.low = 0.75, .high = 1.05};
// Attention of engines splits its work in other ways.
constexpr Transfer other_split{.low = 0.4, .high = 1.1};
// Between two kernels of a graph of an engine lies more than between two empty ones.
constexpr Transfer real_graph{.low = 1.0, .high = 4.0};
// The same library does the product.
constexpr Transfer same_library{.low = 0.85, .high = 1.0};

enum class Figured { bandwidth, attention_bandwidth, vector_bandwidth };

// Efficiencies of the memory roof, by the format that our kernel was timed with.
struct BandwidthRule {
  Figured figure;
  std::string_view kernel_family;  // of Figured::bandwidth
  std::string_view family;
  std::string_view format;
  Transfer transfer;
};

constexpr auto bandwidth_rules = std::to_array<BandwidthRule>({
    {Figured::bandwidth, "f16", "matrix_vector", "f16", same_memory},
    {Figured::bandwidth, "q8", "matrix_vector", "q8_0", same_memory},
    {Figured::bandwidth, "q4", "matrix_vector", "q4_0", same_memory},
    {Figured::bandwidth, "kquant4", "matrix_vector", "q4_k", same_memory},
    {Figured::bandwidth, "kquant6", "matrix_vector", "q6_k", same_memory},
    {Figured::bandwidth, "mxfp4", "matrix_vector", "mxfp4", same_memory},
    {Figured::bandwidth, "affine4", "matrix_vector", "affine4", same_memory},
    {Figured::bandwidth, "affine2", "matrix_vector", "affine2", same_memory},
    {Figured::attention_bandwidth, "", "decode_attention", "f16", other_split},
    {Figured::vector_bandwidth, "", "rms_norm", "", same_memory},
});

// A logarithm with its standard deviation.
struct LogBelief {
  double mean = 0.0;
  double sigma = 0.0;
};

// Both are about the same number, and independent: precisions add.
LogBelief combined(const LogBelief& a, const LogBelief& b) {
  if (a.sigma <= 0.0) return a;
  if (b.sigma <= 0.0) return b;
  const double pa = 1.0 / (a.sigma * a.sigma);
  const double pb = 1.0 / (b.sigma * b.sigma);
  return {.mean = (pa * a.mean + pb * b.mean) / (pa + pb), .sigma = 1.0 / std::sqrt(pa + pb)};
}

template <class Q>
LogBelief prior_of(const Figure<Q>& figure) {
  return {.mean = std::log(detail::base_of(figure.value)), .sigma = log_sigma_of(figure)};
}

// How far the next run of the same kernel may lie away: the fit's error, the noise, and what others
// took of a busy machine, which may have been nothing or all of it.
double sigma_of(const FamilyRate& rate) {
  const double others = std::min(rate.condition.busy_share.value_or(0.0), 0.9);
  const double busy = rate.condition.busy ? -std::log1p(-others) / z90 : 0.0;
  return std::sqrt(rate.fit.rate_error * rate.fit.rate_error + rate.noise * rate.noise +
                   busy * busy);
}

// The fastest of its variants: engines choose, too.
template <class Wanted>
const FamilyRate* fastest(const BackendResult& backend, Wanted wanted) {
  const FamilyRate* best = nullptr;
  for (const FamilyRate& rate : backend.rates)
    if (rate.fit.rate_known && wanted(rate) && (!best || rate.fit.rate > best->fit.rate))
      best = &rate;
  return best;
}

const FamilyRate* fastest_of(const BackendResult& backend, std::string_view family,
                             std::string_view format) {
  return fastest(backend, [&](const FamilyRate& rate) {
    return rate.family == family && (format.empty() || rate.format == format);
  });
}

class Applied {
 public:
  Applied(const Profile& profile, const BackendResult& backend, const ProfileTarget& target)
      : profile_(profile),
        backend_(backend),
        target_(target),
        memory_(best_stream()),
        products_(best_products()) {}

  std::vector<MovedParameter> roofs() {
    if (backend_.id == "link") {
      host_to_host();
      return std::move(moved_);
    }
    if (memory_) add_roof(device_key("memory"), *memory_);
    if (products_) add_roof(device_key("fp16"), *products_);
    host_link();
    return std::move(moved_);
  }

  std::vector<MovedParameter> factors() {
    if (memory_)
      for (const BandwidthRule& rule : bandwidth_rules) efficiency(rule);
    gap();
    library_products();
    return std::move(moved_);
  }

 private:
  void add(const std::string& key, double value, double sigma, const FamilyRate& rate) {
    std::string source = "profile of " + profile_.date + ", " + profile_.program + ": " +
                         rate.family + (rate.format.empty() ? "" : " " + rate.format) +
                         (rate.variant.empty() ? "" : ", " + rate.variant);
    const bool clean = !rate.condition.busy && !rate.condition.throttled && rate.condition.warm;
    moved_.push_back({.key = key,
                      .value = value,
                      .log_sigma = sigma,
                      .from = {.status = FigureStatus::measured,
                               .confidence = clean ? Confidence::high : Confidence::medium,
                               .source = std::move(source),
                               .place = {}}});
  }

  void add_roof(const std::string& key, const FamilyRate& rate) {
    add(key, rate.fit.rate, sigma_of(rate), rate);
  }

  std::string device_key(std::string_view of) const {
    return "device:" + target_.device + "/" + std::string(word(target_.unit)) + ":" +
           std::string(of);
  }
  std::string engine_key(std::string_view of) const {
    return target_.engine + "/" + target_.backend->id + ":" + std::string(of);
  }

  const FamilyRate* best_stream() const {
    return fastest(backend_, [](const FamilyRate& rate) {
      return rate.family == "read" || rate.family == "copy" || rate.family == "triad";
    });
  }

  // By the vendor's library: what our own kernel reaches is no roof.
  const FamilyRate* best_products() const {
    return fastest(backend_, [](const FamilyRate& rate) {
      return rate.family == "matrix_matrix" && rate.per == WorkKind::flop &&
             !rate.variant.starts_with("own") && (rate.format == "f16" || rate.format == "bf16");
    });
  }

  // Ours over the roof, moved by the transfer, against what was believed of the engine's.
  void efficiency(const BandwidthRule& rule) {
    const FamilyRate* ours = fastest_of(backend_, rule.family, rule.format);
    const Figure<double>* believed = figure_of(rule);
    if (!ours || !believed) return;
    const LogBelief measured{
        .mean = std::log(ours->fit.rate / memory_->fit.rate * rule.transfer.middle()),
        .sigma = std::hypot(sigma_of(*ours), rule.transfer.sigma())};
    const LogBelief now = combined(measured, prior_of(*believed));
    // No kernel is faster than the roof.
    add(engine_key(key_of(rule)), std::min(1.0, std::exp(now.mean)), now.sigma, *ours);
  }

  const Figure<double>* figure_of(const BandwidthRule& rule) const {
    const BackendSpec& backend = *target_.backend;
    if (rule.figure == Figured::attention_bandwidth) return &backend.attention_bandwidth;
    if (rule.figure == Figured::vector_bandwidth) return &backend.vector_bandwidth;
    const auto found = backend.bandwidth.find(std::string(rule.kernel_family));
    return found == backend.bandwidth.end() ? nullptr : &found->second;
  }

  static std::string key_of(const BandwidthRule& rule) {
    if (rule.figure == Figured::attention_bandwidth) return "attention_bandwidth";
    if (rule.figure == Figured::vector_bandwidth) return "vector_bandwidth";
    return "bandwidth:" + std::string(rule.kernel_family);
  }

  // Between launches on all threads or streams: of a captured graph where the engine captures its
  // passes and the device has graphs.
  void gap() {
    const FamilyRate* launch = target_.backend->captured_graph ? dispatch("graph") : nullptr;
    if (!launch) launch = dispatch("");
    if (!launch || target_.backend->gap.value <= Seconds()) return;
    const LogBelief measured{.mean = std::log(real_graph.middle() / launch->fit.rate),
                             .sigma = std::hypot(sigma_of(*launch), real_graph.sigma())};
    const LogBelief now = combined(measured, prior_of(target_.backend->gap));
    add(engine_key("gap"), std::exp(now.mean), now.sigma, *launch);
  }

  const FamilyRate* dispatch(std::string_view variant) const {
    return fastest(backend_, [&](const FamilyRate& rate) {
      return rate.family == "dispatch" && rate.per == WorkKind::items && rate.variant == variant;
    });
  }

  // 16-bit products go to the vendor's library, by which the roof was measured.
  void library_products() {
    if (!products_) return;
    for (const MatrixPath& path : target_.backend->matrix) {
      if (path.families.front() != "f16") continue;
      const LogBelief measured{.mean = std::log(same_library.middle()),
                               .sigma = same_library.sigma()};
      const LogBelief now = combined(measured, prior_of(path.efficiency));
      add(engine_key("matrix:f16"), std::min(1.0, std::exp(now.mean)), now.sigma, *products_);
    }
  }

  void host_link() {
    if (target_.host_link.empty()) return;
    const FamilyRate* copy = fastest(backend_, [](const FamilyRate& rate) {
      return rate.family == "host_copy" && rate.variant == "pinned to the device";
    });
    if (copy) add_roof("link:" + target_.host_link + ":bandwidth", *copy);
  }

  // Engines send to another machine on one connection (NCCL: NCCL_NSOCKS_PERTHREAD is 1 but on some
  // clouds), and a link of the catalogue is as fast back as there: the slower direction counts.
  void host_to_host() {
    const FamilyRate* slower = nullptr;
    for (const FamilyRate& rate : backend_.rates)
      if (rate.family == "link_bandwidth" && rate.fit.rate_known &&
          (rate.variant == "TCP, 1 stream" || rate.variant == "TCP, 1 stream, received") &&
          (!slower || rate.fit.rate < slower->fit.rate))
        slower = &rate;
    if (slower) add_roof("link:" + target_.host_link + ":bandwidth", *slower);
    for (const FamilyRate& rate : backend_.rates)
      if (rate.family == "link_round_trip" && rate.variant == "TCP") latency(rate);
  }

  // One way, of a message of no bytes: half of there and back.
  void latency(const FamilyRate& rate) {
    const SweepFit& fit = rate.fit;
    if (!fit.fixed_known || fit.fixed_s <= 0.0) return;
    add("link:" + target_.host_link + ":latency", fit.fixed_s / 2.0,
        std::hypot(fit.fixed_error_s / fit.fixed_s, rate.noise), rate);
  }

  const Profile& profile_;
  const BackendResult& backend_;
  const ProfileTarget& target_;
  const FamilyRate* memory_;
  const FamilyRate* products_;
  std::vector<MovedParameter> moved_;
};

}  // namespace

bool part_runs_on(const BackendResult& part, UnitKind unit) {
  if (unit == UnitKind::cpu) return part.id == "cpu";
  return unit == UnitKind::gpu && (part.id == "cuda" || part.id == "hip" || part.id == "metal");
}

const BackendResult* measured_on(const Profile& profile, const ProfileTarget& target) {
  const BackendResult* only = nullptr;
  int count = 0;
  for (const BackendResult& backend : profile.backends) {
    if (!part_runs_on(backend, target.unit)) continue;
    if (!backend.entry.empty() && backend.entry == target.device) return &backend;
    if (backend.entry.empty()) {
      only = &backend;
      ++count;
    }
  }
  return count == 1 ? only : nullptr;
}

std::vector<MovedParameter> moved_roofs(const Profile& profile, const BackendResult& part,
                                        const ProfileTarget& target) {
  return Applied(profile, part, target).roofs();
}

std::vector<MovedParameter> moved_factors(const Profile& profile, const BackendResult& part,
                                          const ProfileTarget& target) {
  return Applied(profile, part, target).factors();
}

MovedParameter combined_with(MovedParameter moved, double value, double log_sigma) {
  const LogBelief now = combined({.mean = std::log(moved.value), .sigma = moved.log_sigma},
                                 {.mean = std::log(value), .sigma = log_sigma});
  moved.value = std::exp(now.mean);
  moved.log_sigma = now.sigma;
  return moved;
}

std::vector<MovedParameter> apply_profile(const Profile& profile, const ProfileTarget& target) {
  const BackendResult* part = measured_on(profile, target);
  if (!part || !target.backend) return {};
  std::vector<MovedParameter> moved = moved_roofs(profile, *part, target);
  for (MovedParameter& each : moved_factors(profile, *part, target))
    moved.push_back(std::move(each));
  return moved;
}

}  // namespace plimsoll::calibrate
