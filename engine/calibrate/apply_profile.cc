#include "calibrate/apply_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "base/estimate.h"
#include "base/log_belief.h"
#include "calibrate/comparison.h"
#include "catalog/figure_spread.h"
#include "catalog/words.h"

namespace plimsoll::calibrate {
namespace {

// What an engine's kernel reaches over what ours does, as a 90 % range with its geometric middle.
// Each stands with the timings behind it in doc/calibration.md; without any it is a PRIOR, and
// wide.
struct Transfer {
  double low = 0.7;
  double high = 1.05;

  double middle() const { return std::sqrt(low * high); }
  double sigma() const { return log_sigma_of_range(low, high); }
  LogBelief belief() const { return belief_of(middle(), sigma()); }
};

// Streaming kernels of engines and ours are bound by the same memory.
constexpr Transfer same_memory{.low = 0.75, .high = 1.05};
// Of a CPU, whose memory ggml reads less evenly than ours does; by the format where its kernels
// wait for instructions, which those are not that it takes beside its products on tile units (AMX).
constexpr Transfer core_streams{.low = 0.67, .high = 1.05};
constexpr Transfer core_streams_beside_tiles{.low = 0.58, .high = 0.98};
struct CpuStream {
  std::string_view format;
  Transfer lanes;
  Transfer beside_tiles;
};
constexpr auto cpu_streams = std::to_array<CpuStream>({
    {"f16", core_streams, core_streams_beside_tiles},
    {"q8_0", core_streams, core_streams_beside_tiles},
    {"q4_0", core_streams, core_streams_beside_tiles},
    {"q4_k", core_streams, {.low = 0.41, .high = 0.69}},
    {"q6_k", {.low = 0.56, .high = 0.88}, {.low = 0.32, .high = 0.55}},
    {"mxfp4", {.low = 0.78, .high = 1.21}, {.low = 0.58, .high = 0.99}},
});
// An expert's weights over those of dense products.
constexpr Transfer expert_reads{.low = 0.95, .high = 1.3};
// Attention of engines splits its work in other ways.
constexpr Transfer other_split{.low = 0.6, .high = 1.2};
// On a CPU it reads the keys of every query head anew: faster than ours where each has its own,
// bound by arithmetic where they share.
constexpr Transfer every_head{.low = 1.05, .high = 2.2};
constexpr Transfer shared_heads{.low = 0.34, .high = 0.65};
// Over the engine's 16-bit products.
constexpr Transfer many_rows_attention{.low = 0.24, .high = 0.6};
// Between two kernels of a graph of an engine lies more than between two empty ones.
constexpr Transfer real_graph{.low = 1.0, .high = 4.0};
// Likewise of a CPU, whose threads meet several times in an operator.
constexpr Transfer real_operator{.low = 0.6, .high = 6.0};
// The same library does the product.
constexpr Transfer same_library{.low = 0.85, .high = 1.0};
// Few rows for each expert, unequal shares of the threads; over dense products, which alone use
// tiles.
constexpr Transfer expert_rows{.low = 0.3, .high = 1.05};
constexpr Transfer expert_rows_beside_tiles{.low = 0.15, .high = 0.4};

// Products of many rows on a CPU, by the format of the weights: ggml's kernels without tile units
// over ours of that format, and its kernels for tile units (AMX) over our 8-bit product with them.
struct CpuProduct {
  std::string_view family;
  std::string_view format;
  Transfer lanes;
  Transfer tiles;
};
constexpr auto cpu_products = std::to_array<CpuProduct>({
    {"q8", "q8_0", {.low = 0.18, .high = 0.28}, {.low = 0.35, .high = 0.59}},
    {"q4", "q4_0", {.low = 0.34, .high = 0.53}, {.low = 0.35, .high = 0.59}},
    {"kquant4", "q4_k", {.low = 0.28, .high = 0.44}, {.low = 0.43, .high = 0.73}},
    {"kquant6", "q6_k", {.low = 0.135, .high = 0.21}, {.low = 0.26, .high = 0.44}},
});
// Of 16 bits, over ours without tiles.
constexpr Transfer cpu_16_bit_products{.low = 0.61, .high = 0.95};
constexpr Transfer cpu_16_bit_products_beside_tiles{.low = 0.46, .high = 0.78};

enum class Figured { bandwidth, attention_bandwidth, vector_bandwidth };

// Efficiencies of the memory roof, by the format that our kernel was timed with.
struct BandwidthRule {
  Figured figure;
  std::string_view kernel_family;  // of Figured::bandwidth
  std::string_view family;
  std::string_view format;
  Transfer transfer;
  Transfer on_cpu;
};

constexpr auto bandwidth_rules = std::to_array<BandwidthRule>({
    {Figured::bandwidth, "f16", "matrix_vector", "f16", same_memory, core_streams},
    {Figured::bandwidth, "q8", "matrix_vector", "q8_0", same_memory, core_streams},
    {Figured::bandwidth, "q4", "matrix_vector", "q4_0", same_memory, core_streams},
    {Figured::bandwidth, "kquant4", "matrix_vector", "q4_k", same_memory, core_streams},
    {Figured::bandwidth, "kquant6", "matrix_vector", "q6_k", same_memory, core_streams},
    {Figured::bandwidth, "mxfp4", "matrix_vector", "mxfp4", same_memory, core_streams},
    {Figured::bandwidth, "affine4", "matrix_vector", "affine4", same_memory, core_streams},
    {Figured::bandwidth, "affine2", "matrix_vector", "affine2", same_memory, core_streams},
    {Figured::attention_bandwidth, "", "decode_attention", "f16", other_split, every_head},
    {Figured::vector_bandwidth, "", "rms_norm", "", same_memory, same_memory},
});

template <class Q>
LogBelief prior_of(const Figure<Q>& figure) {
  return belief_of(detail::base_of(figure.value), log_sigma_of(figure));
}

// What others took of a busy machine: nothing or all of it.
double sigma_of_others(const Condition& condition) {
  const double others = std::min(condition.busy_share.value_or(0.0), 0.9);
  return condition.busy ? -std::log1p(-others) / z90 : 0.0;
}

// How far the next run of the same kernel may lie away: the fit's error, the noise, and others.
double sigma_of(const FamilyRate& rate) {
  return std::hypot(rate.fit.rate_error, rate.noise, sigma_of_others(rate.condition));
}

// Runs of another day, other clocks and temperatures; as in fits of sweeps (sweep_fit.h).
constexpr double other_runs = 0.01;

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

// "4 heads a cache": 4; 0 of other variants.
int heads_a_cache(std::string_view variant) {
  const std::size_t digits = variant.find(" heads a cache");
  return digits == std::string_view::npos ? 0 : std::stoi(std::string(variant.substr(0, digits)));
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
    if (memory_) add(device_key("memory"), memory_->rate, memory_->sigma, *memory_->by);
    if (products_) add_roof(device_key("fp16"), *products_);
    for (const auto& [precision, best] : cpu_roofs())
      add(device_key(precision), best.rate, sigma_of(*best.ours), *best.ours);
    host_link();
    return std::move(moved_);
  }

