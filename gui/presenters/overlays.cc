#include "presenters/overlays.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace plimsoll::gui {
namespace {

namespace fs = std::filesystem;

bool same(const GivenEntry& a, const GivenEntry& b) {
  return a.kind == b.kind && a.name == b.name;
}

bool holds(const std::vector<GivenEntry>& entries, const GivenEntry& entry) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const GivenEntry& other) { return same(entry, other); });
}

// Nothing for what cannot be looked at.
std::optional<fs::file_time_type> time_of(const fs::path& file) {
  std::error_code failed;
  const fs::file_time_type time = fs::last_write_time(file, failed);
  return failed ? std::nullopt : std::optional(time);
}

}  // namespace

bool Overlays::knows(const GivenEntry& entry) const {
  return std::any_of(items_.begin(), items_.end(),
                     [&](const Item& item) { return same(item.entry, entry); });
}

bool Overlays::find_named(const ScenarioSpec& spec, Catalog& catalog, Diagnostics& diagnostics) {
  lay_over(catalog);
  const NamedThings named = named_in(spec);
  bool found = false;
  // A system that is laid over already need not be detected again.
  if (!holds(catalog.given(), {.kind = EntryKind::system, .name = this_machine}))
    found = find({.models = {}, .systems = named.systems}, {}, catalog);
  for (const std::string& model : named.models)
    found = find({.models = {model}, .systems = {}}, model, catalog) || found;
  lay_over_profile(named, catalog, diagnostics);
  const std::lock_guard lock(mutex_);
  for (const std::string& model : named.models)
    for (const Diagnostic& remark : remarks_[model]) diagnostics.add(remark);
  return found;
}

void Overlays::lay_over_profile(const NamedThings& named, Catalog& catalog,
                                Diagnostics& diagnostics) {
  if (!names_this_machine(named)) {
    if (catalog.overlay()) catalog.lay_over(given_profiles({}));
    return;
  }
  const std::lock_guard lock(mutex_);
  if (!profile_) profile_ = newest_profile(read_machine({}), diagnostics);
  if (catalog.overlay() != profile_) catalog.lay_over(profile_);
}

bool Overlays::find(const NamedThings& named, const std::string& model, Catalog& catalog) {
  const std::optional<fs::file_time_type> time = time_of(model);
  Diagnostics remarks;
  lay_over_named(named, catalog, remarks);
  const std::lock_guard lock(mutex_);
  bool found = false;
  for (GivenEntry& entry : catalog.given()) {
    if (knows(entry)) continue;
    const bool of_file = !model.empty() && time;
    items_.push_back({std::move(entry),
                      of_file ? std::optional(Stamp{.file = model, .time = time}) : std::nullopt});
    found = true;
  }
  if (found) remarks_[model] = remarks.sorted();
  return found;
}

void Overlays::add(std::vector<GivenEntry> entries) {
  const std::lock_guard lock(mutex_);
  for (GivenEntry& entry : entries)
    if (!knows(entry)) items_.push_back({std::move(entry), std::nullopt});
}

bool Overlays::forget_changed() {
  const std::lock_guard lock(mutex_);
  return std::erase_if(items_, [](const Item& item) {
           return item.stamp && time_of(item.stamp->file) != item.stamp->time;
         }) > 0;
}

void Overlays::lay_over(Catalog& catalog) const {
  const std::vector<GivenEntry> given = catalog.given();
  const std::lock_guard lock(mutex_);
  for (const Item& item : items_)
    if (!holds(given, item.entry)) catalog.lay_over(item.entry);
}

CatalogFactory with_overlays(CatalogFactory catalogs, std::shared_ptr<const Overlays> overlays) {
  return [catalogs = std::move(catalogs), overlays = std::move(overlays)] {
    std::unique_ptr<Catalog> catalog = catalogs();
    overlays->lay_over(*catalog);
    return catalog;
  };
}

}  // namespace plimsoll::gui
