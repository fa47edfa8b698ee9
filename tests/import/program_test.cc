// The command: what it prints, what it writes, and what it refuses.

#include <nlohmann/json.hpp>

#include "import_world.h"
#include "support/golden.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

const ProgramOptions utf8{.environment = {{"LC_ALL", "C.UTF-8"}}};

std::string model_file(const TemporaryFolder& folder, const std::string& id,
                       const std::string& recipe) {
  const ModelSpec& model = shipped_model(id);
  gguf_of(model, with_recipe(model, recipe)).write_sparse(folder.path(id + ".gguf"));
  return folder.path(id + ".gguf").string();
}

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = PLIMSOLL_SOURCE_DIR "/tests/import/golden/" + name;
  CHECK(text == golden_text(path, text));
}

}  // namespace

TEST_CASE("an import as text and as JSON", "[import][program]") {
  const TemporaryFolder folder;
  const std::string dense = model_file(folder, "llama-3.1-8b", "q4_k_m");
  const std::string hybrid = model_file(folder, "qwen3.5-35b-a3b", "q8_0");
  const ProgramResult text = run_program({"import", dense, "--width", "100"}, utf8);
  INFO(text.errors);
  CHECK(text.status == 0);
  CHECK(text.errors.empty());
  check_golden("llama-3.1-8b.txt", text.output);
  check_golden("llama-3.1-8b.json",
               run_program({"import", dense, "--format", "json"}, utf8).output);
  check_golden("qwen3.5-35b-a3b.txt",
               run_program({"import", hybrid, "--width", "100"}, utf8).output);

  const auto json =
      nlohmann::json::parse(run_program({"import", dense, "--format", "json"}, utf8).output);
  CHECK(json["parameters"] == 8030261248);  // facts: LB, less 64 of the RoPE factors
  CHECK(json["kv_bytes_per_token"] == 32 * 2 * 8 * 128 * 2);
  CHECK(json["catalog_model"]["id"] == "llama-3.1-8b");
  CHECK(json["quantization"]["id"] == "q4_k_m");
  CHECK(json["quantization"]["difference_bytes"] == 0);
}

TEST_CASE("an entry is written and used at once", "[import][program]") {
  const TemporaryFolder folder;
  const std::string file = model_file(folder, "qwen3-0.6b", "q8_0");
  const std::string entry = folder.path("mine.yaml").string();
  const ProgramResult result = run_program({"import", file, "-o", entry}, utf8);
  INFO(result.errors);
  CHECK(result.status == 0);
  check_golden("entry.yaml", read_file(entry));
  const ProgramResult shown = run_program({"show", "model", entry}, utf8);
  INFO(shown.errors);
  CHECK(shown.status == 0);
}

TEST_CASE("what cannot be imported", "[import][program]") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::vector<std::string>& words, const std::string& code) {
    const ProgramResult result = run_program(words, utf8);
    INFO(result.errors);
    CHECK(result.status == 2);
    CHECK_THAT(result.errors, Contains("[" + code + "]"));
    return result;
  };
  refused({"import"}, "missing-argument");
  refused({"import", folder.path("none.gguf").string()}, "unreadable");
  refused({"import", folder.write("a.bin", "hello")}, "not-a-model");
  refused({"import", folder.path("").string()}, "not-a-model");
  refused({"import", folder.write("a.gguf", "GGUF")}, "malformed");
  refused({"import", folder.write("a.safetensors", "x")}, "malformed");
  refused({"import", folder.write("a.json", "{")}, "malformed");
  refused({"import", folder.write("a.gguf", "x"), "-o", "x.txt"}, "bad-value");
  const std::string config =
      folder.write("config.json", R"({"model_type": "new", "hidden_size": 8})");
  const ProgramResult skeleton = refused({"import", config}, "unknown-architecture");
  CHECK_THAT(skeleton.output, Contains("hidden: 8") && Contains("TODO"));
}
