// The only file that sees CLI11. CLI11 splits the line and prints help; every value is taken as
// text and checked here, so that all mistakes of a line are told at once and in the form of all our
// diagnostics.

#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "calibrate/link/address.h"
#include "calibrate/link/protocol.h"
#include "report/layout.h"
#include "scenario/load_setup.h"

namespace plimsoll::cli {
namespace {

constexpr int widest_choice = 1000;

constexpr const char* main_examples = R"(Examples:
  plimsoll report --model qwen3-30b-a3b --system "MacBook Pro M3 Max 48 GB"
  plimsoll report --system rtx-4090-pc      # what can this machine run?
  plimsoll list systems m3
  plimsoll show model mixtral-8x22b

Own devices/, systems/, models/ … are laid over ours: those of --hwdb DIR and of
~/.config/plimsoll (Library/Application Support or %APPDATA% elsewhere).

Run 'plimsoll COMMAND --help' for the options of a command.)";

constexpr const char* report_examples = R"(Examples:
  plimsoll report scenario.yaml
  plimsoll report scenario.yaml --set workload.batch=16 --format md -o out.md
  plimsoll report --model mixtral-8x22b --system dgx-a100-640gb --engine vllm
  plimsoll report --model llama-2-70b --quant q4_k_m --system rtx-4090-2x
  plimsoll report --model kimi-k2.5 --system "4x framework-desktop-128gb" \
      --link ethernet-5g --context 32k
  plimsoll report --system rtx-4090-pc      # ranks every model of the catalogue
  plimsoll report --model qwen3-8b --system here   # with the profile of it
  plimsoll report --model qwen3-8b --system h200-sxm-box --profile h200.yaml
  plimsoll report --model qwen3.5-397b-a17b --quant mlx-4bit \
      --engine flash-moe --system "MacBook Pro M3 Max 48 GB"  # from the SSD

Exit status: 0 whatever the verdict, 2 for bad input, 1 for an internal error.)";

constexpr const char* simulate_examples = R"(Examples:
  plimsoll simulate scenario.yaml --trace run.json   # for ui.perfetto.dev
  plimsoll simulate --model llama-3.1-8b --quant bf16 --engine vllm \
      --system h100-sxm5-80gb-box --load poisson:10 --lengths 1136/212
  plimsoll simulate scenario.yaml --load closed:64 --requests 1000
  plimsoll simulate scenario.yaml --load trace:requests.csv --format json
  plimsoll simulate streamed.yaml --published 5.74   # what would that need?
  plimsoll simulate --model gemma-2b --system rtx-4090-pc --trace run.json
  plimsoll simulate streamed.yaml --access direct --app-cache "8 GB"
  plimsoll simulate streamed.yaml --routing experts.csv   # instead of drawn ones)";

constexpr const char* compare_examples = R"(Examples:
  plimsoll compare a.yaml b.yaml
  plimsoll compare a.yaml b.yaml c.yaml --set workload.batch=16 --format md
  plimsoll compare examples/enterprise-sizing/llama-3-70b-awq-*.yaml

Scenarios are held against the first one. Options change all of them alike.)";

constexpr const char* sweep_examples = R"(Examples:
  plimsoll sweep scenario.yaml --vary workload.batch=1,2,4,8 -o out.csv
  plimsoll sweep scenario.yaml --vary quantization=q4_k_m,q8_0 \
      --vary workload.context=4k:128k:6:log -o out.csv
  plimsoll sweep --model llama-3.1-8b --system rtx-4090-pc \
      --vary workload.prompt=512:8192:16 -o out.csv

A row for every combination; the last --vary varies fastest. PATH is one of
--set. VALUES are a,b,c or lo:hi:n (equal steps) or lo:hi:n:log (equal ratios).
Finished rows are kept in FILE.partial until all are there: after Ctrl-C or a
crash the same command goes on from them.)";

constexpr const char* plan_examples = R"(Examples:
  plimsoll plan --model qwen3-30b-a3b --at-least 20 --budget 3000
  plimsoll plan --model llama-3-70b --users 32 --replicas-to-spare 1 --rent
  plimsoll plan --model kimi-k2.5 --own "framework-desktop-128gb x2" --power 600
  plimsoll plan requirement.yaml --format md -o plan.md

Prices are of the purchase, with --rent of a month around the clock. What nobody
has a price or a power for is listed apart where that is limited.)";

constexpr const char* import_examples = R"(Examples:
  plimsoll import Qwen3-8B-Q4_K_M.gguf
  plimsoll import models/Kimi-K2.5-UD-Q2_K_XL-00001-of-00008.gguf --format json
  plimsoll import mlx-folder -o models/my-model.yaml
  curl -s https://…/config.json | plimsoll import -

PATH: a GGUF file (of a split one the first part), a .safetensors file or its
index with config.json beside it, a config.json, a folder with these, or - for
one of the files from standard input. Only headers are read. Of an architecture
that nobody here knows a skeleton is written, for you to complete.)";

constexpr const char* detect_examples = R"(Examples:
  plimsoll detect                      # what this machine is, and what is not seen
  plimsoll detect -o my-pc.yaml        # then --system ./my-pc.yaml
  plimsoll detect -o mine/systems/my-pc.yaml   # then --hwdb mine --system my-pc
  plimsoll report --system here        # what can this machine run?

Parts that the database knows are named; for others device files are written beside
the system, or into devices/ where that is in systems/. No driver is needed.)";

constexpr const char* fit_examples = R"(Examples:
  plimsoll fit hwdb/measurements/published.yaml -o hwdb/fit.yaml
  plimsoll fit mine.yaml --folds none --fix llama.cpp/cuda:gap
  plimsoll fit --served scenario.yaml --first 50 -o mine/fit.yaml   # then --hwdb mine

MEASUREMENTS: published speeds (doc/fitting.md). FILE of -o becomes the database's fit.yaml; the
report of the fit goes to standard output. With --served a scenario whose load replays the log of
a real server (load.trace with first and last tokens): offsets from its first requests, held
against all others.)";

constexpr const char* validate_examples = R"(Examples:
  plimsoll validate hwdb/measurements/footprints.yaml
  plimsoll validate hwdb/measurements/published.yaml --by group --worst 30
  plimsoll validate published.yaml clusters.yaml --format json -o errors.json
  plimsoll validate published.yaml --plot predicted.svg
  plimsoll validate mine.yaml --profile h200.yaml   # with what calibrate measured

