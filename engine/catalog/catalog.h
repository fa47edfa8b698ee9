// The hardware and model database: finds entries by id or by any of their names and reads only what
// is asked for.
//
// A catalog looks through its folders in order; a later folder overlays an earlier one entry by
// entry. Each folder has devices/ systems/ clusters/ links/ storage/ os/ engines/ quantizations/
// (hwdb) and the model folder *.yaml; the file's stem is the entry's id. Resolving an id opens one
// file; resolving a name scans the headers (kind, id, name, names) of that kind's files once. Not
// thread-safe while loading; entries stay valid as long as the catalog.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/cluster_spec.h"
#include "catalog/device_spec.h"
#include "catalog/engine_spec.h"
#include "catalog/link_spec.h"
#include "catalog/model_spec.h"
#include "catalog/price_spec.h"
#include "catalog/quantization_spec.h"
#include "catalog/request_lengths.h"
#include "catalog/roof_spec.h"
#include "catalog/system_spec.h"

namespace plimsoll {

struct Reference;

enum class EntryKind { device, system, cluster, storage, link, os, engine, quantization, model };

// "device", "devices" and so on, as commands and folders spell them.
std::string_view singular(EntryKind kind);
std::string_view plural(EntryKind kind);
// Either spelling; nothing for any other word.
std::optional<EntryKind> entry_kind(std::string_view text);

// One line of `list`: what a file says about itself in its first lines.
struct CatalogEntry {
  EntryKind kind = EntryKind::device;
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::filesystem::path file;
};

// An entry that is in no file: `name` then means the one of this text, before any other. The text
// is that of a file ID.yaml, and read and checked like one.
struct GivenEntry {
  EntryKind kind = EntryKind::model;
  std::string name;
  std::string id;
  std::string yaml;
};

// What is laid over entries as they are read, after the fit: what was measured on a machine
// (calibrate/profile_overlay.h). Catalogues on several threads share one. It may be laid over an
// entry again.
class EntryOverlay {
 public:
  virtual ~EntryOverlay() = default;
  virtual void lay_over(DeviceSpec& device) const = 0;
  virtual void lay_over(LinkSpec& link) const = 0;
  virtual void lay_over(EngineSpec& engine) const = 0;
  virtual std::string text() const = 0;  // tells it from others
};

// Where the shipped data lie: the chosen folder, else $PLIMSOLL_DATA, else ../share/plimsoll beside
// the folder of the executable, else the source tree the program was built from. The folder holds
// hwdb/ and models/. Throws InputError (code "no-database") with the places looked at; a choice
// that holds no data is not passed over.
struct DataFolders {
  std::filesystem::path hwdb;
  std::filesystem::path models;
  std::vector<GivenEntry> given = {};  // beside those of the folders
  // The text of a fit.yaml that takes the place of that of all folders; an empty one lays nothing
  // over the entries.
  std::optional<std::string> fit = {};
  std::shared_ptr<const EntryOverlay> overlay = {};  // the last folder with one decides
};
DataFolders find_data_folders(const std::filesystem::path& executable,
                              const std::filesystem::path& chosen = {});

// A folder that is laid over the shipped data: devices/, systems/ … and models/ side by side.
DataFolders overlay_folders(const std::filesystem::path& folder);

// The user's own, which every command lays over the shipped data; nothing where there is none:
// $XDG_CONFIG_HOME/plimsoll, by default ~/.config/plimsoll; on macOS ~/Library/Application
// Support/plimsoll, on Windows %APPDATA%\plimsoll.
std::optional<DataFolders> find_user_folders();
// The same place, whether or not it is there; empty where the environment names none.
std::filesystem::path user_folder();

class Catalog {
 public:
  explicit Catalog(std::vector<DataFolders> folders);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Each resolves an id or a name (case and punctuation folded) and reads the entry, once.
  // A name that ends in .yaml or .yml is the path of a file to read instead ("./my-device.yaml").
  // Unknown names, broken files: diagnostics are added at `place` (codes unknown-device,
  // unknown-model, …, with the nearest valid name; duplicate-name where several entries go by it)
  // and null is returned.
  const DeviceSpec* device(std::string_view name, const SourcePlace& place, Diagnostics&);
  const SystemSpec* system(std::string_view name, const SourcePlace& place, Diagnostics&);
  const ClusterSpec* cluster(std::string_view name, const SourcePlace& place, Diagnostics&);
  const StorageSpec* storage(std::string_view name, const SourcePlace& place, Diagnostics&);
  const LinkSpec* link(std::string_view name, const SourcePlace& place, Diagnostics&);
  const OsSpec* os(std::string_view name, const SourcePlace& place, Diagnostics&);
  const EngineSpec* engine(std::string_view name, const SourcePlace& place, Diagnostics&);
  const QuantizationSpec* quantization(std::string_view name, const SourcePlace& place,
                                       Diagnostics&);
  const ModelSpec* model(std::string_view name, const SourcePlace& place, Diagnostics&);

  // hwdb/formats.yaml and hwdb/roofs.yaml, hwdb/sources.yaml; read at first use.
  const FormatSpec* format(std::string_view id, const SourcePlace& place, Diagnostics&);
  const RoofTable& roofs(Diagnostics&);
  // hwdb/routing.yaml: how models choose experts of which nobody counted it. All experts alike and
  // no reuse where no folder has the file.
  const RoutingSpec& routing_prior(Diagnostics&);
  // hwdb/speculation.yaml; empty where no folder has the file.
  const SpeculationTable& speculation(Diagnostics&);
  // hwdb/lengths.yaml; empty where no folder has the file.
  const RequestLengthTable& request_lengths(Diagnostics&);
  // hwdb/prices/*.yaml, read at first use; a table that is in no folder is empty.
  const PriceBook& prices(Diagnostics&);
  // The citation behind a source key ("STAS" -> URL and what it is); the key itself when it is free
  // text.
  std::string citation(std::string_view source);

  // As if it had been among the given ones of the last folders. Where no file has its id, it also
  // goes by that.
  void lay_over(GivenEntry entry);
  // All that are in no file, for other catalogues of the same data.
  std::vector<GivenEntry> given() const;

  // In place of any before; over entries that were read already, too.
  void lay_over(std::shared_ptr<const EntryOverlay> overlay);
  const std::shared_ptr<const EntryOverlay>& overlay() const;

  // All entries of a kind, sorted by id; headers only. Without the given ones.
  const std::vector<CatalogEntry>& headers(EntryKind kind);

  // Reads everything and verifies what a single file cannot show: that references and source keys
  // exist and that no two entries of a kind share a name.
  void check_all(Diagnostics&);

 private:
  template <class Spec>
  void check_kind(std::vector<Reference>& references, Diagnostics&);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plimsoll
