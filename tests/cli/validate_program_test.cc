// `plimsoll validate` from the outside.

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

TEST_CASE("published sizes are held against predictions", "[cli][validate]") {
  const TemporaryFolder folder;
  // Q8_0 of Llama 2 7B: 34 bytes for 32 of 6738149376 weights, 65 norms of 4096 in F32.
  const double bytes = 6738149376.0 / 32 * 34 + 65 * 4096 * 4;
  const std::string file = folder.write(
      "points.yaml",
      "footprints:\n"
      "- {id: a, model: llama-2-7b, quant: Q8_0, basis: gguf_tensor_bytes, size_bytes: " +
          std::to_string(static_cast<long long>(bytes)) +
          "}\n"
          "- {id: b, model: llama-2-7b, quant: Q8_0, size_gb: 7, flags: [suspect]}\n"
          "- {id: c, model: nothing-of-that-name, quant: Q8_0, size_gb: 7}\n"
          "kv_cache:\n"
          "- {id: d, model: llama-2-7b, layout: gqa, dtype: f16, mib: 1}\n");
  const ProgramResult result = run_program({"validate", file, "--format", "json"}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json points = json::parse(result.output)["points"];
  REQUIRE(points.size() == 4);
  CHECK(points[0]["status"] == "ok");
  CHECK(points[0]["predicted"] == bytes);
  CHECK(points[1]["status"] == "suspect");
  CHECK(points[2]["status"] == "unresolved");
  CHECK(points[3]["status"] == "unsupported");
  CHECK(points[3]["why"] == "no context is stated");

  const ProgramResult text = run_program({"validate", file, "--width", "80"}, utf8);
  CHECK(text.status == 0);
  CHECK_THAT(text.output, Contains("4 published points, 1 judged") && Contains("Not predicted"));
}

TEST_CASE("published speeds are held against predictions, of several files at once",
          "[cli][validate]") {
  const TemporaryFolder folder;
  const std::string point =
      "hardware: {device: NVIDIA GeForce RTX 4090, count: 1, memory_gb: 24}, model: Llama-3-8B, "
      "quant: Q4_K_M, engine: llama.cpp, backend: CUDA, value: 100";
  const std::string first =
      folder.write("a.yaml", "- {id: a-1, metric: decode_tps, gen_tokens: 128, " + point + "}\n");
  const std::string second = folder.write(
      "b.yaml", "- {id: b-1, metric: prefill_tps, prompt_tokens: 512, " + point + "}\n");
  const std::string picture = folder.write("plot.svg", "old");
  const ProgramResult result =
      run_program({"validate", first, second, "--format", "json", "--plot", picture}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json document = json::parse(result.output);
  REQUIRE(document["points"].size() == 2);
  for (const json& each : document["points"]) {
    CHECK(each["status"] == "ok");
    CHECK(each["engine"] == "llama.cpp");
    CHECK(each["backend"] == "cuda");
    CHECK(each["moe"] == false);
    CHECK(each["low"].get<double>() < each["predicted"].get<double>());
  }
  CHECK(document["summary"]["ok"] == 2);
  CHECK(document["groups"].size() == 2);
  const ProgramResult one_thread =
      run_program({"validate", first, second, "--format", "json", "--threads", "1"}, utf8);
  CHECK(one_thread.output == result.output);
  std::ifstream svg(picture);
  std::string start;
  std::getline(svg, start);
  CHECK_THAT(start, Contains("<svg "));

  const ProgramResult text = run_program({"validate", first, "--by", "group"}, utf8);
  CHECK_THAT(text.output, Contains("1 published speed:") && Contains("Speeds by group"));
  const ProgramResult csv = run_program({"validate", first, "--format", "csv"}, utf8);
  CHECK_THAT(csv.output, Contains("a-1,decode_tps,100,"));
  CHECK(run_program({"validate", first, "--by", "colour"}, utf8).status == 2);
  CHECK(run_program({"validate", first, "--worst", "few"}, utf8).status == 2);
}

TEST_CASE("a broken entry is told before its points are missed", "[cli][validate]") {
  const TemporaryFolder folder;
  folder.write("own/devices/mine.yaml", "kind: device\nid: mine\nname: Mine\nyears: 2026\n");
  const std::string file = folder.write(
      "points.yaml",
      "- {id: a, metric: decode_tps, hardware: {device: NVIDIA GeForce RTX 4090}, "
      "model: Llama-3-8B, quant: Q4_K_M, engine: llama.cpp, backend: CUDA, value: 100}\n");
  for (const char* command : {"validate", "fit"}) {
    const ProgramResult result =
        run_program({command, file, "--hwdb", folder.path("own").string()}, utf8);
    INFO(command);
    CHECK(result.status == 2);
    CHECK(result.output.empty());
    CHECK_THAT(result.errors, Contains("mine.yaml:4:1") && Contains("unknown-key"));
  }
}

TEST_CASE("a broken file of points is refused with every place", "[cli][validate]") {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "points.yaml", "footprints:\n- {id: a, size_gb: -1}\n- {size_gb: 2}\nwishes: []\n");
  const ProgramResult result = run_program({"validate", file}, utf8);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("points.yaml:2:3") && Contains("points.yaml:3:3") &&
                                Contains("points.yaml:4:1"));
  const std::string no_yaml = folder.write("broken.yaml", "footprints: [\n");
  const ProgramResult broken = run_program({"validate", no_yaml}, utf8);
  CHECK(broken.status == 2);
  CHECK_THAT(broken.errors, Contains("broken.yaml:"));
}