FILE: published speeds, checkpoint sizes, caches and buffers (doc/validate.md). Each
point is predicted without its own value. Names without an entry are counted, not
dropped. The status is 0 whatever the errors are.)";

constexpr const char* calibrate_examples = R"(Examples:
  plimsoll calibrate                        # a minute; into your profiles
  plimsoll calibrate --full --backend cuda -o h200.yaml
  plimsoll calibrate --backend storage --folder /mnt/models
  plimsoll calibrate --only matrix_vector --format json
  plimsoll calibrate show                   # the newest of this machine
  plimsoll calibrate show new.yaml old.yaml --plot roofline.svg
  plimsoll calibrate from llama-bench.json fio.json -o mine.yaml
  plimsoll calibrate link --listen 192.168.1.5    # on one machine, then on the other:
  plimsoll calibrate link --connect 192.168.1.5 --entry ethernet-5g -o link.yaml

Kernels are checked against a reference before they are timed (doc/calibration.md).
Profiles go to profiles/ of ~/.config/plimsoll, where other commands find that of
the machine they run on. 'from' reads results of llama-bench (-o json, jsonl), vllm
bench, test-backend-ops perf, fio, iperf3 and nvbandwidth (their JSON); without -o
the profile goes to standard output. Ctrl-C leaves nothing behind.)";

constexpr const char* list_examples = R"(Examples:
  plimsoll list devices
  plimsoll list models qwen
  plimsoll list quantizations --format json
  plimsoll list --unresolved measurements.yaml   # names without an entry

Kinds: devices, systems, clusters, models, engines, quantizations, links, storage,
os.)";

constexpr const char* lint_examples = R"(Examples:
  plimsoll lint                             # the database, your folder and --hwdb
  plimsoll lint my-hwdb scenario.yaml --strict
  plimsoll lint --format json

PATH: files, or folders with devices/, systems/ … or any YAML of ours.

Exit status: 0 without errors, 2 with some, 1 for an internal error.)";

constexpr const char* schema_examples = R"(Examples:
  plimsoll schema device > device.schema.json
  plimsoll schema --all -o schemas

Kinds: device, system, cluster, storage, link, os, engine, quantization, model,
formats, roofs, routing, lengths, sources, rent-prices, api-prices,
electricity-prices, overheads, failure-rates, scenario, requirement, profile.)";

constexpr const char* show_examples = R"(Examples:
  plimsoll show device h100-sxm5-80gb
  plimsoll show model "Qwen3 30B A3B" --format json)";

SourcePlace command_line() {
  return {.file = "command line"};
}

// Everything as written, before it is checked.
struct RawOutput {
  std::string format = "text";
  std::string colour = "auto";
  std::string width;
  std::string file;
};

struct RawCommand {
  std::vector<std::string> files;
  std::vector<std::string> vary;
  std::string threads;
  bool restart = false;
  std::string scenario, model, quantization, system, link, engine;
  std::string os, topology, cluster, nodes, replicas;
  std::string at_least, ttft, users, spare, budget, power, systems;
  std::vector<std::string> own;
  bool rent = false, buy = false;
  std::string context, prompt, generate, batch, depth;
  std::string load, requests, lengths, seed;
  bool every_step = false;
  std::string access, read_threads, app_cache, routing;
  std::vector<std::string> overrides;
  std::vector<std::string> overlays, profiles;
  bool no_changes = false;
  bool strict = false, all = false;
  std::string trace, published;
  std::string by = "engine", worst, plot;
  std::string folds = "both", date;
  std::string served, first_requests = "50";
  std::vector<std::string> fixed;
  std::string root;
  std::string kind, name, unresolved;
  bool quick = false, full = false;
  std::vector<std::string> backends, only;
  std::string folder;
  std::optional<std::string> listen;
  std::string connect, wait, streams, entry;
  RawOutput output;
};

void add_scenario_values(CLI::App& command, RawCommand& raw) {
  const auto add = [&](const char* name, std::string& target, const char* help, const char* value) {
    command.add_option(name, target, help)->type_name(value)->group("Scenario");
  };
  add("--model", raw.model, "Model, by id or name", "NAME");
  add("--quant,--quantization", raw.quantization, "Quantization; default: the best that fits",
      "NAME");
  add("--system", raw.system, "Machine, or several: \"4x NAME\"", "NAME");
  add("--os", raw.os, "Operating system, instead of the one it is sold with", "NAME");
  add("--link", raw.link, "Link between the machines", "NAME");
  add("--topology", raw.topology, "star, chain, ring or mesh; default by the link", "WORD");
  add("--cluster", raw.cluster, "Cluster of the database, instead of --system", "NAME");
  add("--nodes", raw.nodes, "Use only so many of the machines", "COUNT");
  add("--replicas", raw.replicas, "Equal parts of the machines, each with all weights", "COUNT");
  add("--engine", raw.engine, "Engine, or engine:backend (llama.cpp:vulkan)", "NAME");
  add("--context", raw.context, "Tokens the cache holds; 32k is 32768", "TOKENS");
  add("--prompt", raw.prompt, "Tokens of the prompt", "TOKENS");
  add("--generate", raw.generate, "Tokens to generate", "TOKENS");
  add("--batch", raw.batch, "Sequences decoded together", "COUNT");
  add("--depth", raw.depth, "Tokens in the cache before the prompt", "TOKENS");
  add("--load", raw.load, "closed:64, all, poisson:10, trace:FILE …", "LOAD");
  add("--requests", raw.requests, "Requests of the load", "COUNT");
  add("--lengths", raw.lengths, "1136/212, 1024/1024:0.8-1 or a data set (sharegpt)", "LENGTHS");
  add("--seed", raw.seed, "Of the load's random numbers", "N");
  add("--access", raw.access, "How streamed experts are read: direct, mmap …", "WORD");
  add("--read-threads", raw.read_threads, "Threads that read experts at once", "COUNT");
  add("--app-cache", raw.app_cache, "Experts that the engine keeps itself; \"8 GB\"", "SIZE");
  add("--routing", raw.routing, "Recorded experts to replay (CSV)", "FILE");
  command.add_option("--set", raw.overrides, "Change one value; repeatable")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false)
      ->group("Scenario");
}

