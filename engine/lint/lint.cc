#include "lint/lint.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

#include "base/names.h"
#include "calibrate/profile.h"
#include "catalog/catalog_state.h"
#include "catalog/price_reader.h"
#include "catalog/reference_check.h"
#include "catalog/table_readers.h"
#include "config/document.h"
#include "lint/lint_files.h"
#include "lint/rules.h"
#include "lint/schemas.h"
#include "plan/plan.h"
#include "scenario/scenario.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

// Words of capitals and digits in a text: what may be keys of sources.
void collect_words(const std::string& text, std::set<std::string>& words) {
  const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (auto begin = text.begin(); begin != text.end();) {
    begin = std::find_if(begin, text.end(), in_word);
    const auto end = std::find_if_not(begin, text.end(), in_word);
    if (begin != end) words.emplace(begin, end);
    begin = end;
  }
}

std::string content_of(const fs::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(content).str();
}

class Linter {
 public:
  explicit Linter(std::vector<DataFolders> folders)
      : folders_(std::move(folders)), catalog_(folders_), roofs_(catalog_.roofs(of_others_)) {
    for (const DataFolders& data : folders_)
      if (fs::exists(data.hwdb / "sources.yaml"))
        read_sources(data.hwdb / "sources.yaml", sources_, of_others_);
  }

  void check(const LintFile& file) {
    if (const auto kind = entry_kind(file.kind); kind && file.kind == singular(*kind)) {
      check_entry(*kind, file.path);
    } else if (!check_table(file) && !check_question(file)) {
      refuse_kind(file);
      return;
    }
    check_text(file);
  }

  // What only all entries of a kind show together.
  void check_collisions() {
    for (const EntryKind kind : {EntryKind::device, EntryKind::system, EntryKind::cluster,
                                 EntryKind::storage, EntryKind::link, EntryKind::os,
                                 EntryKind::engine, EntryKind::quantization, EntryKind::model}) {
      const EntryIndex index(kind, folders_of(kind));
      for (const NameCollision& collision : index.collisions()) {
        tell_collision(collision.spelling, *collision.second, *collision.first);
        tell_collision(collision.spelling, *collision.first, *collision.second);
      }
    }
  }

  const Diagnostics& problems() const { return problems_; }
  const Diagnostics& notes() const { return notes_; }

 private:
  std::vector<fs::path> folders_of(EntryKind kind) const {
    std::vector<fs::path> result;
    for (const DataFolders& data : folders_)
      result.push_back(kind == EntryKind::model ? data.models : data.hwdb / plural(kind));
    return result;
  }

  void check_references(const References& references) {
    for (const Reference& reference : references)
      check_reference(catalog_, roofs_, sources_, reference, problems_);
  }

  template <class Spec>
  void check_entry_of(const fs::path& path) {
    const LoadedEntry<Spec> loaded = load_entry<Spec>(path);
    problems_.append(loaded.problems);
    check_references(loaded.references);
    if (loaded.spec) check_rules(*loaded.spec, catalog_, problems_);
  }

  void check_entry(EntryKind kind, const fs::path& path) {
    switch (kind) {
      case EntryKind::device:
        return check_entry_of<DeviceSpec>(path);
      case EntryKind::system:
        return check_entry_of<SystemSpec>(path);
      case EntryKind::cluster:
        return check_entry_of<ClusterSpec>(path);
      case EntryKind::storage:
        return check_entry_of<StorageSpec>(path);
      case EntryKind::link:
        return check_entry_of<LinkSpec>(path);
      case EntryKind::os:
        return check_entry_of<OsSpec>(path);
      case EntryKind::engine:
        check_entry_of<EngineSpec>(path);
        catalog_.engine(path.string(), {.file = path.string()}, problems_);  // with its kernels
        return;
      case EntryKind::quantization:
        return check_entry_of<QuantizationSpec>(path);
      case EntryKind::model:
        return check_entry_of<ModelSpec>(path);
    }
  }

  template <class Table>
  bool read_into(void (*read)(const TableInput&, Table&, References&, Diagnostics&),
                 const fs::path& path) {
    Table table;
    References references;
    read(path, table, references, problems_);
    check_references(references);
    return true;
  }

  // False for a file that is no table.
  bool check_table(const LintFile& file) {
    if (file.kind == "formats") return read_into(read_formats, file.path);
    if (file.kind == "roofs") return read_into(read_roofs, file.path);
    if (file.kind == "routing") return read_into(read_routing_prior, file.path);
    if (file.kind == "fit") return read_into(read_fit, file.path);
    if (file.kind == "speculation") return read_into(read_speculation_table, file.path);
    if (file.kind == "lengths") return read_into(read_request_lengths, file.path);
    if (file.kind == "sources") {
      check_sources(file.path);
      return true;
    }
    for (const auto& [name, read] : price_tables()) {
      Schema schema;
      PriceBook book;
      References none;
      Diagnostics silent;
      read(TableInput(schema), book, none, silent);
      if (file_kind(schema) == file.kind) return read_into(read, file.path);
    }
    return false;
  }

  // Scenarios, requirements and profiles; false for any other file.
  bool check_question(const LintFile& file) {
    try {
      if (file.kind == "scenario") {
        resolve(read_scenario(file.path, {}), catalog_, problems_);
        return true;
      }
      if (file.kind == "profile") {
        calibrate::read_profile(file.path, problems_);
        return true;
      }
      if (file.kind == "requirement") {
        check_names_of(read_requirement(file.path, {}));
        return true;
      }
    } catch (const InputError& mistake) {
      problems_.append(mistake.diagnostics());
      return true;
    }
    return false;
  }

