#include "sweep/sweep.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "evaluate/evaluate.h"
#include "support/catch.h"
#include "sweep/assignments.h"
#include "sweep/csv.h"
#include "sweep/csv_reader.h"
#include "sweep/table.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Texts = std::vector<std::string>;

SweepRequest request_of(const Texts& base, const Texts& vary) {
  Diagnostics diagnostics;
  SweepRequest request{.base = base, .data = {find_data_folders({}, PLIMSOLL_SOURCE_DIR)}};
  request.axes = read_axes(vary, base, diagnostics);
  throw_if_errors(diagnostics);
  return request;
}

const Texts small = {"model=gemma-2b", "quantization=q8_0", "system=rtx-4090-pc"};

SweepRequest small_request() {
  return request_of(small,
                    {"workload.batch=1,4", "workload.context=0,1k,4k", "quantization=q8_0,x"});
}

std::size_t rows_with_error(const CsvTable& table) {
  std::size_t count = 0;
  for (std::size_t row = 0; row + 1 < table.size(); ++row)
    count += !cell(table, row, "error").empty();
  return count;
}

}  // namespace

TEST_CASE("a scenario as assignments is the scenario again", "[sweep]") {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::string(PLIMSOLL_SOURCE_DIR) + "/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    ScenarioSpec spec;
    try {
      spec = read_scenario(entry.path(), {});
    } catch (const InputError&) {
      continue;  // an example may have YAML of another kind
    }
    INFO(entry.path());
    spec.description = "with \"quotes\", \\, 'more' and: a # sign";
    CHECK(to_yaml(spec_from(assignments_of(spec))) == to_yaml(spec));
    ++files;
  }
  CHECK(files > 10);
}

TEST_CASE("lists of a scenario are assigned as a whole", "[sweep]") {
  const ScenarioSpec spec = scenario_from_options(
      {}, {"model=m",
           "cluster={nodes: [{id: a, system: \"s, t\", count: 2}, {id: b, system: u}], "
           "links: [{from: a, to: b, link: l}]}"});
  CHECK(to_yaml(spec_from(assignments_of(spec))) == to_yaml(spec));
  REQUIRE(spec.own_cluster);
  CHECK(spec_from(assignments_of(spec)).own_cluster->nodes.size() == 2);
}

// Every row says what a report of that point says.
TEST_CASE("a row is the outcome of its point", "[sweep]") {
  const SweepRequest request = small_request();
  const SweepResult result = run_sweep(request, {.threads = 1});
  REQUIRE(result.complete);
  CHECK(result.points == 12);
  const CsvTable table = read_csv(result.table);
  REQUIRE(table.size() == 13);
  Catalog catalog(request.data);
  std::size_t row = 0;
  for (const char* batch : {"1", "4"}) {
    for (const char* context : {"0", "1024", "4096"}) {
      for (const char* quantization : {"q8_0", "x"}) {
        CAPTURE(batch, context, quantization);
        REQUIRE(table[row + 1].size() == table[0].size());
        CHECK(cell(table, row, "workload.batch") == batch);
        CHECK(cell(table, row, "workload.context") == context);
        const std::string error = context[0] == '0'        ? "out-of-range"
                                  : quantization[0] == 'x' ? "unknown-quantization"
                                                           : "";
        CHECK(cell(table, row, "error") == error);
        CHECK(cell(table, row, "error_message").empty() == error.empty());
        CHECK(cell(table, row, "verdict") == (error.empty() ? "fits" : ""));
        if (error.empty()) {
          const Outcome outcome =
              evaluate(scenario_from_options(
                           {}, {"model=gemma-2b", "quantization=q8_0", "system=rtx-4090-pc",
                                std::string("workload.batch=") + batch,
                                std::string("workload.context=") + context}),
                       catalog, {.changes = false})
                  .outcome;
          const Estimate decode = *outcome.decode_tokens_per_second;
          CHECK(cell(table, row, "decode_tokens_per_second") == csv_number(decode.value));
          CHECK(cell(table, row, "decode_tokens_per_second_low") == csv_number(decode.low));
          CHECK(cell(table, row, "decode_tokens_per_second_high") == csv_number(decode.high));
          CHECK(cell(table, row, "limit_1") == outcome.limits.front().what);
          CHECK(cell(table, row, "batch") == batch);
        }
        ++row;
      }
    }
  }
  CHECK(result.refused == rows_with_error(table));
}

