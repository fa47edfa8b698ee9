#include "small_book.h"

namespace plimsoll::money {
namespace {

ApiOffer offer(const std::string& id, double input, double output, const std::string& date) {
  return {.id = id,
          .name = "Model A",
          .model = "model-a",
          .provider = "Acme",
          .longest_prompt = {},
          .input = exactly(usd_per_mtok(input), date),
          .output = exactly(usd_per_mtok(output), date),
          .cached_input = {},
          .until = {}};
}

PriceBook book_of(const std::vector<ApiOffer>& offers) {
  PriceBook book;
  for (const ApiOffer& each : offers) book.api.offers[each.id] = each;
  return book;
}

const MonthlyLoad load{.input = 100e6, .output = 10e6, .cached = 60e6, .longest_prompt = 5000};

TEST_CASE("tokens times prices", "[money]") {
  ApiOffer priced = offer("a", 0.60, 3.00, "2026");
  priced.cached_input = exactly(usd_per_mtok(0.10), "2026");
  const auto cost = cost_of_api(book_of({priced}), "model-a", load);
  REQUIRE(cost);
  // 40 x 0.60 + 60 x 0.10 + 10 x 3.00
  CHECK(cost->usd_per_month.value == Approx(24 + 6 + 30));
  CHECK(cost->usd_per_million_output_tokens->value == Approx(6));
  CHECK(cost->usd_per_million_tokens->value == Approx(60.0 / 110));
  CHECK(cost->cash.upfront.is_zero());
  REQUIRE(cost->prices.size() == 3);
  CHECK(cost->prices[2].what == "Model A cached input, Acme");
  CHECK(cost->prices[2].unit == "USD/Mtok");
  CHECK(cost->prices[2].value.value == Approx(0.10));
  CHECK(cost->notes.empty());
}

TEST_CASE("cached input without a price counts as input", "[money]") {
  const auto cost = cost_of_api(book_of({offer("a", 0.60, 3.00, "2026")}), "model-a", load);
  REQUIRE(cost);
  CHECK(cost->usd_per_month.value == Approx(60 + 30));
  CHECK(cost->notes ==
        std::vector<std::string>{"no price of cached input is known: it counts as input"});
}

TEST_CASE("the batch discount", "[money]") {
  PriceBook book = book_of({offer("a", 0.60, 3.00, "2026")});
  auto cost = cost_of_api(book, "model-a", load, {.provider = {}, .batch = true, .as_of = {}});
  REQUIRE(cost);
  CHECK(cost->usd_per_month.value == Approx(90));
  CHECK(cost->notes.back() == "no batch discount of Acme is known");
  book.api.batch_discounts["Acme"] = exactly(0.5);
  cost = cost_of_api(book, "model-a", load, {.provider = {}, .batch = true, .as_of = {}});
  REQUIRE(cost);
  CHECK(cost->usd_per_month.value == Approx(45));
}

TEST_CASE("the newest offer that is still sold", "[money]") {
  ApiOffer ended = offer("ended", 1, 1, "2026-05");
  ended.until = parse_date("2026-09-01");
  const PriceBook book =
      book_of({offer("old", 1, 1, "2025"), offer("new", 1, 1, "2025-03"), ended});
  CHECK(cost_of_api(book, "model-a", load)->offer == "new");
  const ApiRequest then{.provider = {}, .as_of = parse_date("2026-08")};
  CHECK(cost_of_api(book, "model-a", load, then)->offer == "ended");
  const ApiRequest after{.provider = {}, .as_of = parse_date("2026-09-01")};
  CHECK(cost_of_api(book, "model-a", load, after)->offer == "new");
}

TEST_CASE("steps of a price list", "[money]") {
  ApiOffer small = offer("small", 1, 1, "2026");
  small.longest_prompt = 32768;
  ApiOffer large = offer("large", 2, 2, "2026");
  large.longest_prompt = 131072;
  const PriceBook book = book_of({small, large});
  const auto of_prompt = [&](double tokens) {
    MonthlyLoad longer = load;
    longer.longest_prompt = tokens;
    return cost_of_api(book, "model-a", longer);
  };
  CHECK(of_prompt(32768)->offer == "small");
  CHECK(of_prompt(32769)->offer == "large");
  CHECK(of_prompt(200000).why_not ==
        "no API price of model-a for prompts of 200000 tokens is known");
}

TEST_CASE("offers are found by model, id and name, and by provider", "[money]") {
  ApiOffer other = offer("b", 2, 2, "2026");
  other.provider = "Bolt";
  const PriceBook book = book_of({offer("a", 1, 1, "2025"), other});
  CHECK(cost_of_api(book, "a", load)->offer == "a");
  CHECK(cost_of_api(book, "MODEL A", load)->offer == "b");
  CHECK(cost_of_api(book, "model-a", load, {.provider = "Acme", .as_of = {}})->offer == "a");
  CHECK(cost_of_api(book, "model-a", load, {.provider = "Cord", .as_of = {}}).why_not ==
        "model-a is no longer sold by Cord at a price that is known");
  CHECK(cost_of_api(book, "model-b", load).why_not == "no API price of model-b is known");
}

}  // namespace
}  // namespace plimsoll::money