void add_scenario_options(CLI::App& command, RawCommand& raw) {
  command.add_option("SCENARIO", raw.scenario, "Scenario; options below change it")
      ->type_name("FILE");
  add_scenario_values(command, raw);
}

void add_data_options(CLI::App& command, RawCommand& raw) {
  command.add_option("--hwdb", raw.overlays, "Own devices/, systems/, models/ … over all others")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->group("Data");
}

// Of commands that predict.
void add_profile_option(CLI::App& command, RawCommand& raw) {
  command.add_option("--profile", raw.profiles, "What calibrate measured, or none; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Data");
}

void add_text_options(CLI::App& command, RawOutput& raw) {
  command.add_option("--width", raw.width, "Columns; default: the terminal's, 80 to 140")
      ->type_name("N")
      ->group("Output");
  command.add_option("--color,--colour", raw.colour, "auto, always or never; NO_COLOR is heeded")
      ->type_name("WHEN")
      ->group("Output");
}

// Of `calibrate link`.
void add_link_options(CLI::App& command, RawCommand& raw) {
  const auto add = [&](const char* name, std::string& target, const char* help, const char* value) {
    command.add_option(name, target, help)->type_name(value)->group("Link");
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--listen",
          [&raw](const std::vector<std::string>& values) {
            raw.listen = values.empty() ? std::string() : values.front();
          },
          "Wait there for one other machine; default: 127.0.0.1")
      ->type_name("ADDRESS:PORT")
      ->expected(0, 1)
      ->group("Link");
  add("--connect", raw.connect, "Measure the link to the machine that listens", "HOST:PORT");
  add("--wait", raw.wait, "How long to listen; default: 300", "SECONDS");
  add("--streams", raw.streams, "Numbers of connections; default: 1,2,4,8", "LIST");
  add("--entry", raw.entry, "What the link is in the catalogue: ethernet-5g …", "NAME");
}

constexpr const char* instead = "Write there instead, whole or not at all";

void add_output_file(CLI::App& command, RawOutput& raw, const char* what = instead) {
  command.add_option("-o,--output", raw.file, what)->type_name("FILE")->group("Output");
}

void add_output_options(CLI::App& command, RawOutput& raw, const char* formats,
                        const char* what = instead) {
  command.add_option("--format", raw.format, formats)->type_name("FORMAT")->group("Output");
  add_output_file(command, raw, what);
  add_text_options(command, raw);
}

// One parse: the parser, what it wrote into, and what was found wrong.
class Parser {
 public:
  Parser();
  Command parse(int argc, const char* const* argv);

 private:
  void add_report();
  void add_simulate();
  void add_compare();
  void add_sweep();
  void add_plan();
  void add_import();
  void add_detect();
  void add_calibrate();
  void add_validate();
  void add_fit();
  void add_list();
  void add_lint();
  void add_schema();
  void add_show();
  CLI::App* add_command(const char* name, const char* help, const char* examples);

  void error(const char* code, std::string message, std::string expected = {},
             std::string suggestion = {});
  void refuse_extras(CLI::App& app);
  void refuse_option(CLI::App& app, const std::string& option);
  void refuse_command(const std::string& name);

  template <class T, std::size_t N>
  T choice(const char* option, const std::string& text,
           const std::array<std::pair<const char*, T>, N>& words);
  std::string count(const char* option, const std::string& text, long long smallest);
  OutputOptions output(bool markdown);
  OutputOptions layout();
  DataOptions data();
  ScenarioOptions scenario_values();
  std::vector<std::string> load_values();
  ScenarioOptions scenario();
  CompareCommand compare();
  SweepCommand sweep();
  PlanCommand plan();
  ImportCommand import_command();
  void refuse_ending(const std::filesystem::path& entry);
  DetectCommand detect();
  CalibrateCommand calibrate();
  CalibrateCommand::Action calibrate_action(CalibrateCommand& command);
  CalibrateCommand::Action link_action();
  void refuse_link_options(bool listens);
  LinkOptions link_options();
  std::vector<int> streams();
  ValidateCommand validate();
  FitCommand fit_command();
  std::optional<double> published();
  int threads();
  EntryKind kind();
  UnresolvedCommand unresolved();
  LintCommand lint();
  SchemaCommand schema();

  Command command_of(CLI::App& app);

  RawCommand raw_;
  Diagnostics diagnostics_;
  CLI::App app_{"Says whether a language model runs on a machine, how fast, and what limits it."};
};

Parser::Parser() {
  app_.name("plimsoll");
  app_.set_help_flag("-h,--help", "Print this help");
  app_.set_version_flag("--version", std::string("plimsoll " PLIMSOLL_VERSION),
                        "Print the version");
  app_.footer(main_examples);
  app_.allow_extras();
  app_.require_subcommand(0, 1);
  app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
  add_report();
  add_simulate();
  add_compare();
  add_sweep();
  add_plan();
  add_import();
  add_detect();
  add_calibrate();
  add_validate();
  add_fit();
  add_list();
  add_lint();
  add_schema();
  add_show();
}

CLI::App* Parser::add_command(const char* name, const char* help, const char* examples) {
  CLI::App* command = app_.add_subcommand(name, help);
  command->group("Commands");
  command->set_help_flag("-h,--help", "Print this help");
  command->footer(examples);
  command->allow_extras();
  return command;
}

void Parser::add_report() {
  CLI::App& command =
      *add_command("report", "Will it run, how fast, and what would help", report_examples);
  add_scenario_options(command, raw_);
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  command.add_flag("--no-changes", raw_.no_changes, "Do not look for changes that would help")
      ->group("Output");
  add_output_options(command, raw_.output, "text, json or md");
}

void Parser::add_simulate() {
  CLI::App& command =
      *add_command("simulate", "One run, step by step, with its trace", simulate_examples);
  add_scenario_options(command, raw_);
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  command.add_option("--trace", raw_.trace, "Write a Chrome trace (opens in Perfetto)")
      ->type_name("FILE")
      ->group("Output");
  command.add_flag("--every-step", raw_.every_step, "Serve a load step by step; slower, the same")
      ->group("Scenario");
  command.add_option("--published", raw_.published, "What that rate would need of a streamed run")
      ->type_name("TOKEN/S")
      ->group("Output");
  add_output_options(command, raw_.output, "text or json");
}

