#include "catalog/entry_index.h"

#include <algorithm>

#include "base/names.h"
#include "config/header_scan.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

CatalogEntry entry_of(EntryKind kind, const fs::path& file) {
  EntryHeader header = scan_header(file);
  std::string id = file.stem().string();
  std::string name = header.name.empty() ? id : std::move(header.name);
  return {.kind = kind,
          .id = std::move(id),
          .name = std::move(name),
          .names = std::move(header.names),
          .file = file};
}

// Entry files by id; the folders in their order, so that the last one wins.
std::map<std::string, fs::path> files_of(const std::vector<fs::path>& folders) {
  std::map<std::string, fs::path> files;
  for (const fs::path& folder : folders) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      if (at->path().extension() == ".yaml") files[at->path().stem().string()] = at->path();
    }
  }
  return files;
}

}  // namespace

bool is_called_like(const CatalogEntry& entry, std::string_view part) {
  const std::string folded = fold_name(part);
  const auto has_it = [&folded](const std::string& name) {
    return fold_name(name).find(folded) != std::string::npos;
  };
  return has_it(entry.id) || has_it(entry.name) ||
         std::any_of(entry.names.begin(), entry.names.end(), has_it);
}

EntryIndex::EntryIndex(EntryKind kind, const std::vector<fs::path>& folders) {
  for (const auto& [id, file] : files_of(folders)) entries_.push_back(entry_of(kind, file));
  claim_names();
}

void EntryIndex::claim_names() {
  const auto claim = [this](std::size_t entry, const std::string& spelling) {
    std::vector<Claim>& claims = by_name_[fold_name(spelling)];
    if (claims.empty() || claims.back().entry != entry) claims.push_back({spelling, entry});
  };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    claim(i, entries_[i].id);
    claim(i, entries_[i].name);
    for (const std::string& name : entries_[i].names) claim(i, name);
  }
}

std::vector<const CatalogEntry*> EntryIndex::find(std::string_view name) const {
  std::vector<const CatalogEntry*> found;
  const auto claims = by_name_.find(fold_name(name));
  if (claims == by_name_.end()) return found;
  for (const Claim& claim : claims->second) found.push_back(&entries_[claim.entry]);
  return found;
}

std::optional<std::string> EntryIndex::nearest(std::string_view name) const {
  std::vector<std::string> spellings;
  for (const auto& [folded, claims] : by_name_) spellings.push_back(claims.front().spelling);
  return nearest_name(name, spellings);
}

std::vector<NameCollision> EntryIndex::collisions() const {
  std::vector<NameCollision> collisions;
  for (const auto& [folded, claims] : by_name_) {
    for (std::size_t i = 1; i < claims.size(); ++i) {
      collisions.push_back(
          {claims[i].spelling, &entries_[claims.front().entry], &entries_[claims[i].entry]});
    }
  }
  return collisions;
}

namespace {

std::vector<std::string> folded_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" -_/"), text.size());
    if (std::string word = fold_name(text.substr(0, end)); !word.empty())
      words.push_back(std::move(word));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::vector<std::string> EntryIndex::containing(std::string_view name, std::size_t most) const {
  const std::vector<std::string> wanted = folded_words(name);
  std::vector<std::string> found;
  if (wanted.empty()) return found;
  const auto holds = [&](const std::string& text) {
    const std::string folded = fold_name(text);
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
      return folded.find(word) != std::string::npos;
    });
  };
  for (const CatalogEntry& entry : entries_)
    if (holds(entry.id) || holds(entry.name) ||
        std::any_of(entry.names.begin(), entry.names.end(), holds))
      found.push_back(entry.id);
  std::stable_sort(found.begin(), found.end(),
                   [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  if (found.size() > most) found.resize(most);
  return found;
}

}  // namespace plimsoll
