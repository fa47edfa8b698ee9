// The files of one kind over all data folders, and their names as people spell them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace plimsoll {

// Whether its id or one of its names, folded, contains the text, folded; every one contains none.
bool is_called_like(const CatalogEntry& entry, std::string_view part);

// One spelling that two entries claim.
struct NameCollision {
  std::string spelling;
  const CatalogEntry* first = nullptr;
  const CatalogEntry* second = nullptr;
};

// Scans the headers of a kind's files when made; a file in a later folder hides the one with its id
// before.
class EntryIndex {
 public:
  EntryIndex(EntryKind kind, const std::vector<std::filesystem::path>& folders);

  // Sorted by id.
  const std::vector<CatalogEntry>& entries() const { return entries_; }
  // All entries that are called so, folded; more than one is an ambiguity.
  std::vector<const CatalogEntry*> find(std::string_view name) const;
  std::optional<std::string> nearest(std::string_view name) const;

  // Ids of entries one of whose names contains every word of the text, for a name that says too
  // little ("H100"): the shortest first, at most `most`.
  std::vector<std::string> containing(std::string_view name, std::size_t most) const;
  std::vector<NameCollision> collisions() const;

 private:
  struct Claim {
    std::string spelling;
    std::size_t entry = 0;
  };
  void claim_names();

  std::vector<CatalogEntry> entries_;
  std::map<std::string, std::vector<Claim>, std::less<>> by_name_;  // folded name
};

}  // namespace plimsoll
