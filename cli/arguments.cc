// The only file that sees CLI11. CLI11 splits the line and prints help; every value is taken as
// text and checked here, so that all mistakes of a line are told at once and in the form of all our
// diagnostics.

#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "base/names.h"
#include "base/quantity_text.h"
#include "report/layout.h"

namespace plimsoll::cli {
namespace {

constexpr int widest_choice = 1000;

constexpr const char* main_examples = R"(Examples:
  plimsoll report --model qwen3-30b-a3b --system "MacBook Pro M3 Max 48 GB"
  plimsoll report --system rtx-4090-pc      # what can this machine run?
  plimsoll list systems m3
  plimsoll show model mixtral-8x22b

Run 'plimsoll COMMAND --help' for the options of a command.)";

constexpr const char* report_examples = R"(Examples:
  plimsoll report scenario.yaml
  plimsoll report scenario.yaml --set workload.batch=16 --format md -o out.md
  plimsoll report --model mixtral-8x22b --system dgx-a100-640gb --engine vllm
  plimsoll report --model llama-2-70b --quant q4_k_m --system rtx-4090-2x
  plimsoll report --model kimi-k2.5 --system "4x framework-desktop-128gb" \
      --link ethernet-5g --context 32k
  plimsoll report --system rtx-4090-pc      # ranks every model of the catalogue

Exit status: 0 whatever the verdict, 2 for bad input, 1 for an internal error.)";

constexpr const char* simulate_examples = R"(Examples:
  plimsoll simulate scenario.yaml --trace run.json   # for ui.perfetto.dev
  plimsoll simulate --model gemma-2b --system rtx-4090-pc --trace run.json)";

constexpr const char* list_examples = R"(Examples:
  plimsoll list devices
  plimsoll list models qwen
  plimsoll list quantizations --format json

Kinds: devices, systems, models, engines, quantizations, links, storage, os.)";

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
  std::string scenario, model, quantization, system, link, engine;
  std::string context, prompt, generate, batch, depth;
  std::vector<std::string> overrides;
  std::vector<std::string> overlays;
  bool no_changes = false;
  std::string trace;
  std::string kind, name;
  RawOutput output;
};

void add_scenario_options(CLI::App& command, RawCommand& raw) {
  const auto add = [&](const char* name, std::string& target, const char* help, const char* value) {
    command.add_option(name, target, help)->type_name(value)->group("Scenario");
  };
  command.add_option("SCENARIO", raw.scenario, "Scenario; options below change it")
      ->type_name("FILE");
  add("--model", raw.model, "Model, by id or name", "NAME");
  add("--quant,--quantization", raw.quantization, "Quantization; default: the best that fits",
      "NAME");
  add("--system", raw.system, "Machine, or several: \"4x NAME\"", "NAME");
  add("--link", raw.link, "Link between the machines", "NAME");
  add("--engine", raw.engine, "Engine, or engine:backend (llama.cpp:vulkan)", "NAME");
  add("--context", raw.context, "Tokens the cache holds; 32k is 32768", "TOKENS");
  add("--prompt", raw.prompt, "Tokens of the prompt", "TOKENS");
  add("--generate", raw.generate, "Tokens to generate", "TOKENS");
  add("--batch", raw.batch, "Sequences decoded together", "COUNT");
  add("--depth", raw.depth, "Tokens in the cache before the prompt", "TOKENS");
  command.add_option("--set", raw.overrides, "Change one value; repeatable")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false)
      ->group("Scenario");
}

