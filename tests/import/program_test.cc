// The command: what it prints, what it writes, and what it refuses.

#include <nlohmann/json.hpp>

#include "import_world.h"
#include "support/golden.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

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

namespace {

// A dynamic mixture as no recipe gives it: down projections of the experts by their layer, the
// shared expert and attention apart.
std::vector<Tensor> dynamic_mixture(const ModelSpec& model) {
  std::vector<Tensor> tensors = with_recipe(model, "q4_k_m");
  Diagnostics diagnostics;
  for (Tensor& tensor : tensors) {
    const char* format = nullptr;
    if (tensor.cls == TensorClass::ffn_down && tensor.experts > 0)
      format = tensor.layer % 7 == 3 ? "Q5_K" : tensor.layer % 5 == 1 ? "Q2_K" : "Q3_K";
    else if (tensor.experts > 0 && tensor.cls == TensorClass::ffn_up)
      format = tensor.layer < 9 ? "Q4_K" : "IQ2_XXS";
    else if (tensor.role == TensorRole::shared_expert && tensor.cls != TensorClass::router)
      format = "Q6_K";
    else if (tensor.cls == TensorClass::attention_v)
      format = tensor.layer % 2 == 0 ? "Q8_0" : "Q6_K";
    if (!format || tensor.rows == 1) continue;
    tensor.format = shipped().format(format, {}, diagnostics);
    const auto blocks = static_cast<double>(tensor.elements() / tensor.format->block);
    tensor.bytes = Bytes(blocks * tensor.format->block_bytes);
  }
  return tensors;
}

double weights_in(const ProgramResult& report) {
  INFO(report.errors);
  REQUIRE(report.status == 0);
  CHECK(report.errors.empty());
  return nlohmann::json::parse(report.output)["scenario"]["weights_bytes"].get<double>();
}

std::vector<std::string> report_of(const std::string& model) {
  return {"report",       "--model",  model, "--system", "mac-studio-m3-ultra-512gb",
          "--no-changes", "--format", "json"};
}

}  // namespace

TEST_CASE("a dynamic mixture keeps every byte, as a file and as an entry", "[import][program]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("qwen3-30b-a3b");
  const std::vector<Tensor> tensors = dynamic_mixture(model);
  const std::string file = folder.path("Mixed-UD.gguf").string();
  gguf_of(model, tensors).write_sparse(file);
  const auto json =
      nlohmann::json::parse(run_program({"import", file, "--format", "json"}, utf8).output);
  CHECK(json["weight_bytes"].get<double>() == bytes_of(tensors));
  CHECK(json["quantization"]["difference_bytes"].get<double>() > 0.0);
  CHECK(json["quantization"]["own_difference_bytes"] == 0);

  CHECK(weights_in(run_program(report_of(file), utf8)) == bytes_of(tensors));
  SECTION("written beside other files") {
    const std::string entry = folder.path("mine.yaml").string();
    REQUIRE(run_program({"import", file, "-o", entry}, utf8).status == 0);
    CHECK(folder.names() ==
          std::vector<std::string>{"Mixed-UD.gguf", "mine-mix.yaml", "mine.yaml"});
    CHECK(weights_in(run_program(report_of(entry), utf8)) == bytes_of(tensors));
    CHECK(run_program({"lint", entry, folder.path("mine-mix.yaml").string()}, utf8).status == 0);
  }
  SECTION("written into a folder for --hwdb") {
    const std::string entry = folder.path("own/models/mine.yaml").string();
    std::filesystem::create_directories(folder.path("own/models"));
    REQUIRE(run_program({"import", file, "-o", entry}, utf8).status == 0);
    std::vector<std::string> words = report_of("mine");
    words.insert(words.end(), {"--hwdb", folder.path("own").string()});
    CHECK(weights_in(run_program(words, utf8)) == bytes_of(tensors));
  }
}