  void check_names_of(const Requirement& requirement) {
    const auto& [model, quantization, engine] =
        std::tie(requirement.model, requirement.quantization, requirement.engine);
    if (model.has()) catalog_.model(*model.value, model.place, problems_);
    if (quantization.has())
      catalog_.quantization(*quantization.value, quantization.place, problems_);
    if (engine.has()) catalog_.engine(*engine.value, engine.place, problems_);
    for (const OwnedMachines& own : requirement.own)
      catalog_.system(own.system, own.place, problems_);
  }

  void refuse_kind(const LintFile& file) {
    Diagnostics broken;
    const Document document = Document::load_file(file.path, broken);
    problems_.append(broken);
    if (broken.has_errors()) return;
    std::vector<std::string> known;
    for (const Schema& schema : file_schemas()) known.push_back(file_kind(schema));
    const Node* kind = document.root().find("kind");
    problems_.error(
        "wrong-kind-of-file", kind ? kind->place() : document.root().place(),
        file.kind.empty() ? "the file does not say what it is" : "no file is a '" + file.kind + "'",
        "kind: one of those that 'plimsoll schema --help' lists",
        nearest_name(file.kind, known).value_or(""));
  }

  void check_text(const LintFile& file) {
    Diagnostics told_by_the_reader;
    const Document document = Document::load_file(file.path, told_by_the_reader);
    note_figures(document.root(), notes_);
    if (const auto kind = entry_kind(file.kind))
      check_names(*kind, document.root(), catalog_, problems_);
  }

  // Keys that no file of the folders mentions; a comment is a mention.
  void check_sources(const fs::path& path) {
    std::map<std::string, std::string> sources;
    read_sources(path, sources, problems_);
    Diagnostics told_by_the_reader;
    const Document document = Document::load_file(path, told_by_the_reader);
    const Node* keys = document.root().find("sources");
    if (!keys) return;
    const std::set<std::string>& mentioned = words_of_data();
    for (const MapEntry& entry : keys->entries())
      if (!mentioned.contains(entry.key))
        notes_.warning("unused-source", entry.key_place.source(),
                       "nothing cites '" + entry.key + "'", "a figure, or no such source");
  }

  const std::set<std::string>& words_of_data() {
    if (!words_.empty()) return words_;
    for (const DataFolders& data : folders_) {
      for (const fs::path& root : {data.hwdb, data.models}) {
        std::error_code failed;
        for (fs::recursive_directory_iterator at(root, failed), end; !failed && at != end;
             at.increment(failed))
          if (at->is_regular_file() && at->path().filename() != "sources.yaml")
            collect_words(content_of(at->path()), words_);
      }
    }
    return words_;
  }

  void tell_collision(const std::string& spelling, const CatalogEntry& entry,
                      const CatalogEntry& other) {
    problems_.error("duplicate-name", place_of_name(entry, spelling),
                    "'" + spelling + "' is also a name of '" + other.id + "'", "a name of its own");
  }

  static SourcePlace place_of_name(const CatalogEntry& entry, const std::string& spelling) {
    Diagnostics told_by_the_reader;
    const Document document = Document::load_file(entry.file, told_by_the_reader);
    const std::string folded = fold_name(spelling);
    for (const char* key : {"name", "names", "id"}) {
      const Node* node = document.root().find(key);
      if (!node) continue;
      if (fold_name(node->text()) == folded) return node->place();
      for (const Node& item : node->items())
        if (fold_name(item.text()) == folded) return item.place();
    }
    return {.file = entry.file.string()};
  }

  std::vector<DataFolders> folders_;
  Catalog catalog_;
  Diagnostics of_others_;  // told when the file itself is looked at
  const RoofTable& roofs_;
  std::map<std::string, std::string> sources_;
  std::set<std::string> words_;
  Diagnostics problems_;
  Diagnostics notes_;
};

// Resolving names reads other files too; whoever asked about one file hears of that one.
std::vector<Diagnostic> problems_in(const std::vector<LintFile>& files,
                                    const Diagnostics& problems) {
  std::set<std::string> asked;
  for (const LintFile& file : files) asked.insert(file.path.string());
  std::vector<Diagnostic> found;
  for (Diagnostic& problem : problems.sorted())
    if (asked.contains(problem.place.file)) found.push_back(std::move(problem));
  return found;
}

}  // namespace

std::size_t LintResult::count(Severity severity) const {
  return static_cast<std::size_t>(std::count_if(
      problems.begin(), problems.end(),
      [severity](const Diagnostic& problem) { return problem.severity == severity; }));
}

LintResult lint(const LintInput& input) {
  Diagnostics problems;
  const std::vector<LintFile> files = files_to_lint(input, problems);
  Diagnostics missing;
  for (const Diagnostic& problem : problems.sorted())
    if (problem.code == "unreadable") missing.add(problem);
  throw_if_errors(missing);
  Linter linter(folders_with_paths(input));
  for (const LintFile& file : files) linter.check(file);
  linter.check_collisions();
  problems.append(linter.problems());
  return {.files = files.size(),
          .problems = problems_in(files, problems),
          .notes = problems_in(files, linter.notes())};
}

}  // namespace plimsoll
