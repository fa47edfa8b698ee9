// fit: factors of engines and reaches of devices from published speeds, or from a server's log.
#include "fit/fit.h"

#include <chrono>
#include <cstdio>
#include <memory>

#include "base/output_file.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "report/fit_report.h"
#include "scenario/recorded_requests.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

std::vector<Measurement> measurements_of(const FitCommand& command) {
  Diagnostics diagnostics;
  std::vector<Measurement> all;
  for (const std::filesystem::path& file : command.files)
    for (Measurement& each : read_measurements(file, diagnostics)) all.push_back(std::move(each));
  settle(diagnostics);
  return all;
}

std::string names(const FitCommand& command) {
  std::string text;
  for (const std::filesystem::path& file : command.files)
    text += (text.empty() ? "" : ", ") + file.filename().string();
  return text;
}

std::string today() {
  const std::chrono::year_month_day date(
      std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

// One bar for each part of the work.
class Steps {
 public:
  void begin(const std::string& what) {
    progress_.reset();
    std::fprintf(stderr, "plimsoll: %s\n", what.c_str());
  }
  void show(std::size_t done, std::size_t total) {
    if (!progress_) progress_ = std::make_unique<Progress>("done");
    progress_->show(done, total);
  }

 private:
  std::unique_ptr<Progress> progress_;
};

void fit_to_log(const FitCommand& command) {
  Catalog catalog(data_folders(command.data));
  const ScenarioSpec spec = read_scenario({.file = command.served}, catalog);
  Diagnostics diagnostics;
  if (!spec.load.trace.has())
    diagnostics.error("not-served", {.file = command.served},
                      "the scenario replays no recorded requests", "load.trace: FILE");
  settle(diagnostics);
  const std::filesystem::path trace = *spec.load.trace.value;
  const auto answered = read_answered_requests(trace, spec.load.trace.place, diagnostics);
  settle(diagnostics);
  const InterruptFlag interrupt;
  Steps steps;
  steps.begin("fitting offsets to the first requests of " + trace.filename().string());
  const ServingFitResult result = fit_serving(
      spec, answered, data_folders(command.data),
      {.first = command.first_requests,
       .fixed = command.fixed,
       .threads = command.threads,
       .name = trace.parent_path().filename().string() + "/" + trace.filename().string() +
               ", first " + std::to_string(command.first_requests) + " requests",
       .date = command.date.empty() ? today() : command.date,
       .progress = [&](std::size_t done, std::size_t total) { steps.show(done, total); },
       .stop = &interrupt.flag()});
  if (result.stopped) throw Interrupted(interrupt.signal(), "stopped; nothing was written");
  if (!command.output.file.empty())
    write_file_atomically(command.output.file, to_yaml(result.table, result.used()));
  write_result({}, command.output.format == Format::json
                       ? serving_fit_json(result)
                       : serving_fit_text(result, text_style(command.output)));
}

}  // namespace

void execute(const FitCommand& command) {
  settle_data(command.data);
  if (!command.served.empty()) return fit_to_log(command);
  const std::vector<Measurement> measurements = measurements_of(command);
  const InterruptFlag interrupt;
  Steps steps;
  const FitResult result =
      fit(measurements, data_folders(command.data),
          {.folds = command.folds,
           .fixed = command.fixed,
           .threads = command.threads,
           .name = names(command),
           .date = command.date.empty() ? today() : command.date,
           .say = [&](const std::string& what) { steps.begin(what); },
           .progress = [&](std::size_t done, std::size_t total) { steps.show(done, total); },
           .stop = &interrupt.flag()});
  if (result.stopped) throw Interrupted(interrupt.signal(), "stopped; nothing was written");
  if (!command.output.file.empty())
    write_file_atomically(command.output.file, to_yaml(result.table, result));
  write_result({}, command.output.format == Format::json
                       ? fit_json(result)
                       : fit_text(result, text_style(command.output)));
}

}  // namespace plimsoll::cli