void Parser::add_compare() {
  CLI::App& command = *add_command("compare", "Scenarios side by side, and what differs for sure",
                                   compare_examples);
  command.add_option("SCENARIO", raw_.files, "Two or more scenarios")->type_name("FILE");
  add_scenario_values(command, raw_);
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  add_output_options(command, raw_.output, "text, json or md");
}

void Parser::add_sweep() {
  CLI::App& command =
      *add_command("sweep", "One scenario at many points, as a table", sweep_examples);
  add_scenario_options(command, raw_);
  command.add_option("--vary", raw_.vary, "Values to go through; repeatable")
      ->type_name("PATH=VALUES")
      ->allow_extra_args(false)
      ->group("Scenario");
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  add_output_file(command, raw_.output);
  command.add_option("--threads", raw_.threads, "At most and by default all the machine has")
      ->type_name("N")
      ->group("Output");
  command.add_flag("--restart", raw_.restart, "Drop the rows of an earlier run")->group("Output");
}

void Parser::add_plan() {
  CLI::App& command =
      *add_command("plan", "Which machines to buy or rent for a model", plan_examples);
  command.add_option("REQUIREMENT", raw_.scenario, "Requirement; options below change it")
      ->type_name("FILE");
  const auto add = [&](const char* name, std::string& target, const char* help, const char* value) {
    command.add_option(name, target, help)->type_name(value)->group("Requirement");
  };
  add("--model", raw_.model, "Model, by id or name", "NAME");
  add("--quant,--quantization", raw_.quantization, "Quantization; default: the best that will do",
      "NAME");
  add("--at-least", raw_.at_least, "token/s of each user; default: reading speed", "RATE");
  add("--ttft", raw_.ttft, "Time to the first token, all users at once", "TIME");
  add("--context", raw_.context, "Tokens the cache of each user holds; 32k is 32768", "TOKENS");
  add("--prompt", raw_.prompt, "Tokens of the prompt", "TOKENS");
  add("--generate", raw_.generate, "Tokens to generate", "TOKENS");
  add("--users", raw_.users, "Users answered at the same time", "COUNT");
  add("--replicas-to-spare", raw_.spare, "Replicas that may fail unnoticed", "COUNT");
  add("--budget", raw_.budget, "USD to buy, or a month to rent", "USD");
  add("--power", raw_.power, "At the wall, all machines under load", "WATT");
  add("--engine", raw_.engine, "Engine, or engine:backend", "NAME");
  add("--systems", raw_.systems, "Only systems whose name contains it", "PATTERN");
  command.add_option("--own", raw_.own, "Machines already there, \"ID x2\"; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group("Requirement");
  command.add_flag("--buy", raw_.buy, "Compare purchases (default)")->group("Requirement");
  command.add_flag("--rent", raw_.rent, "Compare rents by the month")->group("Requirement");
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  command.add_option("--threads", raw_.threads, "Default: all the machine has")
      ->type_name("N")
      ->group("Output");
  add_output_options(command, raw_.output, "text, json or md");
}

void Parser::add_import() {
  CLI::App& command = *add_command("import", "A model from a GGUF, safetensors or config.json file",
                                   import_examples);
  command.add_option("PATH", raw_.scenario, "What to read; - is standard input")->type_name("");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json",
                     "Write a model file for --hwdb or --model");
}

void Parser::add_validate() {
  CLI::App& command =
      *add_command("validate", "Predictions against published values", validate_examples);
  command.add_option("FILE", raw_.files, "Published points; several files are one set")
      ->type_name("...");
  const auto add = [&](const char* name, std::string& target, const char* help, const char* value) {
    command.add_option(name, target, help)->type_name(value)->group("Output");
  };
  add("--by", raw_.by, "Table of speeds by engine, group, device or cell", "WORD");
  add("--worst", raw_.worst, "Lines of it and points shown; default 12", "COUNT");
  add("--plot", raw_.plot, "Draw predicted against measured speeds as SVG", "FILE");
  add("--threads", raw_.threads, "Default: all the machine has", "N");
  add_data_options(command, raw_);
  add_profile_option(command, raw_);
  add_output_options(command, raw_.output, "text, json, csv or md");
}

void Parser::add_fit() {
  CLI::App& command = *add_command("fit", "Factors from published speeds", fit_examples);
  command.add_option("MEASUREMENTS", raw_.files, "Published points; several files are one set")
      ->type_name("...");
  command.add_option("--folds", raw_.folds, "Left-out predictions: none, known, new or both")
      ->type_name("WORD")
      ->group("Fit");
  command.add_option("--fix", raw_.fixed, "Leave figures whose keys begin so alone; repeatable")
      ->type_name("KEY")
      ->allow_extra_args(false)
      ->group("Fit");
  command.add_option("--served", raw_.served, "Fit to the recorded requests of a scenario's load")
      ->type_name("SCENARIO")
      ->group("Fit");
  command.add_option("--first", raw_.first_requests, "Requests of it that are fitted; default 50")
      ->type_name("COUNT")
      ->group("Fit");
  command.add_option("--date", raw_.date, "That the fit bears; default: today")
      ->type_name("DATE")
      ->group("Fit");
  command.add_option("--threads", raw_.threads, "Default: all the machine has")
      ->type_name("N")
      ->group("Output");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json", "Write the fit for a database");
}

void Parser::add_detect() {
  CLI::App& command = *add_command("detect", "This machine as an entry", detect_examples);
  add_data_options(command, raw_);
  command.add_option("--root", raw_.root, "Read /proc and /sys below DIR; no drivers then")
      ->type_name("DIR")
      ->group("Data");
  add_output_options(command, raw_.output, "text or json",
                     "Write a system file, and devices with it");
}

void Parser::add_calibrate() {
  CLI::App& command = *add_command("calibrate", "What this machine really delivers, as a profile",
                                   calibrate_examples);
  command
      .add_option("ACTION", raw_.files,
                  "show [PROFILE OLDER…], from RESULTS… or link; none: measure")
      ->type_name("FILE...");
  command.add_flag("--quick", raw_.quick, "Within a minute (default)")->group("Measurement");
  command.add_flag("--full", raw_.full, "Within ten minutes")->group("Measurement");
  command
      .add_option("--backend", raw_.backends, "cpu, hip, cuda, metal, storage or link; repeatable")
      ->type_name("WORD")
      ->allow_extra_args(false)
      ->group("Measurement");
  command.add_option("--only", raw_.only, "Only that family of kernels; repeatable")
      ->type_name("FAMILY")
      ->allow_extra_args(false)
      ->group("Measurement");
  command.add_option("--folder", raw_.folder, "Measure the storage it is on, in files there")
      ->type_name("DIR")
      ->group("Measurement");
  add_link_options(command, raw_);
  add_data_options(command, raw_);
  command.add_option("--plot", raw_.plot, "Draw a roofline as SVG")
      ->type_name("FILE")
      ->group("Output");
  add_output_options(command, raw_.output, "text or json", "Write the profile there");
}