  std::vector<MovedParameter> factors() {
    if (memory_)
      for (const BandwidthRule& rule : bandwidth_rules) efficiency(rule);
    gap();
    library_products();
    if (backend_.id == "cpu" && target_.kernels == "llama.cpp") {
      expert_streams();
      packed_products();
      cpu_attention();
    }
    return std::move(moved_);
  }

 private:
  // What an engine's product reaches by ours.
  struct Product {
    std::string_view family;
    double rate = 0.0;  // FLOP/s
    double sigma = 0.0;
    const FamilyRate* ours = nullptr;
  };

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

  // What the largest case of a family reached: nothing of it comes out of a cache, and no launch
  // counts. A profile without points has the line through them.
  struct Streamed {
    double rate = 0.0;  // bytes/s
    double sigma = 0.0;
    const FamilyRate* by = nullptr;
  };

  Streamed streamed(const FamilyRate& rate) const {
    const PointResult* largest = nullptr;
    for (const PointResult& point : backend_.points) {
      const KernelCase& of = point.kernel_case;
      if (point.status != PointStatus::measured || of.family != rate.family ||
          of.format != rate.format || of.variant != rate.variant || point.times.median <= 0.0)
        continue;
      if (!largest || work_of(of) > work_of(largest->kernel_case)) largest = &point;
    }
    if (!largest) return {.rate = rate.fit.rate, .sigma = sigma_of(rate), .by = &rate};
    const double errors = std::hypot(largest->times.error, largest->times.noise, other_runs);
    return {.rate = work_of(largest->kernel_case) / largest->times.median,
            .sigma = std::hypot(errors, sigma_of_others(rate.condition)),
            .by = &rate};
  }

  std::optional<Streamed> best_stream() const {
    std::optional<Streamed> best;
    for (const FamilyRate& rate : backend_.rates) {
      if (!rate.fit.rate_known ||
          (rate.family != "read" && rate.family != "copy" && rate.family != "triad"))
        continue;
      const Streamed one = streamed(rate);
      if (!best || one.rate > best->rate) best = one;
    }
    return best;
  }

  // By the vendor's library: what our own kernel reaches is no roof.
  const FamilyRate* best_products() const {
    if (backend_.id == "cpu") return nullptr;
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
    const Transfer& transfer = transfer_of(rule);
    const LogBelief measured = belief_of(ours->fit.rate / memory_->rate * transfer.middle(),
                                         std::hypot(sigma_of(*ours), transfer.sigma()));
    // What is known of an engine is of kernels for lanes.
    const bool of_others = rule.figure == Figured::bandwidth && tiles();
    const LogBelief now = of_others ? measured : combined(measured, prior_of(*believed));
    // No kernel is faster than the roof.
    add(engine_key(key_of(rule)), std::min(1.0, now.value()), now.sigma, *ours);
  }

