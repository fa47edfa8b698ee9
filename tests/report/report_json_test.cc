#include "report/report_json.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "report/json_writer.h"
#include "report/random_outcome.h"
#include "report/ranking_report.h"
#include "report/sample_outcomes.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::test;
using nlohmann::json;

namespace {

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

void collect_keys(const json& value, std::set<std::string>& keys) {
  if (value.is_object()) keys.merge(keys_of(value));
  if (value.is_structured()) {
    for (const json& member : value) collect_keys(member, keys);
  }
}

std::string document() {
  std::ifstream file(PLIMSOLL_DOC_DIR "/report-json.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Outcomes between them use every key there is.
std::set<std::string> every_key() {
  std::set<std::string> keys;
  for (const Outcome& outcome :
       {fitting_outcome(), replicated_outcome(), unfitting_outcome(), changed_outcome()}) {
    collect_keys(json::parse(report_json(outcome)), keys);
  }
  const std::vector<RankedModel> ranking(1);
  collect_keys(json::parse(ranking_json("machine", ranking)), keys);
  return keys;
}

bool is_figure(const json& value) {
  return value.is_null() || keys_of(value) == std::set<std::string>{"value", "low", "high"};
}

}  // namespace

TEST_CASE("the top level is the contract", "[report][json]") {
  const json report = json::parse(report_json(fitting_outcome()));
  CHECK(keys_of(report) == std::set<std::string>{"schema_version",
                                                 "verdict",
                                                 "short_by_bytes",
                                                 "fits_probability",
                                                 "largest_context_tokens",
                                                 "scenario",
                                                 "decode_tokens_per_second",
                                                 "throughput_tokens_per_second",
                                                 "prefill_tokens_per_second",
                                                 "time_to_first_token_s",
                                                 "total_time_s",
                                                 "power_w",
                                                 "energy_per_token_j",
                                                 "price_usd",
                                                 "cache_state",
                                                 "cache_hit_rate",
                                                 "applied_change",
                                                 "memory",
                                                 "time_shares",
                                                 "prefill_time_shares",
                                                 "limits",
                                                 "roofline",
                                                 "prefill_roofline",
                                                 "links",
                                                 "routes",
                                                 "cluster",
                                                 "streaming",
                                                 "serving",
                                                 "redundancy",
                                                 "costs",
                                                 "savings",
                                                 "changes",
                                                 "start_command",
                                                 "assumptions",
                                                 "profiles",
                                                 "notes"});
  CHECK(report["schema_version"] == 1);
}

TEST_CASE("values arrive in base units", "[report][json]") {
  const json report = json::parse(report_json(fitting_outcome()));
  CHECK(report["verdict"] == "fits");
  CHECK(report["decode_tokens_per_second"] == json{{"value", 50.0}, {"low", 40.0}, {"high", 62.5}});
  CHECK(report["time_to_first_token_s"]["value"] == 0.25);
  CHECK(report["scenario"]["weights_bytes"] == 282000000000);
  CHECK(report["memory"].size() == 5);  // pools are not folded: programs want each
  CHECK(report["memory"][0]["capacity_bytes"] == 85899345920);
  CHECK(report["memory"][4]["items"][1]["wired"] == false);
  CHECK(report["time_shares"][0]["time_s"] == 0.012);
  CHECK(report["savings"][0]["decode_factor"]["value"] == 1.55);
  CHECK(report["savings"][0]["tokens_per_step"]["high"] == 3.01);
  CHECK(report["savings"][1]["tokens_per_step"].is_null());
  CHECK(report["changes"][1]["set"] == json{"quantization=iq2_xs", "engine=llama.cpp"});
  CHECK(report["power_w"]["value"] == 1500);
  CHECK(report["price_usd"].is_null());
  CHECK(report["applied_change"].is_null());
}

TEST_CASE("redundancy and costs in base units, null where nobody knows", "[report][json]") {
  const json report = json::parse(report_json(replicated_outcome()));
  const json& service = report["redundancy"];
  CHECK(service["spare_replicas"] == 1);
  CHECK(service["availability"]["value"] == 0.9999974);
  CHECK(service["lost_requests_per_year"]["high"] == 5000);
  const json& costs = report["costs"];
  CHECK(costs["load_given"] == true);
  CHECK(costs["owning"]["electricity_usd_per_month"]["value"] == 1500);
  CHECK(costs["ways"][0]["usd_per_million_output_tokens"]["low"] == 17);
  CHECK(costs["ways"][2]["usd_per_month"].is_null());
  CHECK(costs["ways"][2]["why_not"] == "no API price of mixtral-8x22b is known");
  CHECK(costs["paybacks"][0]["months_low"] == 9.5);
  CHECK(costs["paybacks"][0]["months_high"].is_null());
  const json plain = json::parse(report_json(fitting_outcome()));
  CHECK(plain["redundancy"].is_null());
  CHECK(plain["costs"].is_null());
}

TEST_CASE("figures of what does not fit are null, never 0", "[report][json]") {
  const json report = json::parse(report_json(unfitting_outcome()));
  CHECK(report["verdict"] == "does-not-fit");
  CHECK(report["short_by_bytes"] == 12000000000);
  CHECK(report["largest_context_tokens"] == 0);
  for (const char* figure : {"decode_tokens_per_second", "throughput_tokens_per_second",
                             "prefill_tokens_per_second", "time_to_first_token_s", "total_time_s",
                             "power_w", "energy_per_token_j", "price_usd", "cache_hit_rate"}) {
    CHECK(report[figure].is_null());
  }
  CHECK(report["changes"][0]["decode_factor"].is_null());
  CHECK(report["notes"][0]["kind"] == "does-not-fit");
}

TEST_CASE("fits-with-changes names the change", "[report][json]") {
  const json report = json::parse(report_json(changed_outcome()));
  CHECK(report["verdict"] == "fits-with-changes");
  CHECK(report["applied_change"]["set"] == json{"workload.context=4096"});
  CHECK(is_figure(report["applied_change"]["decode_tokens_per_second"]));
}

TEST_CASE("the document explains every key", "[report][json]") {
  const std::string text = document();
  REQUIRE_FALSE(text.empty());
  for (const std::string& key : every_key()) {
    INFO(key);
    const bool in_code = text.find("`" + key + "`") != std::string::npos;
    const bool part_of_a_figure =
        text.find("{\"value\": 54.1, \"low\": 47, \"high\": 62.3}") != std::string::npos &&
        (key == "low" || key == "high");
    CHECK((in_code || part_of_a_figure));
  }
}

TEST_CASE("any outcome is valid JSON", "[report][json][property]") {
  Rng rng(2, "report json");
  for (int round = 0; round < 500; ++round) {
    const json report = json::parse(report_json(random_outcome(rng)));
    for (const char* figure : {"decode_tokens_per_second", "total_time_s", "power_w"}) {
      REQUIRE(is_figure(report[figure]));
    }
    REQUIRE(json::parse(ranking_json(random_text(rng), random_ranking(rng)))["models"].is_array());
  }
}

TEST_CASE("numbers read back to the same value, and what is not finite is null", "[report][json]") {
  Rng rng(3, "json numbers");
  for (int round = 0; round < 10000; ++round) {
    const double number = rng.uniform() * static_cast<double>(rng.next() >> rng.below(64));
    JsonWriter writer;
    writer.value(number);
    REQUIRE(json::parse(writer.take()).get<double>() == number);
  }
  for (const double number :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    JsonWriter writer;
    writer.value(number);
    CHECK(writer.take() == "null\n");
  }
}

TEST_CASE("texts read back, and broken ones are repaired", "[report][json]") {
  const std::string text = "quote \" back \\ tab \t line \n bell \a 模";
  JsonWriter writer;
  writer.value(text);
  CHECK(json::parse(writer.take()) == text);
  JsonWriter broken;
  broken.value(std::string("a\xFFz"));
  CHECK(json::parse(broken.take()) == "a\xEF\xBF\xBDz");
}

TEST_CASE("the ranking as JSON", "[report][json]") {
  const std::vector<RankedModel> models = {{.model_id = "gemma-2b",
                                            .model = "Gemma 2B",
                                            .quantization = "Q8_0",
                                            .verdict = Verdict::fits,
                                            .memory = Bytes(3e9),
                                            .short_by = Bytes(0.0),
                                            .largest_context = 8192,
                                            .parameters = 2'506'172'416,
                                            .decode_tokens_per_second = Estimate{90.0, 80.0, 99.0},
                                            .time_to_first_token_s = std::nullopt,
                                            .warning = ""}};
  const json ranking = json::parse(ranking_json("a machine", models));
  CHECK(ranking["machine"] == "a machine");
  CHECK(ranking["models"][0]["model_id"] == "gemma-2b");
  CHECK(ranking["models"][0]["memory_bytes"] == 3000000000);
  CHECK(ranking["models"][0]["decode_tokens_per_second"]["high"] == 99.0);
  CHECK(ranking["models"][0]["time_to_first_token_s"].is_null());
}