void Parser::add_list() {
  CLI::App& command = *add_command("list", "Entries of the database", list_examples);
  command.add_option("KIND", raw_.kind, "devices, systems, models …")->type_name("");
  command.add_option("PATTERN", raw_.name, "Only entries whose names contain it")->type_name("");
  command.add_option("--unresolved", raw_.unresolved, "Names in FILE that no entry goes by")
      ->type_name("FILE");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json");
}

void Parser::add_lint() {
  CLI::App& command =
      *add_command("lint", "Everything that is wrong with data files", lint_examples);
  command.add_option("PATH", raw_.files, "Files and folders; default: the database")->type_name("");
  command.add_flag("--strict", raw_.strict, "Warnings are errors");
  command.add_flag("--all", raw_.all, "Notes too: what is right and could be better");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json");
}

void Parser::add_schema() {
  CLI::App& command =
      *add_command("schema", "The keys of a kind of file, as a JSON Schema", schema_examples);
  command.add_option("KIND", raw_.kind, "device, system, scenario …")->type_name("");
  command.add_flag("--all", raw_.all, "Of every kind, into the folder of -o");
  add_output_file(command, raw_.output);
}

void Parser::add_show() {
  CLI::App& command =
      *add_command("show", "One entry with its figures and their sources", show_examples);
  command.add_option("KIND", raw_.kind, "device, system, model …")->type_name("");
  command.add_option("NAME", raw_.name, "Id or name of the entry")->type_name("");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json");
}

void Parser::error(const char* code, std::string message, std::string expected,
                   std::string suggestion) {
  diagnostics_.error(code, command_line(), std::move(message), std::move(expected),
                     std::move(suggestion));
}

void Parser::refuse_option(CLI::App& app, const std::string& option) {
  std::vector<std::string> known;
  for (const CLI::Option* each : app.get_options()) {
    for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
    for (const std::string& name : each->get_snames()) known.push_back("-" + name);
  }
  const std::string name = option.substr(0, option.find('='));
  const bool of_program = &app == &app_;
  error("unknown-option", "there is no option '" + name + "'",
        of_program ? "one of 'plimsoll --help'" : "one of 'plimsoll " + app.get_name() + " --help'",
        nearest_name(name, known).value_or(""));
}

void Parser::refuse_command(const std::string& name) {
  std::vector<std::string> known;
  for (const CLI::App* command : app_.get_subcommands({})) known.push_back(command->get_name());
  error("unknown-command", "there is no command '" + name + "'",
        "report, simulate, compare, sweep, plan, import, detect, calibrate, validate, fit, list, "
        "lint, schema "
        "or show",
        nearest_name(name, known).value_or(""));
}

void Parser::refuse_extras(CLI::App& app) {
  bool option_refused = false;
  for (const std::string& extra : app.remaining()) {
    const bool is_option = extra.size() > 1 && extra[0] == '-';
    if (is_option) {
      refuse_option(app, extra);
      option_refused = true;
    } else if (&app == &app_) {
      refuse_command(extra);
      return;                      // what follows belongs to that command
    } else if (!option_refused) {  // else it may be that option's value
      error("bad-option", "'" + extra + "' is one argument too many");
    }
  }
}

template <class T, std::size_t N>
T Parser::choice(const char* option, const std::string& text,
                 const std::array<std::pair<const char*, T>, N>& words) {
  std::string expected;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < N; ++i) {
    if (text == words[i].first) return words[i].second;
    expected += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(words[i].first);
    known.emplace_back(words[i].first);
  }
  error("bad-value", std::string(option) + " cannot be '" + text + "'", expected,
        nearest_name(text, known).value_or(""));
  return words[0].second;
}

// "32k" -> "32768"; empty stays empty.
std::string Parser::count(const char* option, const std::string& text, long long smallest) {
  if (text.empty()) return {};
  constexpr long long k = 1024;
  const bool thousands = text.back() == 'k' || text.back() == 'K';
  const auto number =
      parse_integer(std::string_view(text).substr(0, text.size() - (thousands ? 1 : 0)));
  const long long factor = thousands ? k : 1;
  if (!number || *number < smallest || *number > std::numeric_limits<long long>::max() / factor) {
    error("bad-value", std::string(option) + " cannot be '" + text + "'",
          "a whole number from " + std::to_string(smallest) + " on; 32k is 32768");
    return {};
  }
  return std::to_string(*number * factor);
}

std::optional<double> Parser::published() {
  if (raw_.published.empty()) return std::nullopt;
  const auto rate = parse_number(raw_.published);
  if (rate && *rate > 0.0) return rate;
  error("bad-value", "--published cannot be '" + raw_.published + "'",
        "a number of tokens per second above 0");
  return std::nullopt;
}

OutputOptions Parser::output(bool markdown) {
  using FormatWord = std::pair<const char*, Format>;
  constexpr std::array<FormatWord, 3> all = {
      {{"text", Format::text}, {"json", Format::json}, {"md", Format::markdown}}};
  constexpr std::array<FormatWord, 2> some = {{{"text", Format::text}, {"json", Format::json}}};
  const std::string& word = raw_.output.format;
  OutputOptions options = layout();
  options.format = markdown ? choice("--format", word, all) : choice("--format", word, some);
  return options;
}

// All but the format.
OutputOptions Parser::layout() {
  OutputOptions options;
  const RawOutput& raw = raw_.output;
  constexpr std::array<std::pair<const char*, ColourChoice>, 3> colours = {
      {{"auto", ColourChoice::automatic},
       {"always", ColourChoice::always},
       {"never", ColourChoice::never}}};
  options.colour = choice("--color", raw.colour, colours);
  if (!raw.width.empty()) {
    const auto width = parse_integer(raw.width);
    if (width && *width >= narrowest_page && *width <= widest_choice) {
      options.width = static_cast<int>(*width);
    } else {
      error("bad-value", "--width cannot be '" + raw.width + "'",
            "a whole number from " + std::to_string(narrowest_page) + " to " +
                std::to_string(widest_choice));
    }
  }
  options.file = raw.file;
  return options;
}

