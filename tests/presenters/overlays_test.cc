#include "presenters/overlays.h"

#include <chrono>

#include "cli/run_program.h"
#include "session/session.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;
using plimsoll::test::TemporaryFolder;

namespace {

// Of Llama 3.1 8B: https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json
constexpr const char* config = R"({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
  "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
  "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072,
  "rms_norm_eps": 1e-05, "rope_theta": 500000.0, "tie_word_embeddings": false,
  "torch_dtype": "bfloat16"
})";

CatalogFactory shipped() {
  return [] { return std::make_unique<Catalog>(std::vector{find_data_folders({})}); };
}

bool knows(Catalog& catalog, const std::string& model) {
  Diagnostics ignored;
  return catalog.model(model, {}, ignored) != nullptr;
}

}  // namespace

TEST_CASE("a model file that one catalogue found is in the others", "[overlays]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("config.json", config);
  ScenarioSpec spec;
  spec.model = {.value = file};
  auto overlays = std::make_shared<Overlays>();
  const CatalogFactory catalogs = with_overlays(shipped(), overlays);
  const auto first = catalogs();
  const auto before = catalogs();
  Diagnostics diagnostics;
  CHECK(overlays->find_named(spec, *first, diagnostics));
  CHECK(knows(*first, file));
  CHECK_FALSE(overlays->find_named(spec, *first, diagnostics));
  // One made before, at its next question; one made after, at once.
  CHECK_FALSE(overlays->find_named(spec, *before, diagnostics));
  CHECK(knows(*before, file));
  CHECK(knows(*catalogs(), file));

  // The file changes: catalogues made from then on read it anew.
  CHECK_FALSE(overlays->forget_changed());
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::seconds(2));
  CHECK(overlays->forget_changed());
  CHECK_FALSE(knows(*catalogs(), file));
  CHECK(overlays->find_named(spec, *catalogs(), diagnostics));
  std::filesystem::remove(file);
  CHECK(overlays->forget_changed());
  CHECK_FALSE(overlays->forget_changed());
}

TEST_CASE("a machine that was detected elsewhere is not detected again", "[overlays]") {
  Overlays overlays;
  overlays.add(
      {{.kind = EntryKind::system, .name = this_machine, .id = this_machine, .yaml = "?"}});
  const auto catalog = shipped()();
  ScenarioSpec spec;
  spec.system = {.value = this_machine};
  Diagnostics diagnostics;
  CHECK_FALSE(overlays.find_named(spec, *catalog, diagnostics));
  REQUIRE(catalog->given().size() == 1);
  CHECK(catalog->given().front().yaml == "?");
}
