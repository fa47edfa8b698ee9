#include "fit/parameter_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/contains.h"
#include "catalog/figure_spread.h"
#include "catalog/fit_overlay.h"

namespace plimsoll {
namespace {

// "llama.cpp/cuda:bandwidth:q4"
struct FactorKey {
  std::string engine;
  std::string backend;
  std::string factor;
  std::string family;  // may be empty

  std::string owner() const { return engine + "/" + backend; }
};

std::optional<FactorKey> factor_key(const std::string& key) {
  const std::size_t slash = key.find('/');
  const std::size_t colon = key.find(':');
  if (slash == std::string::npos || colon == std::string::npos || colon < slash)
    return std::nullopt;
  const std::size_t second = key.find(':', colon + 1);
  FactorKey parts{.engine = key.substr(0, slash),
                  .backend = key.substr(slash + 1, colon - slash - 1),
                  .factor = key.substr(colon + 1, second - colon - 1),
                  .family = {}};
  if (second != std::string::npos) parts.family = key.substr(second + 1);
  return parts;
}

// "device:m2-ultra/gpu:memory"; every precision is one parameter: what a device reaches of its
// matrix roofs.
struct DeviceKey {
  std::string unit;  // "device:m2-ultra/gpu"
  bool memory = false;
};

std::optional<DeviceKey> device_key(const std::string& key) {
  if (!key.starts_with("device:")) return std::nullopt;
  const std::size_t colon = key.rfind(':');
  return DeviceKey{.unit = key.substr(0, colon), .memory = key.substr(colon + 1) == "memory"};
}

// Times are not shares: they have no upper bound.
bool is_share(const std::string& factor) {
  constexpr std::array<std::string_view, 8> times = {
      "gap",       "issue",      "step_overhead", "core_weights_per_cycle", "core_flop_per_cycle",
      "half_rows", "packed_dot", "prompt_gap"};
  return !contains(times, factor);
}

// Starting values of the estimates, as standard deviations of a logarithm.
constexpr double first_guess = 0.3;
constexpr double first_guess_memory = 0.05;
constexpr double first_guess_kernel = 0.1;
constexpr double first_guess_era = 0.42;  // half to twice, 90 %

// Of the variance with which a vendor's devices ("vendor:amd/gpu") lie around what they share.
std::string compute_class(const std::string& vendor_unit) {
  constexpr std::size_t prefix = std::string_view("vendor:").size();
  return "compute of devices, " + vendor_unit.substr(prefix);
}

class TreeBuilder {
 public:
  explicit TreeBuilder(Catalog& catalog) : catalog_(catalog) {}

  void add(const Parameter& parameter) {
    if (tree_.of_key.contains(parameter.key)) return;
    int index = 0;
    if (const auto device = device_key(parameter.key))
      index = device_effect(*device, parameter);
    else if (const auto factor = factor_key(parameter.key))
      index = factor_leaf(*factor, parameter.number, parameter.log_sigma);
    else
      index = find_or_add({.key = parameter.key,
                           .own_sigma = parameter.log_sigma,
                           .number = parameter.number,
                           .owner = parameter.key.substr(0, parameter.key.rfind(':'))});
    tree_.of_key[parameter.key] = index;
  }

  ParameterTree take() { return std::move(tree_); }

 private:
  int find_or_add(FitParameter parameter) {
    const auto [entry, fresh] =
        index_.try_emplace(parameter.key, static_cast<int>(tree_.parameters.size()));
    if (fresh) tree_.parameters.push_back(std::move(parameter));
    return entry->second;
  }

  int variance(const std::string& name, double guess) {
    for (std::size_t i = 0; i < tree_.variances.size(); ++i)
      if (tree_.variances[i].name == name) return static_cast<int>(i);
    tree_.variances.push_back({.name = name, .sigma = guess});
    return static_cast<int>(tree_.variances.size()) - 1;
  }

  int device_effect(const DeviceKey& device, const Parameter& parameter) {
    if (!device.memory) return compute_effect(device);
    return find_or_add({.key = device.unit + ":memory",
                        .variance = variance("device memory", first_guess_memory),
                        .own_sigma = parameter.log_sigma,
                        .number = parameter.number,
                        .owner = device.unit});
  }

  // Those of some vendors reach their rates far more evenly than those of others. What a vendor's
  // devices share is not told apart from what their backends reach.
  int compute_effect(const DeviceKey& device) {
    return find_or_add({.key = device.unit + ":compute",
                        .variance = variance(compute_class(vendor_unit_of(device)), first_guess),
                        .owner = device.unit});
  }

  // "vendor:amd/gpu"
  std::string vendor_unit_of(const DeviceKey& device) {
    constexpr std::size_t prefix = std::string_view("device:").size();
    const std::size_t slash = device.unit.rfind('/');
    Diagnostics quiet;
    const DeviceSpec* spec = catalog_.device(device.unit.substr(prefix, slash - prefix), {}, quiet);
    return "vendor:" + (spec ? spec->vendor : std::string()) + device.unit.substr(slash);
  }