DataOptions Parser::data() {
  DataOptions options{.overlays = {raw_.overlays.begin(), raw_.overlays.end()}};
  if (raw_.profiles.empty()) return options;
  options.profiles.emplace();
  for (const std::string& profile : raw_.profiles)
    if (profile != "none") options.profiles->emplace_back(profile);
  if (!options.profiles->empty() && options.profiles->size() < raw_.profiles.size())
    error("bad-option", "--profile none and --profile FILE exclude each other", "one of them");
  return options;
}

// Takes a field and its value as written, unless it was not.
auto adder(std::vector<std::pair<std::string, std::string>>& fields) {
  return [&fields](const char* field, const std::string& value) {
    if (!value.empty()) fields.emplace_back(field, value);
  };
}

ScenarioOptions Parser::scenario_values() {
  constexpr std::array<std::pair<const char*, Topology>, 4> topologies = {
      {{"star", Topology::star},
       {"chain", Topology::chain},
       {"ring", Topology::ring},
       {"mesh", Topology::mesh}}};
  ScenarioOptions options{.file = raw_.scenario,
                          .fields = {},
                          .link = raw_.link,
                          .topology = {},
                          .overrides = raw_.overrides};
  if (!raw_.topology.empty()) options.topology = choice("--topology", raw_.topology, topologies);
  const auto add = adder(options.fields);
  add("model", raw_.model);
  add("quantization", raw_.quantization);
  add("system", raw_.system);
  add("cluster", raw_.cluster);
  add("engine", raw_.engine);
  add("context", count("--context", raw_.context, 1));
  add("prompt", count("--prompt", raw_.prompt, 1));
  add("generate", count("--generate", raw_.generate, 1));
  add("batch", count("--batch", raw_.batch, 1));
  add("depth", count("--depth", raw_.depth, 0));
  add("nodes", count("--nodes", raw_.nodes, 1));
  add("replicas", count("--replicas", raw_.replicas, 1));
  add("access", raw_.access);
  add("read_threads", count("--read-threads", raw_.read_threads, 1));
  add("app_cache", raw_.app_cache);
  add("routing", raw_.routing);
  const std::vector<std::string> load = load_values();
  options.overrides.insert(options.overrides.begin(), load.begin(), load.end());
  if (!raw_.os.empty())
    options.overrides.insert(options.overrides.begin(), "system.os=\"" + raw_.os + "\"");
  return options;
}

// The load's options as overrides: they change a file's load and leave the rest of it.
std::vector<std::string> Parser::load_values() {
  std::vector<std::string> overrides;
  if (!raw_.load.empty()) {
    if (auto keys = load_overrides(raw_.load))
      overrides = *keys;
    else
      error("bad-value", "--load cannot be '" + raw_.load + "'",
            "closed:CLIENTS, all, poisson:RATE, bursty:RATE:BURSTINESS or trace:FILE; RATE is a "
            "number or highest");
  }
  if (!raw_.lengths.empty())
    for (std::string& assignment : length_overrides(raw_.lengths))
      overrides.push_back(std::move(assignment));
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) overrides.push_back("load." + std::string(key) + "=" + value);
  };
  add("requests", count("--requests", raw_.requests, 1));
  add("seed", count("--seed", raw_.seed, 0));
  return overrides;
}

ScenarioOptions Parser::scenario() {
  ScenarioOptions options = scenario_values();
  if (options.file.empty() && raw_.system.empty() && raw_.cluster.empty() &&
      raw_.overrides.empty()) {
    error("missing-argument", "neither a scenario file nor a system is given",
          "SCENARIO.yaml, or --system NAME with or without --model NAME");
  }
  return options;
}

CompareCommand Parser::compare() {
  if (raw_.files.size() < 2)
    error("missing-argument", "fewer than two scenarios are given", "A.yaml B.yaml …");
  return {
      .files = raw_.files, .scenario = scenario_values(), .data = data(), .output = output(true)};
}

int Parser::threads() {
  constexpr long long most_threads = 1024;
  if (raw_.threads.empty()) return 0;
  const auto number = parse_integer(raw_.threads);
  if (number && *number >= 1 && *number <= most_threads) return static_cast<int>(*number);
  error("bad-value", "--threads cannot be '" + raw_.threads + "'",
        "a whole number from 1 to " + std::to_string(most_threads));
  return 0;
}

SweepCommand Parser::sweep() {
  if (raw_.vary.empty())
    error("missing-argument", "nothing is varied",
          "--vary PATH=VALUES, as in workload.batch=1,2,4");
  const bool varies_machines =
      std::any_of(raw_.vary.begin(), raw_.vary.end(), [](const std::string& text) {
        return text.starts_with("system") || text.starts_with("cluster");
      });
  return {.scenario = varies_machines ? scenario_values() : scenario(),
          .data = data(),
          .vary = raw_.vary,
          .file = raw_.output.file,
          .threads = threads(),
          .restart = raw_.restart};
}

PlanCommand Parser::plan() {
  PlanCommand command{.file = raw_.scenario,
                      .fields = {},
                      .data = data(),
                      .output = output(true),
                      .threads = threads()};
  const auto add = adder(command.fields);
  add("model", raw_.model);
  add("quantization", raw_.quantization);
  add("at_least", raw_.at_least);
  add("ttft", raw_.ttft);
  add("context", count("--context", raw_.context, 1));
  add("prompt", count("--prompt", raw_.prompt, 1));
  add("generate", count("--generate", raw_.generate, 1));
  add("users", count("--users", raw_.users, 1));
  add("replicas_to_spare", count("--replicas-to-spare", raw_.spare, 0));
  add("budget", raw_.budget);
  add("power", raw_.power);
  add("engine", raw_.engine);
  add("systems", raw_.systems);
  for (const std::string& own : raw_.own) add("own", own);
  if (raw_.rent && raw_.buy)
    error("bad-option", "--rent and --buy exclude each other", "one of them");
  else if (raw_.rent || raw_.buy)
    add("pay", raw_.rent ? "rent" : "buy");
  if (command.file.empty() && raw_.model.empty())
    error("missing-argument", "neither a requirement file nor a model is given",
          "REQUIREMENT.yaml, or --model NAME");
  return command;
}

