// Whole imports: every model of the catalogue as somebody has it on disk.

#include "import_world.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

std::vector<std::string> all_models() {
  std::vector<std::string> ids;
  for (const CatalogEntry& entry : shipped().headers(EntryKind::model)) ids.push_back(entry.id);
  return ids;
}

// Written into the catalogue as something near to what they are; or with attention of two shapes,
// which no reader of files knows yet.
bool unlike_any_file(const ModelSpec& model) {
  return model.family == "falcon" || model.family == "gptj" || model.attention.full_layers;
}

// Of entries with the same architecture the first is named.
void check_same_model(const ImportedModel& imported, const ModelSpec& model) {
  CHECK(architecture_lines(imported.model) == architecture_lines(model));
  REQUIRE(imported.match);
  CHECK(imported.match->differences.empty());
}

}  // namespace

TEST_CASE("every model of the catalogue comes back from its GGUF file", "[import]") {
  const TemporaryFolder folder;
  for (const std::string& id : all_models()) {
    const ModelSpec& model = shipped_model(id);
    // llama.cpp has no OPT
    if (model.family == "opt" || unlike_any_file(model)) continue;
    CAPTURE(id);
    const std::vector<Tensor> tensors = with_recipe(model, "q4_k_m");
    const std::filesystem::path file = folder.path(id + ".gguf");
    gguf_of(model, tensors).write_sparse(file);
    const ImportedModel result = imported(file);
    check_same_model(result, model);
    CHECK(result.exact);
    CHECK(result.weights.base() == bytes_of(tensors));
    CHECK(count_parameters(result.tensors) == count_parameters(tensors));
    CHECK(result.quantization.difference.base() == 0.0);
    std::filesystem::remove(file);
  }
}

TEST_CASE("every model of the catalogue comes back from its config.json", "[import]") {
  const TemporaryFolder folder;
  for (const std::string& id : all_models()) {
    const ModelSpec& model = shipped_model(id);
    if (model.family == "smallthinker" || unlike_any_file(model)) continue;
    CAPTURE(id);
    const std::string file = folder.write("config.json", config_of(model));
    const ImportedModel result = imported(file);
    check_same_model(result, model);
    CHECK_FALSE(result.exact);
    CHECK(result.quantization.id == "bf16-safetensors");
  }
}

TEST_CASE("unquantised checkpoints are two bytes a parameter", "[import]") {
  const TemporaryFolder folder;
  for (const char* id : {"llama-3.1-8b", "gemma-2-9b", "qwen2.5-7b", "qwen3-0.6b", "mixtral-8x7b",
                         "deepseek-v2-lite", "phi-4-mini", "qwen3-30b-a3b", "glm-4.5-air"}) {
    const ModelSpec& model = shipped_model(id);
    CAPTURE(id);
    const std::vector<FileTensor> tensors = safetensors_of(model);
    folder.write("config.json", config_of(model, {R"("torch_dtype": "bfloat16")"}));
    const std::filesystem::path file = folder.path("model.safetensors");
    const std::string header = safetensors_header(tensors);
    write_sparse_file(file, header, header.size() + safetensors_bytes(tensors));
    const ImportedModel result = imported(file);
    check_same_model(result, model);
    CHECK(result.exact);
    const double parameters = static_cast<double>(count_parameters(enumerate_tensors(model)));
    CHECK(result.weights.base() == Approx(2.0 * parameters).epsilon(1e-12));
    CHECK(result.quantization.id == "bf16-safetensors");
  }
}

