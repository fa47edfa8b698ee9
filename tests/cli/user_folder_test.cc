// A user's own data, from the configuration folder and from --hwdb, laid over what we ship.

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::string shipped(const std::string& file) {
  return read_file(fs::path(PLIMSOLL_SOURCE_DIR) / file);
}

constexpr const char* own_card = R"(kind: device
id: my-card
name: My card 20 GB
vendor: nvidia
architecture: ada
year: 2026
form: card
backends: [cuda]
units:
  - kind: gpu
    name: GPU
    cores: 64
    clock: {value: 2 GHz, source: "R: a test", status: claimed, confidence: medium}
    rates:
      fp32: {peak: {value: 32 TFLOP/s, source: "R: a test", status: claimed, confidence: medium}}
memory:
  type: GDDR6
  capacity: {value: 20 GiB, source: "R: a test", status: claimed, confidence: medium}
  bandwidth: {value: 500 GB/s, source: "R: a test", status: claimed, confidence: medium}
  roof_class: gddr6x-nvidia
host_link: pcie-4.0-x16
)";

// 2 x 1000 x 64 of embedding and output; four layers of attention 4 x 64 x 64, FFN 3 x 64 x 128 and
// two norms; one norm at the end.
constexpr const char* own_model = R"(kind: model
id: my-model
name: My model
family: llama
source: "R: a test"
native_format: bf16
hidden: 64
vocab: 1000
max_context: 8192
tied_embeddings: false
attention: {kind: gqa, heads: 4, kv_heads: 4, head_dim: 16}
ffn: {width: 128, gated: true}
layers: {count: 4, pattern: [{attention: full, ffn: dense}]}
)";
constexpr int own_parameters = 2 * 1000 * 64 + 4 * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64) + 64;

// A configuration folder of the user.
class UserFolder {
 public:
  fs::path file(const std::string& name) const { return folder_.path("config/plimsoll") / name; }
  ProgramResult run(const std::vector<std::string>& words) const {
    return run_program(words, {.environment = {{"LC_ALL", "C.UTF-8"},
                                               {"XDG_CONFIG_HOME", folder_.path("config")}}});
  }

 private:
  TemporaryFolder folder_;
};

double capacity_of(const ProgramResult& shown) {
  INFO(shown.errors);
  REQUIRE(shown.status == 0);
  return json::parse(shown.output)["memory"]["capacity_bytes"]["value"].get<double>();
}

}  // namespace

TEST_CASE("an own device and an own model are there in every command", "[cli][user]") {
  const UserFolder user;
  write(user.file("devices/my-card.yaml"), own_card);
  write(user.file("models/my-model.yaml"), own_model);
  CHECK_THAT(user.run({"list", "devices", "my-card"}).output, Contains("My card 20 GB"));
  const ProgramResult report =
      user.run({"report", "--model", "my model", "--system", "My card 20 GB", "--quant", "bf16",
                "--no-changes", "--format", "json"});
  INFO(report.errors);
  REQUIRE(report.status == 0);
  CHECK(json::parse(report.output)["scenario"]["parameters"] == own_parameters);
  const ProgramResult sweep = user.run(
      {"sweep", "--model", "my-model", "--system", "my-card", "--vary", "workload.batch=1,2"});
  INFO(sweep.errors);
  CHECK(sweep.status == 0);
  CHECK_THAT(sweep.output, Contains("My model"));
}

TEST_CASE("an own entry replaces the shipped one, --hwdb the own one", "[cli][user]") {
  const UserFolder user;
  const std::string card = shipped("hwdb/devices/rtx-4090.yaml");
  constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;
  const std::vector<std::string> show = {"show", "device", "rtx-4090", "--format", "json"};
  // What the driver leaves of 24 GiB: 24081 MiB, as PyTorch and vLLM print it (23.52 GiB).
  CHECK(capacity_of(user.run(show)) == 24081.0 / 1024.0 * gibibyte);

  write(user.file("devices/rtx-4090.yaml"),
        replaced(card, "capacity: {value: 24081 MiB", "capacity: {value: 32 GiB"));
  CHECK(capacity_of(user.run(show)) == 32.0 * gibibyte);

  const TemporaryFolder other;
  write(other.path("devices/rtx-4090.yaml"),
        replaced(card, "capacity: {value: 24081 MiB", "capacity: {value: 40 GiB"));
  std::vector<std::string> with_folder = show;
  with_folder.insert(with_folder.end(), {"--hwdb", other.path("").string()});
  CHECK(capacity_of(user.run(with_folder)) == 40.0 * gibibyte);
}

TEST_CASE("a broken file of the user's is answered with its place", "[cli][user]") {
  const UserFolder user;
  write(user.file("devices/my-card.yaml"),
        replaced(own_card, "capacity: {value: 20 GiB", "capacity: {value: 20 parsec"));
  const ProgramResult result =
      user.run({"report", "--model", "gemma-2b", "--system", "my-card", "--no-changes"});
  CHECK(result.status == 2);
  // "  capacity: {value: 20 parsec": line 18, column 21
  CHECK_THAT(result.errors, Contains(user.file("devices/my-card.yaml").string() + ":18:21: error"));
  // Others are not touched by it, and lint looks at it unasked.
  CHECK(user.run({"show", "device", "rtx-4090"}).status == 0);
  const ProgramResult lint = user.run({"lint"});
  CHECK(lint.status == 2);
  CHECK_THAT(lint.output, Contains("my-card.yaml:18:21: error"));
}

TEST_CASE("where the configuration folder is", "[cli][user]") {
  const TemporaryFolder home;
  const std::vector<std::string> list = {"list", "devices", "my-card"};
  write(home.path(".config/plimsoll/devices/my-card.yaml"), own_card);
  const auto run = [&](const std::vector<std::pair<std::string, std::string>>& environment) {
    return run_program(list, {.environment = environment}).output;
  };
  CHECK_THAT(run({{"HOME", home.path("").string()}}), Contains("My card 20 GB"));
  CHECK_THAT(run({{"HOME", home.path("none").string()}}), !Contains("My card 20 GB"));
  CHECK_THAT(run({{"HOME", home.path("").string()}, {"XDG_CONFIG_HOME", home.path("x").string()}}),
             !Contains("My card 20 GB"));
  // A relative path is to be ignored, says the XDG base directory specification.
  CHECK_THAT(run({{"HOME", home.path("").string()}, {"XDG_CONFIG_HOME", "x"}}),
             Contains("My card 20 GB"));
}
