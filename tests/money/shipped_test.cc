// The money of the shipped catalogue.
#include <filesystem>

#include "small_book.h"

namespace plimsoll::money {
namespace {

class Shipped {
 public:
  const PriceBook& book() { return catalog_.prices(problems_); }
  Purchase purchase(const std::string& id) {
    const SystemSpec* system = catalog_.system(id, {}, problems_);
    REQUIRE(system != nullptr);
    return purchase_of(*system, catalog_, problems_);
  }
  Catalog& catalog() { return catalog_; }

 private:
  std::filesystem::path root_ = PLIMSOLL_SOURCE_DIR;
  Catalog catalog_{
      std::vector<DataFolders>(1, {.hwdb = root_ / "hwdb", .models = root_ / "models"})};
  Diagnostics problems_;
};

TEST_CASE("a machine with a price, one of priced parts, and one without any", "[money][shipped]") {
  Shipped shipped;
  const Purchase spark = shipped.purchase("dgx-spark");
  REQUIRE(spark.whole);
  CHECK(spark.whole->value.value == 4699);  // KUB, 2026
  CHECK(spark.whole->date == "2026");
  const Purchase pair = shipped.purchase("rtx-4090-2x");
  CHECK_FALSE(pair.whole);
  CHECK(pair.at_least()->value == 2 * 1599);  // launch price, 2022
  CHECK(pair.why_not().find("2x rtx-4090 alone cost") != std::string::npos);
  CHECK_FALSE(shipped.purchase("mac-studio-m4-max-128gb").at_least());
}

TEST_CASE("terms are known for desks and data centres", "[money][shipped]") {
  Shipped shipped;
  for (const Site site : {Site::home, Site::home_cooled, Site::colocation, Site::hyperscale}) {
    for (const Upkeep upkeep : {Upkeep::desk, Upkeep::data_centre}) {
      const auto terms =
          own_terms(shipped.book(), {.site = site, .upkeep = upkeep, .life_years = {}});
      INFO(terms.why_not);
      CHECK(terms);
    }
  }
}

TEST_CASE("data-centre GPUs are rented by class, and dearer in bigger houses", "[money][shipped]") {
  Shipped shipped;
  for (const char* device : {"a100-sxm-80gb", "h100-sxm5-80gb", "h200-sxm-141gb"}) {
    CAPTURE(device);
    const auto price = [&](ProviderClass provider) {
      const auto answer = rent_price(shipped.book(), device, {.provider = provider});
      REQUIRE(answer);
      return answer->value;
    };
    CHECK(price(ProviderClass::long_tail).value < price(ProviderClass::specialist).value);
    CHECK(price(ProviderClass::specialist).value < price(ProviderClass::hyperscaler).value);
    // The planning value lies between the cheapest and the dearest class.
    const auto planning = rent_price(shipped.book(), device, {.provider = {}});
    REQUIRE(planning);
    CHECK(planning->value.value > price(ProviderClass::long_tail).low);
    CHECK(planning->value.value < price(ProviderClass::hyperscaler).high);
  }
}

TEST_CASE("hosted models that are in the catalogue", "[money][shipped]") {
  Shipped shipped;
  const MonthlyLoad load{.input = 100e6, .output = 10e6, .cached = 50e6, .longest_prompt = 4096};
  // 50 x 0.60 + 50 x 0.10 + 10 x 3.00 (HIVE, OCL)
  CHECK(cost_of_api(shipped.book(), "kimi-k2.5", load)->usd_per_month.value == Approx(65));
  // The Moonshot ids were retired in May 2026; a third party still sells it, without a cache.
  CHECK(cost_of_api(shipped.book(), "kimi-k2", load)->usd_per_month.value == Approx(57 + 23));
  const ApiRequest then{.provider = "Moonshot", .as_of = parse_date("2026-01")};
  CHECK(cost_of_api(shipped.book(), "kimi-k2", load, then)->usd_per_month.value ==
        Approx(50 * 0.60 + 50 * 0.15 + 10 * 2.50));
  CHECK_FALSE(cost_of_api(shipped.book(), "llama-3-70b", load));
}

TEST_CASE("failure rates agree with the fleets they come from", "[money][shipped]") {
  Shipped shipped;
  const auto& classes = shipped.book().failures.classes;
  // 419 interruptions of 16,384 / 8 hosts in 54 days.
  CHECK(classes.at("llama-3-host").events->value ==
        Approx(419 / (2048 * 54 / 365.25)).margin(0.005));
  // 6.50 and 2.34 failures per 1,000 node-days.
  CHECK(classes.at("rsc-1-host").events->value == Approx(6.50 * 0.36525).margin(0.005));
  CHECK(classes.at("rsc-2-host").events->value == Approx(2.34 * 0.36525).margin(0.005));
  CHECK(classes.at("ssd").replacements->value == Approx(25.0 / 934441 * 365).margin(5e-5));
  for (const char* id : {"data-centre-gpu", "gpu-host-8", "desk", "nic-link", "rack-switch"}) {
    const auto model = failure_model(shipped.book(), id);
    INFO(id << ": " << model.why_not);
    REQUIRE(model);
    CHECK(availability(*model).low > 0.9);
  }
}

TEST_CASE("an eight-GPU server against renting it", "[money][shipped]") {
  Shipped shipped;
  const auto terms = own_terms(shipped.book(), {.tariff = ElectricityClass::commercial,
                                                .site = Site::colocation,
                                                .upkeep = Upkeep::data_centre,
                                                .life_years = {}});
  REQUIRE(terms);
  const ServiceRate rate = rate_of(20000, 1500);
  const MonthlyLoad load = load_at(rate, 1, 0.5, 2.0);
  const PowerDraw power{.load = Estimate::exact(8000), .idle = Estimate::exact(2000)};
  auto own = cost_of_owning(shipped.purchase("dgx-h100"), 1, power, *terms, load, rate);
  auto rent =
      cost_of_renting(shipped.book(), "h100-sxm5-80gb", {.gpus = 8, .provider = {}}, load, rate);
  const Comparison result = compare(own, rent, Answer<ApiCost>::unknown("-"), {2026, 11, 0});
  // By hand: 5 kW x 1.45 x 730.5 h x 0.146 = 773 and 4 % of 285,000 / 12 = 950 a month to run it,
  // 8 x 2.70 x 730.5 / 0.65 = 24,275 to rent it: 285,000 / 22,552 = 12.6 months.
  REQUIRE(result.own_against_rent);
  CHECK(*result.own_against_rent->months == Approx(12.64).margin(0.02));
  CHECK(*result.own_against_rent->low < 12.6);
  CHECK(*result.own_against_rent->high > 12.7);
  CHECK(*result.cheapest == WayToPay::own);
}

}  // namespace
}  // namespace plimsoll::money
