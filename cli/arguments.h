// What the command line asks for, checked as far as that goes without reading a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "calibrate/kernel_case.h"
#include "catalog/catalog.h"
#include "fit/fit.h"
#include "report/validation_report.h"

namespace plimsoll::cli {

enum class Format { text, json, markdown };
enum class ColourChoice { automatic, always, never };

struct OutputOptions {
  Format format = Format::text;
  ColourChoice colour = ColourChoice::automatic;
  std::optional<int> width;    // columns; nothing: the terminal's
  std::filesystem::path file;  // empty: standard output
};

struct DataOptions {
  std::vector<std::filesystem::path> overlays;  // --hwdb, in order
  // --profile, in order; empty: "none". Nothing: of this machine, where it is asked about, the
  // newest.
  std::optional<std::vector<std::filesystem::path>> profiles = {};
};

struct ScenarioOptions {
  std::string file;                                         // may be empty
  std::vector<std::pair<std::string, std::string>> fields;  // {"model", "qwen3-30b-a3b"} …
  std::string link;                                         // may be empty
  std::optional<Topology> topology;
  std::vector<std::string> overrides;  // --set path=value
};

struct ReportCommand {
  ScenarioOptions scenario;
  DataOptions data;
  OutputOptions output;
  bool changes = true;
};

struct SimulateCommand {
  ScenarioOptions scenario;
  DataOptions data;
  OutputOptions output;
  std::filesystem::path trace;      // empty: none
  std::optional<double> published;  // token/s to explain
  bool every_step = false;          // of a load, none taken together
};

struct CompareCommand {
  std::vector<std::string> files;  // two or more; the first is what the others are held against
  ScenarioOptions scenario;        // changes them all
  DataOptions data;
  OutputOptions output;
};

struct SweepCommand {
  ScenarioOptions scenario;
  DataOptions data;
  std::vector<std::string> vary;  // "path=a,b,c", "path=lo:hi:n"
  std::filesystem::path file;     // empty: standard output
  int threads = 0;                // 0: as many as the machine has
  bool restart = false;           // drop the rows of an earlier run
};

struct PlanCommand {
  std::string file;                                         // requirement; may be empty
  std::vector<std::pair<std::string, std::string>> fields;  // {"at_least", "20 token/s"} …
  DataOptions data;
  OutputOptions output;
  int threads = 0;  // 0: as many as the machine has
};

struct ImportCommand {
  std::string path;             // "-": standard input
  std::filesystem::path entry;  // a model file to write; empty: none
  DataOptions data;
  OutputOptions output;  // of the report, always to standard output
};

struct DetectCommand {
  std::filesystem::path entry;  // a system file to write; empty: none
  std::filesystem::path root = "/";
  DataOptions data;
  OutputOptions output;  // of what was found, always to standard output
};

// Predictions against the published points of files.
enum class ValidationFormat { text, json, csv, markdown };
struct ValidateCommand {
  std::vector<std::filesystem::path> files;
  ValidationView view;
  std::filesystem::path plot;  // empty: none
  DataOptions data;
  ValidationFormat format = ValidationFormat::text;
  OutputOptions output;
  int threads = 0;  // 0: as many as the machine has
};

// Factors from published speeds; the output file is a fit.yaml, what it says goes to standard
// output.
struct FitCommand {
  std::vector<std::filesystem::path> files;
  FoldChoice folds = FoldChoice::both;
  std::vector<std::string> fixed;
  std::string served;      // a scenario that replays a server's log, to fit offsets to; else empty
  int first_requests = 0;  // of it
  std::string date;        // empty: today
  DataOptions data;
  OutputOptions output;
  int threads = 0;  // 0: as many as the machine has
};

// What this machine really delivers, as a profile.
// One end of a link to another machine.
struct LinkOptions {
  std::string host;  // to listen at, or to connect to
  int port = 0;
  double wait_s = 300.0;  // of the listening end, for the other one
  std::vector<int> streams = {1, 2, 4, 8};
  std::string entry;  // what the link is in the catalogue; empty: not told
};

struct CalibrateCommand {
  enum class Action { measure, show, import, listen, connect };
  Action action = Action::measure;
  LinkOptions link = {};  // of listen and connect
  calibrate::Depth depth = calibrate::Depth::quick;
  std::vector<std::string> backends;  // ids; empty: all that are here
  std::vector<std::string> only;      // families; empty: all
  std::filesystem::path folder;       // where storage is measured; empty: it is not
  // Of show the newest first, none: those of this machine; of import results.
  std::vector<std::filesystem::path> files;
  std::filesystem::path profile;  // to write; empty: the user's folder
  std::filesystem::path plot;     // roofline; empty: none
  DataOptions data;
  OutputOptions output;  // of the report, always to standard output
};

struct ListCommand {
  EntryKind kind = EntryKind::device;
  std::string pattern;  // empty: all
  DataOptions data;
  OutputOptions output;
};

// The names of a file that no entry goes by.
struct UnresolvedCommand {
  std::filesystem::path file;
  DataOptions data;
  OutputOptions output;
};

struct LintCommand {
  std::vector<std::filesystem::path> paths;  // empty: all data
  DataOptions data;
  OutputOptions output;
  bool strict = false;  // warnings are errors
  bool notes = false;   // printed, not only counted
};

struct SchemaCommand {
  std::string kind;
  bool all = false;
  std::filesystem::path output;  // a file, with `all` a folder; empty: standard output
};

struct ShowCommand {
  EntryKind kind = EntryKind::device;
  std::string name;
  DataOptions data;
  OutputOptions output;
};

// Help and version.
struct PrintCommand {
  std::string text;
};

using Command = std::variant<ReportCommand, SimulateCommand, CompareCommand, SweepCommand,
                             PlanCommand, ImportCommand, DetectCommand, CalibrateCommand,
                             ValidateCommand, FitCommand, ListCommand, LintCommand, SchemaCommand,
                             UnresolvedCommand, ShowCommand, PrintCommand>;

// Throws InputError with every mistake there is, each at the place "command line". Codes:
// unknown-command, unknown-option, missing-argument, bad-option, bad-value, unknown-kind.
Command parse_arguments(int argc, const char* const* argv);

}  // namespace plimsoll::cli