DetectCommand Parser::detect() {
  DetectCommand command{.entry = {}, .data = data(), .output = output(false)};
  command.entry.swap(command.output.file);
  if (!raw_.root.empty()) command.root = raw_.root;
  refuse_ending(command.entry);
  return command;
}

CalibrateCommand::Action Parser::calibrate_action(CalibrateCommand& command) {
  using Action = CalibrateCommand::Action;
  if (raw_.files.empty()) return Action::measure;
  constexpr std::array<std::pair<const char*, Action>, 3> words = {
      {{"show", Action::show}, {"from", Action::import}, {"link", Action::connect}}};
  const Action action = choice("calibrate", raw_.files.front(), words);
  if (action == Action::connect) return link_action();
  command.files.assign(raw_.files.begin() + 1, raw_.files.end());
  if (command.files.empty() && action == Action::import)
    error("missing-argument", "calibrate from names no file", "a file of results");
  if (raw_.quick || raw_.full || !raw_.backends.empty() || !raw_.only.empty() ||
      !raw_.folder.empty())
    error("bad-option", "calibrate " + raw_.files.front() + " measures nothing",
          "none of --quick, --full, --backend, --only and --folder");
  return action;
}

CalibrateCommand::Action Parser::link_action() {
  using Action = CalibrateCommand::Action;
  if (raw_.files.size() > 1)
    error("bad-option", "'" + raw_.files[1] + "' is one argument too many");
  const bool listens = raw_.listen.has_value();
  if (listens == !raw_.connect.empty())
    error(listens ? "bad-option" : "missing-argument",
          "a link has two ends, and this is one of them",
          "either --listen ADDRESS or --connect HOST");
  refuse_link_options(listens);
  return listens ? Action::listen : Action::connect;
}

void Parser::refuse_link_options(bool listens) {
  if (!raw_.backends.empty() || !raw_.folder.empty())
    error("bad-option", "calibrate link measures only a link", "neither --backend nor --folder");
  if (!listens && !raw_.wait.empty())
    error("bad-option", "--wait is of the end that listens", "--listen");
  const bool measures = raw_.quick || raw_.full || !raw_.only.empty() || !raw_.streams.empty() ||
                        !raw_.entry.empty() || !raw_.plot.empty() || !raw_.output.file.empty() ||
                        raw_.output.format != "text";
  if (listens && measures)
    error("bad-option", "the end that listens only does what the other one asks for",
          "--quick, --full, --only, --streams, --entry, --plot, --format and -o beside --connect");
}