TEST_CASE("an import written and read again has the same footprint", "[import]") {
  const TemporaryFolder folder;
  for (const char* id : {"llama-3.1-8b", "deepseek-v3.2", "qwen3.5-35b-a3b", "gpt-oss-20b",
                         "llama-4-maverick", "phi-3-mini", "gemma-3-4b", "glm-4.5"}) {
    CAPTURE(id);
    const ModelSpec& model = shipped_model(id);
    const std::filesystem::path file = folder.path("file.gguf");
    gguf_of(model, with_recipe(model, "q4_k_m")).write_sparse(file);
    const ImportedModel first = imported(file);
    std::filesystem::create_directories(folder.path("models"));
    std::ofstream(folder.path("models/file.yaml")) << model_yaml(first.model);
    Catalog again(
        {find_data_folders({}), {.hwdb = folder.path(""), .models = folder.path("models")}});
    Diagnostics diagnostics;
    const ModelSpec* read = again.model("file", {}, diagnostics);
    INFO(problems_of(diagnostics));
    REQUIRE(read);
    CHECK(architecture_lines(*read) == architecture_lines(first.model));
    CHECK(read->max_context == first.model.max_context);
    const QuantizationSpec* recipe = again.quantization(read->native_format, {}, diagnostics);
    REQUIRE(recipe);
    CHECK(weight_bytes(*read, *recipe, {}, again, diagnostics) == first.weights);
    std::filesystem::remove(file);
  }
}

