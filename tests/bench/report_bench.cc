// Speed of a question and its answer; informative, not pass or fail. Aim: a whole `plimsoll report`
// process in 50 ms of wall time.
#include <array>
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <vector>

#include "evaluate/evaluate.h"

extern char** environ;

namespace plimsoll {
namespace {

// Three sizes of question: one card; layers split between GPU and CPU, which makes several
// placements to compare; tensor parallel over eight cards, where nothing about the model is small.
struct Question {
  const char* label;
  const char* model;
  const char* quantization;
  const char* system;
  const char* engine;
};
constexpr std::array<Question, 3> questions = {{
    {"8B on one card", "llama-3.1-8b", "q4_k_m", "rtx-4090-pc", "llama.cpp"},
    {"70B, layers on the CPU", "llama-3.1-70b", "q4_k_m", "macbook-pro-16-m3-max-48gb",
     "llama.cpp"},
    {"8x22B, tensor parallel", "mixtral-8x22b", "bf16", "dgx-h100", "vllm"},
}};
const Question& question(const benchmark::State& state) {
  return questions[static_cast<std::size_t>(state.range(0))];
}

ScenarioSpec scenario_of(const Question& q) {
  return scenario_from_options({{"model", q.model},
                                {"quantization", q.quantization},
                                {"system", q.system},
                                {"engine", q.engine}},
                               {});
}

std::vector<DataFolders> shipped_data() {
  return {find_data_folders({})};
}

// The catalogue keeps what it has read, as in a program that answers many questions.
void answer(benchmark::State& state, bool changes) {
  Catalog catalog(shipped_data());
  const ScenarioSpec spec = scenario_of(question(state));
  benchmark::DoNotOptimize(evaluate(spec, catalog, {.changes = changes}));
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(spec, catalog, {.changes = changes}));
  state.SetLabel(question(state).label);
}
void evaluate_alone(benchmark::State& state) {
  answer(state, false);
}
void evaluate_with_changes(benchmark::State& state) {
  answer(state, true);
}
BENCHMARK(evaluate_alone)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_with_changes)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void evaluate_on_a_cold_catalog(benchmark::State& state) {
  const ScenarioSpec spec = scenario_of(question(state));
  for (auto _ : state) {
    Catalog catalog(shipped_data());
    benchmark::DoNotOptimize(evaluate(spec, catalog, {.changes = false}));
  }
  state.SetLabel(question(state).label);
}
BENCHMARK(evaluate_on_a_cold_catalog)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void rank_every_model(benchmark::State& state) {
  Catalog catalog(shipped_data());
  const ScenarioSpec machine = scenario_from_options({{"system", "rtx-4090-pc"}}, {});
  for (auto _ : state) benchmark::DoNotOptimize(rank_models(machine, catalog));
}
BENCHMARK(rank_every_model)->Unit(benchmark::kMillisecond);

// What `list systems` costs: the headers of every file of a kind.
void read_system_headers(benchmark::State& state) {
  for (auto _ : state) {
    Catalog catalog(shipped_data());
    benchmark::DoNotOptimize(catalog.headers(EntryKind::system).size());
  }
}
BENCHMARK(read_system_headers)->Unit(benchmark::kMillisecond);

// Every file of the database, read and checked against the others.
void read_whole_catalog(benchmark::State& state) {
  for (auto _ : state) {
    Catalog catalog(shipped_data());
    Diagnostics diagnostics;
    catalog.check_all(diagnostics);
    benchmark::DoNotOptimize(diagnostics.has_errors());
  }
}
BENCHMARK(read_whole_catalog)->Unit(benchmark::kMillisecond);

// Runs the built program with its output thrown away; its exit status, or -1.
int run_program(std::vector<std::string> words) {
  words.insert(words.begin(), PLIMSOLL_BINARY);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t output;
  posix_spawn_file_actions_init(&output);
  posix_spawn_file_actions_addopen(&output, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &output, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&output);
  int status = 0;
  if (failed != 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

void report_process(benchmark::State& state, const std::vector<std::string>& words) {
  for (auto _ : state) {
    if (run_program(words) == 0) continue;
    state.SkipWithError("plimsoll does not end with status 0");
    break;
  }
}

void whole_report_process(benchmark::State& state) {
  const Question& q = question(state);
  report_process(state, {"report", "--model", q.model, "--quant", q.quantization, "--system",
                         q.system, "--engine", q.engine});
  state.SetLabel(q.label);
}
BENCHMARK(whole_report_process)->DenseRange(0, 2)->Unit(benchmark::kMillisecond)->UseRealTime();

void whole_ranking_process(benchmark::State& state) {
  report_process(state, {"report", "--system", "rtx-4090-pc"});
}
BENCHMARK(whole_ranking_process)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace plimsoll