  const Transfer& transfer_of(const BandwidthRule& rule) const {
    if (backend_.id != "cpu") return rule.transfer;
    for (const CpuStream& each : cpu_streams)
      if (each.format == rule.format) return tiles() ? each.beside_tiles : each.lanes;
    return rule.on_cpu;
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
    if (!launch) launch = dispatch("single");
    if (!launch || target_.backend->gap.value <= Seconds()) return;
    const Transfer& transfer = backend_.id == "cpu" ? real_operator : real_graph;
    const LogBelief measured = belief_of(transfer.middle() / launch->fit.rate,
                                         std::hypot(sigma_of(*launch), transfer.sigma()));
    const LogBelief now = combined(measured, prior_of(target_.backend->gap));
    add(engine_key("gap"), now.value(), now.sigma, *launch);
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
      const LogBelief now = combined(same_library.belief(), prior_of(path.efficiency));
      add(engine_key("matrix:f16"), std::min(1.0, now.value()), now.sigma, *products_);
    }
  }

  // ----- CPUs have no library that all engines take: the roof is what the best kernel of an engine
  // reaches by ours, and each format falls short of it in its own way.

  const FamilyRate* product(std::string_view format, std::string_view variant) const {
    return fastest(backend_, [&](const FamilyRate& rate) {
      return rate.family == "matrix_matrix" && rate.per == WorkKind::flop &&
             rate.format == format && rate.variant == variant;
    });
  }

  const FamilyRate* tiles() const { return product("q8_0", "amx"); }

  static Product product_of(std::string_view family, const FamilyRate& ours, const Transfer& over) {
    return {.family = family,
            .rate = ours.fit.rate * over.middle(),
            .sigma = std::hypot(sigma_of(ours), over.sigma()),
            .ours = &ours};
  }

  std::vector<Product> packed() const {
    std::vector<Product> found;
    for (const CpuProduct& each : cpu_products) {
      if (tiles())
        found.push_back(product_of(each.family, *tiles(), each.tiles));
      else if (const FamilyRate* ours = product(each.format, "own panels"))
        found.push_back(product_of(each.family, *ours, each.lanes));
    }
    return found;
  }

  std::optional<Product> in_16_bits() const {
    const FamilyRate* ours = product("f16", "own panels");
    if (!ours) return std::nullopt;
    return product_of("f16", *ours,
                      tiles() ? cpu_16_bit_products_beside_tiles : cpu_16_bit_products);
  }

  // By the name of the precision: packed products run in 8 bits, others in 32.
  std::map<std::string_view, Product> cpu_roofs() const {
    std::map<std::string_view, Product> best;
    if (backend_.id != "cpu") return best;
    for (const Product& each : packed())
      if (Product& known = best["int8"]; each.rate > known.rate) known = each;
    if (const auto wide = in_16_bits()) best["fp32"] = *wide;
    return best;
  }

  // Of one token.
  void expert_streams() {
    const FamilyRate* ours = fastest_of(backend_, "matrix_vector", "");
    if (!ours) return;
    const LogBelief now =
        combined(expert_reads.belief(), prior_of(target_.backend->expert_bandwidth));
    add(engine_key("expert_bandwidth"), std::min(1.0, now.value()), now.sigma, *ours);
  }

  // Not beside what is believed: that is of another roof.
  void packed_products() {
    const auto roofs = cpu_roofs();
    if (const auto wide = roofs.find("fp32"); wide != roofs.end())
      add(engine_key("matrix:f16"), 1.0, wide->second.sigma, *wide->second.ours);
    const auto best = roofs.find("int8");
    if (best == roofs.end()) return;
    for (const Product& each : packed())
      add(engine_key("matrix:" + std::string(each.family)), each.rate / best->second.rate,
          each.sigma, *each.ours);
    // What is believed of an engine supposes that experts run as all other products do.
    const Transfer& rows = tiles() ? expert_rows_beside_tiles : expert_rows;
    add(engine_key("expert_matrix"), rows.middle(), rows.sigma(), *best->second.ours);
  }

  void cpu_attention() {
    const auto wide = in_16_bits();
    if (!wide) return;
    const BackendSpec& backend = *target_.backend;
    const LogBelief many =
        combined(many_rows_attention.belief(), prior_of(backend.attention_compute));
    add(engine_key("attention_compute"), std::min(1.0, many.value()), many.sigma, *wide->ours);
    // As many FLOP to a byte of 16-bit keys and values as heads share them.
    const FamilyRate* shared = fastest(backend_, [](const FamilyRate& rate) {
      return rate.family == "decode_attention" && rate.format == "f16" &&
             heads_a_cache(rate.variant) > 1;
    });
    if (!shared) return;
    const double flop = shared->fit.rate * heads_a_cache(shared->variant);
    const LogBelief few = combined(belief_of(flop * shared_heads.middle() / wide->rate,
                                             std::hypot(sigma_of(*shared), shared_heads.sigma())),
                                   prior_of(backend.attention_vector));
    add(engine_key("attention_vector"), std::min(1.0, few.value()), few.sigma, *shared);
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
  std::optional<Streamed> memory_;
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
  const LogBelief now =
      combined(belief_of(moved.value, moved.log_sigma), belief_of(value, log_sigma));
  moved.value = now.value();
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