TEST_CASE("a file of 400 GB takes milliseconds", "[import]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("deepseek-v3");
  const std::filesystem::path file = folder.path("large.gguf");
  gguf_of(model, with_recipe(model, "q4_k_m")).write_sparse(file);
  REQUIRE(std::filesystem::file_size(file) > 400'000'000'000);
  const ImportedModel result = imported(file);
  CHECK(result.file->base() == static_cast<double>(std::filesystem::file_size(file)));
}

TEST_CASE("a split file is read through its first part", "[import]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("qwen3-0.6b");
  const std::vector<Tensor> tensors = with_recipe(model, "q8_0");
  const auto half = tensors.begin() + static_cast<std::ptrdiff_t>(tensors.size() / 2);
  GgufWriter first = gguf_of(model, std::vector<Tensor>(tensors.begin(), half));
  first.add("split.no", std::uint32_t{0});
  first.add("split.count", std::uint32_t{2});
  GgufWriter second = gguf_of(model, std::vector<Tensor>(half, tensors.end()));
  second.add("split.no", std::uint32_t{1});
  second.add("split.count", std::uint32_t{2});
  const auto one = folder.path("m-00001-of-00002.gguf");
  const auto two = folder.path("m-00002-of-00002.gguf");
  first.write_sparse(one);

  const ImportedModel alone = imported(one, true);
  CHECK_FALSE(alone.exact);
  second.write_sparse(two);
  const ImportedModel whole = imported(one);
  CHECK(whole.exact);
  CHECK(whole.kind == "GGUF version 3, 2 parts");
  CHECK(whole.weights.base() == bytes_of(tensors));
  CHECK(whole.model.id == "m");
  CHECK(imported(folder.path("")).exact);  // the folder

  Diagnostics diagnostics;
  CHECK_FALSE(import_model(two, shipped(), diagnostics));
  CHECK_THAT(problems_of(diagnostics), Contains("part 2 of 2") && Contains("[unsupported-file]"));
}

TEST_CASE("formats that no recipe has are the file's own", "[import]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("qwen3-0.6b");
  std::vector<Tensor> tensors = with_recipe(model, "q8_0");
  Diagnostics diagnostics;
  double expected = 0.0;
  for (Tensor& tensor : tensors) {
    if (tensor.layer == 5 && tensor.cls == TensorClass::ffn_down) {
      // 1024 rows of 3072 at 18 bytes a block of 32
      tensor.format = shipped().format("Q4_0", {}, diagnostics);
      tensor.bytes = Bytes(1024.0 * 3072.0 / 32.0 * 18.0);
    }
    expected += tensor.bytes.base();
  }
  const auto file = folder.path("mixed.gguf");
  gguf_of(model, tensors).write_sparse(file);
  const ImportedModel result = imported(file);
  CHECK(result.weights.base() == expected);
  CHECK(result.quantization.id == "q8_0");
  // The one tensor is 34 - 18 bytes a block smaller than the recipe's.
  CHECK(result.quantization.difference.base() == 1024.0 * 3072.0 / 32.0 * (34.0 - 18.0));
}

TEST_CASE("an MLX folder", "[import]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("qwen3-0.6b");
  folder.write("config.json",
               config_of(model, {R"("quantization": {"group_size": 64, "bits": 4})"}));
  std::vector<FileTensor> tensors;
  for (FileTensor tensor : safetensors_of(model)) {
    if (tensor.shape.size() == 2) {
      const std::uint64_t row = tensor.shape[1];
      const std::string module =
          tensor.name.substr(0, tensor.name.size() - std::string(".weight").size());
      tensors.push_back({module + ".scales", {tensor.shape[0], row / 64}, "BF16"});
      tensors.push_back({module + ".biases", {tensor.shape[0], row / 64}, "BF16"});
      tensor = {tensor.name, {tensor.shape[0], row / 8}, "U32"};
    }
    tensors.push_back(tensor);
  }
  const std::string header = safetensors_header(tensors);
  write_sparse_file(folder.path("model.safetensors"), header,
                    header.size() + safetensors_bytes(tensors));
  const ImportedModel result = imported(folder.path(""));
  CHECK(result.exact);
  CHECK(result.kind == "MLX, safetensors");
  CHECK(result.quantization.id == "mlx-4bit");
  CHECK(result.quantization.difference.base() == 0.0);
  CHECK(result.weights.base() == static_cast<double>(safetensors_bytes(tensors)));
  CHECK(count_parameters(result.tensors) == count_parameters(enumerate_tensors(model)));
}

TEST_CASE("what configurations say of their quantization", "[import]") {
  const TemporaryFolder folder;
  const auto recipe = [&](const std::string& line) {
    folder.write("config.json", config_of(shipped_model("llama-3.1-8b"), {line}));
    return imported(folder.path("config.json")).quantization.id;
  };
  const auto packed = [&](const std::string& inside) {
    return recipe("\"quantization_config\": {" + inside + "}");
  };
  CHECK(recipe(R"("torch_dtype": "float16")") == "f16-safetensors");
  CHECK(packed(R"("quant_method": "gptq", "bits": 4, "group_size": 128)") == "gptq-int4");
  CHECK(packed(R"("quant_method": "gptq", "bits": 4, "group_size": 32)") == "gptq-int4-g32");
  CHECK(packed(R"("quant_method": "gptq", "bits": 8, "group_size": 128)") == "gptq-int8");
  CHECK(packed(R"("quant_method": "awq", "bits": 4, "group_size": 128)") == "awq");
  CHECK(packed(R"("quant_method": "fp8", "weight_block_size": [128, 128])") == "fp8-block128");
  CHECK(packed(R"("quant_method": "fp8")") == "fp8");
  CHECK(packed(R"("quant_method": "mxfp4")") == "mxfp4");
  CHECK(packed(R"("quant_method": "bitsandbytes", "load_in_4bit": true)") == "nf4");
  CHECK(packed(R"("quant_method": "modelopt", "quant_algo": "NVFP4")") == "nvfp4");
  CHECK(packed(R"("quant_method": "compressed-tensors", "config_groups": {"group_0":
      {"weights": {"num_bits": 4, "type": "int", "group_size": 32}}})") == "int4-experts");
  CHECK(packed(R"("quant_method": "compressed-tensors", "config_groups": {"group_0":
      {"weights": {"num_bits": 8, "type": "float"}}})") == "fp8");
  CHECK(recipe(R"("quantization": {"group_size": 32, "bits": 8})") == "mlx-8bit-g32");
}

TEST_CASE("an architecture nobody knows", "[import]") {
  const TemporaryFolder folder;
  ModelSpec model = shipped_model("llama-3.1-8b");
  model.family = "newmodel";
  const auto file = folder.path("new.gguf");
  gguf_of(model, with_recipe(model, "q4_k_m")).write_sparse(file);

  SECTION("is taken where every tensor is explained") {
    Diagnostics diagnostics;
    const auto result = import_model(file, shipped(), diagnostics);
    REQUIRE(result);
    CHECK_THAT(problems_of(diagnostics),
               Contains("warning: ") && Contains("[unknown-architecture]"));
    CHECK(result->weights.base() == bytes_of(with_recipe(model, "q4_k_m")));
  }
  SECTION("is refused where one is not, with a skeleton") {
    GgufWriter odd = gguf_of(model, with_recipe(model, "q4_k_m"));
    odd.add_tensor({"blk.3.hyper_connection.weight", {64, 64}, "F32"});
    odd.write_sparse(file);
    Diagnostics diagnostics;
    const ImportResult result = import_file(file, {}, shipped(), diagnostics);
    CHECK_FALSE(result.model);
    CHECK_THAT(problems_of(diagnostics),
               Contains("'newmodel'") && Contains("blk.*.hyper_connection.weight"));
    CHECK_THAT(result.skeleton, Contains("hidden: 4096") && Contains("family: \"newmodel\""));
  }
  SECTION("with figures missing says which, and where they were looked for") {
    GgufWriter poor;
    poor.add("general.architecture", "newmodel");
    poor.add("newmodel.embedding_length", std::uint32_t{512});
    std::ofstream(file, std::ios::binary) << poor.header();
    Diagnostics diagnostics;
    const ImportResult result = import_file(file, {}, shipped(), diagnostics);
    CHECK_FALSE(result.model);
    CHECK_THAT(problems_of(diagnostics),
               Contains("there is no newmodel.attention.head_count; expected the model's "
                        "attention.heads [missing-key]"));
    CHECK_THAT(result.skeleton,
               Contains("hidden: 512") && Contains("heads: TODO") &&
                   Contains("count: TODO  # not in the file: newmodel.block_count"));
  }
}

TEST_CASE("figures no model file can hold are refused", "[import]") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& line) {
    std::string text = config_of(shipped_model("llama-3.1-8b"));
    const std::string key = line.substr(0, line.find(':'));
    const std::size_t at = text.find(key + ":");
    text.replace(at, text.find(',', at) - at, line);
    folder.write("config.json", text);
    Diagnostics diagnostics;
    CHECK_FALSE(import_model(folder.path("config.json"), shipped(), diagnostics));
    return problems_of(diagnostics);
  };
  CHECK_THAT(refusal(R"("hidden_size": -1)"), Contains("'hidden_size' is -1; expected 1 to"));
  CHECK_THAT(refusal(R"("num_hidden_layers": 9223372036854775807)"), Contains("[out-of-range]"));
  CHECK_THAT(refusal(R"("num_hidden_layers": "32")"), Contains("[wrong-kind]"));
  CHECK_THAT(refusal(R"("num_key_value_heads": 5)"),
             Contains("32 query heads cannot share 5 KV heads evenly [inconsistent]"));
}