TEST_CASE("what does not fit is no error", "[sweep]") {
  const SweepResult result = run_sweep(request_of(
      {"model=llama-3.1-405b", "system=raspberry-pi-4b-8gb"}, {"quantization=f16,q8_0"}));
  const CsvTable table = read_csv(result.table);
  CHECK(result.refused == 0);
  for (std::size_t row : {0U, 1U}) {
    CHECK(cell(table, row, "verdict") == "does-not-fit");
    CHECK(std::stod(cell(table, row, "short_by_bytes")) > 300e9);  // 405e9 weights, 1 byte or more
    CHECK(cell(table, row, "decode_tokens_per_second").empty());
  }
}

TEST_CASE("column names are unique", "[sweep]") {
  std::vector<Axis> axes;
  for (const char* path : {"model", "quantization", "system", "cluster", "engine", "placement",
                           "experts_per_token", "importance_matrix", "replicas", "spare"})
    axes.push_back({path, {"1"}});
  const CsvTable table = read_csv(sweep_header(axes));
  const std::set<std::string> names(table[0].begin(), table[0].end());
  CHECK(names.size() == table[0].size());
}

TEST_CASE("the same bytes at any number of threads", "[sweep]") {
  const SweepRequest request = small_request();
  const std::string one = run_sweep(request, {.threads = 1}).table;
  for (const int threads : {2, 3, 8}) {
    CAPTURE(threads);
    CHECK(run_sweep(request, {.threads = threads}).table == one);
  }
}

TEST_CASE("a stopped sweep goes on where it was", "[sweep]") {
  const SweepRequest request = small_request();
  const SweepIdentity identity = identity_of(request, "test");
  const std::string whole = run_sweep(request, {.threads = 1}).table;
  for (const int threads : {1, 2}) {
    const TemporaryFolder folder;
    std::size_t before = 0;
    for (int round = 0; round < 20; ++round) {
      Journal journal(folder.path("j"), identity, OldJournal::go_on);
      CHECK(journal.found().size() == before);
      std::atomic<bool> stop{false};
      std::size_t asked = 0;
      const SweepResult result = run_sweep(request, {.threads = threads,
                                                     .journal = &journal,
                                                     .progress =
                                                         [&](std::size_t done, std::size_t total) {
                                                           asked = total;
                                                           stop = done >= 2;
                                                         },
                                                     .stop = &stop});
      CHECK(asked == 12 - before);  // nothing is computed twice
      CHECK(result.done >= std::min<std::size_t>(before + 2, 12));
      CHECK(result.complete == (result.done == 12));
      if (result.complete) {
        CHECK(result.table == whole);
        break;
      }
      CHECK(result.table.empty());
      before = result.done;
      REQUIRE(round < 19);
    }
  }
}

TEST_CASE("whole parts are assigned before parts of them", "[sweep]") {
  SweepRequest request =
      request_of({"model=m", "system.id=base", "system.link=\"old\""},
                 {"system.count=2,3", "system=some-box,{id: other-box, link: own}"});
  const auto at = [&](std::size_t point) { return spec_at(request, point); };
  CHECK(at(0).system.value == "some-box");
  CHECK(at(0).count.value == 2);
  CHECK_FALSE(at(0).link.has());  // as with --set, the old machine is gone with its link
  CHECK(at(1).link.value == "own");
  CHECK(at(3).count.value == 3);
  request.fixed = {"system.link=\"new\""};
  CHECK(at(0).link.value == "new");
}

TEST_CASE("a sweep is another one when anything it depends on is", "[sweep]") {
  const SweepRequest request = small_request();
  const auto differing = [&](const SweepRequest& other, const std::string& program) {
    const SweepIdentity a = identity_of(request, "1");
    const SweepIdentity b = identity_of(other, program);
    Texts names;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i]) names.push_back(a[i].first);
    return names;
  };
  CHECK(differing(request, "1").empty());
  CHECK(differing(request, "2") == Texts{"program"});

  SweepRequest other = request;
  other.base.emplace_back("workload.depth=1");
  CHECK(differing(other, "1") == Texts{"scenario"});

  other = request;
  other.axes[0].values.emplace_back("9");
  CHECK(differing(other, "1") == Texts{"values"});

  const TemporaryFolder folder;
  folder.write("links/l.yaml", "a: 1\n");
  other = request;
  other.data.push_back({.hwdb = folder.path(""), .models = folder.path("models")});
  CHECK(differing(other, "1") == Texts{"data"});
  const SweepIdentity before = identity_of(other, "1");
  folder.write("links/l.yaml", "a: 2\n");
  CHECK(identity_of(other, "1") != before);

  // A machine of the user's own is part of the scenario.
  other = request;
  other.base.push_back("system=\"" + folder.write("mine.yaml", "x: 1\n") + "\"");
  const SweepIdentity with_file = identity_of(other, "1");
  folder.write("mine.yaml", "x: 2\n");
  CHECK(identity_of(other, "1") != with_file);
}
