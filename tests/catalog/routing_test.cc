// How models choose experts: the key of a model, the prior, and what is shipped.
#include "data_fixture.h"
#include "routing/routing_process.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const SourcePlace asked_for_routing{.file = "scenario.yaml", .line = 3, .column = 8};

const std::string valid_routing =
    R"(skew: {value: 0.9, range: [0.5, 1.4], source: S, status: fitted}
reuse: {value: 0.4, source: S, status: fitted}
memory: {value: 6, source: T, status: fitted}
)";

std::string indented(const std::string& text) {
  std::string result = "routing:\n";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    result += "  " + text.substr(begin, end - begin);
    begin = end;
  }
  return result;
}

TEST_CASE_METHOD(CatalogFixture, "a model's own routing", "[catalog][routing]") {
  data.write_all();
  data.write("models/model-a.yaml", valid_model + indented(valid_routing));
  Diagnostics problems;
  const ModelSpec* model = catalog().model("model-a", asked_for_routing, problems);
  REQUIRE(model);
  REQUIRE(model->routing);
  CHECK(model->routing->skew.value == 0.9);
  CHECK(model->routing->skew.low == 0.5);
  CHECK(model->routing->skew.high == 1.4);
  CHECK(model->routing->reuse.value == 0.4);
  CHECK(model->routing->memory.value == 6.0);
  CHECK(model->routing->memory.from.source == "T");
  CHECK(problems.empty());
}

TEST_CASE_METHOD(CatalogFixture, "the prior of routing", "[catalog][routing]") {
  data.write_all();
  data.write("hwdb/routing.yaml", "kind: routing\n" + valid_routing);
  Diagnostics problems;
  CHECK(catalog().routing_prior(problems).skew.value == 0.9);
  CHECK(catalog().routing_prior(problems).reuse.value == 0.4);
  CHECK_FALSE(catalog().model("model-a", asked_for_routing, problems)->routing);
  catalog().check_all(problems);
  CHECK(problems.empty());
}

// Exponents 0.9 of one text and 0.6 of many, where nobody counted the model.
TEST_CASE_METHOD(CatalogFixture, "tokens of many texts choose less far apart",
                 "[catalog][routing]") {
  data.write_all();
  data.write("hwdb/routing.yaml", "kind: routing\n" + valid_routing +
                                      "mixed_skew: {value: 0.6, source: S, status: measured}\n");
  data.write("models/model-b.yaml",
             replaced(replaced(valid_model, "id: model-a", "id: model-b"), "name: ", "name: B ") +
                 indented(replaced(valid_routing, "value: 0.9", "value: 1.2")));
  Diagnostics problems;
  for (const auto& [id, one, many] : {std::tuple("model-a", 0.9, 0.6), {"model-b", 1.2, 0.8}}) {
    INFO(id);
    const ModelSpec* model = catalog().model(id, asked_for_routing, problems);
    REQUIRE(model);
    const MoeSpec& moe = *model->moe;
    const auto of = [&](double skew) {
      return expected_distinct_experts(expert_popularity(moe.experts, moe.experts_per_token, skew),
                                       10.0);
    };
    CHECK(expected_distinct_experts(moe, 10.0, 1) == of(one));
    CHECK(expected_distinct_experts(moe, 10.0, 7) == Approx(of(many)).epsilon(1e-9));
    CHECK(of(many) > 1.01 * of(one));
  }
}

TEST_CASE("the prior of a later folder replaces the whole", "[catalog][routing]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/routing.yaml", "kind: routing\n" + valid_routing);
  data.write("more/hwdb/routing.yaml",
             "kind: routing\n" + replaced(valid_routing, "value: 0.4", "value: 0.1"));
  Catalog catalog({data.folders(), data.folders("more")});
  Diagnostics problems;
  CHECK(catalog.routing_prior(problems).reuse.value == 0.1);
  CHECK(problems.empty());
}

