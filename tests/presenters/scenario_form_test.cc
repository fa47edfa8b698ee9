#include "presenters/scenario_form.h"

#include <algorithm>

#include "presenters/scenario_fields.h"
#include "shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

ScenarioSpec spec_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  ScenarioSpec spec;
  for (const auto& [name, value] : fields) REQUIRE(set_field(spec, name, value));
  return spec;
}

ScenarioForm shown_form(const std::vector<std::pair<std::string, std::string>>& fields) {
  const auto catalog = new_shipped_catalog();
  return scenario_form(spec_of(fields), *catalog);
}

bool offers(const FieldState& state, const std::string& value) {
  return std::any_of(state.choices.begin(), state.choices.end(),
                     [&](const FieldChoice& choice) { return choice.value == value; });
}

}  // namespace

TEST_CASE("the form has every field once", "[scenario_form]") {
  const ScenarioForm form = shown_form({});
  std::vector<std::string> names;
  for (const FieldState& state : form.fields) names.push_back(state.name);
  CHECK(names == field_names());
  CHECK_FALSE(form.resolved);
  CHECK(form.field("model").problems.size() == 1);
  CHECK(form.field("system").problems.size() == 1);
}

TEST_CASE("what is left open shows what it stands for, and why", "[scenario_form]") {
  const ScenarioForm form = shown_form({{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}});
  REQUIRE(form.resolved);
  const FieldState& context = form.field("workload.context");
  CHECK_FALSE(context.given);
  // Room for 512 tokens of prompt and 128 of answer, at least 4096 (doc/formats.md).
  CHECK(context.value() == "4096");
  CHECK(context.why == "room for prompt and answer");
  CHECK_FALSE(context.changed());
  CHECK(form.field("engine").value() == "llama.cpp");
  CHECK(form.field("engine.backend").value() == "cuda");
  CHECK(form.field("workload.batch").value() == "1");
  CHECK(form.field("quantization").value().empty());
}

TEST_CASE("a given value is marked where it differs from what it would be", "[scenario_form]") {
  const ScenarioForm same =
      shown_form({{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}, {"workload.context", "4096"}});
  CHECK(same.field("workload.context").given);
  CHECK_FALSE(same.field("workload.context").changed());
  const ScenarioForm other =
      shown_form({{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}, {"workload.context", "2048"}});
  CHECK(other.field("workload.context").changed());
  CHECK(other.field("workload.context").usual == "4096");
}

TEST_CASE("bounds are those of the model and the machines", "[scenario_form]") {
  const auto catalog = new_shipped_catalog();
  Diagnostics ignored;
  const ModelSpec* model = catalog->model("qwen3-30b-a3b", {}, ignored);
  REQUIRE(model);
  const ScenarioForm form = shown_form({{"model", "qwen3-30b-a3b"},
                                        {"system", "framework-desktop-128gb"},
                                        {"system.count", "4"},
                                        {"system.link", "ethernet-5g"},
                                        {"replicas", "2"}});
  REQUIRE(form.resolved);
  CHECK(form.field("workload.context").most == double(model->max_context));
  CHECK(form.field("workload.context").least == 1.0);
  CHECK(form.field("experts_per_token").most == double(model->moe->experts));
  CHECK(form.field("experts_per_token").usual == std::to_string(model->moe->experts_per_token));
  CHECK(form.field("placement.nodes").most == 4.0);
  CHECK(form.field("spare").most == 1.0);
  CHECK(form.field("spare").applies);
  CHECK(form.field("system.link").applies);
}

TEST_CASE("choices are those of the engine", "[scenario_form]") {
  const ScenarioForm form = shown_form({{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}});
  CHECK(offers(form.field("engine.backend"), "cuda"));
  CHECK(offers(form.field("placement"), "auto"));
  CHECK(offers(form.field("placement"), "cpu_layers"));
  CHECK_FALSE(form.field("placement.gpu_layers").applies);
  CHECK_FALSE(form.field("experts_per_token").applies);  // a dense model
  CHECK(offers(form.field("system.topology"), "ring"));
}

TEST_CASE("problems stand at their fields", "[scenario_form]") {
  const ScenarioForm form = shown_form({{"model", "gemna-2b"}, {"system", "rtx-4090-pc"}});
  CHECK_FALSE(form.resolved);
  REQUIRE(form.field("model").problems.size() == 1);
  CHECK(form.field("model").problems.front().text.find("gemma-2b") != std::string::npos);
  const ScenarioForm longer = shown_form({{"model", "gemma-2b"},
                                          {"system", "rtx-4090-pc"},
                                          {"workload.context", "100"},
                                          {"workload.prompt", "200"}});
  CHECK(longer.field("workload.prompt").problems.size() == 1);
}

TEST_CASE("while something is wrong the form keeps what it knew", "[scenario_form]") {
  const auto catalog = new_shipped_catalog();
  ScenarioSpec spec = spec_of({{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}});
  const ScenarioForm before = scenario_form(spec, *catalog);
  REQUIRE(set_field(spec, "model", "gemna-2b"));
  const ScenarioForm form = scenario_form(spec, *catalog, before);
  REQUIRE_FALSE(form.resolved);
  for (const char* name : {"workload.context", "engine.backend", "streaming.access"}) {
    INFO(name);
    CHECK(form.field(name).usual == before.field(name).usual);
    CHECK(form.field(name).most == before.field(name).most);
    CHECK(form.field(name).applies == before.field(name).applies);
  }
  CHECK_FALSE(scenario_form(spec, *catalog).field("placement.gpu_layers").applies);
}
