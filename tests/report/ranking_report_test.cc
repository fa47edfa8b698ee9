#include "report/ranking_report.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace plimsoll;
using Catch::Contains;

namespace {

// Invented numbers.
std::vector<RankedModel> models() {
  return {{.model_id = "big",
           .model = "Qwen3.5-397B-A17B",
           .quantization = "Q3_K_M",
           .verdict = Verdict::fits,
           .memory = Bytes(191e9),
           .short_by = Bytes(0.0),
           .largest_context = 262144,
           .parameters = 397'000'000'000,
           .decode_tokens_per_second = Estimate{22.5, 18.0, 27.0},
           .time_to_first_token_s = Estimate{0.61, 0.5, 0.8},
           .warning = "3-bit weights lose quality"},
          {.model_id = "huge",
           .model = "Kimi K2.5",
           .quantization = "IQ1_S",
           .verdict = Verdict::does_not_fit,
           .memory = Bytes(300e9),
           .short_by = Bytes(50e9),
           .largest_context = 0,
           .parameters = 1'000'000'000'000,
           .decode_tokens_per_second = std::nullopt,
           .time_to_first_token_s = std::nullopt,
           .warning = ""}};
}

}  // namespace

TEST_CASE("a model is a line of the ranking", "[report][ranking]") {
  const std::string text =
      ranking_text("Mac Studio", models(), {.width = 80, .colour = false, .unicode = true});
  CHECK_THAT(text, Catch::StartsWith("Mac Studio: 1 of 2 models run on it.\n"));
  // 262,144 tokens are 256 x 1024
  CHECK_THAT(text, Contains("\nQwen3.5-397B-A17B Q3_K_M ! 191 GB 256k   22.5 (18.0…27.0) 610 ms "
                            "(500…800)\n"));
  CHECK_THAT(text, Contains("\n! 3-bit weights lose quality\n"));
  CHECK_THAT(text, Contains("Kimi K2.5  IQ1_S  300 GB  short by 50 GB\n"));
}

TEST_CASE("a warning of many models stands below them once", "[report][ranking]") {
  std::vector<RankedModel> many = {models()[0], models()[0], models()[0]};
  many[2].warning = "another";
  const std::string text =
      ranking_text("Mac Studio", many, {.width = 80, .colour = false, .unicode = true});
  const auto first = text.find("!1 3-bit weights lose quality");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("3-bit", first + 5) == std::string::npos);
  CHECK_THAT(text, Contains("Q3_K_M !1 191 GB") && Contains("Q3_K_M !2 191 GB") &&
                       Contains("\n!2 another\n"));
}

TEST_CASE("a machine without models, and models without a machine that runs them",
          "[report][ranking]") {
  const TextStyle style{.width = 80, .colour = false, .unicode = true};
  CHECK(ranking_text("A phone", {}, style) == "A phone: 0 of 0 models run on it.\n");
  const std::vector<RankedModel> too_large = {models()[1]};
  const std::string text = ranking_text("A phone", too_large, style);
  CHECK(text.find("Runs") == std::string::npos);
  CHECK_THAT(text, Contains("Does not fit"));
}