TEST_CASE_METHOD(CatalogFixture, "without a prior all experts are alike", "[catalog][routing]") {
  data.write_all();
  Diagnostics problems;
  const RoutingSpec& prior = catalog().routing_prior(problems);
  CHECK(prior.skew.value == 0.0);
  CHECK(prior.reuse.value == 0.0);
  CHECK(prior.memory.value == 1.0);
  CHECK(problems.empty());
}

TEST_CASE("mistakes in routing", "[catalog][routing]") {
  for (const Mistake& mistake :
       {Mistake{"value: 0.9", "value: 9", "out-of-range"},
        Mistake{"value: 0.4", "value: 1", "out-of-range"},
        Mistake{"value: 6", "value: 0.5", "out-of-range"},
        Mistake{"source: T", "source: X", "unknown-source"},
        Mistake{"memory: {", "memories: {", "missing-key"},
        Mistake{"value: 6, source: T, ", "value: 6, ", "missing-source"}}) {
    for (const bool prior : {false, true}) {
      CAPTURE(mistake.to, prior);
      const std::string text = replaced(valid_routing, mistake.from, mistake.to);
      const DataFixture data;
      data.write_all();
      if (prior)
        data.write("hwdb/routing.yaml", "kind: routing\n" + text);
      else
        data.write("models/model-a.yaml", valid_model + indented(text));
      Catalog catalog(data.only());
      Diagnostics problems;
      catalog.check_all(problems);
      REQUIRE_FALSE(problems.empty());
      bool told = false;
      for (const Diagnostic& problem : problems.sorted()) {
        told = told || problem.code == mistake.code;
        CHECK(problem.place.line > 0);
      }
      CHECK(told);
    }
  }
}

TEST_CASE_METHOD(CatalogFixture, "a model without experts routes nothing", "[catalog][routing]") {
  data.write_all();
  const std::string dense = replaced(
      replaced(
          replaced(valid_model, "moe: {experts: 8, experts_per_token: 2, expert_width: 128}\n", ""),
          "windowed, ffn: moe", "windowed, ffn: dense"),
      "linear, ffn: moe", "linear, ffn: dense");
  data.write("models/model-a.yaml", dense + indented(valid_routing));
  Diagnostics problems;
  catalog().model("model-a", asked_for_routing, problems);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted().front().code == "inconsistent");
}

#ifdef PLIMSOLL_SOURCE_DIR
TEST_CASE("shipped routing can be played", "[catalog][routing][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog(std::vector<DataFolders>(1, {.hwdb = root / "hwdb", .models = root / "models"}));
  Diagnostics problems;
  const auto play = [](const RoutingSpec& routing, const MoeSpec& moe) {
    for (const Figure<double>* figure : {&routing.skew, &routing.reuse, &routing.memory}) {
      REQUIRE(figure->low.has_value());
      CHECK(*figure->low <= figure->value);
      CHECK(figure->value <= *figure->high);
      CHECK(figure->from.status == FigureStatus::fitted);
    }
    RoutingProcess process(
        {.skew = routing.skew.value, .reuse = routing.reuse.value, .memory = routing.memory.value},
        {.layers = 1, .experts = moe.experts, .per_token = moe.experts_per_token}, 1);
    CHECK(process.next_token().size() == static_cast<std::size_t>(moe.experts_per_token));
  };
  const RoutingSpec& prior = catalog.routing_prior(problems);
  for (const char* id : {"qwen3.5-397b-a17b", "qwen3-30b-a3b", "gpt-oss-120b", "qwen3.5-35b-a3b"}) {
    CAPTURE(id);
    const ModelSpec* model = catalog.model(id, asked_for_routing, problems);
    REQUIRE(model);
    REQUIRE(model->routing);
    play(*model->routing, *model->moe);
    play(prior, *model->moe);
  }
  CHECK(problems.empty());
}
#endif

}  // namespace
}  // namespace plimsoll
