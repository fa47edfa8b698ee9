// `plimsoll validate` from the outside.

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