  // What all engines with kernels of their own share, on GPUs and on CPUs.
  int pool(const FactorKey& key, double entry_sigma) {
    const int root = find_or_add(
        {.key = unit_of(key) + ":" + key.factor, .own_sigma = entry_sigma, .owner = unit_of(key)});
    if (key.family.empty()) return root;
    return find_or_add({.key = unit_of(key) + ":" + key.factor + ":" + key.family,
                        .parents = {root},
                        .variance = variance(key.factor + " of formats", first_guess_kernel),
                        .owner = unit_of(key)});
  }

  // How far a backend's kernels of all formats lie from the pool's, or from its lender's.
  int level(const FactorKey& key, const std::string& lender) {
    const std::string kind = lender.empty() ? "of backends" : "of borrowers";
    return find_or_add({.key = key.owner() + ":" + key.factor,
                        .variance = variance(key.factor + " " + kind, first_guess),
                        .owner = key.owner()});
  }

  int factor_leaf(const FactorKey& key, double number, double entry_sigma) {
    const std::string lender = lender_of(key);
    if (key.factor.starts_with("era_")) {
      const std::string& owner = lender.empty() ? key.engine : lender;
      const std::string of = key.factor + ":" + key.family;
      const std::string kind = number == 1.0 ? "eras" : "eras of known changes";
      const int all = find_or_add({.key = owner + "/all:" + of,
                                   .variance = variance(kind, first_guess_era),
                                   .owner = owner + "/all"});
      const std::string backend = owner + "/" + key.backend;
      return find_or_add({.key = backend + ":" + of,
                          .parents = {all},
                          .variance = variance("eras of backends", first_guess),
                          .number = number,
                          .owner = backend});
    }
    std::vector<int> parents;
    if (lender.empty()) {
      parents.push_back(pool(key, entry_sigma));
    } else {
      FactorKey lent = key;
      lent.engine = lender;
      parents.push_back(factor_leaf(lent, number, entry_sigma));
    }
    FitParameter leaf{
        .key = key.owner() + ":" + key.factor, .number = number, .owner = key.owner()};
    if (is_share(key.factor)) leaf.high = std::max(0.0, -std::log(number));
    if (key.family.empty()) {
      leaf.variance =
          variance(key.factor + (lender.empty() ? " of backends" : " of borrowers"), first_guess);
    } else {
      parents.push_back(level(key, lender));
      leaf.key += ":" + key.family;
      leaf.variance = variance(key.factor + " of kernels", first_guess_kernel);
    }
    leaf.parents = std::move(parents);
    return find_or_add(std::move(leaf));
  }

  const EngineSpec* engine(const std::string& id) {
    Diagnostics quiet;
    return catalog_.engine(id, {}, quiet);
  }
  std::string lender_of(const FactorKey& key) {
    const EngineSpec* spec = engine(key.engine);
    return spec ? spec->kernels_of : std::string();
  }
  std::string unit_of(const FactorKey& key) {
    const EngineSpec* spec = engine(key.engine);
    const BackendSpec* backend = spec ? find_backend(*spec, key.backend) : nullptr;
    return backend && backend->unit == UnitKind::cpu ? "all CPUs" : "all GPUs";
  }

  Catalog& catalog_;
  ParameterTree tree_;
  std::map<std::string, int> index_;
};

}  // namespace

double ParameterTree::sigma_of(const std::string& name) const {
  for (const VarianceClass& each : variances)
    if (each.name == name) return each.sigma;
  return first_guess;
}

std::map<std::string, double> ParameterTree::compute_sigmas() const {
  const std::string classes = compute_class("vendor:");
  std::map<std::string, double> sigmas;
  for (const VarianceClass& each : variances)
    if (each.name.starts_with(classes)) sigmas[each.name.substr(classes.size())] = each.sigma;
  return sigmas;
}

double ParameterTree::prior_sigma(int parameter) const {
  const FitParameter& p = parameters[static_cast<std::size_t>(parameter)];
  const double shared =
      p.variance < 0 ? 0.0 : variances[static_cast<std::size_t>(p.variance)].sigma;
  return std::hypot(shared, p.own_sigma);
}

void fix(ParameterTree& tree, const std::vector<std::string>& beginnings) {
  constexpr double still = 1e-6;
  for (FitParameter& parameter : tree.parameters)
    for (const std::string& beginning : beginnings)
      if (parameter.key.starts_with(beginning)) {
        parameter.parents.clear();
        parameter.variance = -1;
        parameter.own_sigma = still;
      }
}

ParameterTree parameter_tree(const std::vector<const LoweredPoint*>& points, Catalog& catalog,
                             bool all_engines) {
  TreeBuilder builder(catalog);
  for (const LoweredPoint* point : points)
    for (const Parameter& parameter : point->parameters) builder.add(parameter);
  if (!all_engines) return builder.take();
  for (const CatalogEntry& entry : catalog.headers(EntryKind::engine)) {
    Diagnostics quiet;
    const EngineSpec* engine = catalog.engine(entry.id, {}, quiet);
    if (!engine || !engine->kernels_of.empty()) continue;
    for (BackendSpec backend : engine->backends)
      visit_factors(backend, [&](const std::string& key, const auto& figure) {
        if (detail::base_of(figure.value) > 0.0)
          builder.add({.key = engine->id + "/" + backend.id + ":" + key,
                       .number = detail::base_of(figure.value),
                       .log_sigma = log_sigma_of(figure)});
      });
  }
  return builder.take();
}

}  // namespace plimsoll