void add_data_options(CLI::App& command, RawCommand& raw) {
  command.add_option("--hwdb", raw.overlays, "Own devices/, systems/, models/ … laid over ours")
      ->type_name("DIR")
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

void add_output_options(CLI::App& command, RawOutput& raw, const char* formats) {
  command.add_option("--format", raw.format, formats)->type_name("FORMAT")->group("Output");
  command.add_option("-o,--output", raw.file, "Write there instead, whole or not at all")
      ->type_name("FILE")
      ->group("Output");
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
  void add_list();
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
  DataOptions data() const;
  ScenarioOptions scenario();
  EntryKind kind();

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
  add_list();
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
  command.add_flag("--no-changes", raw_.no_changes, "Do not look for changes that would help")
      ->group("Output");
  add_output_options(command, raw_.output, "text, json or md");
}

void Parser::add_simulate() {
  CLI::App& command =
      *add_command("simulate", "One token and one prompt chunk, step by step", simulate_examples);
  add_scenario_options(command, raw_);
  add_data_options(command, raw_);
  command.add_option("--trace", raw_.trace, "Write a Chrome trace (opens in Perfetto)")
      ->type_name("FILE")
      ->group("Output");
  add_text_options(command, raw_.output);
}

void Parser::add_list() {
  CLI::App& command = *add_command("list", "Entries of the database", list_examples);
  command.add_option("KIND", raw_.kind, "devices, systems, models …")->type_name("");
  command.add_option("PATTERN", raw_.name, "Only entries whose names contain it")->type_name("");
  add_data_options(command, raw_);
  add_output_options(command, raw_.output, "text or json");
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
  error("unknown-command", "there is no command '" + name + "'", "report, simulate, list or show",
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

OutputOptions Parser::output(bool markdown) {
  OutputOptions options;
  const RawOutput& raw = raw_.output;
  using FormatWord = std::pair<const char*, Format>;
  constexpr std::array<FormatWord, 3> all = {
      {{"text", Format::text}, {"json", Format::json}, {"md", Format::markdown}}};
  constexpr std::array<FormatWord, 2> some = {{{"text", Format::text}, {"json", Format::json}}};
  options.format =
      markdown ? choice("--format", raw.format, all) : choice("--format", raw.format, some);
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

DataOptions Parser::data() const {
  return {.overlays = {raw_.overlays.begin(), raw_.overlays.end()}};
}

ScenarioOptions Parser::scenario() {
  ScenarioOptions options{
      .file = raw_.scenario, .fields = {}, .link = raw_.link, .overrides = raw_.overrides};
  const auto add = [&options](const char* field, const std::string& value) {
    if (!value.empty()) options.fields.emplace_back(field, value);
  };
  add("model", raw_.model);
  add("quantization", raw_.quantization);
  add("system", raw_.system);
  add("engine", raw_.engine);
  add("context", count("--context", raw_.context, 1));
  add("prompt", count("--prompt", raw_.prompt, 1));
  add("generate", count("--generate", raw_.generate, 1));
  add("batch", count("--batch", raw_.batch, 1));
  add("depth", count("--depth", raw_.depth, 0));
  if (options.file.empty() && raw_.system.empty() && options.overrides.empty()) {
    error("missing-argument", "neither a scenario file nor a system is given",
          "SCENARIO.yaml, or --system NAME with or without --model NAME");
  }
  return options;
}

EntryKind Parser::kind() {
  constexpr std::array<EntryKind, 8> kinds = {
      EntryKind::device,       EntryKind::system, EntryKind::model,   EntryKind::engine,
      EntryKind::quantization, EntryKind::link,   EntryKind::storage, EntryKind::os};
  std::vector<std::string> known;
  for (const EntryKind each : kinds) {
    if (raw_.kind == singular(each) || raw_.kind == plural(each)) return each;
    known.emplace_back(plural(each));
  }
  const std::string expected =
      "devices, systems, models, engines, quantizations, links, storage or os";
  if (raw_.kind.empty())
    error("missing-argument", "no kind of entry is given", expected);
  else
    error("unknown-kind", "there are no '" + raw_.kind + "'", expected,
          nearest_name(raw_.kind, known).value_or(""));
  return EntryKind::device;
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
    return SimulateCommand{
        .scenario = scenario(), .data = data(), .output = output(false), .trace = raw_.trace};
  }
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
