// Entries that are in no file of the data: this machine, and models that are files. Laid over every
// catalogue of the program, on whichever thread. Without Qt.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "plan/plan.h"
#include "scenario/scenario.h"
#include "session/session.h"

namespace plimsoll::gui {

class Overlays {
 public:
  // Finds what the scenario names and lays it over the catalogue, for the others to have too; with
  // this machine its newest profile, over this catalogue as long as that is asked about. What
  // there is to say of its files goes to `diagnostics`. True: there is something new for the
  // others. Throws InputError for what cannot be read.
  bool find_named(const ScenarioSpec& spec, Catalog& catalog, Diagnostics& diagnostics);
  // What is known already: the machine that somebody else has detected.
  void add(std::vector<GivenEntry> entries);
  // Drops models whose files have changed or vanished since they were read; true: there were some,
  // and catalogues made before still have them.
  bool forget_changed();
  void lay_over(Catalog& catalog) const;

 private:
  // Of the file that the entries came from.
  struct Stamp {
    std::filesystem::path file;
    std::optional<std::filesystem::file_time_type> time;
  };
  struct Item {
    GivenEntry entry;
    std::optional<Stamp> stamp;
  };
  bool knows(const GivenEntry& entry) const;
  void lay_over_profile(const NamedThings& named, Catalog& catalog, Diagnostics& diagnostics);
  bool find(const NamedThings& named, const std::string& model, Catalog& catalog);

  mutable std::mutex mutex_;
  std::vector<Item> items_;
  std::map<std::string, std::vector<Diagnostic>> remarks_;  // by the name of the model
  std::shared_ptr<const EntryOverlay> profile_;  // of this machine, once it was asked about
};

// The factory's catalogues with the overlays over them.
CatalogFactory with_overlays(CatalogFactory catalogs, std::shared_ptr<const Overlays> overlays);

}  // namespace plimsoll::gui
