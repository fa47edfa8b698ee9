#include "calibrate/profile_overlay.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/contains.h"
#include "base/estimate.h"
#include "base/names.h"
#include "base/text.h"
#include "calibrate/apply_profile.h"
#include "catalog/figure_spread.h"
#include "catalog/fit_overlay.h"
#include "catalog/words.h"
#include "detect/match.h"
#include "detect/own_device.h"

namespace plimsoll::calibrate {
namespace {

// The backends of engines whose kernels are of the same programming interface as ours.
std::string_view backend_like(const BackendResult& part) {
  return part.id == "hip" ? "rocm" : std::string_view(part.id);
}

std::string part_key(std::size_t profile, std::size_t part) {
  return std::to_string(profile) + "/" + std::to_string(part);
}

// As the profile moved it; `before` in the figure's place.
template <class Q>
Figure<Q> moved_figure(const MovedParameter& to, const FoundProfile& by, const Figure<Q>& before) {
  auto move =
      std::make_shared<ProfileMove>(ProfileMove{.file = by.file.string(),
                                                .date = by.profile.date,
                                                .machine = identity_text(by.profile.machine),
                                                .before = detail::base_of(before.value),
                                                .before_log_sigma = log_sigma_of(before),
                                                .from = before.from});
  Figure<Q> figure{.value = Q(to.value), .low = {}, .high = {}, .from = to.from};
  const double ratio = std::exp(z90 * to.log_sigma);
  figure.low = Q(to.value / ratio);
  figure.high = Q(to.value * ratio);
  figure.from.moved = std::move(move);
  return figure;
}

// As it was, with its spread as a range.
template <class Q>
void restore(Figure<Q>& figure) {
  const auto move = figure.from.moved;
  if (!move) return;
  const double ratio = std::exp(z90 * move->before_log_sigma);
  figure = {.value = Q(move->before),
            .low = Q(move->before / ratio),
            .high = Q(move->before * ratio),
            .from = move->from};
}

template <class Q>
void divide(Figure<Q>& figure, double by) {
  figure.value = figure.value / by;
  figure.low = *figure.low / by;
  figure.high = *figure.high / by;
}

// "fp16" of "device:h200-sxm5-141gb/gpu:fp16".
std::string_view last_word(const std::string& key) {
  return std::string_view(key).substr(key.rfind(':') + 1);
}

std::optional<Precision> precision_of(std::string_view text) {
  for (const auto& [spelling, precision] : words_of<Precision>())
    if (spelling == text) return precision;
  return std::nullopt;
}

// Over which a profile's rate of a CPU is spread.
int sockets_of(const Profile& profile, const ComputeUnitSpec& unit) {
  if (unit.kind != UnitKind::cpu || unit.cores == 0) return 1;
  return std::max(1, static_cast<int>(std::lround(double(profile.machine.cores) / unit.cores)));
}

ProfiledUnit profiled_unit(const FoundProfile& by, const BackendResult& part,
                           const DeviceSpec& device, const ComputeUnitSpec& unit) {
  const ProfileTarget target{.device = device.id,
                             .unit = unit.kind,
                             .host_link = device.host_link,
                             .engine = {},
                             .backend = nullptr};
  const double sockets = sockets_of(by.profile, unit);
  ProfiledUnit profiled;
  for (const MovedParameter& each : moved_roofs(by.profile, part, target)) {
    // What was before, the fabric knows: it depends on more than this entry.
    if (each.key.starts_with("link:")) {
      profiled.host_link = moved_figure(each, by, Figure<BytesPerSecond>{});
    } else if (last_word(each.key) == "memory") {
      profiled.memory = moved_figure(each, by, Figure<BytesPerSecond>{});
      divide(*profiled.memory, sockets);
    } else if (const auto precision = precision_of(last_word(each.key))) {
      Figure<FlopPerSecond>& rate = profiled.rates[*precision];
      rate = moved_figure(each, by, Figure<FlopPerSecond>{});
      divide(rate, sockets);
    }
  }
  return profiled;
}

// Products of a family that ran as all others had an efficiency of their own measured.
void add_matrix_path(const std::string& key, const std::string& prefix, BackendSpec& backend) {
  const std::string start = prefix + "matrix:";
  if (!key.starts_with(start)) return;
  const std::string family = key.substr(start.size());
  const MatrixPath* others = nullptr;
  for (const MatrixPath& path : backend.matrix) {
    if (contains(path.families, family)) return;
    if (path.families.front() == "default") others = &path;
  }
  if (!others) return;
  MatrixPath own = *others;
  own.families = {family};
  backend.matrix.push_back(std::move(own));
}

// Rates of precisions of which the entry says nothing; taken back by `without_profile`.
void add_rates(ComputeUnitSpec& unit) {
  for (const auto& [precision, figure] : unit.profiled->rates)
    unit.rates.try_emplace(precision, RateSpec{.peak = figure, .reached = figure});
}

void without_profile(ComputeUnitSpec& unit) {
  unit.profiled.reset();
  std::erase_if(unit.rates,
                [](const auto& rate) { return rate.second.peak.from.moved != nullptr; });
}

BackendSpec profiled_backend(const FoundProfile& by, const BackendResult& part,
                             const EngineSpec& engine, const BackendSpec& backend) {
  const ProfileTarget target{.device = part.entry,
                             .unit = backend.unit,
                             .host_link = {},
                             .engine = engine.id,
                             .backend = &backend,
                             .kernels = engine.kernels_of.empty() ? engine.id : engine.kernels_of};
  const std::vector<MovedParameter> moved = moved_factors(by.profile, part, target);
  const std::string prefix = engine.id + "/" + backend.id + ":";
  BackendSpec profiled = backend;
  profiled.profiled.clear();
  profiled.profiled_on = part.entry.empty() ? part.device : part.entry;
  for (const MovedParameter& each : moved) add_matrix_path(each.key, prefix, profiled);
  visit_factors(profiled, [&](const std::string& key, auto& figure) {
    for (const MovedParameter& each : moved)
      if (each.key == prefix + key) figure = moved_figure(each, by, figure);
  });
  return profiled;
}

bool goes_by(const DeviceSpec& device, const std::string& name) {
  const std::string folded = fold_name(name);
  return folded == fold_name(device.id) || folded == fold_name(device.name) ||
         std::any_of(device.names.begin(), device.names.end(),
                     [&](const std::string& each) { return fold_name(each) == folded; });
}

// "h200-sxm5-141gb, epyc-9654": what a profile was measured on.
std::vector<std::string> devices_of(const Profile& profile) {
  std::vector<std::string> names;
  for (const BackendResult& part : profile.backends)
    if (part_runs_on(part, UnitKind::cpu) || part_runs_on(part, UnitKind::gpu) || part.id == "link")
      names.push_back(part.entry.empty() ? part.device : part.entry);
  return names;
}

// The nearest device of the catalogue, where it lacks one of these.
std::string nearest_device(const std::vector<std::string>& names, Catalog& catalog) {
  std::vector<std::string> known;
  for (const CatalogEntry& each : catalog.headers(EntryKind::device)) {
    known.push_back(each.id);
    known.push_back(each.name);
  }
  for (const std::string& name : names) {
    Diagnostics ignored;
    if (catalog.device(name, {}, ignored)) continue;
    if (const auto nearest = nearest_name(name, known)) return *nearest;
  }
  return {};
}

}  // namespace

bool measured_on(const Profile& profile, const BackendResult& part, const DeviceSpec& device,
                 const ComputeUnitSpec& unit) {
  if (!part_runs_on(part, unit.kind)) return false;
  if (!device.name.ends_with(as_detected))
    return part.entry.empty() ? goes_by(device, part.device) : part.entry == device.id;
  // The ids of such devices are the same on every machine.
  const std::string name =
      device.name.substr(0, device.name.size() - std::string_view(as_detected).size());
  if (unit.kind != UnitKind::cpu) return fold_name(name) == fold_name(part.device);
  const std::string& cpu = profile.machine.cpu.empty() ? part.device : profile.machine.cpu;
  return fold_name(plain_cpu_name(name)) == fold_name(plain_cpu_name(cpu)) &&
         (unit.cores == 0 || profile.machine.cores % unit.cores == 0);
}

ProfileOverlay::ProfileOverlay(std::vector<FoundProfile> profiles, bool given)
    : profiles_(std::move(profiles)), given_(given) {}

void ProfileOverlay::lay_over(DeviceSpec& device) const {
  for (ComputeUnitSpec& unit : device.units) {
    without_profile(unit);
    for (std::size_t i = profiles_.size(); i-- > 0 && !unit.profiled;) {
      const auto& parts = profiles_[i].profile.backends;
      for (std::size_t j = 0; j < parts.size() && !unit.profiled; ++j) {
        if (!measured_on(profiles_[i].profile, parts[j], device, unit)) continue;
        unit.profiled = profiled_unit(profiles_[i], parts[j], device, unit);
        unit.profiled->part = part_key(i, j);
        unit.profiled->supersedes_entry = device.name.ends_with(as_detected);
        if (unit.kind == UnitKind::cpu) add_rates(unit);
      }
    }
  }
}

void ProfileOverlay::lay_over(LinkSpec& link) const {
  restore(link.reached);
  restore(link.latency);
  for (const FoundProfile& by : profiles_)
    for (const BackendResult& part : by.profile.backends) {
      if (part.id != "link" || part.entry != link.id) continue;
      for (const MovedParameter& each :
           moved_roofs(by.profile, part, {.device = {}, .host_link = link.id, .engine = {}})) {
        const auto move = [&](auto& figure) {
          const double before = detail::base_of(figure.value);
          figure = moved_figure(combined_with(each, before, log_sigma_of(figure)), by, figure);
        };
        if (last_word(each.key) == "bandwidth") move(link.reached);
        if (last_word(each.key) == "latency") move(link.latency);
      }
    }
}

void ProfileOverlay::lay_over(EngineSpec& engine) const {
  for (BackendSpec& backend : engine.backends) {
    backend.profiled.clear();
    std::map<std::string, std::shared_ptr<const BackendSpec>> profiled;
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      const auto& parts = profiles_[i].profile.backends;
      for (std::size_t j = 0; j < parts.size(); ++j)
        if (backend_like(parts[j]) == backend.id)
          profiled[part_key(i, j)] = std::make_shared<const BackendSpec>(
              profiled_backend(profiles_[i], parts[j], engine, backend));
    }
    backend.profiled = std::move(profiled);
  }
}

std::string ProfileOverlay::text() const {
  std::string all;
  for (const FoundProfile& each : profiles_) all += each.file.string() + profile_yaml(each.profile);
  return all;
}

void warn_of_unused(const ProfileOverlay& overlay, const std::set<std::string>& used,
                    Catalog& catalog, Diagnostics& diagnostics) {
  if (!overlay.given()) return;
  for (const FoundProfile& each : overlay.profiles()) {
    if (used.contains(each.file.string())) continue;
    const std::vector<std::string> names = devices_of(each.profile);
    diagnostics.warning("profile-unused", {.file = each.file.string()},
                        names.empty() ? "the profile holds nothing of a device, so it moved nothing"
                                      : "nothing here runs on " + joined(names, " or ") +
                                            ", which the profile measured, so it moved nothing",
                        "a profile of a device that the scenario uses",
                        nearest_device(names, catalog));
  }
}

}  // namespace plimsoll::calibrate
