// The block about experts that stay on the drive, in text, Markdown and JSON.
#include "report/streaming_report.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/characters.h"
#include "report/report_json.h"
#include "report/report_markdown.h"
#include "report/report_text.h"
#include "report/sample_outcomes.h"
#include "report/streaming_content.h"
#include "report/timeline_text.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

std::string text_of(const Outcome& outcome, int width = 80) {
  return report_text(outcome, {.width = width, .colour = false, .unicode = true});
}

}  // namespace

TEST_CASE("series, layer and conditions are tables of the report", "[report][streaming]") {
  const std::string text = text_of(streamed_outcome());
  CHECK_THAT(text, Contains("Each token uses 6 GB of experts: 75.0 % of it hits memory"));
  CHECK_THAT(text, Contains("prompt 1 "));
  CHECK_THAT(text, Contains("answer 1–1,000"));
  CHECK_THAT(text, Contains("What 5.68 token/s would need"));
  CHECK_THAT(text, Contains("11 GB/s"));
  CHECK_THAT(text, Contains("no value would do"));
  CHECK_THAT(text, Contains("dense weights have just been read"));
}

TEST_CASE("a layer's steps come with their share and their sum", "[report][streaming]") {
  const ContentTable table = layer_table(*streamed_outcome().streaming);
  // 1 ms and 3 ms of 4 ms.
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[0] == std::vector<std::string>{"attention, waited for", "1", "25.0 %"});
  CHECK(table.rows[1] == std::vector<std::string>{"reads", "3", "75.0 %"});
  CHECK(table.rows[2] == std::vector<std::string>{"the layer", "4", "100.0 %"});
  CHECK(table.rows[3][1] == "10");
}

TEST_CASE("a tenth more of a parameter is printed as what it does to the time",
          "[report][streaming]") {
  const ContentTable table = parameter_table(*streamed_outcome().streaming);
  REQUIRE(table.rows.size() == 1);
  // 1.1^-0.5 = 0.95346; exp(1.645 * 0.1) = 1.179.
  CHECK(table.rows[0].back() == "-4.7 %");
  CHECK(table.rows[0][2] == "factor 1.18");
}

TEST_CASE("columns of the own cache and of heat stand only where they say something",
          "[report][streaming]") {
  StreamingOutcome streaming = *streamed_outcome().streaming;
  CHECK(series_table(streaming).columns.size() == 8);
  for (StreamingInterval& interval : streaming.series) interval.body_temperature = 0.0;
  CHECK(series_table(streaming).columns.size() == 6);
  for (StreamingInterval& interval : streaming.series) interval.application_hit_rate = 0.0;
  CHECK(series_table(streaming).columns.size() == 5);
}

TEST_CASE("the block keeps to the page", "[report][streaming]") {
  for (const int width : {80, 100, 140}) {
    std::istringstream lines(text_of(streamed_outcome(), width));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(terminal_columns(line) <= width);
    }
  }
}

TEST_CASE("Markdown has the same tables", "[report][streaming]") {
  const std::string text = report_markdown(streamed_outcome());
  CHECK_THAT(text, Contains("## Experts from the drive"));
  CHECK_THAT(text, Contains("| answer 1–1,000 |"));
  CHECK_THAT(text, Contains("## What 5.68 token/s would need"));
}

TEST_CASE("JSON has the block in base units, null where nothing streams", "[report][streaming]") {
  CHECK(json::parse(report_json(fitting_outcome()))["streaming"].is_null());
  const json block = json::parse(report_json(streamed_outcome()))["streaming"];
  CHECK(block["hit_rate"] == 0.75);
  CHECK(block["read_bytes_per_token"] == 1500000000);
  CHECK(block["layer_steps"][1] == json{{"what", "reads"}, {"time_s", 0.003}});
  CHECK(block["series"][0]["phase"] == "prompt");
  CHECK(block["series"][1]["last_token"] == 1000);
  CHECK(block["series"][1]["case_temperature_c"] == 44);
  CHECK(block["conditions"][0]["needed"] == 11);
  CHECK(block["conditions"][1]["needed"].is_null());
  const json& memory = block["memory"];
  CHECK(memory["held_bytes"].get<double>() + memory["compressor_bytes"].get<double>() +
            memory["page_cache_bytes"].get<double>() + memory["free_bytes"].get<double>() ==
        Approx(memory["total_bytes"].get<double>()));
}

TEST_CASE("a simulated run says what each resource did", "[report][streaming]") {
  const Timeline timeline{
      .tracks = {"host", "GPU"},
      .names = {"reads"},
      .spans = {{.track = 0, .name = 0, .start = Seconds(0.0), .end = Seconds(0.5)}}};
  const json run = json::parse(simulation_json(streamed_outcome(), timeline));
  REQUIRE(run["tracks"].size() == 2);
  CHECK(run["tracks"][0] == json{{"track", "host"}, {"spans", 1}, {"busy_s", 0.5}});
  CHECK(run["streaming"]["routed_layers"] == 60);
  const std::string text =
      timeline_text(streamed_outcome(), timeline, {.width = 80, .colour = false, .unicode = true});
  CHECK_THAT(text, Contains("Experts from the drive"));
  CHECK_THAT(text, Contains("Simulated run"));
}