// "1,2,4,8", rising, each once.
std::vector<int> Parser::streams() {
  std::vector<int> counts;
  for (const std::string& word : CLI::detail::split(raw_.streams, ',')) {
    const auto count = parse_integer(word);
    if (!count || *count < 1 || *count > plimsoll::calibrate::link::most_streams) {
      error("bad-value", "--streams cannot be '" + raw_.streams + "'",
            "whole numbers from 1 to " + std::to_string(plimsoll::calibrate::link::most_streams) +
                ", as in 1,2,4,8");
      return {1};
    }
    counts.push_back(static_cast<int>(*count));
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

LinkOptions Parser::link_options() {
  constexpr double longest_wait_s = 86400.0;
  LinkOptions options{.entry = raw_.entry};
  // Only this machine comes in by that: who may come from outside the user says.
  const std::string listen =
      raw_.listen && raw_.listen->empty() ? "127.0.0.1" : raw_.listen.value_or("");
  const std::string& place = raw_.listen ? listen : raw_.connect;
  const auto endpoint = plimsoll::calibrate::link::parse_endpoint(place);
  if (endpoint && (raw_.listen || endpoint->port > 0)) {
    options.host = endpoint->host;
    options.port = endpoint->port;
  } else if (!place.empty()) {
    error("bad-value",
          std::string(raw_.listen ? "--listen" : "--connect") + " cannot be '" + place + "'",
          "a name or address, with a port up to 65535 where it is not the usual one: orion, "
          "192.168.1.5:61420, [fe80::1%eth0]:61420");
  }
  if (!raw_.wait.empty()) {
    const auto wait = parse_number(raw_.wait);
    options.wait_s = wait.value_or(0.0);
    if (!wait || *wait <= 0.0 || *wait > longest_wait_s)
      error("bad-value", "--wait cannot be '" + raw_.wait + "'", "seconds, at most a day");
  }
  if (!raw_.streams.empty()) options.streams = streams();
  return options;
}

CalibrateCommand Parser::calibrate() {
  CalibrateCommand command;
  command.action = calibrate_action(command);
  using Action = CalibrateCommand::Action;
  if (command.action == Action::listen || command.action == Action::connect)
    command.link = link_options();
  else if (raw_.listen || !raw_.connect.empty() || !raw_.wait.empty() || !raw_.streams.empty() ||
           !raw_.entry.empty())
    error("bad-option", "--listen, --connect, --wait, --streams and --entry are of a link",
          "plimsoll calibrate link");
  if (raw_.quick && raw_.full) error("bad-option", "--quick and --full exclude each other", "one");
  command.depth = raw_.full ? plimsoll::calibrate::Depth::full : plimsoll::calibrate::Depth::quick;
  using Id = std::pair<const char*, const char*>;
  constexpr std::array<Id, 6> ids = {{{"cpu", "cpu"},
                                      {"hip", "hip"},
                                      {"cuda", "cuda"},
                                      {"metal", "metal"},
                                      {"storage", "storage"},
                                      {"link", "link"}}};
  for (const std::string& word : raw_.backends)
    command.backends.emplace_back(choice("--backend", word, ids));
  command.only = raw_.only;
  command.folder = raw_.folder;
  if (command.folder.empty() && contains(command.backends, "storage"))
    error("missing-argument", "--backend storage does not say where", "--folder DIR");
  command.plot = raw_.plot;
  command.data = data();
  command.output = output(false);
  command.profile.swap(command.output.file);
  refuse_ending(command.profile);
  return command;
}

// The id of an entry is the name of its file.
void Parser::refuse_ending(const std::filesystem::path& entry) {
  const std::string ending = entry.extension().string();
  if (!entry.empty() && ending != ".yaml" && ending != ".yml")
    error("bad-value", "-o cannot be '" + entry.string() + "'", "a name ending in .yaml");
}

ImportCommand Parser::import_command() {
  ImportCommand command{
      .path = raw_.scenario, .entry = {}, .data = data(), .output = output(false)};
  command.entry.swap(command.output.file);
  if (command.path.empty()) error("missing-argument", "nothing to import is named", "PATH, or -");
  refuse_ending(command.entry);
  return command;
}

ValidateCommand Parser::validate() {
  if (raw_.files.empty()) error("missing-argument", "no file of published points is named", "FILE");
  constexpr std::array<std::pair<const char*, ValidationFormat>, 4> formats = {
      {{"text", ValidationFormat::text},
       {"json", ValidationFormat::json},
       {"csv", ValidationFormat::csv},
       {"md", ValidationFormat::markdown}}};
  constexpr std::array<std::pair<const char*, GroupBy>, 4> keys = {{{"engine", GroupBy::engine},
                                                                    {"group", GroupBy::group},
                                                                    {"device", GroupBy::device},
                                                                    {"cell", GroupBy::cell}}};
  ValidateCommand command{.files = {raw_.files.begin(), raw_.files.end()},
                          .view = {.by = choice("--by", raw_.by, keys)},
                          .plot = raw_.plot,
                          .data = data(),
                          .format = choice("--format", raw_.output.format, formats),
                          .output = layout(),
                          .threads = threads()};
  if (const auto worst = parse_integer(count("--worst", raw_.worst, 0)))
    command.view.worst = static_cast<int>(*worst);
  return command;
}

FitCommand Parser::fit_command() {
  if (raw_.files.empty() && raw_.served.empty())
    error("missing-argument", "no file of published points is named",
          "MEASUREMENTS, or --served SCENARIO");
  if (!raw_.files.empty() && !raw_.served.empty())
    error("bad-option", "published points and the log of a server are not fitted together",
          "MEASUREMENTS or --served SCENARIO");
  const auto first = parse_integer(count("--first", raw_.first_requests, 1));
  constexpr std::array<std::pair<const char*, FoldChoice>, 4> choices = {
      {{"both", FoldChoice::both},
       {"known", FoldChoice::known},
       {"new", FoldChoice::fresh},
       {"none", FoldChoice::none}}};
  return {.files = {raw_.files.begin(), raw_.files.end()},
          .folds = choice("--folds", raw_.folds, choices),
          .fixed = raw_.fixed,
          .served = raw_.served,
          .first_requests = first ? static_cast<int>(*first) : 0,
          .date = raw_.date,
          .data = data(),
          .output = output(false),
          .threads = threads()};
}

EntryKind Parser::kind() {
  constexpr std::array<EntryKind, 9> kinds = {
      EntryKind::device, EntryKind::system,  EntryKind::cluster,
      EntryKind::model,  EntryKind::engine,  EntryKind::quantization,
      EntryKind::link,   EntryKind::storage, EntryKind::os};
  std::vector<std::string> known;
  for (const EntryKind each : kinds) {
    if (raw_.kind == singular(each) || raw_.kind == plural(each)) return each;
    known.emplace_back(plural(each));
  }
  const std::string expected =
      "devices, systems, clusters, models, engines, quantizations, links, storage or os";
  if (raw_.kind.empty())
    error("missing-argument", "no kind of entry is given", expected);
  else
    error("unknown-kind", "there are no '" + raw_.kind + "'", expected,
          nearest_name(raw_.kind, known).value_or(""));
  return EntryKind::device;
}

UnresolvedCommand Parser::unresolved() {
  if (!raw_.kind.empty())
    error("bad-option", "--unresolved looks at every kind of names", "no KIND beside it");
  return {.file = raw_.unresolved, .data = data(), .output = output(false)};
}

LintCommand Parser::lint() {
  return {.paths = {raw_.files.begin(), raw_.files.end()},
          .data = data(),
          .output = output(false),
          .strict = raw_.strict,
          .notes = raw_.all};
}

SchemaCommand Parser::schema() {
  if (raw_.all && raw_.output.file.empty())
    error("missing-argument", "--all writes several files", "-o FOLDER");
  if (raw_.all && !raw_.kind.empty())
    error("bad-option", "--all writes every kind", "no KIND beside it");
  if (!raw_.all && raw_.kind.empty())
    error("missing-argument", "no kind of file is given", "KIND, or --all -o FOLDER");
  return {.kind = raw_.kind, .all = raw_.all, .output = raw_.output.file};
}

Command Parser::command_of(CLI::App& command) {
  const std::string& name = command.get_name();
  if (name == "report") {
    return ReportCommand{.scenario = scenario(),
                         .data = data(),
                         .output = output(true),
                         .changes = !raw_.no_changes};
  }
  if (name == "simulate") {
    return SimulateCommand{.scenario = scenario(),
                           .data = data(),
                           .output = output(false),
                           .trace = raw_.trace,
                           .published = published(),
                           .every_step = raw_.every_step};
  }
  if (name == "compare") return compare();
  if (name == "sweep") return sweep();
  if (name == "plan") return plan();
  if (name == "import") return import_command();
  if (name == "detect") return detect();
  if (name == "calibrate") return calibrate();
  if (name == "validate") return validate();
  if (name == "fit") return fit_command();
  if (name == "lint") return lint();
  if (name == "schema") return schema();
  if (name == "list" && !raw_.unresolved.empty()) return unresolved();
  if (name == "list") {
    return ListCommand{
        .kind = kind(), .pattern = raw_.name, .data = data(), .output = output(false)};
  }
  if (raw_.name.empty()) error("missing-argument", "no entry is named", "an id or a name");
  return ShowCommand{.kind = kind(), .name = raw_.name, .data = data(), .output = output(false)};
}

Command Parser::parse(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintCommand{app_.help()};
  } catch (const CLI::CallForVersion& version) {
    return PrintCommand{std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& mistake) {
    error("bad-option", mistake.what());
    throw InputError(diagnostics_);
  }
  refuse_extras(app_);
  const std::vector<CLI::App*> commands = app_.get_subcommands();
  if (commands.empty()) {
    if (diagnostics_.has_errors()) throw InputError(diagnostics_);
    return PrintCommand{app_.help()};
  }
  refuse_extras(*commands.front());
  Command command = command_of(*commands.front());
  throw_if_errors(diagnostics_);
  return command;
}

}  // namespace

Command parse_arguments(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace plimsoll::cli