TEST_CASE("prediction layers and other senses stand apart", "[import]") {
  const TemporaryFolder folder;
  const ModelSpec& model = shipped_model("glm-4.5-air");
  GgufWriter file = gguf_of(model, with_recipe(model, "q4_k_m"));
  const int layers = static_cast<int>(model.layers.size());
  file.add_tensor(
      {"blk." + std::to_string(layers) + ".nextn.eh_proj.weight", {8192, 4096}, "Q8_0"});
  file.write_sparse(folder.path("air.gguf"));
  const ImportedModel result = imported(folder.path("air.gguf"));
  REQUIRE(result.outside.size() == 1);
  CHECK(result.outside[0].what == "next-token prediction");
  CHECK(result.outside[0].bytes == 8192.0 * 4096.0 / 32.0 * 34.0);
}

TEST_CASE("ids come from file names", "[import]") {
  CHECK(id_of_file("Qwen3-8B-Q4_K_M.gguf") == "qwen3-8b-q4_k_m");
  CHECK(id_of_file("/x/K2-00001-of-00008.gguf") == "k2");
  CHECK(id_of_file("My Model (new).gguf") == "my-model-new");
  CHECK(id_of_file("…") == "model");
}

TEST_CASE("what is a path to import", "[import]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.gguf", "x");
  CHECK(is_importable(file));
  CHECK(is_importable(folder.path("").string()));
  CHECK_FALSE(is_importable(folder.path("none.gguf").string()));
  CHECK_FALSE(is_importable(folder.write("m.yaml", "kind: model")));
  CHECK_FALSE(is_importable("llama-3.1-8b"));
}