TEST_CASE("a file is a model in every command", "[import][program]") {
  const TemporaryFolder folder;
  const std::string file = model_file(folder, "qwen3-0.6b", "q8_0");
  const std::string bytes = std::to_string(
      static_cast<long long>(bytes_of(with_recipe(shipped_model("qwen3-0.6b"), "q8_0"))));
  const auto run = [&](const std::vector<std::string>& words) {
    const ProgramResult result = run_program(words, utf8);
    INFO(result.errors);
    CHECK(result.status == 0);
    CHECK(result.errors.empty());
    return result.output;
  };
  const std::vector<std::string> asked = {"--model", file, "--system", "rtx-4090-pc"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, asked.begin(), asked.end());
    return run(words);
  };
  CHECK_THAT(with({"simulate"}), Contains("Qwen3-0.6B"));
  CHECK_THAT(with({"sweep", "--vary", "workload.batch=1,2"}), Contains("," + bytes + ","));
  CHECK_THAT(run({"sweep", "--system", "rtx-4090-pc", "--vary", "model=gemma-2b," + file}),
             Contains("," + bytes + ","));
  const std::string plan = run({"plan", "--model", file, "--own", "rtx-4090-pc", "--systems",
                                "rtx-4090-pc", "--at-least", "1", "--format", "json"});
  CHECK_THAT(plan, Contains("--model " + file) && Contains("q8_0"));
}

TEST_CASE("this machine is a system in every command", "[import][program]") {
  const auto check = [](const std::vector<std::string>& words) {
    const ProgramResult result = run_program(words, utf8);
    INFO(result.errors);
    CHECK(result.status == 0);
    CHECK_THAT(result.output, Contains("This machine") || Contains("here"));
  };
  check({"report", "--model", "qwen3-0.6b", "--system", "here", "--no-changes"});
  check({"simulate", "--model", "qwen3-0.6b", "--system", "here"});
  check({"sweep", "--model", "qwen3-0.6b", "--system", "here", "--vary", "workload.batch=1,2"});
  check({"sweep", "--model", "qwen3-0.6b", "--vary", "system=here,rtx-4090-pc"});
  check({"plan", "--model", "qwen3-0.6b", "--own", "here", "--systems", "raspberry-pi-5"});
}

TEST_CASE("standard input", "[import][program]") {
  const TemporaryFolder folder;
  const auto import_input = [&](const std::string& file) {
    ProgramOptions options = utf8;
    options.input_file = file;
    return run_program({"import", "-", "--format", "json"}, options);
  };
  const auto json_of = [](const ProgramResult& result) {
    INFO(result.errors);
    REQUIRE(result.status == 0);
    return nlohmann::json::parse(result.output);
  };
  const std::string file = model_file(folder, "qwen3-0.6b", "q8_0");
  const auto gguf = json_of(import_input(file));
  CHECK(gguf["kind"] == "GGUF version 3");
  CHECK(gguf["weight_bytes"].get<double>() ==
        bytes_of(with_recipe(shipped_model("qwen3-0.6b"), "q8_0")));
  const auto config =
      json_of(import_input(folder.write("config.json", config_of(shipped_model("qwen3-0.6b")))));
  CHECK(config["kind"] == "config.json");
  CHECK(config["catalog_model"]["id"] == "qwen3-0.6b");
  CHECK_THAT(import_input(folder.write("garbage", "hello")).errors, Contains("[not-a-model]"));
  CHECK_THAT(import_input("/dev/null").errors, Contains("[not-a-model]"));
}

TEST_CASE("the first part of a split file alone", "[import][program]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("llama-3.1-8b");
  const std::vector<Tensor> tensors = with_recipe(model, "q8_0");
  GgufWriter first = gguf_of(model, {tensors.begin(), tensors.begin() + 40});
  first.add("split.no", std::uint32_t{0});
  first.add("split.count", std::uint32_t{3});
  const std::string file = folder.path("m-00001-of-00003.gguf").string();
  first.write_sparse(file);
  const ProgramResult result = run_program({"import", file, "--format", "json"}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["exact"] == false);
  CHECK(json["file_bytes"].is_null());
  // Its tensors are not all of them: formats are those of the recipe that the file names.
  CHECK(json["quantization"]["difference_bytes"].is_null());
  CHECK(json["parameters"] == count_parameters(tensors));
  CHECK(json["problems"].size() == 2);
  CHECK(json["problems"][0]["code"] == "missing-part");
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
